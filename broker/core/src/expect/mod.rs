//! Expectations: what a test says that clients will do, held against the journal.
//!
//! A [`Pattern`] describes entries of the journal: a packet type or an event, whose it is, any of its fields. It is made
//! by the function with the name of the packet ([`publish`], [`connect`], [`suback`], …) or of the event ([`connected`],
//! [`dropped`], …) and narrowed down by its methods. A [`Count`] says how often. Patterns one after the other make an
//! [`Expectation`], which `Broker::expect` waits for.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::io::Write;
//! use broker::Broker;
//! use broker::expect::{connect, publish};
//! use serde_json::json;
//!
//! let broker = Broker::start().await?;
//! # let mut client = std::net::TcpStream::connect(broker.addr())?;
//! # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1")?;
//! # client.write_all(b"\x30\x24\0\x0Esensors/1/temp{\"celsius\":21,\"n\":1}")?;
//! // … here the program under test sends …
//! broker.expect(connect().from("dev-1")).await;
//! let found = broker
//!     .expect(publish("sensors/+/temp").from("dev-1").qos(0).json_subset(json!({"celsius": 21})))
//!     .times(1)
//!     .await;
//! assert_eq!(found[0].topic(), Some("sensors/1/temp"));
//! broker.expect(publish("alarm/#")).never().await; // at once: the broker knows that nothing more is coming
//! # Ok(())
//! # }
//! ```
//!
//! # Which way
//!
//! A pattern looks at what *clients sent* ([`Pattern::from`] says which one), with the exception of the packets that only
//! a broker sends: CONNACK, SUBACK, UNSUBACK, PINGRESP. [`Pattern::to`] looks at what the broker sent to a client:
//! `publish("a").to("sub-1")` is the delivery, `publish("a").from("dev-1")` the message as it came.
//!
//! # Fields
//!
//! [`Pattern::field`] reaches everything that an entry [has as JSON](crate::journal#as-json), by its path:
//! `field("will.topic", "gone")`, `field("properties.content_type", "text/plain")`. The methods named after fields are
//! short for it. Of an object only the parts that are named have to be there; where the entry has a list, one of its
//! elements has to fit.
//!
//! What nothing can fit is an error and no pattern, for `never()` would be met by it: a kind of packet or event that does not
//! exist, a direction in which it is not sent (`connack().from(…)`), a field or property that it cannot have, a value that
//! the field never has (`publish("a").qos(7)`), two values where there can be one, and a topic filter, JSON pointer or
//! regular expression that is none. The error says what would be right.
//!
//! # How often, and how long
//!
//! Without a number, one is enough, and more may come. `times(3)`, `times(2..5)`, `times(..=5)` and `never()` have an upper
//! bound: they are met when so much came as is wanted and the broker has settled (`Broker::settle`), so that nothing
//! more is on its way; and they fail as soon as one comes too many.
//!
//! Where the broker does not settle in time, because a client does not acknowledge or goes on sending, or because the
//! engine cannot tell, so much may have come as is wanted, and yet it is not known that no more comes. That is no success:
//! the expectation fails, the report says *not proven* and why, and so does [`Failure::unproven`]. A test that takes less
//! than proof says `Expecting::unproven_is_enough`: then it is met, and
//! [`Matched::unproven`] has the reason.
//!
//! The deadline is in real time, whatever the broker's clock or the clock of the test's runtime shows:
//! `Expecting::within` sets it, else `Broker::set_deadline` or
//! `Builder::deadline`, else it is 5 seconds. A test that is met never waits for it.
//!
//! # From where on
//!
//! What the journal has since the last `Broker::mark` counts as well as what still comes; from the
//! start, where no mark was set; from `Expecting::since`, where that is said. An entry may be
//! found by any number of expectations.
//!
//! # In order
//!
//! `a.then(b)` finds the first `a`, and for `b` looks only behind it. The `a` may come again until `b` has come, as often as
//! its count allows. Steps may be of different clients, and of both directions; `never()` between two of them means: not
//! between them.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::io::Write;
//! # let broker = broker::Broker::start().await?;
//! use broker::expect::{connect, disconnect, disconnected, publish, session_ended};
//!
//! let tidy = broker.expect(disconnect().from("dev-1")).on_drop(); // looked at when `tidy` is dropped
//! # let mut client = std::net::TcpStream::connect(broker.addr())?;
//! # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi\xE0\0")?;
//! let visit = connect()
//!     .from("dev-1")
//!     .then(publish("alarm/#").from("dev-1").never())
//!     .then(publish("a/b").from("dev-1").times(..=3))
//!     .then(disconnected().of("dev-1").field("cause", "client_disconnect"))
//!     .then(session_ended().of("dev-1"));
//! broker.expect(visit).await;
//! # drop(tidy);
//! # Ok(())
//! # }
//! ```
//!
//! # When a test fails
//!
//! The panic, or the error of `Expecting::check`, is a [`Failure`]: what was expected, what came,
//! the nearest misses with what differs in them, what else explains it (nobody subscribed yet, the message was dropped, it
//! came too early), a part of the journal, the broker's seed and the line of the test. A test that fails for another reason
//! is shown the end of the journal when the broker is dropped; see
//! `Builder::ladder_on_panic`.
//!
//! # As JSON
//!
//! Patterns and expectations are read from and written as JSON, with the exception of [`Pattern::test`]. `pattern` is
//! the short form of one:
//!
//! ```
//! use broker::expect::{Expectation, publish};
//!
//! let text = r#"{"steps":[{"what":{"packet":"PUBLISH"},"way":"in","client":"dev-1","topic":"a/+",
//!     "fields":[["qos",1]],"payload":[{"contains":"on"}],"count":{"min":1}}]}"#;
//! let read: Expectation = serde_json::from_str(text)?;
//! assert_eq!(read, publish("a/+").from("dev-1").qos(1).containing("on").into());
//! # Ok::<(), serde_json::Error>(())
//! ```

mod count;
mod difference;
mod expectation;
mod fields;
mod fit;
mod index;
mod json;
mod kinds;
mod names;
mod notes;
mod pattern;
mod payload;
mod payloads;
mod progress;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub use count::Count;
pub use difference::Difference;
pub use expectation::{Expectation, Matched};
pub use kinds::{
    auth, connack, connect, connected, disconnect, disconnected, dropped, event, packet, pingreq, pingresp,
    puback, pubcomp, publish, pubrec, pubrel, refused, session_ended, suback, subscribe, subscribed,
    unsuback, unsubscribe, unsubscribed, will_published,
};
pub use pattern::{Invalid, Pattern, What};
pub use payload::{PayloadIs, Regex};
pub use report::{Failure, NearMiss};

pub use index::Index;
pub use progress::{Progress, Standing};
