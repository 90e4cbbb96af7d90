package mqttbroker

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAPatternIsTheObjectThatTheAPITakes(t *testing.T) {
	for _, one := range []struct {
		pattern Pattern
		want    string
	}{
		{Pattern{}, `{}`},
		{Publish("a/+").From("dev-1").QoS(1).Payload("hi"), `{"client_id":"dev-1","direction":"in","packet":"PUBLISH","payload":"hi","qos":1,"topic":"a/+"}`},
		{Publish("a").To("dev-1").Retain(true), `{"client_id":"dev-1","direction":"out","packet":"PUBLISH","retain":true,"topic":"a"}`},
		{Publish("a").Outbound(), `{"direction":"out","packet":"PUBLISH","topic":"a"}`},
		{Publish("a").Payload([]byte{0xff}), `{"direction":"in","packet":"PUBLISH","payload":{"base64":"/w=="},"topic":"a"}`},
		{Publish("a").JSONSubset(map[string]any{"on": true}), `{"direction":"in","packet":"PUBLISH","payload":{"json_subset":{"on":true}},"topic":"a"}`},
		{Packet("PUBACK", "PUBREC").Reason(0x87), `{"packet":["PUBACK","PUBREC"],"reason_code":135}`},
		{Packet().Of("x"), `{"client_id":"x","record":"packet"}`},
		{Event("disconnected").From("x").Field("cause", Not("client_disconnect")), `{"cause":{"not":"client_disconnect"},"client_id":"x","event":"disconnected"}`},
		{Connect().Field("will.topic", "gone").Field("will.qos", AtLeast(1)).Field("user_name", Absent()),
			`{"direction":"in","packet":"CONNECT","user_name":{"present":false},"will":{"qos":{"from":1},"topic":"gone"}}`},
		{Packet("PUBLISH").Payload(Contains("a")).Payload(Contains("b")), `{"packet":"PUBLISH","payload":{"all":[{"contains":"a"},{"contains":"b"}]}}`},
		{Packet("PUBLISH").UserProperty("unit", "C"), `{"packet":"PUBLISH","properties":{"user_property":{"name":"unit","value":"C"}}}`},
		{PatternOf(map[string]any{"packet": "PINGREQ"}), `{"packet":"PINGREQ"}`},
		{Packet("PUBLISH").Payload(JSONAt("/celsius", Between(20, 30))), `{"packet":"PUBLISH","payload":{"json_at":{"/celsius":{"from":20,"to":30}}}}`},
	} {
		text, err := json.Marshal(one.pattern)
		if err != nil || string(text) != one.want {
			t.Errorf("got  %s (%v)\nwant %s", text, err, one.want)
		}
	}
}

func TestAPayloadThatIsLargeIsSaidByItsLengthAndSHA256(t *testing.T) {
	many := bytes.Repeat([]byte("a"), 5000)
	want := fmt.Sprintf(`{"packet":"PUBLISH","payload":{"len_bytes":5000,"sha256":"%x"}}`, sha256.Sum256(many))
	for _, pattern := range []Pattern{Packet("PUBLISH").Payload(many), Packet("PUBLISH").Payload(string(many))} {
		if text, err := json.Marshal(pattern); err != nil || string(text) != want {
			t.Errorf("got  %s (%v)\nwant %s", text, err, want)
		}
	}
}

func TestAPatternDoesNotChange(t *testing.T) {
	pattern := Connect().Field("will.topic", "gone")
	_ = pattern.QoS(1).Field("will.qos", 1).Times(2).Then(Disconnect())
	text, _ := json.Marshal(pattern)
	if want := `{"direction":"in","packet":"CONNECT","will":{"topic":"gone"}}`; string(text) != want {
		t.Errorf("got %s", text)
	}
}

func TestAnExpectationHasStepsAndTimes(t *testing.T) {
	for _, one := range []struct {
		pattern Pattern
		want    string
	}{
		{Packet("PINGREQ").Times(2).After(7), `{"after":7,"limit":1000,"pattern":{"packet":"PINGREQ"},"times":2}`},
		{Packet("PINGREQ").Between(1, 3).UnprovenIsEnough(), `{"limit":1000,"pattern":{"packet":"PINGREQ"},"times":{"max":3,"min":1},"unproven_is_enough":true}`},
		{Packet("A").Then(Packet("B").Times(2)).Then(Packet("C")).Within(time.Second),
			`{"limit":1000,"steps":[{"pattern":{"packet":"A"}},{"pattern":{"packet":"B"},"times":2},{"pattern":{"packet":"C"}}]}`},
	} {
		body, err := one.pattern.expectation()
		text, _ := json.Marshal(body)
		if err != nil || string(text) != one.want {
			t.Errorf("got  %s (%v)\nwant %s", text, err, one.want)
		}
	}
}

func TestWhatAPatternCannotSayIsAnError(t *testing.T) {
	_, both := Publish("a").From("x").To("x").expectation()
	_, late := Publish("a").Then(Publish("b").Within(time.Second)).expectation()
	_, often := json.Marshal(Fault{Name: "x", When: Publish("a").Times(2)})
	_, steps := Publish("a").Then(Publish("b")).only("Never")
	for words, err := range map[string]error{
		"say either From or To":     both,
		"behind the last Then":      late,
		"does not say how often":    often,
		"mqttbroker: Never has no ": steps,
	} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestSettingsAreMergedTableByTable(t *testing.T) {
	all := merged(map[string]any{"http": map[string]any{"listen": true}}, map[string]any{"port": 1, "http": map[string]any{"enabled": false}})
	text, _ := json.Marshal(all)
	if want := `{"http":{"enabled":false,"listen":true},"port":1}`; string(text) != want {
		t.Errorf("got %s", text)
	}
}
