package mqttbroker

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
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
	t      TestingT
	failed *atomic.Value // the error that failed the test
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
	failed := &atomic.Value{}
	t.Cleanup(func() {
		if !t.Failed() || b.hasStopped() {
			return
		}
		ladder, err := b.Export(context.Background(), Ladder)
		if err != nil {
			t.Logf("what the broker saw cannot be shown: %v", err)
			return
		}
		report, _ := failed.Load().(string)
		switch rest, begun := behind(string(ladder), report); {
		case !begun:
			t.Logf("what the broker at %s saw:\n%s", b.Addr(), ladder)
		case rest != "":
			t.Logf("what the broker at %s saw after that:\n%s", b.Addr(), rest)
		}
	})
	return &TestBroker{b, t, failed}
}

// behind is what a report does not show of a ladder yet, where it shows its begin.
func behind(ladder, report string) (rest string, begun bool) {
	shown := map[string]bool{}
	for _, line := range strings.Split(report, "\n") {
		shown[strings.TrimSpace(line)] = true
	}
	lines := strings.SplitAfter(ladder, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return !shown[strings.TrimSpace(line)] && line != "" })
	if at < 0 {
		return "", true
	}
	// The first line is the heads of the columns.
	return strings.Join(lines[at:], ""), at > 1
}

// Events begins a stream of what fits the pattern, as [Broker.Events] does. The end of the test closes it; [Events.Close] does so before.
func (b *TestBroker) Events(pattern Pattern) *Events {
	b.t.Helper()
	events, err := b.Broker.Events(context.Background(), pattern)
	b.check(err)
	b.t.Cleanup(func() { _ = events.Close() })
	return events
}

// Within is the same broker, whose expectations and waits take so long at most.
func (b *TestBroker) Within(limit time.Duration) *TestBroker {
	return &TestBroker{b.Broker.Within(limit), b.t, b.failed}
}

// check fails the test at the line that called a method of the broker.
func (b *TestBroker) check(err error) {
	b.t.Helper()
	if err != nil {
		b.failed.Store(err.Error())
		b.t.Fatal(err)
	}
}
