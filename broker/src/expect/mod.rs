//! Expectations: what a test says that clients will do, held against the journal.
//!
//! A [`Pattern`] describes entries of the journal: a packet type or an event, whose it is, any of its fields. It is made
//! by the function with the name of the packet ([`publish`], [`connect`], [`suback`], …) or of the event ([`connected`],
//! [`dropped`], …) and narrowed down by its methods. A [`Count`] says how often. Patterns one after the other make an
//! [`Expectation`], which [`Broker::expect`](crate::Broker::expect) waits for.
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
mod fit;
mod json;
mod kinds;
mod names;
mod notes;
mod pattern;
mod payload;
mod progress;
mod report;
#[cfg(test)]
mod tests;
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

pub(crate) use progress::{Progress, Standing};
