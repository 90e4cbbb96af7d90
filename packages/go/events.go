package mqttbroker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Events is a stream of packets and events, as they happen.
type Events struct {
	body  io.ReadCloser
	lines *bufio.Reader
	close context.CancelFunc
	// within is how long Next waits at most; 0 for as long as the stream lasts.
	within time.Duration
}

// Events begins a stream of what fits the pattern, from now on; with [Pattern.After] also of what came since. It lasts as long as its
// context, until [Events.Close], or until [Broker.Stop] or [Shutdown]. Without a context that ends, each Next waits as long as an
// expectation does.
func (b *Broker) Events(ctx context.Context, pattern Pattern) (*Events, error) {
	fields, err := pattern.only("Events")
	if err != nil {
		return nil, err
	}
	query, err := asQuery(fields)
	if err != nil {
		return nil, err
	}
	if pattern.after != nil {
		query.Set("after", strconv.FormatUint(*pattern.after, 10))
	}
	var within time.Duration
	if ctx.Done() == nil {
		within = b.patience(ctx, pattern.within)
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(b.api.life, cancel)
	end := func() { forget(); cancel() }
	answer, err := b.api.send(ctx, http.MethodGet, "events?"+query.Encode(), nil, nil)
	if err != nil {
		end()
		return nil, err
	}
	return &Events{body: answer.Body, lines: bufio.NewReader(answer.Body), close: end, within: within}, nil
}

// asQuery says a pattern as an address does.
func asQuery(fields members) (url.Values, error) {
	query := url.Values{}
	for name, is := range fields {
		if is == nil {
			is = Absent()
		}
		all := []any{is}
		if names, several := is.([]string); several {
			all = nil
			for _, name := range names {
				all = append(all, name)
			}
		}
		for _, one := range all {
			text, is := one.(string)
			if !is {
				encoded, err := json.Marshal(one)
				if err != nil {
					return nil, fmt.Errorf("mqttbroker: %s: %w", name, unwrapped(err))
				}
				text = string(encoded)
			}
			query.Add(name, text)
		}
	}
	return query, nil
}

// MissedError says that a reader was too slow: so many entries are lost. The stream goes on.
type MissedError struct {
	Entries int `json:"entries"`
}

func (e *MissedError) Error() string {
	return fmt.Sprintf("mqttbroker: this reader of events was too slow: %d entries are lost", e.Entries)
}

// Next waits for the next entry. The error is io.EOF once the stream has ended, os.ErrDeadlineExceeded where nothing came in time, which
// ends it, and a [*MissedError] where entries are lost.
func (e *Events) Next() (Entry, error) {
	if e.within > 0 {
		late := time.AfterFunc(e.within, e.close)
		entry, err := e.next()
		if !late.Stop() && err == io.EOF {
			err = fmt.Errorf("mqttbroker: no event came within %v: %w", e.within, os.ErrDeadlineExceeded)
		}
		return entry, err
	}
	return e.next()
}

func (e *Events) next() (Entry, error) {
	var kind string
	for {
		line, err := e.lines.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return Entry{}, err
		}
		name, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(": "))
		switch string(name) {
		case "event":
			kind = string(value)
		case "data":
			return read(kind, value)
		}
	}
}

func read(kind string, data []byte) (entry Entry, err error) {
	if kind == "missed" {
		missed := &MissedError{}
		return entry, errors.Join(json.Unmarshal(data, missed), missed)
	}
	return entry, json.Unmarshal(data, &entry)
}

// All gives one entry after the other until the stream ends; the error is never io.EOF.
//
//	for entry, err := range events.All() {
func (e *Events) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			entry, err := e.Next()
			if err == io.EOF {
				return
			}
			missed := new(MissedError)
			if !yield(entry, err) || err != nil && !errors.As(err, &missed) {
				return
			}
		}
	}
}

// Close ends the stream. Someone who waits in Next is told io.EOF.
func (e *Events) Close() error {
	e.close()
	return e.body.Close()
}
