package mqttbroker

import (
	"context"
	"slices"
	"testing"
	"time"
)

// median runs it again and again, and reports the time in the middle.
func median(b *testing.B, run func() error) {
	times := make([]time.Duration, 0, b.N)
	for range b.N {
		start := time.Now()
		if err := run(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs/median")
}

// BenchmarkProgram starts the program, and ends it.
func BenchmarkProgram(b *testing.B) {
	path, err := find("")
	if err != nil {
		b.Skip(err)
	}
	median(b, func() error {
		program, err := startProgram(context.Background(), path)
		if err == nil {
			program.stop(stopLimit)
		}
		return err
	})
}

// BenchmarkStart begins a broker in the program that runs, and ends it.
func BenchmarkStart(b *testing.B) {
	ctx := context.Background()
	first, err := Start(ctx)
	if err != nil {
		b.Skip(err)
	}
	defer first.Stop(ctx)
	median(b, func() error {
		broker, err := Start(ctx)
		if err != nil {
			return err
		}
		return broker.Stop(ctx)
	})
}

// BenchmarkCall asks a broker that has nothing to do.
func BenchmarkCall(b *testing.B) {
	ctx := context.Background()
	broker, err := Start(ctx)
	if err != nil {
		b.Skip(err)
	}
	defer broker.Stop(ctx)
	median(b, func() error {
		_, err := broker.Clients(ctx)
		return err
	})
}
