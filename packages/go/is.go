package mqttbroker

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// saidBytes is how large a payload may be that is said as it is, so that a report can tell how another one differs; a pattern
// has room for 64 kB.
const saidBytes = 4096

// Is is what a pattern asks of a field, other than that it equals a value. All members of one Is have to fit.
type Is map[string]any

// OneOf asks that one of these fits.
func OneOf(any ...any) Is { return Is{"one_of": any} }

// All asks that all of these fit.
func All(all ...any) Is { return Is{"all": all} }

// Not asks that this does not fit; a field that is absent fits.
func Not(other any) Is { return Is{"not": other} }

// Present asks that the field is there, with any value.
func Present() Is { return Is{"present": true} }

// Absent asks that the field is not there.
func Absent() Is { return Is{"present": false} }

// AtLeast asks for this number or a greater one.
func AtLeast(number any) Is { return Is{"from": number} }

// AtMost asks for this number or a smaller one.
func AtMost(number any) Is { return Is{"to": number} }

// Between asks for a number from least to most, both included.
func Between(least, most any) Is { return Is{"from": least, "to": most} }

// Contains asks for a text with this in it.
func Contains(part string) Is { return Is{"contains": part} }

// Matches asks for a text in which this regular expression finds something; "^…$" for all of it.
func Matches(regexp string) Is { return Is{"matches": regexp} }

// Bytes asks for these bytes. Many of them are said by their length and their SHA-256.
func Bytes(bytes []byte) Is {
	if len(bytes) > saidBytes {
		digest := sha256.Sum256(bytes)
		return Is{"len_bytes": len(bytes), "sha256": hex.EncodeToString(digest[:])}
	}
	return Is{"base64": base64.StdEncoding.EncodeToString(bytes)}
}

// Len asks for this length in bytes, which may be compared in turn: Len(AtMost(10)).
func Len(length any) Is { return Is{"len_bytes": length} }

// SHA256 asks for bytes with this digest, as sha256sum prints it.
func SHA256(digest string) Is { return Is{"sha256": digest} }

// JSONAt asks for JSON where what stands at the pointer (RFC 6901: "/list/0/name") fits.
func JSONAt(pointer string, is any) Is { return Is{"json_at": map[string]any{pointer: is}} }
