package mqttbroker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// A Broker is an MQTT broker with a port of its own. [Start] makes one, or [RunT] for one test. Its methods may be called from
// several goroutines at once.
type Broker struct {
	*running
	within time.Duration
}

// running is what all views of a broker share.
type running struct {
	api  *api
	id   string
	url  *url.URL
	urls map[string]string // by tcp, tls, ws, wss

	stopping sync.Mutex
	stopped  bool
	caFile   string
}

// info is what the control API says of a broker.
type info struct {
	ID        string
	API       string
	URL       string
	Listeners []struct{ URLs map[string]string }
}

// Start begins a broker, which can be connected to once this returns. The first one of a process starts the broker program; the
// next ones are brokers in the same program, which takes about a millisecond. ctx bounds the start, not the life of the broker.
func Start(ctx context.Context, choices ...Option) (*Broker, error) {
	chosen := options{}
	for _, choose := range choices {
		choose(&chosen)
	}
	if chosen.url == "" && chosen.binary == "" {
		chosen.url, chosen.urlOf = os.Getenv("MQTT_URL"), "MQTT_URL"
	}
	var b *Broker
	var err error
	if chosen.url != "" {
		b, err = attach(ctx, chosen)
	} else {
		b, err = begin(ctx, chosen)
	}
	if err != nil {
		return nil, err
	}
	b.within = chosen.within
	return b, nil
}

// begin has the program begin a broker.
func begin(ctx context.Context, chosen options) (*Broker, error) {
	path, err := find(chosen.binary)
	if err != nil {
		return nil, err
	}
	program, err := programAt(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("mqttbroker: %s names a program that does not start: %w", namedBy(chosen.binary), err)
	}
	// The API has a port of its own, which stays open in an outage.
	settings := merged(map[string]any{"http": map[string]any{"listen": true}}, chosen.settings)
	var child info
	if err := program.api.do(ctx, http.MethodPost, "brokers", settings, &child, grace); err != nil {
		return nil, err
	}
	b := &Broker{running: &running{id: child.ID}}
	b.api = newAPI(child.API, chosen.token, program)
	if child.API == "" {
		_ = b.Stop(ctx)
		return nil, errors.New("mqttbroker: the settings switch the control API off (http.enabled = false), and this package needs it")
	}
	return b, b.know(child, nil)
}

// attach takes a broker that runs.
func attach(ctx context.Context, chosen options) (*Broker, error) {
	if chosen.settings != nil {
		return nil, fmt.Errorf("mqttbroker: %s runs already and takes no settings: leave out WithSettings, or MQTT_URL", chosen.url)
	}
	given, err := url.Parse(chosen.url)
	if err != nil || given.Host == "" {
		return nil, fmt.Errorf("mqttbroker: %q is no URL of a broker: expected mqtt://HOST:PORT", chosen.url)
	}
	schemes := map[string]string{"mqtt": "http", "tcp": "http", "http": "http", "https": "https"}
	scheme, known := schemes[given.Scheme]
	if !known {
		return nil, fmt.Errorf("mqttbroker: %q: expected mqtt://HOST:PORT, or http:// or https:// of its control API", chosen.url)
	}
	if file := os.Getenv("CITRONELLA_TOKEN_FILE"); file != "" && chosen.token == "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("mqttbroker: CITRONELLA_TOKEN_FILE: %w", err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		chosen.token = strings.TrimSpace(line)
	}
	if given.Port() == "" {
		given.Host = net.JoinHostPort(given.Hostname(), "1883")
	}
	b := &Broker{running: &running{api: newAPI(scheme+"://"+given.Host+"/api/v1", chosen.token, nil)}}
	is, err := ask[info](ctx, b, http.MethodGet, "info", nil)
	if err != nil || is.URL == "" {
		return nil, noCitronella(ctx, chosen, err)
	}
	if err := b.know(is, given); err != nil {
		return nil, err
	}
	if err := b.Reset(ctx); err != nil {
		return nil, err
	}
	// A reset leaves it as it stands.
	return b, b.ResumeClock(ctx)
}

// noCitronella says what is wrong with the URL of a broker that runs.
func noCitronella(ctx context.Context, chosen options, err error) error {
	var refused *ProblemError
	var dialled *net.OpError
	names := fmt.Sprintf("mqttbroker: %s names %s", chosen.urlOf, chosen.url)
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%s, which refuses: %w", names, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%s, which has not answered: %w", names, err)
	case errors.As(err, &dialled) && dialled.Op == "dial":
		names += ", where nothing listens"
	default:
		names += ", where something answers that is not Citronella"
	}
	if err == nil {
		err = errors.New("it has another control API")
	}
	return fmt.Errorf("%s: it has to be a broker of Citronella that runs. Without %s one is started. (%w)", names, chosen.urlOf, err)
}

// know keeps what the broker says of itself. One in a container says where it is in there: the address that was given stands in place
// of that.
func (b *Broker) know(is info, given *url.URL) error {
	own, err := url.Parse(is.URL)
	if err != nil {
		return fmt.Errorf("mqttbroker: %w", err)
	}
	seen := func(text string) string {
		at, err := url.Parse(text)
		switch {
		case err != nil || given == nil:
			return text
		case at.Host == own.Host && (given.Scheme == "mqtt" || given.Scheme == "tcp"):
			at.Host = given.Host
		default:
			at.Host = net.JoinHostPort(given.Hostname(), at.Port())
		}
		return at.String()
	}
	b.url, err = url.Parse(seen(is.URL))
	if err != nil {
		return fmt.Errorf("mqttbroker: %w", err)
	}
	b.urls = map[string]string{}
	for _, listener := range is.Listeners {
		for way, at := range listener.URLs {
			if _, known := b.urls[way]; !known {
				b.urls[way] = seen(at)
			}
		}
	}
	return nil
}

// Stop ends the broker: its clients are told, and its port is free again. A broker that ran before is left as it is. Streams of events
// end, and whatever is asked of the broker from now on is an error that says so. Once it has stopped, this does nothing.
func (b *Broker) Stop(ctx context.Context) error {
	b.stopping.Lock()
	defer b.stopping.Unlock()
	if b.stopped {
		return nil
	}
	b.stopped = true
	b.api.end(errStopped)
	b.api.client.CloseIdleConnections()
	if b.caFile != "" {
		_ = os.Remove(b.caFile)
	}
	if b.api.program == nil || b.api.program.api.life.Err() != nil {
		return nil
	}
	return b.api.program.api.do(ctx, http.MethodDelete, at("brokers/%s", b.id), nil, nil, grace)
}

func (b *Broker) hasStopped() bool {
	b.stopping.Lock()
	defer b.stopping.Unlock()
	return b.stopped
}

// Within is the same broker, whose expectations and waits take so long at most.
func (b *Broker) Within(limit time.Duration) *Broker { return &Broker{b.running, limit} }

// defaultWait is how long the API waits where nothing is said.
const defaultWait = 5 * time.Second

// patience is how long the broker is to wait. Where ctx ends sooner it is a little less than that, so that its report comes.
func (b *Broker) patience(ctx context.Context, within *time.Duration) time.Duration {
	wait := defaultWait
	if b.within > 0 {
		wait = b.within
	}
	if within != nil {
		wait = *within
	}
	if end, is := ctx.Deadline(); is {
		left := time.Until(end)
		wait = min(wait, left-min(left/10, time.Second))
	}
	return max(wait, 0)
}

// URL is where clients connect: "mqtt://127.0.0.1:40001".
func (b *Broker) URL() string { return b.url.String() }

// Addr is the same as "127.0.0.1:40001".
func (b *Broker) Addr() string { return b.url.Host }

// Host is the host of it.
func (b *Broker) Host() string { return b.url.Hostname() }

// Port is the port of it.
func (b *Broker) Port() string { return b.url.Port() }

// TLSURL is where clients connect over TLS: "mqtts://127.0.0.1:40001". [Broker.TLSConfig] trusts it. It is empty where the broker
// takes no TLS.
func (b *Broker) TLSURL() string { return b.urls["tls"] }

// WSURL is where clients connect over WebSocket: "ws://127.0.0.1:40001/mqtt".
func (b *Broker) WSURL() string { return b.urls["ws"] }

// WSSURL is where clients connect over WebSocket inside TLS.
func (b *Broker) WSSURL() string { return b.urls["wss"] }

// APIURL is the address of the control API: "http://127.0.0.1:40002/api/v1".
func (b *Broker) APIURL() string { return b.api.url }

// CA is the certificate, in PEM, of the authority that signed what clients are shown.
func (b *Broker) CA(ctx context.Context) ([]byte, error) {
	return ask[[]byte](ctx, b, http.MethodGet, "certificates/ca", nil)
}

// TLSConfig is for clients: it trusts this broker.
func (b *Broker) TLSConfig(ctx context.Context) (*tls.Config, error) {
	pem, err := b.CA(ctx)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("mqttbroker: the broker's CA is no certificate in PEM")
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

// CAFile is a file with the certificate of [Broker.CA], for programs that want one. It goes when the broker stops.
func (b *Broker) CAFile(ctx context.Context) (string, error) {
	pem, err := b.CA(ctx)
	if err != nil {
		return "", err
	}
	b.stopping.Lock()
	defer b.stopping.Unlock()
	if b.caFile != "" {
		return b.caFile, nil
	}
	file, err := os.CreateTemp("", "mqttbroker-ca-*.pem")
	if err != nil {
		return "", fmt.Errorf("mqttbroker: %w", err)
	}
	b.caFile = file.Name()
	_, err = file.Write(pem)
	return b.caFile, errors.Join(err, file.Close())
}
