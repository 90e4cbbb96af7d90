package mqttbroker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// A Message is one that the broker publishes.
type Message struct {
	Topic string
	// Payload is a string or a []byte; any other value is sent as JSON.
	Payload any
	QoS     int
	Retain  bool
	// ExpirySecs is after how many seconds it expires; 0 for never.
	ExpirySecs      int
	ContentType     string
	ResponseTopic   string
	CorrelationData []byte
	UserProperties  [][2]string
}

// MarshalJSON writes a message as the control API reads it.
func (m Message) MarshalJSON() ([]byte, error) {
	properties := map[string]any{}
	add := func(to map[string]any, name string, value any, is bool) {
		if is {
			to[name] = value
		}
	}
	add(properties, "message_expiry_interval_secs", m.ExpirySecs, m.ExpirySecs != 0)
	add(properties, "content_type", m.ContentType, m.ContentType != "")
	add(properties, "response_topic", m.ResponseTopic, m.ResponseTopic != "")
	add(properties, "correlation_data_base64", m.CorrelationData, m.CorrelationData != nil)
	add(properties, "user_properties", m.UserProperties, m.UserProperties != nil)
	said := map[string]any{"topic": m.Topic, "qos": m.QoS, "retain": m.Retain}
	add(said, "properties", properties, len(properties) > 0)
	switch payload := m.Payload.(type) {
	case nil:
	case string:
		said["payload"] = payload
	case []byte:
		said["payload_base64"] = base64.StdEncoding.EncodeToString(payload)
	default:
		said["json"] = payload
	}
	return json.Marshal(said)
}

// Publish has the broker publish a message, as if from nobody. It returns to how many sessions it went.
func (b *Broker) Publish(ctx context.Context, message Message) (int, error) {
	published, err := ask[struct{ Sessions int }](ctx, b, http.MethodPost, "publish", message)
	return published.Sessions, err
}

// DisconnectClient ends the connection of a client. A client that speaks MQTT 5.0 is told the reason: a number such as 0x97, or a
// name such as "Quota exceeded"; nil for Administrative action.
func (b *Broker) DisconnectClient(ctx context.Context, clientID string, reason any) error {
	body := map[string]any{}
	if reason != nil {
		body["reason_code"] = reason
	}
	return b.Do(ctx, http.MethodPost, at("clients/%s/disconnect", clientID), body, nil)
}

// Interrupt cuts a client off for so long on the broker's clock: its connection is cut now, and each new one right after its
// CONNECT.
func (b *Broker) Interrupt(ctx context.Context, clientID string, lasts time.Duration) error {
	body := map[string]any{"client": clientID, "duration_secs": lasts.Seconds()}
	return b.Do(ctx, http.MethodPost, "interruptions", body, nil)
}

// A Clock is how the broker's clock stands. Keep alive, expiry, will delays and the times of rules go by it.
type Clock struct {
	// NowSecs is the time since the broker began, in seconds.
	NowSecs float64 `json:"now_secs"`
	Frozen  bool    `json:"frozen"`
}

// Clock says what time it is for the broker.
func (b *Broker) Clock(ctx context.Context) (Clock, error) {
	return ask[Clock](ctx, b, http.MethodGet, "clock", nil)
}

// FreezeClock stops the broker's time.
func (b *Broker) FreezeClock(ctx context.Context) error {
	return b.Do(ctx, http.MethodPost, "clock/freeze", nil, nil)
}

// ResumeClock lets the broker's time go on from where it stands.
func (b *Broker) ResumeClock(ctx context.Context) error {
	return b.Do(ctx, http.MethodPost, "clock/resume", nil, nil)
}

// FastForward moves the broker's time, frozen or not. Everything that is due on the way is done before this returns, each at its
// own instant.
func (b *Broker) FastForward(ctx context.Context, by time.Duration) error {
	return b.wait(ctx, "clock/advance", map[string]any{"secs": by.Seconds()})
}

// Reset makes the broker as new, on the same port: clients are disconnected, sessions and retained messages are gone, the journal is
// empty but for the event reset, and rules, stubs and devices are those of the start. Users and rights are those of
// the settings, and a clock that stood still goes on.
func (b *Broker) Reset(ctx context.Context) error {
	return b.Do(ctx, http.MethodPost, "reset", nil, nil)
}

// A How says how a broker goes away, where it is not a gentle stop after which all is kept.
type How string

const (
	// LoseState loses sessions and retained messages.
	LoseState How = "lose_state"
	// ResetConnections resets connections as a crash does; for [Broker.Outage].
	ResetConnections How = "reset"
)

// Restart is as if the broker was stopped and started again, on the same port. Sessions and retained messages are kept, unless
// [LoseState] says otherwise.
func (b *Broker) Restart(ctx context.Context, how ...How) error {
	return b.goAway(ctx, "restart", map[string]any{}, how)
}

// Crash is as if the broker was killed and started again: connections are reset, and what was not sent yet is lost.
func (b *Broker) Crash(ctx context.Context, how ...How) error {
	return b.goAway(ctx, "crash", map[string]any{}, how)
}

// Outage is as if the broker was stopped and not started again: nobody can connect, for so long on the broker's clock. With 0 it
// lasts until [Broker.EndOutage].
func (b *Broker) Outage(ctx context.Context, lasts time.Duration, how ...How) error {
	body := map[string]any{}
	if lasts > 0 {
		body["duration_secs"] = lasts.Seconds()
	}
	return b.goAway(ctx, "outage", body, how)
}

// EndOutage ends the outage. Clients can connect once this returns.
func (b *Broker) EndOutage(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "outage", nil, nil)
}

func (b *Broker) goAway(ctx context.Context, path string, body map[string]any, how []How) error {
	for _, how := range how {
		body[string(how)] = true
	}
	// Connections to the API may break with it.
	defer b.api.client.CloseIdleConnections()
	return b.Do(ctx, http.MethodPost, path, body, nil)
}

// Snapshot is all that outlives connections: sessions and retained messages.
func (b *Broker) Snapshot(ctx context.Context) ([]byte, error) {
	return ask[[]byte](ctx, b, http.MethodGet, "snapshot", nil)
}

// Restore puts a snapshot in the place of everything that is in the broker.
func (b *Broker) Restore(ctx context.Context, snapshot []byte) error {
	return b.Do(ctx, http.MethodPut, "snapshot", snapshot, nil)
}

// StartRecording records what happens from now on: what the pattern means, and how connections begin and end.
func (b *Broker) StartRecording(ctx context.Context, pattern Pattern) error {
	fields, err := pattern.only("StartRecording")
	if err != nil {
		return err
	}
	body := map[string]any{}
	if len(fields) > 0 {
		body["pattern"] = fields
	}
	return b.Do(ctx, http.MethodPost, "recordings/start", body, nil)
}

// StopRecording ends the recording, and gives it as JSON lines.
func (b *Broker) StopRecording(ctx context.Context) ([]byte, error) {
	return ask[[]byte](ctx, b, http.MethodPost, "recordings/stop", nil)
}

// Play says which part of a recording is played, and how. What is left out is as it was recorded.
type Play struct {
	// Speed is how many times as fast: "10", or "max" for no pauses.
	Speed string
	// Client plays the messages of this client alone; * stands for any characters.
	Client string
	// Topic plays the messages that this topic filter matches.
	Topic string
	// Rewrite gives topics new names: "home/# => test/#".
	Rewrite string
}

// Played is what was played.
type Played struct {
	// Over is false where time was up before the end; then it goes on.
	Over     bool     `json:"over"`
	Messages int      `json:"messages"`
	LeftOut  int      `json:"left_out"`
	Notes    []string `json:"notes"`
}

// PlayRecording publishes the messages of a recording as if from nobody, on the broker's clock, and waits for the end.
func (b *Broker) PlayRecording(ctx context.Context, recording []byte, how Play) (Played, error) {
	query := url.Values{}
	said := map[string]string{"speed": how.Speed, "client": how.Client, "topic": how.Topic, "rewrite": how.Rewrite}
	for name, value := range said {
		if value != "" {
			query.Set(name, value)
		}
	}
	query.Set("timeout_secs", fmt.Sprint(b.patience(ctx, nil).Seconds()))
	return ask[Played](ctx, b, http.MethodPost, "recordings/play?"+query.Encode(), recording)
}
