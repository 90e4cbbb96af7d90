package mqttbroker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
)

// spy is a test that is looked at. Fatal ends its goroutine, as that of a test does.
type spy struct {
	failed   bool
	logs     []string
	cleanups []func()
	helpers  map[string]bool
}

func (s *spy) Helper() {
	caller, _, _, _ := runtime.Caller(1)
	s.helpers[runtime.FuncForPC(caller).Name()] = true
}
func (s *spy) Cleanup(end func()) { s.cleanups = append(s.cleanups, end) }
func (s *spy) Failed() bool       { return s.failed }
func (s *spy) Fatal(args ...any) {
	s.failed = true
	s.logs = append(s.logs, fmt.Sprint(args...))
	runtime.Goexit()
}
func (s *spy) Logf(format string, args ...any) { s.logs = append(s.logs, fmt.Sprintf(format, args...)) }

// run runs a test to its end, cleanups included.
func run(test func(t *spy)) *spy {
	s := &spy{helpers: map[string]bool{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for n := len(s.cleanups) - 1; n >= 0; n-- {
				s.cleanups[n]()
			}
		}()
		test(s)
	}()
	<-done
	return s
}

func TestATestThatFailsSaysWhyAndShowsTheLadder(t *testing.T) {
	need(t)
	var addr string
	s := run(func(t *spy) {
		broker := RunT(t)
		addr = broker.Addr()
		broker.AddDevice(map[string]any{"name": "lamp", "telemetry": map[string]any{"every_secs": 1, "topic": "lamp/state", "payload": "off", "once": true}})
		broker.WaitMessage(Publish("lamp/state"))
		broker.Mark() // the report shows what came behind it
		broker.Expect(Publish("lamp/state").Payload("on").Within(0))
		panic("unreachable")
	})
	said := strings.Join(s.logs, "\n")
	for _, words := range []string{"lamp/state", "what the broker at " + addr + " saw:", "CONNECT"} {
		if !strings.Contains(said, words) {
			t.Errorf("no %q in: %s", words, said)
		}
	}
	for _, helper := range []string{"(*TestBroker).Expect", "(*TestBroker).check"} {
		if !s.helpers["citronella.dev/go/mqttbroker."+helper] {
			t.Errorf("%s is no helper: %v", helper, s.helpers)
		}
	}
}

func TestALadderThatTheReportShowsIsNotShownTwice(t *testing.T) {
	need(t)
	s := run(func(t *spy) {
		broker := RunT(t)
		broker.AddDevice(map[string]any{"name": "lamp"})
		broker.WaitConnected("lamp")
		broker.Expect(Publish("lamp/state").Within(0))
	})
	if said := strings.Join(s.logs, "\n"); strings.Count(said, "CONNECT 5.0") != 1 {
		t.Errorf("not once: %s", said)
	}
	for ladder, want := range map[string]string{"head\na\nb\n": "", "head\na\nb\nc\nd\n": "c\nd\n"} {
		if rest, begun := behind(ladder, "it did not come\n  head\n  a\n  b\nseed 1"); !begun || rest != want {
			t.Errorf("%q %v", rest, begun)
		}
	}
	for _, report := range []string{"", "of another line", "head\nb\n"} {
		if rest, begun := behind("head\na\nb\n", report); begun {
			t.Errorf("%q", rest)
		}
	}
}

func TestEventsAreClosedWithTheirTestAndTheirBroker(t *testing.T) {
	need(t)
	shared := RunT(t)
	var events, others *Events
	run(func(t *spy) { events = shared.ForT(t).Events(Event("connected")) })
	if _, err := events.Next(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it goes on behind its test: %v", err)
	}
	var err error
	if others, err = shared.Broker.Events(context.Background(), Event("connected")); err != nil {
		t.Fatal(err)
	}
	shared.Stop()
	if _, err := others.Next(); err != io.EOF {
		t.Errorf("it goes on behind its broker: %v", err)
	}
	for _, err := range []error{shared.Broker.Settle(context.Background()), shared.Broker.WaitConnected(context.Background(), "a")} {
		if err == nil || !strings.Contains(err.Error(), "this broker does not run: Stop was called before") {
			t.Errorf("%v", err)
		}
	}
}

func TestAnAddressWhereNoCitronellaIsSaysWhoNamesIt(t *testing.T) {
	// Another broker closes the connection on which it is asked in HTTP.
	closing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closing.Close()
	go func() {
		for {
			connection, err := closing.Accept()
			if err != nil {
				return
			}
			connection.Close()
		}
	}()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer web.Close()
	missing := httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	for address, what := range map[string]string{
		closing.Addr().String():          "something answers that is not Citronella",
		web.Listener.Addr().String():     "something answers that is not Citronella",
		missing.Listener.Addr().String(): "something answers that is not Citronella",
		"127.0.0.1:1":                    "nothing listens",
	} {
		t.Setenv("MQTT_URL", "mqtt://"+address)
		_, err := Start(context.Background())
		for _, words := range []string{"MQTT_URL names mqtt://" + address, what, "has to be a broker of Citronella", "Without MQTT_URL"} {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("no %q in: %v", words, err)
			}
		}
	}
}

func TestATestThatPassesLogsNothing(t *testing.T) {
	need(t)
	var broker *TestBroker
	s := run(func(t *spy) { broker = RunT(t) })
	if s.failed || len(s.logs) > 0 {
		t.Errorf("%v", s.logs)
	}
	if err := broker.Broker.Settle(context.Background()); err == nil {
		t.Error("it runs still")
	}
	if err := broker.Broker.Stop(context.Background()); err != nil {
		t.Errorf("stopped once more: %v", err)
	}
}

func TestAProblemSaysWhatIsWrong(t *testing.T) {
	need(t)
	ctx := context.Background()
	broker := RunT(t).Broker
	var wrong *ProblemError
	err := broker.AddFault(ctx, Fault{Name: "x", When: Packet("PUBACK"), Action: "dorp"})
	if !errors.As(err, &wrong) || wrong.Status != 422 || !strings.Contains(err.Error(), `"drop"`) {
		t.Errorf("%#v", err)
	}
	_, err = broker.Client(ctx, "no/body")
	if !errors.As(err, &wrong) || wrong.Status != 404 || wrong.Type != "urn:citronella:problem:not-found" {
		t.Errorf("%#v", err)
	}
	_, err = Start(ctx, WithSettings(map[string]any{"session": map[string]any{"max_inflght": 1}}))
	if err == nil || !strings.Contains(err.Error(), "max_inflight") {
		t.Errorf("%v", err)
	}
}

func TestABrokerThatRunsIsResetAndNotStopped(t *testing.T) {
	need(t)
	running := RunT(t)
	running.Publish(Message{Topic: "a", Retain: true, Payload: "x"})
	running.FreezeClock()
	t.Setenv("MQTT_URL", running.URL())
	s := run(func(t *spy) {
		broker := RunT(t)
		if broker.URL() != running.URL() || broker.APIURL() != "http://"+running.Addr()+"/api/v1" || broker.Port() != running.Port() {
			t.Fatal(broker.URL(), broker.APIURL())
		}
		if len(broker.Retained()) != 0 || broker.Clock().Frozen || broker.TLSURL() != running.TLSURL() {
			t.Fatal("it is another")
		}
	})
	running.Settle()
	if s.failed {
		t.Error(s.logs)
	}
	for words, choice := range map[string]Option{
		"runs already and takes no settings": WithSettings(map[string]any{"port": 0}),
		"expected mqtt://HOST:PORT":          WithURL("127.0.0.1:1883"),
		"connection refused":                 WithURL("mqtt://127.0.0.1:1"),
	} {
		if _, err := Start(context.Background(), choice); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v", err)
		}
	}
}

func TestABrokerInAContainerIsWhereItWasSaidToBe(t *testing.T) {
	is := info{URL: "mqtt://0.0.0.0:1883"}
	is.Listeners = []struct{ URLs map[string]string }{
		{map[string]string{"tcp": "mqtt://0.0.0.0:1883", "ws": "ws://0.0.0.0:1883/mqtt"}},
		{map[string]string{"tcp": "mqtt://0.0.0.0:1884", "tls": "mqtts://0.0.0.0:8883"}},
	}
	for given, want := range map[string]string{
		"mqtt://ci:41883": "mqtt://ci:41883 ws://ci:41883/mqtt mqtts://ci:8883",
		"http://ci:8080":  "mqtt://ci:1883 ws://ci:1883/mqtt mqtts://ci:8883",
	} {
		at, err := url.Parse(given)
		if err != nil {
			t.Fatal(err)
		}
		b := &Broker{running: &running{}}
		if err := b.know(is, at); err != nil {
			t.Fatal(err)
		}
		if got := b.URL() + " " + b.WSURL() + " " + b.TLSURL(); got != want {
			t.Errorf("got %s, not %s", got, want)
		}
	}
}
