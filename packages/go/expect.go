package mqttbroker

import (
	"context"
	"net/http"
)

// Found is what an expectation was met by.
type Found struct {
	// Count is how often it came; of very many, 10,000.
	Count int `json:"count"`
	// Entries are the packets and events, the first 1,000 of them.
	Entries []Entry `json:"packets"`
	// Unproven says why more may have been on its way, where that could not be ruled out.
	Unproven string `json:"unproven"`
}

// Expect waits until the pattern is met, or cannot be met any more: then the error is an [*ExpectationError] with a report. What
// came already counts, since the last [Broker.Mark]. It never sleeps.
//
// A pattern that says how often it comes at most is met once the broker has settled: then nothing more is on its way.
func (b *Broker) Expect(ctx context.Context, pattern Pattern) (Found, error) {
	body, err := pattern.expectation()
	if err != nil {
		return Found{}, err
	}
	return askWaiting[Found](ctx, b, "expectations", pattern.within, body)
}

// Never waits until nothing is on its way any more, and fails where something came that fits the pattern.
func (b *Broker) Never(ctx context.Context, pattern Pattern) error {
	fields, err := pattern.only("Never")
	if err != nil {
		return err
	}
	_, err = askWaiting[Found](ctx, b, "expectations", pattern.within, pattern.whole(map[string]any{"never": fields}))
	return err
}

// NearMisses says without waiting what came closest to a pattern without fitting it.
func (b *Broker) NearMisses(ctx context.Context, pattern Pattern) ([]NearMiss, error) {
	fields, err := pattern.only("NearMisses")
	if err != nil {
		return nil, err
	}
	type nearMisses struct {
		NearMisses []NearMiss `json:"near_misses"`
	}
	found, err := ask[nearMisses](ctx, b, http.MethodPost, "near-misses", pattern.whole(map[string]any{"pattern": fields}))
	return found.NearMisses, err
}

// Mark draws a line: what is expected and waited for from now on has to come behind it. It returns the number of the last entry
// before it, for [Pattern.After].
func (b *Broker) Mark(ctx context.Context) (uint64, error) {
	marked, err := ask[struct{ After uint64 }](ctx, b, http.MethodPost, "mark", nil)
	return marked.After, err
}

// Settle waits until nothing is on its way any more: what should have arrived has arrived.
func (b *Broker) Settle(ctx context.Context) error {
	return b.wait(ctx, "settle", map[string]any{})
}

// WaitMessage waits for a message from a client that fits the pattern, and returns the first. What came already counts.
func (b *Broker) WaitMessage(ctx context.Context, pattern Pattern) (ReceivedMessage, error) {
	fields, err := pattern.only("WaitMessage")
	if err != nil {
		return ReceivedMessage{}, err
	}
	body := pattern.whole(map[string]any{"pattern": fields})
	came, err := askWaiting[struct{ Message ReceivedMessage }](ctx, b, "messages/wait", pattern.within, body)
	return came.Message, err
}

// WaitMessages waits for so many messages from clients that fit the pattern. More may come: [Pattern.Times] rules that out.
func (b *Broker) WaitMessages(ctx context.Context, pattern Pattern, count int) ([]ReceivedMessage, error) {
	fields, err := pattern.only("WaitMessages")
	if err != nil {
		return nil, err
	}
	body := pattern.whole(map[string]any{"pattern": fields, "count": count})
	came, err := askWaiting[struct{ Messages []ReceivedMessage }](ctx, b, "messages/wait-for-count", pattern.within, body)
	return came.Messages, err
}

// WaitConnected waits until a client is connected.
func (b *Broker) WaitConnected(ctx context.Context, clientID string) error {
	return b.waitFor(ctx, clientID, map[string]any{"for": "connected"})
}

// WaitDisconnected waits until a client that was here is not connected any more.
func (b *Broker) WaitDisconnected(ctx context.Context, clientID string) error {
	return b.waitFor(ctx, clientID, map[string]any{"for": "disconnected"})
}

// WaitSubscribed waits until a client is subscribed to the topic filter, as the client writes it.
func (b *Broker) WaitSubscribed(ctx context.Context, clientID, topicFilter string) error {
	return b.waitFor(ctx, clientID, map[string]any{"for": "subscribed", "topic_filter": topicFilter})
}

// WaitAcked waits until a client has acknowledged everything that it was sent, and nothing waits for it.
func (b *Broker) WaitAcked(ctx context.Context, clientID string) error {
	return b.waitFor(ctx, clientID, map[string]any{"for": "acked"})
}

// WaitSessionEnded waits until a client that had a session has none any more.
func (b *Broker) WaitSessionEnded(ctx context.Context, clientID string) error {
	return b.waitFor(ctx, clientID, map[string]any{"for": "session_ended"})
}

// WaitRetained waits until a topic has a retained message.
func (b *Broker) WaitRetained(ctx context.Context, topic string) error {
	return b.wait(ctx, "retained/wait", map[string]any{"topic": topic})
}

func (b *Broker) waitFor(ctx context.Context, clientID string, body map[string]any) error {
	return b.wait(ctx, at("clients/%s/wait", clientID), body)
}

func (b *Broker) wait(ctx context.Context, path string, body map[string]any) error {
	_, err := askWaiting[struct{}](ctx, b, path, nil, body)
	return err
}
