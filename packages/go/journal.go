package mqttbroker

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// An Entry is a packet or an event, as the journal of the broker has it.
type Entry struct {
	// Seq is its number; later ones have greater numbers.
	Seq uint64 `json:"seq"`
	// AtSecs is the broker's time when it happened, in seconds.
	AtSecs   float64 `json:"at_secs"`
	ClientID string  `json:"client_id"`
	// Version is the version of MQTT that the connection speaks: "3.1", "3.1.1" or "5.0".
	Version string `json:"version"`
	// Packet is its type, such as "PUBLISH"; empty for an event.
	Packet string `json:"packet"`
	// Event is its name, such as "disconnected"; empty for a packet.
	Event string `json:"event"`
	// Direction is "in" for a packet from a client, "out" for one to it.
	Direction string `json:"direction"`
	// Topic is the topic name of a PUBLISH.
	Topic      string `json:"topic_name"`
	QoS        int    `json:"qos"`
	Retain     bool   `json:"retain"`
	Dup        bool   `json:"dup"`
	Payload    []byte `json:"-"`
	ReasonCode int    `json:"reason_code"`
	// Reason is the name of the reason code in the standard.
	Reason string `json:"reason"`
	// Fields are all of them, by the names of docs/PATTERNS.md.
	Fields map[string]any `json:"-"`

	text string
}

// UnmarshalJSON reads an entry as the control API writes it.
func (e *Entry) UnmarshalJSON(text []byte) error {
	type plain Entry
	if err := withPayload(text, (*plain)(e), &e.Payload); err != nil {
		return err
	}
	e.text = string(text)
	return json.Unmarshal(text, &e.Fields)
}

// String is the entry as JSON.
func (e Entry) String() string { return e.text }

// A ReceivedMessage is a message that a client published, as it came.
type ReceivedMessage struct {
	// Seq is the number of its packet in the journal.
	Seq uint64 `json:"seq"`
	// AtSecs is the broker's time when it came, in seconds.
	AtSecs float64 `json:"at_secs"`
	// ClientID is the client that published it.
	ClientID string `json:"client_id"`
	Version  string `json:"version"`
	Topic    string `json:"topic"`
	QoS      int    `json:"qos"`
	Retain   bool   `json:"retain"`
	Dup      bool   `json:"dup"`
	// Payload is nil where it is larger than the journal keeps; then PayloadBytes is its length.
	Payload      []byte         `json:"-"`
	PayloadBytes int            `json:"payload_bytes"`
	Properties   map[string]any `json:"properties"`
	// Decisions say what became of it, once for each client that it concerns.
	Decisions []Decision `json:"decisions"`
}

// UnmarshalJSON reads a message as the control API writes it.
func (m *ReceivedMessage) UnmarshalJSON(text []byte) error {
	type plain ReceivedMessage
	return withPayload(text, (*plain)(m), &m.Payload)
}

// A Decision is what was decided about a message: "sent", "queued", "dropped", "refused" and so on, and why.
type Decision struct {
	Decision   string `json:"decision"`
	ClientID   string `json:"client_id"`
	Topic      string `json:"topic"`
	Why        string `json:"why"`
	ReasonCode int    `json:"reason_code"`
	Reason     string `json:"reason"`
	Because    string `json:"because"`
}

// withPayload reads the members of an object, and its payload, which is text or Base64.
func withPayload(text []byte, members any, payload *[]byte) error {
	var said struct {
		Payload       *string `json:"payload"`
		PayloadBase64 []byte  `json:"payload_base64"`
	}
	if err := json.Unmarshal(text, members); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	*payload = said.PayloadBase64
	if said.Payload != nil {
		*payload = []byte(*said.Payload)
	}
	return nil
}

// Messages are those that clients published and that fit the pattern, the oldest first.
func (b *Broker) Messages(ctx context.Context, pattern Pattern) ([]ReceivedMessage, error) {
	return search[ReceivedMessage](ctx, b, "messages/find", "messages", pattern)
}

// Packets are the packets and events that fit the pattern, the oldest first.
func (b *Broker) Packets(ctx context.Context, pattern Pattern) ([]Entry, error) {
	return search[Entry](ctx, b, "packets/find", "packets", pattern)
}

// ClearPackets forgets all packets and events so far.
func (b *Broker) ClearPackets(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "packets", nil, nil)
}

// Forms of [Broker.Export].
const (
	Ladder  = "ladder"  // text: an arrow for each packet; the latest 200
	Mermaid = "mermaid" // a sequence diagram for Mermaid; the latest 200
	JSONL   = "jsonl"   // one entry a line
	OTLP    = "otlp"    // traces for OpenTelemetry, as JSON, of messages with a traceparent
	Pcapng  = "pcapng"  // a capture for Wireshark, passwords included
)

// Export is the journal as a file, in one of the forms [Ladder], [Mermaid], [JSONL], [OTLP] and [Pcapng].
func (b *Broker) Export(ctx context.Context, form string) ([]byte, error) {
	return ask[[]byte](ctx, b, http.MethodGet, "export?format="+url.QueryEscape(form), nil)
}
