package tests

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"citronella.dev/go/mqttbroker"
)

func TestExpectations(t *testing.T) {
	t.Parallel()
	broker, ctx := mqttbroker.RunT(t), context.Background()
	client := connected(t, broker.URL(), "dev-1")
	done(t, client.Publish("a/b", 1, false, `{"celsius": 20.5, "unit": "C"}`))
	done(t, client.Publish("a/c", 1, true, []byte{0xff, 0}))
	broker.Expect(mqttbroker.Connect().From("dev-1").Then(mqttbroker.Publish("a/b")).Then(mqttbroker.Publish("a/c").Retain(true)))
	broker.Expect(mqttbroker.Publish("a/+").QoS(1).Between(1, 2))
	broker.Expect(mqttbroker.Publish("a/b").JSONSubset(map[string]any{"unit": "C"}).JSONAt("/celsius", mqttbroker.AtLeast(20)))
	if found := broker.Expect(mqttbroker.Publish("a/c").Payload([]byte{0xff, 0})); !bytes.Equal(found.Entries[0].Payload, []byte{0xff, 0}) {
		t.Errorf("%+v", found)
	}
	broker.Expect(mqttbroker.PatternOf(map[string]any{"packet": "PUBACK", "direction": "out", "client_id": "dev-1"}).Times(2))

	done(t, client.Subscribe("x/+", 1, nil))
	done(t, client.Subscribe("y/+", 0, nil))
	broker.Expect(mqttbroker.Subscribe("x/+").From("dev-1").Times(1))
	broker.Expect(mqttbroker.Packet("SUBACK", "PUBACK").Outbound().Times(4))
	broker.Never(mqttbroker.Disconnect())

	var notMet *mqttbroker.ExpectationError
	_, err := broker.Broker.Expect(ctx, mqttbroker.Publish("a/b").QoS(2).Within(0))
	if !errors.As(err, &notMet) || !strings.Contains(notMet.Report, "a/b") || notMet.Failure.Found != 0 {
		t.Fatalf("%#v", err)
	}
	if near := notMet.Failure.Nearest[0]; near.Entry.Topic != "a/b" || near.Differences[0].Field != "qos" {
		t.Errorf("%+v", near)
	}
	var problem *mqttbroker.ProblemError
	if !errors.As(err, &problem) || problem.Status != 417 {
		t.Errorf("%#v", problem)
	}
	if near := broker.NearMisses(mqttbroker.Publish("a/b").QoS(2)); len(near) == 0 || near[0].Entry.Topic != "a/b" {
		t.Errorf("%+v", near)
	}

	mark := broker.Mark()
	broker.Never(mqttbroker.Publish("#"))
	if err := broker.Broker.Never(ctx, mqttbroker.Publish("#").After(0)); !errors.As(err, &notMet) {
		t.Errorf("%v", err)
	}
	done(t, client.Publish("a/d", 1, false, "x"))
	if message := broker.WaitMessage(mqttbroker.Publish("#")); message.Topic != "a/d" || message.Seq <= mark || message.ClientID != "dev-1" {
		t.Errorf("%+v", message)
	}
	if all := broker.WaitMessages(mqttbroker.Publish("#").After(0), 3); len(all) != 3 || all[2].Decisions == nil && all[1].Decisions == nil {
		t.Errorf("%+v", all)
	}
	if all := broker.Messages(mqttbroker.Publish("#")); len(all) != 3 {
		t.Errorf("%+v", all)
	}
}

func TestAContextEndsAWaitAndTheReportComes(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var notMet *mqttbroker.ExpectationError
	if _, err := broker.Broker.Expect(ctx, mqttbroker.Publish("#").Within(time.Minute)); !errors.As(err, &notMet) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, stop)
	if err := broker.Broker.Within(time.Minute).WaitConnected(ctx, "nobody"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := broker.Broker.Within(time.Millisecond).WaitConnected(context.Background(), "nobody"); !errors.As(err, &notMet) {
		t.Errorf("%v", err)
	}
}

func TestWaitsAndHowThingsStand(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	client := connected(t, broker.URL(), "lamp/1")
	subscribed(t, client, "lamp/#", 1)
	broker.WaitConnected("lamp/1")
	broker.WaitSubscribed("lamp/1", "lamp/#")
	if sessions := broker.Publish(mqttbroker.Message{Topic: "lamp/set", Payload: []byte("on"), QoS: 1, Retain: true}); sessions != 1 {
		t.Errorf("it went to %d", sessions)
	}
	broker.WaitAcked("lamp/1")
	broker.WaitRetained("lamp/set")
	broker.Settle()
	if session := broker.Session("lamp/1"); session.Way != "tcp" || len(session.Subscriptions) != 1 || session.Version != "3.1.1" {
		t.Errorf("%+v", session)
	}
	if all := broker.Sessions(); len(all) != 1 || all[0].Subscriptions != 1 {
		t.Errorf("%+v", all)
	}
	if all := broker.Subscriptions(); len(all) != 1 || all[0].TopicFilter != "lamp/#" {
		t.Errorf("%+v", all)
	}
	if message := broker.RetainedMessage("lamp/set"); string(message.Payload) != "on" || message.Publisher != "" {
		t.Errorf("%+v", message)
	}
	broker.ClearRetained()
	if all := broker.Retained(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if stats := broker.Stats(); stats["publish_sent"] != 1 {
		t.Errorf("%+v", stats)
	}
	broker.DisconnectClient("lamp/1", nil)
	broker.WaitDisconnected("lamp/1")
	broker.WaitSessionEnded("lamp/1")
	if all := broker.Clients(); len(all) != 1 || all[0].LastDisconnect.Cause != "administrative" {
		t.Errorf("%+v", all)
	}
	kept := connected(t, broker.URL(), "lamp/2")
	broker.EndSession("lamp/2")
	broker.WaitDisconnected("lamp/2")
	kept.Disconnect(0)
	broker.ClearPackets()
	if all := broker.Packets(mqttbroker.Packet()); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestManyMessagesAreReadPageByPage(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	client := connected(t, broker.URL(), "many")
	for range 2_500 {
		client.Publish("many", 0, false, "x")
	}
	broker.Expect(mqttbroker.Publish("many").Times(2_500).Within(patience))
	if all := broker.Messages(mqttbroker.Publish("many")); len(all) != 2_500 {
		t.Errorf("%d", len(all))
	}
	// A page is bounded in bytes, too.
	for range 45 {
		done(t, client.Publish("large", 1, false, bytes.Repeat([]byte("x"), 100_000)))
	}
	if all := broker.Messages(mqttbroker.Publish("large")); len(all) != 45 || len(all[44].Payload) != 100_000 {
		t.Errorf("%d", len(all))
	}
}

func TestDisturbances(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	lamp := connected(t, broker.URL(), "lamp")
	came := subscribed(t, lamp, "lamp/#", 0)
	broker.AddFault(mqttbroker.Fault{Name: "kept back", When: mqttbroker.Publish("#").To("lamp"), Action: "hold"})
	broker.Publish(mqttbroker.Message{Topic: "lamp/set", Payload: "late"})
	broker.Expect(mqttbroker.Event("fault").Field("rule", "kept back"))
	broker.ReleaseFault("kept back")
	if got := next(t, came); got != "late" {
		t.Errorf("got %q", got)
	}
	broker.ReplaceFault(mqttbroker.Fault{Name: "kept back", When: mqttbroker.Publish("#").To("lamp"), Action: "drop"})
	if all := broker.Faults(); len(all) != 1 || all[0].Rule["action"] != "drop" {
		t.Errorf("%+v", all)
	}
	broker.RemoveFault("kept back")
	broker.AddFault(map[string]any{"name": "slow", "client": "lamp", "type": "latency", "attributes": map[string]any{"latency": 1}})
	broker.ClearFaults()

	island := broker.Partition("lamp")
	broker.Publish(mqttbroker.Message{Topic: "lamp/set", Payload: "parted"})
	if all := broker.Partitions(); len(all) != 1 || all[0].Name != island || !slices.Equal(all[0].Clients, []string{"lamp"}) {
		t.Errorf("%+v", all)
	}
	broker.Heal(island)
	if all := broker.Partitions(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if got := next(t, came); got != "parted" {
		t.Errorf("got %q", got)
	}
	broker.FreezeClock()
	broker.Interrupt("lamp", time.Minute)
	broker.WaitDisconnected("lamp")
	if clock := broker.Clock(); !clock.Frozen {
		t.Errorf("%+v", clock)
	}
	broker.FastForward(61 * time.Second)
	broker.ResumeClock()
	connected(t, broker.URL(), "lamp")

	broker.ListenerDown("main")
	if _, err := net.Dial("tcp", broker.Addr()); err == nil {
		t.Error("somebody listens")
	}
	broker.ListenerUp("main")
	broker.Outage(0, mqttbroker.LoseState, mqttbroker.ResetConnections)
	if _, err := net.Dial("tcp", broker.Addr()); err == nil {
		t.Error("somebody listens")
	}
	broker.EndOutage()
	connected(t, broker.URL(), "lamp")
}

func TestStubsDevicesAndScenarios(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t, mqttbroker.WithSettings(map[string]any{"stub": []any{mqttbroker.Stub{
		Name: "opens", When: mqttbroker.Publish("door"), Publish: mqttbroker.Answer{Topic: "bell", Payload: "ding", Retain: true},
		Scenario: "door", NewState: "open",
	}}}))
	client := connected(t, broker.URL(), "hand")
	done(t, client.Publish("door", 1, false, "push"))
	broker.WaitRetained("bell")
	if states := broker.Scenarios(); states["door"] != "open" {
		t.Errorf("%v", states)
	}
	broker.SetScenario("door", "shut")
	broker.ResetScenarios()
	broker.ReplaceStub(mqttbroker.Stub{Name: "opens", When: mqttbroker.Publish("door"), Publish: []mqttbroker.Answer{{Topic: "a"}, {Topic: "b"}}})
	if all := broker.Stubs(); len(all) != 1 || all[0].Name != "opens" {
		t.Errorf("%+v", all)
	}
	broker.RemoveStub("opens")
	broker.ClearStubs()

	meter := map[string]any{"name": "meter", "telemetry": map[string]any{"every_secs": 1, "topic": "meter", "payload": "{{ row.temp }}", "rows": "rows.csv"},
		"files": map[string]string{"rows.csv": "temp\n17\n18\n"}}
	broker.AddDevice(meter)
	broker.FastForward(5 * time.Second)
	broker.Expect(mqttbroker.Publish("meter").Payload("18"))
	if device := broker.Device("meter"); device.Published < 2 || device.Connected != 1 {
		t.Errorf("%+v", device)
	}
	broker.ReplaceDevice(meter)
	if all := broker.Devices(); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	broker.RemoveDevice("meter")
	broker.ClearDevices()
}

func TestKeepingAndPlaying(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	client := connected(t, broker.URL(), "switch")
	broker.StartRecording(mqttbroker.Pattern{})
	done(t, client.Publish("lamp/set", 1, true, "on"))
	recording := broker.StopRecording()
	if !bytes.Contains(recording, []byte("lamp/set")) {
		t.Errorf("%s", recording)
	}
	snapshot := broker.Snapshot()
	broker.Reset()
	if played := broker.PlayRecording(recording, mqttbroker.Play{Speed: "max", Rewrite: "lamp/# => test/#"}); !played.Over || played.Messages != 1 {
		t.Errorf("%+v", played)
	}
	if all := broker.Retained(); len(all) != 1 || all[0].Topic != "test/set" {
		t.Errorf("%+v", all)
	}
	broker.Restore(snapshot)
	if all := broker.Retained(); len(all) != 1 || all[0].Topic != "lamp/set" {
		t.Errorf("%+v", all)
	}
}

func TestUsersAndRights(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	broker.SetUser("ann", "pencil")
	broker.AllowAnonymous(false)
	broker.SetACL(mqttbroker.ACLLine{"user": "ann", "topic": "#", "access": "readwrite"})
	if users := broker.Users(); len(users) != 1 || users[0] != "ann" {
		t.Errorf("%v", users)
	}
	broker.RemoveUser("ann")
	broker.AllowAnonymous(true)
	broker.SetACL()
}

func TestExportsAndFiles(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	client := connected(t, broker.URL(), "lamp")
	done(t, client.Publish("lamp", 1, false, "on"))
	for form, begin := range map[string]string{
		mqttbroker.Mermaid: "sequenceDiagram",
		mqttbroker.Pcapng:  "\n\r\r\n",
		mqttbroker.JSONL:   "{",
		mqttbroker.OTLP:    `{"resourceSpans":`,
	} {
		if got := broker.Export(form); !bytes.HasPrefix(got, []byte(begin)) {
			t.Errorf("%s: %.40q", form, got)
		}
	}
	if got := broker.Export(mqttbroker.Ladder); !bytes.Contains(got, []byte("PUBLISH QoS 1 #1 lamp")) {
		t.Errorf("%s", got)
	}
	path := broker.CAFile()
	if pem, err := os.ReadFile(path); err != nil || !bytes.Equal(pem, broker.CA()) || !bytes.Contains(pem, []byte("BEGIN CERTIFICATE")) {
		t.Errorf("%s %v", pem, err)
	}
	broker.Stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the file is left")
	}
}

func TestAStreamInWhichNothingComesEnds(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t, mqttbroker.WithTimeout(20*time.Millisecond))
	events := broker.Events(mqttbroker.Event("will_published"))
	if _, err := events.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	other, err := broker.Broker.Events(ctx, mqttbroker.Event("will_published"))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := other.Next(); err != io.EOF {
		t.Errorf("%v", err)
	}
}

func TestWhatAnotherBrokerWouldNotTakeIsTold(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	broker.HoldAgainst("aws-iot", "warn")
	done(t, connected(t, broker.URL(), "lamp").Publish("a/b/c/d/e/f/g/h/i", 1, false, "x"))
	if all := broker.Violations(); len(all) == 0 || all[0].ClientID != "lamp" || all[0].Origin != "profile" || all[0].Contract != "aws-iot" {
		t.Errorf("%+v", all)
	}
}

func TestClientsAreHeldToContractsUntilTheyAreRemoved(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	text := "asyncapi: 3.0.0\nchannels: {lamp: {address: lamp, messages: {on: {payload: {type: boolean}}}}}\n"
	held := mqttbroker.Contracts{AsyncAPI: []string{"lamp.yaml"}, Files: map[string]string{"lamp.yaml": text}}
	broker.SetContracts(held)
	done(t, connected(t, broker.URL(), "switch").Publish("lamp", 1, false, "7"))
	if all := broker.Violations(); len(all) != 1 || !strings.Contains(all[0].Text, `7 is not of type "boolean" (lamp.yaml:2)`) {
		t.Errorf("%+v", all)
	}
	if report := broker.Contracts(); report.Broken != 1 || report.Channels[0].Address != "lamp" {
		t.Errorf("%+v", report)
	}
	broker.RemoveContracts()
	if report := broker.Contracts(); len(report.Channels) != 0 {
		t.Errorf("%+v", report)
	}
	held.Files["lamp.yaml"] = strings.Replace(text, "payload", "paylod", 1)
	if err := broker.Broker.SetContracts(context.Background(), held); err == nil || !strings.Contains(err.Error(), "did you mean `payload`") {
		t.Errorf("%v", err)
	}
}

func TestEventsComeAsTheyHappen(t *testing.T) {
	t.Parallel()
	broker := mqttbroker.RunT(t)
	events := broker.Events(mqttbroker.Packet("PUBLISH", "DISCONNECT").Field("client_id", mqttbroker.Not("other")))
	client, other := connected(t, broker.URL(), "lamp"), connected(t, broker.URL(), "other")
	done(t, other.Publish("no", 1, false, ""))
	done(t, client.Publish("yes", 1, false, "1"))
	client.Disconnect(250)
	var seen []string
	for entry, err := range events.All() {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, entry.Packet+" "+entry.Topic)
		if len(seen) == 2 {
			break
		}
	}
	if strings.Join(seen, ",") != "PUBLISH yes,DISCONNECT " {
		t.Errorf("%q", seen)
	}
	if err := events.Close(); err != nil {
		t.Error(err)
	}
	again := broker.Events(mqttbroker.Event().After(0))
	if entry, err := again.Next(); err != nil || entry.Event != "connected" {
		t.Errorf("%v %v", entry, err)
	}
	broker.Stop()
	for {
		if _, err := again.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
