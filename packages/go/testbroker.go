package mqttbroker

import (
	"context"
	"time"
)

//go:generate go run ./internal/wrap

// TestingT is what is needed of a test: *testing.T, *testing.B, *testing.F and what other frameworks have in their place.
type TestingT interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Fatal(args ...any)
	Logf(format string, args ...any)
}

// A TestBroker is a [Broker] whose methods take no context and return no error: the test fails at the line that calls them. As
// t.Fatal, they are for the goroutine of the test; others call those of TestBroker.Broker.
type TestBroker struct {
	*Broker
	t TestingT
}

// RunT begins a broker for a test, and stops it at its end. Where the test has failed, its log has what passed between the broker and
// its clients. Brokers have nothing in common, so that tests may run in parallel.
func RunT(t TestingT, choices ...Option) *TestBroker {
	t.Helper()
	broker, err := Start(context.Background(), choices...)
	if err != nil {
		t.Fatal(err)
		return nil
	}
	t.Cleanup(func() {
		if err := broker.Stop(context.Background()); err != nil {
			t.Logf("%v", err)
		}
	})
	return broker.ForT(t)
}

// ForT is this broker for a test, which does not stop it: for one that TestMain has started. Where the test fails, its log has what
// passed between the broker and its clients.
func (b *Broker) ForT(t TestingT) *TestBroker {
	t.Cleanup(func() {
		if !t.Failed() || b.hasStopped() {
			return
		}
		if ladder, err := b.Export(context.Background(), Ladder); err != nil {
			t.Logf("what the broker saw cannot be shown: %v", err)
		} else {
			t.Logf("what the broker at %s saw:\n%s", b.Addr(), ladder)
		}
	})
	return &TestBroker{b, t}
}

// Within is the same broker, whose expectations and waits take so long at most.
func (b *TestBroker) Within(limit time.Duration) *TestBroker {
	return &TestBroker{b.Broker.Within(limit), b.t}
}

// check fails the test at the line that called a method of the broker.
func (b *TestBroker) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
