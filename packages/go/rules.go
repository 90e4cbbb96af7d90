package mqttbroker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// A Fault is a rule that disturbs packets or bytes, as docs/FAULTS.md describes it. Of packets it has When and Action, of bytes Type
// and Attributes.
type Fault struct {
	Name string `json:"name"`
	// When says which packets: a [Pattern].
	When any `json:"when,omitempty"`
	// Action is what is done with them: "drop", or map[string]any{"type": "latency", "latency": 100}.
	Action any `json:"action,omitempty"`
	// Nth, Every, First and After say with which of the packets that fit, counted for each client apart.
	Nth   int `json:"nth,omitempty"`
	Every int `json:"every,omitempty"`
	First int `json:"first,omitempty"`
	After int `json:"after,omitempty"`

	// Type is what is done with the bytes of a connection, in the words of Toxiproxy: "latency", "bandwidth", ….
	Type       string         `json:"type,omitempty"`
	Stream     string         `json:"stream,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`

	// Client is whose packets or bytes: a client identifier, or an [Is].
	Client   any `json:"client,omitempty"`
	Listener any `json:"listener,omitempty"`
	// Toxicity is how likely it acts, above 0 up to 1; 0 counts as not said: always.
	Toxicity      float64 `json:"toxicity,omitempty"`
	Priority      int     `json:"priority,omitempty"`
	Scenario      string  `json:"scenario,omitempty"`
	RequiredState string  `json:"required_state,omitempty"`
	NewState      string  `json:"new_state,omitempty"`
	FromSecs      float64 `json:"from_secs,omitempty"`
	ToSecs        float64 `json:"to_secs,omitempty"`
}

// FaultStatus is a rule in force.
type FaultStatus struct {
	Name string `json:"name"`
	// Fired is how often it acted.
	Fired int `json:"fired"`
	// Enabled says whether it is switched on.
	Enabled bool           `json:"enabled"`
	Rule    map[string]any `json:"rule"`
}

// A Stub has the broker answer, as docs/STUBS.md describes it.
type Stub struct {
	Name string `json:"name"`
	// When says what it answers: a [Pattern] of a packet that clients send, or of an event.
	When any `json:"when,omitempty"`
	// EverySecs and AfterSecs publish by the clock, in place of When.
	EverySecs float64 `json:"every_secs,omitempty"`
	AfterSecs float64 `json:"after_secs,omitempty"`
	// Publish is an [Answer], or a list of them.
	Publish any `json:"publish,omitempty"`

	Nth           int    `json:"nth,omitempty"`
	Every         int    `json:"every,omitempty"`
	First         int    `json:"first,omitempty"`
	After         int    `json:"after,omitempty"`
	MaxTimes      int    `json:"max_times,omitempty"`
	Priority      int    `json:"priority,omitempty"`
	Scenario      string `json:"scenario,omitempty"`
	RequiredState string `json:"required_state,omitempty"`
	NewState      string `json:"new_state,omitempty"`
	Continue      bool   `json:"continue,omitempty"`
	Cycle         bool   `json:"cycle,omitempty"`
	// Files are what it reads, by the names that it has for them.
	Files map[string]string `json:"files,omitempty"`
}

// An Answer is a message that a stub publishes. Its texts are templates: "{{ message.payload }}".
type Answer struct {
	Topic string `json:"topic,omitempty"`
	// Reply sends it to the Response Topic of the message that is answered; Topic is for messages without one.
	Reply   bool   `json:"reply,omitempty"`
	Payload string `json:"payload,omitempty"`
	// JSON is the payload in place of Payload; each text in it is a template.
	JSON   any  `json:"json,omitempty"`
	QoS    int  `json:"qos,omitempty"`
	Retain bool `json:"retain,omitempty"`
	// Delay is how late it is, in milliseconds on the broker's clock.
	Delay      int            `json:"delay,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

// StubStatus is a stub that is there.
type StubStatus struct {
	Name string `json:"name"`
	// Matched is how often it fitted, Answered how often it answered, Failed how often it could not.
	Matched  int `json:"matched"`
	Answered int `json:"answered"`
	Failed   int `json:"failed"`
	// Waiting is how many of its messages wait for their time.
	Waiting int            `json:"waiting"`
	Stub    map[string]any `json:"stub"`
}

// DeviceStatus is a device or a group that is there, all its clients together.
type DeviceStatus struct {
	Name         string `json:"name"`
	Count        int    `json:"count"`
	Connected    int    `json:"connected"`
	Connects     int    `json:"connects"`
	Published    int    `json:"published"`
	Acknowledged int    `json:"acknowledged"`
	Received     int    `json:"received"`
	Failed       int    `json:"failed"`
}

// AddFault puts a rule into force: a [Fault], or a map in the form of a [[fault]] table. It holds for open connections, too, from the
// next packet on.
func (b *Broker) AddFault(ctx context.Context, fault any) error {
	return b.Do(ctx, http.MethodPost, "faults", fault, nil)
}

// ReplaceFault puts a rule into force in the place of that of its name.
func (b *Broker) ReplaceFault(ctx context.Context, fault any) error {
	return replace(ctx, b, "faults/%s", fault)
}

// Fault says of a rule how often it acted.
func (b *Broker) Fault(ctx context.Context, name string) (FaultStatus, error) {
	return ask[FaultStatus](ctx, b, http.MethodGet, at("faults/%s", name), nil)
}

// Faults are the rules in force.
func (b *Broker) Faults(ctx context.Context) ([]FaultStatus, error) {
	found, err := ask[struct{ Faults []FaultStatus }](ctx, b, http.MethodGet, "faults", nil)
	return found.Faults, err
}

// EnableFault switches a rule on that was off.
func (b *Broker) EnableFault(ctx context.Context, name string) error {
	return b.switchFault(ctx, name, true)
}

// DisableFault switches a rule off: it keeps its place and its counts, and does nothing. What it kept back goes on.
func (b *Broker) DisableFault(ctx context.Context, name string) error {
	return b.switchFault(ctx, name, false)
}

func (b *Broker) switchFault(ctx context.Context, name string, isEnabled bool) error {
	return b.Do(ctx, http.MethodPut, at("faults/%s/enabled", name), map[string]bool{"enabled": isEnabled}, nil)
}

// ResetFault lets the counts and the window of time of a rule begin anew.
func (b *Broker) ResetFault(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodPost, at("faults/%s/reset", name), nil, nil)
}

// ReleaseFault lets go what a rule keeps back, in the order in which it came. The rule stays in force.
func (b *Broker) ReleaseFault(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodPost, at("faults/%s/release", name), nil, nil)
}

// RemoveFault takes a rule out of force: what it keeps back goes on.
func (b *Broker) RemoveFault(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodDelete, at("faults/%s", name), nil, nil)
}

// ClearFaults takes all rules out of force.
func (b *Broker) ClearFaults(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "faults", nil, nil)
}

// AddStub adds a [Stub], or a map in the form of a [[stub]] table.
func (b *Broker) AddStub(ctx context.Context, stub any) error {
	return b.Do(ctx, http.MethodPost, "stubs", stub, nil)
}

// ReplaceStub adds a stub in the place of that of its name.
func (b *Broker) ReplaceStub(ctx context.Context, stub any) error {
	return replace(ctx, b, "stubs/%s", stub)
}

// Stub says of a stub how often it answered.
func (b *Broker) Stub(ctx context.Context, name string) (StubStatus, error) {
	return ask[StubStatus](ctx, b, http.MethodGet, at("stubs/%s", name), nil)
}

// Stubs are all that are there.
func (b *Broker) Stubs(ctx context.Context) ([]StubStatus, error) {
	found, err := ask[struct{ Stubs []StubStatus }](ctx, b, http.MethodGet, "stubs", nil)
	return found.Stubs, err
}

// RemoveStub takes a stub away.
func (b *Broker) RemoveStub(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodDelete, at("stubs/%s", name), nil, nil)
}

// ClearStubs takes all stubs away.
func (b *Broker) ClearStubs(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "stubs", nil, nil)
}

// AddDevice adds a device or a group of them: a map in the form of a [[device]] table, as docs/DEVICES.md describes it. Files that it
// reads go along, as "files": map[string]string{"rows.csv": "…"}.
func (b *Broker) AddDevice(ctx context.Context, device map[string]any) error {
	return b.Do(ctx, http.MethodPost, "devices", device, nil)
}

// ReplaceDevice adds a device in the place of that of its name.
func (b *Broker) ReplaceDevice(ctx context.Context, device map[string]any) error {
	return replace(ctx, b, "devices/%s", device)
}

// Device says how a device is doing.
func (b *Broker) Device(ctx context.Context, name string) (DeviceStatus, error) {
	return ask[DeviceStatus](ctx, b, http.MethodGet, at("devices/%s", name), nil)
}

// Devices are all that are there.
func (b *Broker) Devices(ctx context.Context) ([]DeviceStatus, error) {
	found, err := ask[struct{ Devices []DeviceStatus }](ctx, b, http.MethodGet, "devices", nil)
	return found.Devices, err
}

// RemoveDevice removes a device or a group: its clients say goodbye.
func (b *Broker) RemoveDevice(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodDelete, at("devices/%s", name), nil, nil)
}

// ClearDevices removes all devices.
func (b *Broker) ClearDevices(ctx context.Context) error {
	return b.Do(ctx, http.MethodDelete, "devices", nil, nil)
}

// Scenarios are the states of scenarios that are not in their first one, by their names.
func (b *Broker) Scenarios(ctx context.Context) (map[string]string, error) {
	type scenario struct{ Name, State string }
	found, err := ask[struct{ Scenarios []scenario }](ctx, b, http.MethodGet, "scenarios", nil)
	states := map[string]string{}
	for _, one := range found.Scenarios {
		states[one.Name] = one.State
	}
	return states, err
}

// SetScenario moves a scenario to a state.
func (b *Broker) SetScenario(ctx context.Context, name, state string) error {
	return b.Do(ctx, http.MethodPut, at("scenarios/%s/state", name), map[string]any{"state": state}, nil)
}

// ResetScenarios has every scenario begin anew.
func (b *Broker) ResetScenarios(ctx context.Context) error {
	return b.Do(ctx, http.MethodPost, "scenarios/reset", nil, nil)
}

// Partition cuts clients off as a network does: nothing passes either way, no connection ends, and nothing is lost. It returns the
// name that [Broker.Heal] takes.
func (b *Broker) Partition(ctx context.Context, clientIDs ...string) (string, error) {
	body := map[string]any{"clients": clientIDs}
	parted, err := ask[struct{ Name string }](ctx, b, http.MethodPost, "partitions", body)
	return parted.Name, err
}

// Partitions are those that are not healed yet.
func (b *Broker) Partitions(ctx context.Context) ([]Partition, error) {
	found, err := ask[struct{ Partitions []Partition }](ctx, b, http.MethodGet, "partitions", nil)
	return found.Partitions, err
}

// Heal ends a partition: what waits goes on in order.
func (b *Broker) Heal(ctx context.Context, partition string) error {
	return b.Do(ctx, http.MethodDelete, at("partitions/%s", partition), nil, nil)
}

// ListenerDown takes a listener down, such as "main": its port refuses connections, and its clients are cut.
func (b *Broker) ListenerDown(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodPost, at("listeners/%s/down", name), nil, nil)
}

// ListenerUp lets clients in again.
func (b *Broker) ListenerUp(ctx context.Context, name string) error {
	return b.Do(ctx, http.MethodPost, at("listeners/%s/up", name), nil, nil)
}

// replace puts what has a name in the place of what has it.
func replace(ctx context.Context, b *Broker, format string, it any) error {
	text, err := json.Marshal(it)
	if err != nil {
		return fmt.Errorf("mqttbroker: %w", unwrapped(err))
	}
	var named struct{ Name string }
	if err := json.Unmarshal(text, &named); err != nil {
		return fmt.Errorf("mqttbroker: what is replaced has a name: %w", err)
	}
	return b.Do(ctx, http.MethodPut, at(format, named.Name), text, nil)
}
