package mqttbroker

import (
	"encoding/json"
	"fmt"
)

// A ProblemError says why the broker did not do what it was asked: what was wrong, where, and what would be right. It is the
// problem (RFC 9457) that the control API answered with.
type ProblemError struct {
	// Status is the status of the answer, such as 404 where there is nothing of this name.
	Status int `json:"status"`
	// Type is "urn:citronella:problem:" and the kind, such as "not-found". docs/API.md lists them.
	Type string `json:"type"`
	// Title is the kind of problem in words.
	Title string `json:"title"`
	// Detail says what was wrong.
	Detail string `json:"detail"`
	// Path is the member of the request that is wrong, such as "steps[0].pattern".
	Path string `json:"path"`
	// Body is all of it.
	Body json.RawMessage `json:"-"`
}

func (e *ProblemError) Error() string { return "mqttbroker: " + e.Detail }

// An ExpectationError says that what was expected or waited for did not come.
type ExpectationError struct {
	// Report is for people: what was expected, what came nearest and how it differs, why a message may not have come, the packets
	// around it.
	Report string
	// Failure is the same for programs; nil for a wait for how things stand, such as [Broker.WaitConnected].
	Failure *Failure
	problem *ProblemError
}

func (e *ExpectationError) Error() string { return e.Report }

// Unwrap gives the [ProblemError] that it came as.
func (e *ExpectationError) Unwrap() error { return e.problem }

// A Failure is why an expectation was not met.
type Failure struct {
	Expected string `json:"expected"`
	// Found is how often it came.
	Found int     `json:"found"`
	Came  []Entry `json:"came"`
	// Nearest is what came closest, the closest first.
	Nearest []NearMiss `json:"nearest"`
	// Notes say what may explain it.
	Notes []string `json:"notes"`
	// Step is the step that was not met, where there are several.
	Step string `json:"step"`
	// Unproven says why more may be on its way, where that is the reason.
	Unproven   string  `json:"unproven"`
	Missed     uint64  `json:"missed"`
	WaitedSecs float64 `json:"waited_secs"`
}

// A NearMiss is a packet or an event that nearly fits.
type NearMiss struct {
	Entry       Entry        `json:"entry"`
	Differences []Difference `json:"differences"`
}

// A Difference is one thing in which a near miss differs.
type Difference struct {
	Field  string `json:"field"`
	Found  string `json:"found"`
	Wanted string `json:"wanted"`
}

// problem reads an answer that is an error.
func problem(request string, status int, body []byte) error {
	found := &ProblemError{Body: body}
	var more struct{ Failure *Failure }
	if json.Unmarshal(body, found) != nil || found.Detail == "" {
		return fmt.Errorf("mqttbroker: %s: status %d, and no problem of Citronella's control API: %.200q", request, status, body)
	}
	if found.Status != 417 {
		return found
	}
	if err := json.Unmarshal(body, &more); err != nil {
		return fmt.Errorf("mqttbroker: %s: the report of what did not come cannot be read: %w", request, err)
	}
	return &ExpectationError{Report: found.Detail, Failure: more.Failure, problem: found}
}
