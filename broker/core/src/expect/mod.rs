//! Expectations: what a test says that clients will do, held against the journal.
//!
//! A [`Pattern`] says which entries of the journal are meant. It is made by the function with the name of the packet
//! ([`publish`], [`connect`], [`suback`], …) or of the event ([`connected`], [`dropped`], …) and narrowed down by its methods;
//! [its room](crate::pattern) tells all about it. A [`Count`] says how often. Patterns one after the other make an
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
//! # How often, and how long
//!
//! One is enough where no number is said, and more may come. `times(3)`, `times(2..5)`, `times(..=5)` and `never()` have an
//! upper bound. They fail as soon as one comes too many. They are met once enough came and the broker has settled
//! (`Broker::settle`): then nothing more is on its way.
//!
//! The broker may not settle in time: a client does not acknowledge, or goes on sending, or the engine cannot tell. Then
//! enough may have come, and yet more may come. The expectation fails, and the report says *not proven* and why
//! ([`Failure::unproven`]). A test that needs no proof says `Expecting::unproven_is_enough`: then the expectation is met, and
//! [`Matched::unproven`] has the reason.
//!
//! The deadline is in real time; neither the broker's clock nor the clock of the test's runtime counts. `Expecting::within`
//! sets it, else `Broker::set_deadline` or `Builder::deadline`; else it is 5 seconds. A test that is met never waits for it.
//!
//! # From where on
//!
//! An expectation looks at what the journal has since the last `Broker::mark`, and at what still comes. Without a mark it
//! looks from the start; `Expecting::since` says another place. Any number of expectations may find the same entry.
//!
//! # In order
//!
//! `a.then(b)` finds the first `a`, and looks for `b` behind it. Until `b` has come, `a` may come again as often as its count
//! allows. Steps may be of different clients and of both directions. `never()` between two of them means: not between them.
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
//! The panic, or the error of `Expecting::check`, is a [`Failure`]. It says what was expected, what came, the nearest misses
//! with their differences, what else may explain it (nobody was subscribed yet, the message was dropped, it came too early),
//! a part of the journal, the broker's seed and the line of the test. Where a test fails for another reason, the end of the
//! journal is shown when the broker is dropped (`Builder::ladder_on_panic`).
//!
//! # As JSON
//!
//! An expectation has steps, each with a [pattern](crate::pattern#as-json) and `times`: a number, or `min` and `max`. At least
//! once is meant where nothing is said.
//!
//! ```
//! use broker_core::expect::{Expectation, publish};
//!
//! let text = r#"{"steps": [{"pattern": {"packet": "PUBLISH", "direction": "in", "topic": "a/+", "qos": 1}, "times": {"max": 2}}]}"#;
//! let read: Expectation = serde_json::from_str(text)?;
//! assert_eq!(read, publish("a/+").qos(1).times(..=2));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod count;
mod expectation;
mod index;
mod notes;
mod progress;
mod report;
mod rule;
mod stub;
#[cfg(test)]
mod tests;
mod violation;
mod words;

pub use count::Count;
pub use expectation::{Expectation, Matched};
pub use report::{Failure, NearMiss};
pub use rule::{RuleNamed, rule};
pub use stub::{StubNamed, stub};
pub use violation::no_violations;

pub use crate::pattern::{
    Difference, Invalid, Is, Pattern, auth, connack, connect, disconnect, event, packet, pingreq, pingresp,
    puback, pubcomp, publish, pubrec, pubrel, suback, subscribe, unsuback, unsubscribe,
};

#[doc(hidden)] // for what drives expectations: the shell
pub use index::Index;
#[doc(hidden)]
pub use progress::{Progress, Standing};

macro_rules! event_functions {
    ($($(#[$doc:meta])+ $word:ident;)+) => {
        $(
            $(#[$doc])+
            pub fn $word() -> Pattern {
                event(stringify!($word))
            }
        )+
    };
}

// A function for each event of the journal's table, by its word.
crate::journal::each_event!(event_functions);
