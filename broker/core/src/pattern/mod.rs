//! Patterns: which entries of the journal are meant, said in Rust or in JSON.
//!
//! A [`Pattern`] names kinds of entries (packets of some types, events) and compares their fields. Expectations of a test
//! are made of patterns, and so is everything else that has to choose among packets. What fields there are, and what each
//! can be, is said in `docs/PATTERNS.md`; it is made from the tables that the journal is written by.
//!
//! # In Rust
//!
//! ```
//! use broker_core::pattern::{Is, connect, event, publish};
//! use serde_json::json;
//!
//! let patterns = [
//!     publish("sensors/+/temp").from("dev-1").qos(1).json_subset(json!({"unit": "C"})),
//!     publish("sensors/#").to("sub-1").payload(Is::json_at("/celsius", Is::at_least(30))),
//!     connect().from("dev-1").will_topic("gone").field("keep_alive", Is::between(1, 60)),
//!     event("disconnected").of("dev-1").field("cause", Is::one_of(["taken_over", "keep_alive_timeout"])),
//! ];
//! ```
//!
//! A pattern of a packet looks at what *clients sent* ([`Pattern::from`] says which one), with the exception of the packets
//! that only a broker sends: CONNACK, SUBACK, UNSUBACK, PINGRESP. [`Pattern::to`] looks at what the broker sent to a client:
//! `publish("a").to("sub-1")` is the delivery, `publish("a").from("dev-1")` the message as it came.
//!
//! # As JSON
//!
//! A pattern looks like the entry that it means ([an entry as JSON](crate::journal#as-json)): the same names, and for each
//! field the value that it is to have. Every name may be left out, and what is left out may be anything.
//!
//! ```
//! use broker_core::pattern::{Is, Pattern, connect, publish};
//!
//! let read = |text: &str| serde_json::from_str::<Pattern>(text);
//! assert_eq!(
//!     read(r#"{"packet": "PUBLISH", "direction": "in", "topic": "a/+", "qos": {"one_of": [1, 2]}, "payload": "on"}"#)?,
//!     publish("a/+").field("qos", Is::one_of([1, 2])).text("on")
//! );
//! assert_eq!(
//!     read(r#"{"packet": "CONNECT", "direction": "in", "keep_alive": {"from": 1}, "will": {"topic": "gone"}, "user_name": null}"#)?,
//!     connect().field("keep_alive", Is::at_least(1)).will_topic("gone").field("user_name", Is::absent())
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! | name | what it says |
//! |---|---|
//! | `packet` | the type of a packet, `"PUBLISH"`, or a list of types |
//! | `event` | the word of an event, `"connected"`, or a list of words |
//! | `record` | `"packet"` for packets of all types, `"event"` for all events |
//! | `direction` | `"in"` from a client, `"out"` to it; either where it is left out |
//! | `client_id` | whose it is. A CONNECT that is not accepted is that of the client that it names |
//! | `topic` | a topic filter that the topic name fits, of a PUBLISH, a will or a drop |
//! | any other | a field of the entry |
//!
//! A value is a text, a number, `true` or `false`: the field is the same. `null`: the field is absent. An object has
//! comparisons, all of which have to fit, or the members that the field is to have. In a list, such as `topic_filters`,
//! one element has to fit; a list as the value is the whole list. The comparisons:
//!
//! | comparison | fits |
//! |---|---|
//! | `{"one_of": [1, 2]}`, `{"all": […]}`, `{"not": 1}` | one of them, all of them, anything else (an absent field, too) |
//! | `{"present": true}` | any value |
//! | `{"from": 1, "to": 60}` | a number between the two, both included; either may be left out |
//! | `{"contains": "on"}`, `{"matches": "^o.$"}` | a text with this in it, one in which the regular expression finds something |
//! | `{"len_bytes": 2}` | the length in bytes, which is compared in turn |
//! | `{"base64": "/w=="}`, `{"sha256": "9f86…"}` | bytes |
//! | `{"json": …}`, `{"json_subset": {…}}` | JSON with this value, JSON with at least these members |
//! | `{"json_at": {"/list/0": 1}}` | JSON, where each place is compared in turn |
//!
//! # Errors
//!
//! What no entry can fit is an error and no pattern, for "never" would be met by it: a kind of packet or event that does not
//! exist, a direction in which it is not sent (`connack().from(…)`), a field or property that it cannot have, a value that
//! the field never has (`publish("a").qos(7)`), two values where there can be one, a topic filter, a JSON pointer or a
//! regular expression that is wrong. The error names the field by its path and says what would be right. Reading JSON fails
//! with it at once; a pattern made in Rust fails where it is used.

mod asks;
mod building;
mod check;
mod compare;
mod comparison;
mod difference;
mod is;
mod json;
mod kinds;
mod lines;
mod members;
mod names;
mod page;
mod payload;
mod query;
mod read;
mod regex;
mod schema;
#[cfg(test)]
pub(crate) mod tests;
mod values;
mod what;
mod words;
mod write;

pub use building::Pattern;
pub use check::Invalid;
pub(crate) use compare::{owner, topic_of};
pub use difference::Difference;
pub use is::Is;
pub use kinds::{
    any_event, anything, auth, connack, connect, disconnect, event, packet, pingreq, pingresp, puback,
    pubcomp, publish, pubrec, pubrel, suback, subscribe, unsuback, unsubscribe,
};
#[doc(hidden)] // for names that people write
pub use names::nearest;
#[doc(hidden)] // for docs/PATTERNS.md
pub use page::markdown;
#[doc(hidden)] // for the description of what is taken
pub use schema::schema;
pub(crate) use values::wrong_value;
pub(crate) use what::What;
pub(crate) use words::shown;
