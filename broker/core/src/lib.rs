//! The broker as a pure machine: bytes and times go in, bytes and events come out.
//!
//! Nothing in this crate reads a clock, opens a socket or starts a thread, and the same inputs always give the same outputs.
//! It builds for `wasm32-unknown-unknown`. The package `broker` puts sockets, a clock and a program around it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
//!
//! let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 1);
//! let conn = engine.open(Time::ZERO, "somewhere".to_owned());
//! engine.receive(Time::ZERO, conn, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
//! let outbox = engine.outbox(conn).expect("it is connected");
//! assert_eq!(outbox.front(), b"\x20\x02\0\0"); // CONNACK
//! ```
//!
//! # The rooms
//!
//! | room | what it knows |
//! |---|---|
//! | [`topic`] | topic names, topic filters, matching |
//! | [`time`] | time, which is an argument |
//! | [`chance`] | chance that repeats itself, from a seed |
//! | [`arrival`] | how a client comes: from where, on which way |
//! | [`access`] | who may come in and who may do what, as data: users, password hashes, access control lists |
//! | [`wire`] | bytes ⇄ packets, all versions side by side |
//! | [`session`] | what outlives a connection: subscriptions, messages in flight and queued, the will |
//! | [`router`] | who gets a message: subscriptions, shared groups, the retained store |
//! | [`snapshot`] | all that a broker holds, written down |
//! | [`change`] | the same as entries under keys, change by change, for whoever keeps it where it outlives the process |
//! | [`journal`] | what crossed the wire, and what was decided about it |
//! | [`pattern`] | patterns that select packets and events |
//! | [`scenario`] | the states of named scenarios |
//! | [`fault`] | the rules that disturb what passes between client and broker: what they match, what they do |
//! | [`line`](mod@line) | the machine between a connection's bytes and what answers them, which carries rules out |
//! | [`profile`] | what other brokers do not take, and what they do then |
//! | [`template`] | texts with places that are filled in |
//! | [`stub`] | what answers messages by itself |
//! | [`device`] | simulated clients |
//! | [`expect`] | what a test expects of the journal |
//! | [`auth`] | how clients prove who they are: SCRAM, hooks for other methods |
//! | [`engine`] | the broker itself |
//! | `told` | what a line before a connection of the engine tells the journal, in order |
//!
//! A room knows only rooms above it in this table; a test holds them to it.

pub mod access;
pub mod arrival;
pub mod auth;
pub mod chance;
pub mod change;
pub mod device;
pub mod engine;
pub mod expect;
pub mod fault;
pub mod journal;
pub mod line;
pub mod pattern;
pub mod profile;
pub mod router;
pub mod scenario;
pub mod session;
pub mod snapshot;
pub mod stub;
pub mod template;
pub mod time;
#[doc(hidden)] // for what puts lines before connections of the engine
pub mod told;
pub mod topic;
pub mod wire;

pub use settings;
