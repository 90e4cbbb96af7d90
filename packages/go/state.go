package mqttbroker

import (
	"context"
	"net/http"
)

// A Client is a client, as far as the journal still knows it.
type Client struct {
	ClientID  string `json:"client_id"`
	Connected bool   `json:"connected"`
	// Connection is the event with which its latest connection began: its address, version, user and so on.
	Connection *Entry `json:"connection"`
	// LastDisconnect says how its latest connection that has ended did; nil where there is none.
	LastDisconnect *Ended `json:"last_disconnect"`
	// LastRefusal is its latest CONNECT that was refused; nil where there is none.
	LastRefusal *Ended `json:"last_refusal"`
}

// Ended says why a connection ended, or was not let in.
type Ended struct {
	AtSecs float64 `json:"at_secs"`
	// Cause is one word, such as "keep_alive_timeout".
	Cause string `json:"cause"`
	// Why is what happened, in a sentence.
	Why string `json:"why"`
	// Advice is what to do about it, in a sentence.
	Advice string `json:"advice"`
	Event  Entry  `json:"event"`
}

// Client says of a client whether it is connected, and why it went last. A client of which nothing is known is an error.
func (b *Broker) Client(ctx context.Context, clientID string) (Client, error) {
	return ask[Client](ctx, b, http.MethodGet, at("clients/%s", clientID), nil)
}

// Clients are all that are connected, or of which the journal still knows that they came or went.
func (b *Broker) Clients(ctx context.Context) ([]Client, error) {
	return list[Client](ctx, b, "clients", "clients")
}

// A Session is what the broker keeps of a client.
type Session struct {
	ClientID  string `json:"client_id"`
	Connected bool   `json:"connected"`
	Version   string `json:"version"`
	// Way is what the bytes of its connection go through: "tcp", "tls", "ws" or "wss"; empty without a connection.
	Way           string         `json:"way"`
	Subscriptions []Subscription `json:"subscriptions"`
	// Inflight is how many messages are on their way to the client, Queued how many wait for it.
	Inflight          int `json:"inflight_count"`
	Queued            int `json:"queued_count"`
	SessionExpirySecs int `json:"session_expiry_secs"`
	// EndsInSecs is when a session without a client ends; nil where it does not.
	EndsInSecs *int `json:"ends_in_secs"`
}

// A Subscription is one of a client.
type Subscription struct {
	ClientID    string `json:"client_id"`
	TopicFilter string `json:"topic_filter"`
	ShareName   string `json:"share_name"`
	QoS         int    `json:"qos"`
	NoLocal     bool   `json:"no_local"`
}

// A Partition is a set of clients that are cut off as by a network, until [Broker.Heal] takes its name.
type Partition struct {
	Name    string   `json:"name"`
	Clients []string `json:"clients"`
}

// A SessionSummary is a session in numbers.
type SessionSummary struct {
	ClientID      string `json:"client_id"`
	Connected     bool   `json:"connected"`
	Version       string `json:"version"`
	Subscriptions int    `json:"subscriptions"`
	Inflight      int    `json:"inflight"`
	Queued        int    `json:"queued"`
}

// Session is that of one client.
func (b *Broker) Session(ctx context.Context, clientID string) (Session, error) {
	return ask[Session](ctx, b, http.MethodGet, at("sessions/%s", clientID), nil)
}

// Sessions are all, whether their clients are connected or not.
func (b *Broker) Sessions(ctx context.Context) ([]SessionSummary, error) {
	return list[SessionSummary](ctx, b, "sessions", "sessions")
}

// EndSession ends the session of one client, which is disconnected.
func (b *Broker) EndSession(ctx context.Context, clientID string) error {
	return b.Do(ctx, http.MethodDelete, at("sessions/%s", clientID), nil, nil)
}

// Subscriptions are those of all clients.
func (b *Broker) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return list[Subscription](ctx, b, "subscriptions", "subscriptions")
}

// A RetainedMessage is what new subscribers of its topic get.
type RetainedMessage struct {
	Topic   string `json:"topic"`
	QoS     int    `json:"qos"`
	Payload []byte `json:"-"`
	// Publisher is the client that published it; empty for the broker itself.
	Publisher string `json:"publisher"`
	// ExpiresInSecs is nil where it does not expire.
	ExpiresInSecs *int `json:"expires_in_secs"`
	// PublishedAtSecs is on the broker's clock: seconds since its start.
	PublishedAtSecs float64 `json:"published_at_secs"`
}

// UnmarshalJSON reads a message as the control API writes it.
func (m *RetainedMessage) UnmarshalJSON(text []byte) error {
	type plain RetainedMessage
	return withPayload(text, (*plain)(m), &m.Payload)
}

// Retained are all retained messages but those of $SYS.
func (b *Broker) Retained(ctx context.Context) ([]RetainedMessage, error) {
	return list[RetainedMessage](ctx, b, "retained", "retained")
}

// RetainedMessage is that of a topic. A topic without one is an error.
func (b *Broker) RetainedMessage(ctx context.Context, topic string) (RetainedMessage, error) {
	return ask[RetainedMessage](ctx, b, http.MethodGet, at("retained/%s", topic), nil)
}

// ClearRetained removes every retained message but those of $SYS.
func (b *Broker) ClearRetained(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "retained", nil, nil)
}

// Stats is what was counted since the start or the last reset, by its name: "publish_received".
func (b *Broker) Stats(ctx context.Context) (map[string]int64, error) {
	return ask[map[string]int64](ctx, b, http.MethodGet, "stats", nil)
}

// Violation is what one client did against one rule of the profile, or of a contract.
type Violation struct {
	ClientID string `json:"client_id"`
	Origin   string `json:"origin"`
	Contract string `json:"contract"`
	Rule     string `json:"rule"`
	Count    int64  `json:"count"`
	Enforced bool   `json:"enforced"`
	Text     string `json:"text"`
	Topic    string `json:"topic"`
	Source   string `json:"source"`
}

// Violations is what clients did that the profile, or a contract, would not take: by client, rule and sentence.
func (b *Broker) Violations(ctx context.Context) ([]Violation, error) {
	found, err := ask[struct {
		Violations []Violation `json:"violations"`
	}](ctx, b, http.MethodGet, "violations", nil)
	return found.Violations, err
}

// HoldAgainst holds clients against what another broker would not take: "aws-iot", in the mode "warn" or "enforce".
func (b *Broker) HoldAgainst(ctx context.Context, profile, mode string) error {
	return b.Do(ctx, http.MethodPut, "profile", map[string]string{"name": profile, "mode": mode}, nil)
}

// Contracts are documents that clients are to be held to.
type Contracts struct {
	// AsyncAPI has the names of AsyncAPI documents in Files.
	AsyncAPI []string `json:"asyncapi,omitempty"`
	// Schemas has JSON Schemas by topic, as FILTER=FILE.
	Schemas []string `json:"schemas,omitempty"`
	// Application has the client identifiers of the application that the documents describe; * stands for any characters.
	Application []string `json:"application,omitempty"`
	// Enforce refuses messages that break them.
	Enforce bool `json:"enforce,omitempty"`
	// Files has the texts of all files by their names, those that are referred to, too.
	Files map[string]string `json:"files"`
}

// A ContractReport says what of contracts was used, and what was broken.
type ContractReport struct {
	Messages        int64             `json:"messages"`
	Broken          int64             `json:"broken"`
	Channels        []ContractChannel `json:"channels"`
	Notes           []string          `json:"notes"`
	ViolationsTotal int64             `json:"violations_total"`
}

// A ContractChannel is what was seen of a channel: none of its messages, or so many.
type ContractChannel struct {
	Contract string `json:"contract"`
	Channel  string `json:"channel"`
	Address  string `json:"address"`
	Messages int64  `json:"messages"`
	Broken   int64  `json:"broken"`
}

// SetContracts holds clients to AsyncAPI documents and JSON Schemas, in the place of those before.
func (b *Broker) SetContracts(ctx context.Context, contracts Contracts) error {
	return b.Do(ctx, http.MethodPut, "contracts", contracts, nil)
}

// Contracts says what clients are held to, and what was used and broken of it.
func (b *Broker) Contracts(ctx context.Context) (ContractReport, error) {
	return ask[ContractReport](ctx, b, http.MethodGet, "contracts", nil)
}

// RemoveContracts holds clients to no contract any more.
func (b *Broker) RemoveContracts(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "contracts", nil, nil)
}
