//! Starting brokers and clients, as libraries and as programs.
//!
//! | module | what it has |
//! |---|---|
//! | [`way`] | every way into a broker, as a stream of bytes |
//! | [`raw`] | a client that sends exactly what a test tells it to, over a socket of its own |
//! | `bystanders` | clients that must not notice what others do |
//! | [`embedded`] | a broker in this process, and what happened in it |
//! | [`api`] | the control API of a broker, request by request |
//! | [`clients`] | our two clients, as libraries |
//! | [`program`] | a program that runs beside a test, read line by line |
//! | [`binaries`] | our three programs: built and found |
//! | [`bridges`] | bridges of a broker in this process, and what they say |
//! | [`cuts`] | a line that breaks in the middle of what is on it |
//! | [`served`] | the program `broker`, and port 1883 |
//! | [`mosquitto`] | Debian's broker, running beside a test |
//! | [`nats`] | the server of NATS, running beside a test |
//! | `namespace` | a network of its own on this machine |
//! | [`wishes`] | client libraries of others, which do what a test wishes on any way |
//! | [`browser`] | a browser without a window, and the pages that it opens |
//! | [`tab`] | a page in such a browser, looked at and used by hand |
//! | [`page`] | the examples of a page of docs/ |
//! | [`folder`] | a folder for one test's files |
//! | [`peers`] | clients and brokers that others wrote |
//! | [`scenarios`] | everyday uses, as programs on others' clients |
//! | [`steered`] | real clients, steered in the same words |
//! | `terminal` | a program on a terminal |
//! | [`source`] | the sources of this project, for the house rules |
//! | [`cases`] | what most tests are repeated for |
//!
//! Nothing here sleeps. What must come is waited for until [`DEADLINE`]; that nothing comes is shown by an answer that
//! would have come after it.

// A harness that fails ends the test; that is what it is for.
#![allow(clippy::missing_panics_doc)]

pub mod api;
pub mod binaries;
pub mod bridges;
pub mod browser;
mod bystanders;
pub mod cases;
pub mod clients;
pub mod cuts;
pub mod embedded;
pub mod folder;
pub mod mosquitto;
#[cfg(target_os = "linux")]
pub mod namespace;
pub mod nats;
pub mod page;
pub mod peers;
pub mod program;
pub mod raw;
pub mod scenarios;
pub mod served;
pub mod source;
pub mod steered;
pub mod tab;
#[cfg(unix)]
pub mod terminal;
pub mod way;
pub mod wishes;

use std::time::Duration;

pub use bystanders::Bystanders;
pub use cases::{PERSISTENT, QOS, VERSIONS, versions, versions_and_qos};
pub use embedded::Embedded;
pub use mosquitto::{Mosquitto, free_port};
pub use program::{Finished, Program};
pub use raw::{Client, hello, message, resume};
pub use served::{Served, default_port};
pub use way::{Door, Way};

/// How long anything may take before a test gives up. Generous: a machine that runs many tests at once is slow, and a
/// test that passes never waits for it.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The README's Rust is run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The same of the page about ways in.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/WAYS.md")]
#[derive(Debug)]
pub struct Ways;

/// The same of the page about simulated devices.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/DEVICES.md")]
#[derive(Debug)]
pub struct Devices;

/// The same of the page about users and rights.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/ACCESS.md")]
#[derive(Debug)]
pub struct Access;

/// The same of the page about stubs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/STUBS.md")]
#[derive(Debug)]
pub struct Stubs;

/// The same of the page about disturbed lines.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/DISTURB.md")]
#[derive(Debug)]
pub struct Disturb;

/// The same of the page about state that outlives the broker.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/DURABILITY.md")]
#[derive(Debug)]
pub struct Durability;

/// The same of the page about bridges.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/BRIDGE.md")]
#[derive(Debug)]
pub struct Bridges;
