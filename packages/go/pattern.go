package mqttbroker

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Pattern says which packets and events are meant, by any of their fields; what is not said may be anything. The zero
// Pattern means all of them. A Pattern does not change: each method returns another one.
//
//	mqttbroker.Publish("sensors/+/temp").From("dev-1").QoS(1).JSON(map[string]any{"celsius": 21}).Times(2)
//
// As an expectation it may also say how often it comes (Times, AtLeast, AtMost), what comes behind it (Then) and how long to
// wait (Within).
type Pattern struct {
	before   []step // the steps before the last one
	last     step
	within   *time.Duration
	after    *uint64
	unproven bool
	wrong    error // what was said that cannot be
}

type step struct {
	Fields members `json:"pattern"`
	Times  any     `json:"times,omitempty"`
}

// members are what an object is to have. They are told from an [Is], which compares.
type members map[string]any

// Publish means PUBLISH packets from clients whose topic fits the topic filter. With [Pattern.To] or [Pattern.Outbound] they
// are deliveries.
func Publish(topicFilter string) Pattern {
	return Packet("PUBLISH").set("direction", "in").set("topic", topicFilter)
}

// Connect means CONNECT packets.
func Connect() Pattern { return Packet("CONNECT").set("direction", "in") }

// Subscribe means SUBSCRIBE packets for this topic filter, as the client writes it.
func Subscribe(topicFilter string) Pattern {
	return Packet("SUBSCRIBE").set("direction", "in").set("topic_filters", members{"topic_filter": topicFilter})
}

// Disconnect means DISCONNECT packets from clients; with [Pattern.To] those of the broker.
func Disconnect() Pattern { return Packet("DISCONNECT").set("direction", "in") }

// Packet means packets of these types, such as "PUBACK", both ways; without a type all packets.
func Packet(types ...string) Pattern { return kinds("packet", types) }

// Event means events of these names, such as "disconnected"; without a name all events.
func Event(names ...string) Pattern { return kinds("event", names) }

// PatternOf makes a pattern of the object that docs/PATTERNS.md describes.
func PatternOf(fields map[string]any) Pattern {
	return Pattern{last: step{Fields: maps.Clone(fields)}}
}

func kinds(record string, names []string) Pattern {
	switch len(names) {
	case 0:
		return Pattern{}.set("record", record)
	case 1:
		return Pattern{}.set(record, names[0])
	}
	return Pattern{}.set(record, names)
}

// From says which client sent it.
func (p Pattern) From(clientID string) Pattern { return p.going("in").Of(clientID) }

// To says to which client the broker sent it.
func (p Pattern) To(clientID string) Pattern { return p.going("out").Of(clientID) }

// Outbound means what the broker sent, to any client.
func (p Pattern) Outbound() Pattern { return p.put("direction", "out") }

// Of says which client it is about, either way; for events.
func (p Pattern) Of(clientID string) Pattern { return p.set("client_id", clientID) }

// Topic says which topic filter the topic fits.
func (p Pattern) Topic(filter string) Pattern { return p.put("topic", filter) }

// QoS says which QoS it has.
func (p Pattern) QoS(qos int) Pattern { return p.set("qos", qos) }

// Retain says whether RETAIN is set.
func (p Pattern) Retain(retain bool) Pattern { return p.set("retain", retain) }

// Payload says what the payload is: a string, a []byte, or a comparison such as [Contains].
func (p Pattern) Payload(is any) Pattern {
	if text, said := is.(string); said && len(text) > saidBytes {
		is = []byte(text)
	}
	return p.set("payload", is)
}

// JSON says that the payload is this JSON value, however it is written.
func (p Pattern) JSON(value any) Pattern { return p.set("payload", Is{"json": value}) }

// JSONSubset says that the payload is JSON with at least these members.
func (p Pattern) JSONSubset(value any) Pattern { return p.set("payload", Is{"json_subset": value}) }

// JSONAt says that the payload is JSON, and what stands at the pointer (RFC 6901: "/list/0/name").
func (p Pattern) JSONAt(pointer string, is any) Pattern { return p.set("payload", JSONAt(pointer, is)) }

// Reason says which reason code it has: a number such as 0x87, or a name of the standard such as "Not authorized".
func (p Pattern) Reason(code any) Pattern {
	if name, is := code.(string); is {
		return p.set("reason", name)
	}
	return p.set("reason_code", code)
}

// UserProperty says that this User Property is there.
func (p Pattern) UserProperty(name, value string) Pattern {
	return p.set("properties.user_property", members{"name": name, "value": value})
}

// Field says what any field is: equal to a value, or compared otherwise ([Is]). A path such as "will.topic" leads to a part of
// a field. Said twice, both have to fit. docs/PATTERNS.md lists the fields.
func (p Pattern) Field(path string, is any) Pattern { return p.set(path, is) }

// Times says that it comes exactly so often.
func (p Pattern) Times(count int) Pattern { return p.times(count) }

// AtLeast says that it comes so often or more.
func (p Pattern) AtLeast(count int) Pattern { return p.times(map[string]int{"min": count}) }

// AtMost says that it comes so often or less.
func (p Pattern) AtMost(count int) Pattern { return p.times(map[string]int{"max": count}) }

// Between says that it comes least to most times, both included.
func (p Pattern) Between(least, most int) Pattern {
	return p.times(map[string]int{"min": least, "max": most})
}

// Then says what comes behind it: only what comes later counts for that.
func (p Pattern) Then(next Pattern) Pattern {
	if next.within != nil || next.after != nil {
		p = p.not("Within and After are about all steps together: say them behind the last Then, as in a.Then(b).Within(d)")
	}
	p.wrong = errors.Join(p.wrong, next.wrong)
	p.before = slices.Concat(p.before, []step{p.last}, next.before)
	p.last = next.last
	return p
}

// Within says how long to wait at most, in real time. Without it a wait takes 5 seconds, or as long as [Broker.Within] and
// [WithTimeout] say.
func (p Pattern) Within(limit time.Duration) Pattern {
	p.within = &limit
	return p
}

// After says that only what has a greater number counts: the Seq of an entry, or what [Broker.Mark] returned.
func (p Pattern) After(seq uint64) Pattern {
	p.after = &seq
	return p
}

// UnprovenIsEnough says that what came by then counts where time is up and more may be on its way.
func (p Pattern) UnprovenIsEnough() Pattern {
	p.unproven = true
	return p
}

// MarshalJSON gives the pattern as docs/PATTERNS.md describes it, for rules and stubs.
func (p Pattern) MarshalJSON() ([]byte, error) {
	fields, err := p.only("a pattern of a rule, of a stub or of a search")
	if err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// only gives the pattern where it says nothing of times and steps.
func (p Pattern) only(where string) (members, error) {
	switch {
	case p.wrong != nil:
		return nil, p.wrong
	case len(p.before) > 0:
		return nil, fmt.Errorf("mqttbroker: %s has no Then", where)
	case p.last.Times != nil:
		return nil, fmt.Errorf("mqttbroker: %s does not say how often it comes", where)
	case p.last.Fields == nil:
		return members{}, nil
	}
	return p.last.Fields, nil
}

// expectation is the body of a request that waits for it.
func (p Pattern) expectation() (map[string]any, error) {
	if p.wrong != nil {
		return nil, p.wrong
	}
	body := map[string]any{"limit": mostAtOnce}
	if len(p.before) > 0 {
		body["steps"] = append(slices.Clone(p.before), p.last)
	} else {
		body["pattern"] = nonNil(p.last.Fields)
		if p.last.Times != nil {
			body["times"] = p.last.Times
		}
	}
	return p.whole(body), nil
}

// whole adds what is said of all steps together.
func (p Pattern) whole(body map[string]any) map[string]any {
	if p.after != nil {
		body["after"] = *p.after
	}
	if p.unproven {
		body["unproven_is_enough"] = true
	}
	return body
}

func nonNil(fields members) members {
	if fields == nil {
		return members{}
	}
	return fields
}

func (p Pattern) not(wrong string) Pattern {
	p.wrong = errors.Join(p.wrong, errors.New("mqttbroker: "+wrong))
	return p
}

func (p Pattern) times(count any) Pattern {
	p.last.Times = count
	return p
}

// going says the direction. Events go no way.
func (p Pattern) going(direction string) Pattern {
	fields := p.last.Fields
	if _, is := fields["event"]; is || fields["record"] == "event" {
		return p
	}
	if _, said := fields["client_id"]; said && fields["direction"] != direction {
		return p.not("no packet goes both ways: say either From or To")
	}
	return p.put("direction", direction)
}

// put says what a field is, whatever was said of it before.
func (p Pattern) put(name string, is any) Pattern {
	p.last.Fields = maps.Clone(nonNil(p.last.Fields))
	p.last.Fields[name] = is
	return p
}

// set says what a field is, beside what was said of it before.
func (p Pattern) set(path string, is any) Pattern {
	if bytes, raw := is.([]byte); raw {
		is = Bytes(bytes)
	}
	p.last.Fields = with(p.last.Fields, strings.Split(path, "."), is)
	return p
}

func with(fields members, path []string, is any) members {
	fields, name := maps.Clone(nonNil(fields)), path[0]
	said, twice := fields[name]
	if len(path) > 1 {
		inner, parts := said.(members)
		is = with(inner, path[1:], is)
		twice = twice && !parts
	}
	if twice {
		is = Is{"all": []any{said, is}}
	}
	fields[name] = is
	return fields
}
