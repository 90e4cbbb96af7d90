//! A session as a file, and played again.
//!
//! A recording is a file of JSON lines: one that says what it is, then one for each thing that happened. docs/RECORDINGS.md
//! describes the form. [`Broker::record`](crate::Broker::record) writes one, and so do `broker --record` and
//! `subscriber --record`. [`Recording::play`] plays what the publishers did, to any broker;
//! [`Builder::upstream`](crate::Builder::upstream) with `recording:FILE` plays what the broker answered, to any client.
//!
//! ```
//! use broker::recording::{Recording, What};
//!
//! let file = std::env::temp_dir().join(format!("doc-{}.jsonl", std::process::id()));
//! let broker = broker::Broker::start().wait()?;
//! let recorder = broker.record(&file).wait()?;
//! # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
//! # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x30\x08\0\x04lampon")?;
//! // … "lamp" connects and publishes "on" …
//! broker.expect(broker::expect::publish("lamp")).wait();
//! recorder.stop().wait()?;
//!
//! let recording = Recording::open(&file)?;
//! let What::Message(message) = &recording.steps[2].what else { panic!("CONNECT, CONNACK, and then it") };
//! assert_eq!((&*message.topic, &message.payload[..]), ("lamp", &b"on"[..]));
//! # std::fs::remove_file(file)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answers;
mod line;
mod message;
mod packets;
mod play;
mod read;
mod retained;
mod rewrite;
mod row;
mod spared;
mod stubs;
mod write;

pub use line::{Filter, Head, Packet, Session, SessionProperties, Step, Subscription, Unsubscription, What};
pub use message::{Message, Properties};
pub use play::{Play, Played, Speed};
pub use read::{Note, Recording};
pub use rewrite::{Rewrite, RewriteError};
pub use stubs::Stubs;

pub(crate) use answers::{Answering, Answers};
pub(crate) use play::{Action, Deed, Dial, Script, play_to};
pub(crate) use spared::spare;
pub(crate) use write::Writer;
