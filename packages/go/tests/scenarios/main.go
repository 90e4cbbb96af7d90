// Scenarios prints a line of JSON for each of packages/scenarios.json: what the Go package shows, with Eclipse Paho's client.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"citronella.dev/go/mqttbroker"
)

type shows map[string]any

var scenarios = []struct {
	name string
	run  func(t *test) shows
}{
	{"expect-met", expectMet}, {"near-misses", nearMisses}, {"never", never}, {"settle", settle}, {"clock", clock}, {"fault", fault},
	{"stub", stub}, {"restart", restart}, {"snapshot", snapshot}, {"isolation", isolation}, {"tls", overTLS}, {"websocket", overWebSocket},
}

func expectMet(t *test) shows {
	// scenario: expect-met
	broker := mqttbroker.RunT(t)
	sensor := connect(t, broker.URL(), "sensor")
	sensor.publish("sensors/kitchen/temp", `{"celsius": 21}`, 1)
	found := broker.Expect(mqttbroker.Publish("sensors/+/temp").QoS(1).JSON(map[string]any{"celsius": 21}).Times(1))
	// end scenario
	return shows{"count": found.Count, "topic": found.Entries[0].Topic}
}

func nearMisses(t *test) shows {
	// scenario: near-misses
	broker := mqttbroker.RunT(t)
	sensor := connect(t, broker.URL(), "sensor")
	sensor.publish("sensors/kitchen/temp", `{"celsius": 20}`, 1)
	wanted := mqttbroker.Publish("sensors/+/temp").QoS(1).JSON(map[string]any{"celsius": 21}).Times(1)
	_, err := broker.Broker.Expect(context.Background(), wanted.Within(100*time.Millisecond))
	var notMet *mqttbroker.ExpectationError
	failed := errors.As(err, &notMet)
	nearest := notMet.Failure.Nearest[0].Entry
	// end scenario
	named := ""
	if strings.Contains(notMet.Report, nearest.Topic) {
		named = nearest.Topic
	}
	return shows{"failed": failed, "report_names": named, "nearest_topic": nearest.Topic}
}

func never(t *test) shows {
	// scenario: never
	broker := mqttbroker.RunT(t)
	alarm := connect(t, broker.URL(), "alarm")
	broker.Never(mqttbroker.Publish("alarm/#"))
	alarm.publish("alarm/fire", "fire", 1)
	err := broker.Broker.Never(context.Background(), mqttbroker.Publish("alarm/#"))
	// end scenario
	var notMet *mqttbroker.ExpectationError
	return shows{"held": true, "then_failed": errors.As(err, &notMet)}
}

func settle(t *test) shows {
	// scenario: settle
	broker := mqttbroker.RunT(t)
	worker := connect(t, broker.URL(), "worker")
	worker.subscribe("work/#", 1)
	for n := range 10 {
		broker.Publish(mqttbroker.Message{Topic: fmt.Sprintf("work/%d", n), Payload: "do", QoS: 1})
	}
	broker.Settle()
	received := worker.payloads()
	// end scenario
	return shows{"received": len(received)}
}

func clock(t *test) shows {
	// scenario: clock
	broker := mqttbroker.RunT(t)
	broker.FreezeClock()
	broker.Publish(mqttbroker.Message{Topic: "news", Payload: "new", Retain: true, ExpirySecs: 60})
	before := len(broker.Retained())
	broker.FastForward(time.Hour)
	after := len(broker.Retained())
	// end scenario
	return shows{"retained_before": before, "retained_after": after}
}

func fault(t *test) shows {
	// scenario: fault
	broker := mqttbroker.RunT(t)
	lamp, lightSwitch := connect(t, broker.URL(), "lamp"), connect(t, broker.URL(), "switch")
	lamp.subscribe("lamp/#", 0)
	broker.AddFault(mqttbroker.Fault{Name: "lost", When: mqttbroker.Publish("#").From("switch"), First: 1, Action: "drop"})
	lightSwitch.publish("lamp/hall", "lost", 0)
	lightSwitch.publish("lamp/hall", "kept", 0)
	lamp.next()
	fired := broker.Fault("lost").Fired
	// end scenario
	return shows{"received": lamp.payloads(), "fired": fired}
}

func stub(t *test) shows {
	// scenario: stub
	broker := mqttbroker.RunT(t)
	broker.AddStub(mqttbroker.Stub{
		Name:    "echo",
		When:    mqttbroker.Publish("ask"),
		Publish: mqttbroker.Answer{Topic: "answer", Payload: "{{ message.payload | upper }}"},
	})
	asker := connect(t, broker.URL(), "asker")
	asker.subscribe("answer", 0)
	asker.publish("ask", "hello", 0)
	asker.next()
	answered := broker.Stub("echo").Answered
	// end scenario
	return shows{"received": asker.payloads(), "answered": answered}
}

func restart(t *test) shows {
	// scenario: restart
	broker := mqttbroker.RunT(t)
	connect(t, broker.URL(), "switch").publishRetained("lamp/set", "on", 1)
	broker.Restart()
	kept := string(broker.RetainedMessage("lamp/set").Payload)
	broker.Restart(mqttbroker.LoseState)
	left := broker.Retained()
	// end scenario
	if len(left) > 0 {
		return shows{"kept": kept, "after_loss": string(left[0].Payload)}
	}
	return shows{"kept": kept, "after_loss": nil}
}

func snapshot(t *test) shows {
	// scenario: snapshot
	broker := mqttbroker.RunT(t)
	connect(t, broker.URL(), "switch").publishRetained("lamp/set", "on", 1)
	before := broker.Snapshot()
	broker.Reset()
	afterReset := len(broker.Retained())
	broker.Restore(before)
	afterRestore := len(broker.Retained())
	// end scenario
	return shows{"retained_after_reset": afterReset, "retained_after_restore": afterRestore}
}

func isolation(t *test) shows {
	// scenario: isolation
	first, second := mqttbroker.RunT(t), mqttbroker.RunT(t)
	connect(t, first.URL(), "same").publish("a/1", "x", 1)
	same := connect(t, second.URL(), "same")
	same.publish("b/1", "x", 1)
	same.publish("b/2", "x", 1)
	ofFirst, ofSecond := first.Messages(mqttbroker.Publish("#")), second.Messages(mqttbroker.Publish("#"))
	// end scenario
	topics := func(messages []mqttbroker.ReceivedMessage) (all []string) {
		for _, message := range messages {
			all = append(all, message.Topic)
		}
		return all
	}
	return shows{"first": topics(ofFirst), "second": topics(ofSecond), "ports_differ": first.Port() != second.Port()}
}

func overTLS(t *test) shows {
	// scenario: tls
	broker := mqttbroker.RunT(t)
	client := connectTLS(t, broker.TLSURL(), "client", broker.TLSConfig())
	client.subscribe("test/topic", 1)
	client.publish("test/topic", "bar", 1)
	client.next()
	way := broker.Session("client").Way
	// end scenario
	return shows{"received": client.payloads(), "tls": way == "tls"}
}

func overWebSocket(t *test) shows {
	// scenario: websocket
	broker := mqttbroker.RunT(t)
	client := connect(t, broker.WSURL(), "client")
	client.subscribe("test/topic", 1)
	client.publish("test/topic", "bar", 1)
	client.next()
	way := broker.Session("client").Way
	// end scenario
	return shows{"received": client.payloads(), "websocket": way == "ws"}
}

func main() {
	code := 0
	for _, scenario := range scenarios {
		said := map[string]any{"scenario": scenario.name}
		if shown, failed := run(scenario.run); failed != "" {
			said["error"], code = failed, 1
		} else {
			said["shows"] = shown
		}
		if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
			panic(err)
		}
	}
	os.Exit(code)
}
