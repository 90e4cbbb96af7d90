package mqttbroker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"citronella.dev/go/mqttbroker"
)

// t stands for the *testing.T of a test.
var t mqttbroker.TestingT = example{}

type example struct{}

func (example) Helper()                         {}
func (example) Cleanup(func())                  {}
func (example) Failed() bool                    { return false }
func (example) Fatal(args ...any)               { log.Panic(args...) }
func (example) Logf(format string, args ...any) { log.Printf(format, args...) }

// lamps keeps the connections: the collector of garbage closes one that nobody holds.
var lamps []net.Conn

// lamp stands for the program under test: it connects as "lamp", and publishes once at QoS 1.
func lamp(addr string) {
	connection, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	lamps = append(lamps, connection)
	io.WriteString(connection, "\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04lamp\x32\x1a\x00\x0alamp/state\x00\x01{\"on\": true}")
}

func ExampleRunT() {
	broker := mqttbroker.RunT(t)
	lamp(broker.Addr())
	found := broker.Expect(mqttbroker.Publish("lamp/+").QoS(1).JSON(map[string]any{"on": true}).Times(1))
	fmt.Println(found.Count, found.Entries[0].Topic, string(found.Entries[0].Payload))
	// Output: 1 lamp/state {"on": true}
}

func ExampleStart() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	broker, err := mqttbroker.Start(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer broker.Stop(ctx)
	sessions, err := broker.Publish(ctx, mqttbroker.Message{Topic: "lamp/set", Payload: "on", Retain: true})
	fmt.Println(sessions, err)
	// Output: 0 <nil>
}

func ExampleBroker_Expect() {
	broker := mqttbroker.RunT(t)
	lamp(broker.Addr())
	broker.Expect(mqttbroker.Connect().From("lamp").Then(mqttbroker.Publish("lamp/state").From("lamp")))

	_, err := broker.Broker.Expect(context.Background(), mqttbroker.Publish("lamp/state").QoS(2).Within(0))
	var notMet *mqttbroker.ExpectationError
	if errors.As(err, &notMet) {
		nearest := notMet.Failure.Nearest[0]
		fmt.Println(nearest.Entry.Topic, nearest.Differences[0])
	}
	// Output: lamp/state {qos 1 2}
}

func ExampleBroker_Never() {
	broker := mqttbroker.RunT(t)
	lamp(broker.Addr())
	broker.Expect(mqttbroker.Publish("lamp/state"))
	broker.Never(mqttbroker.Publish("alarm/#"))
	fmt.Println("no alarm")
	// Output: no alarm
}

func ExampleBroker_FastForward() {
	broker := mqttbroker.RunT(t)
	broker.FreezeClock()
	broker.Publish(mqttbroker.Message{Topic: "news", Payload: "new", Retain: true, ExpirySecs: 60})
	fmt.Println(len(broker.Retained()))
	broker.FastForward(time.Hour)
	fmt.Println(len(broker.Retained()))
	// Output:
	// 1
	// 0
}

func ExampleBroker_AddFault() {
	broker := mqttbroker.RunT(t)
	broker.AddFault(mqttbroker.Fault{Name: "lost", When: mqttbroker.Publish("lamp/#"), First: 1, Action: "drop"})
	lamp(broker.Addr())
	broker.Expect(mqttbroker.Event("fault").Field("rule", "lost"))
	fmt.Println(broker.Fault("lost").Fired)
	// Output: 1
}

func ExampleBroker_AddStub() {
	broker := mqttbroker.RunT(t)
	broker.AddStub(mqttbroker.Stub{
		Name:    "thermostat",
		When:    mqttbroker.Publish("lamp/state"),
		Publish: mqttbroker.Answer{Topic: "log", Payload: "{{ client.id }}: {{ message.json.on }}", Retain: true},
	})
	lamp(broker.Addr())
	broker.WaitRetained("log")
	fmt.Println(string(broker.RetainedMessage("log").Payload))
	// Output: lamp: true
}

func ExampleBroker_Events() {
	broker := mqttbroker.RunT(t)
	events := broker.Events(mqttbroker.Event("connected", "disconnected"))
	defer events.Close()
	lamp(broker.Addr())
	for entry, err := range events.All() {
		fmt.Println(entry.Event, entry.ClientID, err)
		break
	}
	// Output: connected lamp <nil>
}

func ExampleBroker_Client() {
	broker := mqttbroker.RunT(t)
	lamp(broker.Addr())
	broker.WaitConnected("lamp")
	broker.DisconnectClient("lamp", "Quota exceeded")
	broker.Expect(mqttbroker.Event("disconnected").Of("lamp"))
	fmt.Println(broker.Client("lamp").LastDisconnect.Cause)
	// Output: administrative
}

func ExampleBroker_Do() {
	broker := mqttbroker.RunT(t)
	var info struct{ Name, Engine string }
	broker.Do("GET", "info", nil, &info)
	fmt.Println(info.Name, info.Engine)
	// Output: citronella native
}
