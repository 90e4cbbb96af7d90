//! An MQTT broker to embed in tests and to run as a program.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = broker::Broker::start().await?; // a free port of 127.0.0.1, ready now
//! println!("{}", broker.url());
//! drop(broker); // thread ended, sockets closed, port free
//! # Ok(())
//! # }
//! ```
//!
//! It speaks MQTT 3.1, 3.1.1 and 5.0 on one port. Each broker is one thread that owns everything; any number of them
//! live in one process and share nothing. Plain `#[test]` functions use [`blocking::Broker`].
//!
//! # A broker for a test
//!
//! A test needs no sleep and no port of its own choice: it waits for what happens, and asks the broker.
//!
//! | what | how |
//! |---|---|
//! | the client is there, is subscribed, has acknowledged | [`Broker::wait_connected`], [`wait_subscribed`](Broker::wait_subscribed), [`wait_acked`](Broker::wait_acked), … |
//! | nothing else arrives | [`Broker::settle`] |
//! | these packets came, in this order | [`Broker::expect`], and [`expect`] for what can be expected |
//! | an hour passes | [`Broker::clock`] |
//! | who is connected, subscribed to what, and owed what | [`Broker::state`] |
//! | everything that crossed the wire | [`Broker::journal`] |
//! | the broker crashes, is away, comes back | [`Broker::crash`], [`Broker::restart`], [`Broker::outage`] |
//! | the same beginning for every test | [`Broker::reset`], [`Broker::snapshot`], [`Broker::restore`], [`Builder::restore`] |
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::{io::Write, net::TcpStream, time::Duration};
//!
//! let broker = broker::Broker::start().await?;
//! broker.clock().freeze().await?;
//!
//! // The client under test; any client will do. This one has a Keep Alive of 60 seconds, and says nothing.
//! let mut client = TcpStream::connect(broker.addr())?;
//! client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp")?; // CONNECT
//! broker.wait_connected("lamp").await?;
//!
//! broker.clock().advance(Duration::from_secs(89)).await?;
//! broker.settle().await?;
//! assert!(broker.state().await?.session("lamp").is_some());
//!
//! broker.clock().advance(Duration::from_secs(1)).await?; // 1.5 times Keep Alive
//! broker.wait_session_ended("lamp").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The examples of this crate are longer: `embed`, `settle`, `expect`, `virtual_clock`, `restart`, and `flaky`, a test that
//! sleeps beside the same test that waits.
//!
//! # The rooms
//!
//! | room | what it knows |
//! |---|---|
//! | [`topic`] | topic names, topic filters, matching |
//! | [`wire`] | bytes ⇄ packets, all versions side by side |
//! | [`session`] | what outlives a connection: subscriptions, messages in flight and queued, the will |
//! | [`router`] | who gets a message: subscriptions, shared groups, the retained store |
//! | [`snapshot`] | all that a broker holds, written down, to memory or a file |
//! | [`journal`] | what crossed the wire, and what was decided about it |
//! | [`expect`] | what a test expects of the journal |
//! | [`auth`] | ways to prove who one is: SCRAM, hooks for others |
//! | [`engine`] | the broker as a pure machine: packets and times in, bytes and events out |
//! | [`capability`] | what each engine can do, as data |
//! | `backend` | the one seam: what stands behind the front door |
//! | `front` | sockets: listeners and connections |
//! | `broker`, `builder`, `control`, `keeping`, `reading`, [`blocking`] | the handle that a program holds |
//! | `cli` | the program |
//!
//! Dependencies point down to up in this table. `topic` to `engine` read no clock and touch no socket.

pub mod auth;
mod backend;
pub mod blocking;
mod broker;
mod builder;
pub mod capability;
pub mod cli;
mod clock;
mod control;
pub mod engine;
pub mod expect;
mod expecting;
mod front;
pub mod journal;
mod keeping;
mod notice;
mod reading;
pub mod router;
pub mod session;
pub mod snapshot;
pub mod time;
pub mod topic;
pub mod wire;

pub use auth::{Exchange as AuthExchange, Login, Step as AuthStep};
pub use broker::{Broker, CommandError, Report};
pub use builder::Builder;
pub use capability::{Capability, Engine, Support};
pub use control::{BrokerClock, DEFAULT_DEADLINE, WaitError};
pub use engine::{Cut, Event, Injected, Restart, Stats};
pub use expecting::{ExpectError, ExpectedOnDrop, Expecting};
pub use front::StartError;
pub use keeping::{Outage, RestartError, SnapshotFileError};
pub use notice::{Notice, NoticeReceiver};
pub use reading::{BrokerJournal, Missed, Tail};
pub use settings;
pub use wire::{QoS, ReasonCode};
