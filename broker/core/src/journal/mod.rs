//! What crossed the wire and what was decided about it, kept to be looked at.
//!
//! The journal is a pure machine like the engine: it is told what happened and when, and knows no clock and no socket.
//! Each backend owns a journal and writes into it. A reader gets [`Entry`] values, which borrow nothing.
//!
//! # As JSON
//!
//! Every entry has `seq` (its number, from 1), `at_secs` (the broker's time), `conn` (number of the connection, or `null`), `client_id`,
//! `version` (`"3.1"`, `"3.1.1"`, `"5.0"`) and `record`:
//!
//! - `"packet"`: `direction` (`"in"` from a client, `"out"` to it), `packet` (`"PUBLISH"`, …), the packet's fields under
//!   their names in the standard, in snake case (`packet_identifier`, `topic_name`, `reason_code`, …), its `properties`
//!   likewise (User Properties as a list of `name` and `value`), `raw_base64` with the bytes as they were on the wire,
//!   and, for a PUBLISH from a client, `decisions`. `topic_name` is the real one, also where the packet has an alias.
//!   A payload is `payload` where it is UTF-8, else `payload_base64`; the same goes for other bytes. A payload that is larger
//!   than the journal keeps has `payload_bytes` and `payload_sha256` instead, and no `raw_base64`. Bytes that are not a packet
//!   have `malformed` (what is wrong) in place of the fields.
//! - `"event"`: `event` and its fields, with the names of the program's own JSON lines (`docs/BROKER.md`).
//!
//! Secrets are left out. A Password is `true`, and Authentication Data is missing; where the bytes hold one of them, so is
//! `raw_base64`. All names, with the values that they can have, are in `docs/PATTERNS.md`.
//!
//! ```
//! use broker_core::journal::{Ladder, Record};
//!
//! let broker = broker::Broker::start().wait()?;
//! // … "dev-1" connects and publishes "hi" to a/b …
//! # let mut dev = std::net::TcpStream::connect(broker.addr())?;
//! # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
//! broker.settle().wait()?;
//! let seen = broker.journal().all().wait()?;
//! println!("{}", Ladder::new(&seen.entries)); // for people
//! for entry in &seen.entries {
//!     match &entry.record {
//!         Record::Packet { bytes, .. } => println!("{} ({} bytes)", entry.words(), bytes.len()),
//!         Record::Event(event) => println!("{}", event.word()),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// One word for each variant, and the list of these words.
macro_rules! words {
    ($(#[$doc:meta])* ($($receiver:tt)+) $this:expr; $($variant:pat => $word:literal,)*) => {
        $(#[$doc])*
        pub const fn word($($receiver)+) -> &'static str {
            match $this {
                $($variant => $word,)*
            }
        }

        /// All that `word` can answer.
        pub(crate) const WORDS: &'static [&'static str] = &[$($word),*];
    };
}

mod advice;
mod chunks;
mod clock_change;
mod close_reason;
mod drop_reason;
mod entry;
mod event;
mod fields;
mod json;
mod ladder;
mod mermaid;
mod omitted;
mod otlp;
mod pcapng;
mod read;
mod remark;
mod ring;
#[doc(hidden)] // for the description of what is sent
pub mod schema;
mod slot;
mod sources;
mod value;
mod words;

pub use clock_change::ClockChange;
pub use close_reason::CloseReason;
pub(crate) use close_reason::{CUT_BY_RULE, RESET_BY_BROKER};
pub use drop_reason::DropReason;
pub use entry::{Decision, Direction, Entry, Mark, Record, Side};
pub use event::Event;
pub(crate) use event::each_event;
#[doc(hidden)] // what the program says of them
pub use event::{Brief, EVENTS, EventType, Tone};
pub(crate) use fields::{FIELDS, Of, only_way, properties_of};
pub(crate) use json::OF_THE_ENTRY;
pub use ladder::Ladder;
pub use mermaid::Mermaid;
pub use omitted::Omitted;
pub use otlp::Traces;
pub use pcapng::Pcapng;
pub use read::Excerpt;
#[doc(hidden)] // for what drives a journal
pub use read::{Everything, Glance, Part, Wanted};
pub use remark::Remark;
#[doc(hidden)] // for the writer of a file
pub use ring::Reader;
pub use ring::{Bounds, Journal};
pub use slot::Recorded;
pub use sources::Source;
pub(crate) use value::{Codes, Field, Kind, Value};
#[doc(hidden)] // for what the program says of packets
pub use words::foreign;
