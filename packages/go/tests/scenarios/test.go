package main

import (
	"fmt"
	"os"
	"runtime"
)

// test stands for *testing.T: a scenario is written as a test is.
type test struct {
	failed   string
	cleanups []func()
}

func (t *test) Helper()            {}
func (t *test) Cleanup(end func()) { t.cleanups = append(t.cleanups, end) }
func (t *test) Failed() bool       { return t.failed != "" }

func (t *test) Fatal(args ...any) {
	t.failed = fmt.Sprint(args...)
	runtime.Goexit()
}

func (t *test) Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// run runs one to its end, and says what it shows, or why it failed.
func run(scenario func(t *test) shows) (shown shows, failed string) {
	t, done := &test{}, make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if wrong := recover(); wrong != nil {
				t.failed = fmt.Sprint(wrong)
			}
			for n := len(t.cleanups) - 1; n >= 0; n-- {
				t.cleanups[n]()
			}
		}()
		shown = scenario(t)
	}()
	<-done
	return shown, t.failed
}
