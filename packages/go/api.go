package mqttbroker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// mostAtOnce is how many entries the API gives in one answer at most.
const mostAtOnce = 1000

// grace is how much longer a request may take than the broker is to wait for what is asked.
const grace = 30 * time.Second

// api asks one control API.
type api struct {
	url    string // …/api/v1
	token  string
	client http.Client
	// life ends when nothing is to be asked any more, and its cause says why.
	life context.Context
	end  context.CancelCauseFunc
	// program is what it is the API of; nil where that was not started from here.
	program *program
}

// newAPI is an API that ends at the latest with the program, where that is not nil.
func newAPI(url, token string, program *program) *api {
	under := context.Background()
	if program != nil && program.api != nil {
		under = program.api.life
	}
	life, end := context.WithCancelCause(under)
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64,
		// The broker closes a connection that is idle for 30 s.
		IdleConnTimeout:    10 * time.Second,
		DisableCompression: true,
	}
	return &api{
		url: strings.TrimSuffix(url, "/"), token: token, client: http.Client{Transport: transport}, life: life, end: end, program: program,
	}
}

// send asks and gives the answer, which is no error; its body is to be closed.
func (a *api) send(ctx context.Context, method, path string, body any, header http.Header) (*http.Response, error) {
	if why := context.Cause(a.life); why != nil {
		return nil, fmt.Errorf("mqttbroker: %s %s: %w", method, path, why)
	}
	var sent io.Reader
	switch body := body.(type) {
	case nil:
	case []byte:
		sent = bytes.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("mqttbroker: %s %s: %w", method, path, unwrapped(err))
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.url+"/"+strings.TrimPrefix(path, "/"), sent)
	if err != nil {
		return nil, fmt.Errorf("mqttbroker: %s %s: %w", method, path, err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, a.broken(ctx, err)
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, a.broken(ctx, err)
	}
	return nil, problem(method+" "+path, answer.StatusCode, said)
}

// do asks and reads the answer into a value: JSON, or the bytes as they are where it is a *[]byte.
func (a *api) do(ctx context.Context, method, path string, body, into any, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait+grace)
	defer cancel()
	answer, err := a.send(ctx, method, path, body, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return a.broken(ctx, err)
	}
	switch into := into.(type) {
	case nil:
	case *[]byte:
		*into = said
	default:
		if err := json.Unmarshal(said, into); err != nil {
			return fmt.Errorf("mqttbroker: %s %s: the answer cannot be read: %w", method, path, err)
		}
	}
	return nil
}

// errStopped and errShutdown say why nothing can be asked any more. Another broker may have the port by then.
var (
	errStopped  = errors.New("this broker does not run: Stop was called before")
	errShutdown = errors.New("this broker does not run: Shutdown has ended its program")
)

// broken says why a request got no answer: the broker was stopped, the program has ended, or else what the connection said.
func (a *api) broken(ctx context.Context, err error) error {
	if why := context.Cause(a.life); why != nil && ctx.Err() == nil {
		return fmt.Errorf("mqttbroker: %w", why)
	}
	if ctx.Err() == nil && a.program != nil {
		// The connection breaks a moment before the end of the process is known.
		select {
		case <-a.program.ended:
			err = a.program.died()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("mqttbroker: %w", err)
}

// unwrapped is what a MarshalJSON of ours said, without what encoding/json says around it.
func unwrapped(err error) error {
	if inside, is := err.(*json.MarshalerError); is {
		return inside.Err
	}
	return err
}

// at is a path with names that may have any characters.
func at(format string, names ...string) string {
	escaped := make([]any, len(names))
	for n, name := range names {
		escaped[n] = url.PathEscape(name)
	}
	return fmt.Sprintf(format, escaped...)
}

// Do asks the control API directly, for what has no method here; docs/API.md lists what there is. body is JSON, or a []byte that
// is sent as it is; into gets the JSON of the answer, or its bytes where it is a *[]byte. Both may be nil.
func (b *Broker) Do(ctx context.Context, method, path string, body, into any) error {
	return b.api.do(ctx, method, path, body, into, b.patience(ctx, nil))
}

func ask[T any](ctx context.Context, b *Broker, method, path string, body any) (T, error) {
	var answer T
	err := b.Do(ctx, method, path, body, &answer)
	return answer, err
}

// askWaiting is for what the broker waits for: how long, is said in the body.
func askWaiting[T any](ctx context.Context, b *Broker, path string, within *time.Duration, body map[string]any) (T, error) {
	var answer T
	wait := b.patience(ctx, within)
	body["timeout_secs"] = wait.Seconds()
	err := b.api.do(ctx, http.MethodPost, path, body, &answer, wait)
	return answer, err
}

// list reads all pages of a list that goes on behind a name.
func list[T any](ctx context.Context, b *Broker, path, key string) ([]T, error) {
	all, query := []T{}, url.Values{"limit": {fmt.Sprint(mostAtOnce)}}
	for {
		page, err := ask[map[string]json.RawMessage](ctx, b, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		var found []T
		var meta struct{ Next *string }
		if err := json.Unmarshal(page[key], &found); err != nil {
			return nil, fmt.Errorf("mqttbroker: GET %s: the answer cannot be read: %w", path, err)
		}
		all = append(all, found...)
		if json.Unmarshal(page["meta"], &meta) != nil || meta.Next == nil {
			return all, nil
		}
		query.Set("after", *meta.Next)
	}
}

// search finds all entries that fit, page after page.
func search[T any](ctx context.Context, b *Broker, path, key string, pattern Pattern) ([]T, error) {
	fields, err := pattern.only("a search")
	if err != nil {
		return nil, err
	}
	all, body := []T{}, pattern.whole(map[string]any{"pattern": fields, "limit": mostAtOnce})
	for {
		page, err := ask[map[string]json.RawMessage](ctx, b, http.MethodPost, path, body)
		if err != nil {
			return nil, err
		}
		var found []T
		var meta struct{ Next uint64 }
		if err := json.Unmarshal(page[key], &found); err != nil {
			return nil, fmt.Errorf("mqttbroker: POST %s: the answer cannot be read: %w", path, err)
		}
		if err := json.Unmarshal(page["meta"], &meta); err != nil {
			return nil, fmt.Errorf("mqttbroker: POST %s: the answer cannot be read: %w", path, err)
		}
		// A page is bounded in bytes, too: one that is not full need not be the last.
		if len(found) == 0 {
			return all, nil
		}
		all = append(all, found...)
		body["after"] = meta.Next
	}
}
