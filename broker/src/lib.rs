//! An MQTT broker to embed in tests and to run as a program.
//!
//! ```
//! let broker = broker::Broker::start().wait()?; // a free port of 127.0.0.1, ready now
//! println!("{}", broker.url());
//! drop(broker); // thread ended, sockets closed, port free
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It speaks MQTT 3.1, 3.1.1 and 5.0 on one port, also over TLS and WebSocket ([`Broker::tls_url`], [`Broker::ws_url`],
//! [`Broker::wss_url`]). Each broker is one thread that owns everything; any number of them
//! live in one process and share nothing. A test adds this crate to its dev-dependencies, starts a broker of its own, and
//! gives [`Broker::url`] or [`Broker::addr`] to the program under test: no port to choose, nothing to install, no sleep.
//!
//! In the examples here a `TcpStream` that writes the bytes of CONNECT is the program under test; any MQTT client will do.
//! Every call returns an [`Answer`]: `.await` it, or `.wait()` for it where there is no async, as most examples do.
//!
//! | what | how |
//! |---|---|
//! | the client is there, is subscribed, has acknowledged | [`Broker::wait_connected`], [`wait_subscribed`](Broker::wait_subscribed), [`wait_acked`](Broker::wait_acked), … |
//! | these packets came, in this order | [`Broker::expect`], and [`expect`] for what can be expected |
//! | nothing else arrives | [`Broker::settle`], [`never`](Expecting::never) |
//! | an hour passes | [`Broker::clock`] |
//! | everything that crossed the wire | [`Broker::journal`] |
//! | who is connected, subscribed to what, and owed what | [`Broker::state`] |
//! | a certificate that is wrong, one for the client, another port, a Unix socket | [`Builder::tls`], [`Broker::ca_pem`], [`Broker::client_certificate`], [`Builder::listener`] |
//! | the broker refuses, disconnects, crashes, is away, comes back | [`Builder::check_login`], [`Broker::disconnect`], [`Broker::crash`], [`Broker::outage`] |
//! | who may come in and do what, and that it changes | [`Builder::user`], [`Builder::acl`], [`Broker::set_user`], [`Broker::remove_user`], [`Broker::set_acl`], [`Builder::check_login_later`], [`Builder::check_access`] |
//! | a session is recorded, and played again: its clients, or its broker | [`Broker::record`], [`Broker::play`], [`recording`], [`Builder::upstream`] with `recording:FILE` |
//! | what another broker would not take | [`Builder::profile`], [`Broker::profile`], [`expect::no_violations`] |
//! | the same beginning for every test | [`Broker::reset`], [`Broker::snapshot`], [`Broker::restore`], [`Builder::restore`] |
//!
//! # A first test
//!
//! A plain `#[test]` function; under `#[tokio::test]` it is an `.await` in place of each `.wait()`. What a test expects is
//! looked for in what came already, and waited for if it has not come yet.
//!
//! ```
//! use std::io::Write;
//!
//! use broker::Broker;
//! use broker::expect::{connect, publish};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = Broker::start().wait()?;
//!
//! // The program under test; this one connects as "lamp", and says that it is on.
//! let mut lamp = std::net::TcpStream::connect(broker.addr())?;
//! lamp.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
//! lamp.write_all(b"\x31\x08\0\x04lampon")?; // PUBLISH with RETAIN
//!
//! broker.expect(connect().from("lamp").then(publish("lamp").retain(true).text("on"))).wait();
//! broker.expect(publish("alarm/#")).never().wait(); // known at once: nothing more is on its way
//! assert_eq!(broker.state().wait()?.retained_message("lamp").and_then(|it| it.text()), Some("on"));
//! # Ok(())
//! # }
//! ```
//!
//! An expectation that is not met panics with what came closest, in what it differs, and the packets around it. A test
//! that fails for another reason is shown the end of the journal, too. `cargo nextest` runs each test in a process of
//! its own, `cargo test` many in one; both are fine.
//!
//! # To drive the program under test
//!
//! The broker publishes as if from nobody, once whoever is to get it is subscribed:
//!
//! ```
//! # use std::io::Write;
//! use broker::{Broker, Injected, QoS, expect::publish};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = Broker::start().wait()?;
//! // … "lamp" connects and subscribes to lamp/set …
//! # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
//! # lamp.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\x82\x0D\0\x01\0\x08lamp/set\x01")?;
//! broker.wait_subscribed("lamp", "lamp/set").wait()?;
//! broker.publish(Injected::text("lamp/set", "on").qos(QoS::AtLeastOnce)).wait()?;
//! # lamp.write_all(b"\x40\x02\0\x01")?; // PUBACK
//! broker.wait_acked("lamp").wait()?; // it has taken it
//! broker.expect(publish("lamp/set").to("lamp").qos(1)).times(1).wait(); // `to`: the delivery
//! # Ok(())
//! # }
//! ```
//!
//! # An hour in no time
//!
//! [`Broker::clock`] stops and moves what the broker goes by: Keep Alive, Session Expiry, Message Expiry, Will Delay. Each
//! thing that is due on the way happens at its own instant. Clients have clocks of their own.
//!
//! ```
//! use std::{io::Write, net::TcpStream, time::Duration};
//!
//! let broker = broker::Broker::start().wait()?;
//! broker.clock().freeze().wait()?;
//!
//! // This client has a Keep Alive of 60 seconds, and says nothing.
//! let mut client = TcpStream::connect(broker.addr())?;
//! client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp")?; // CONNECT
//! broker.wait_connected("lamp").wait()?;
//!
//! broker.clock().advance(Duration::from_secs(89)).wait()?;
//! broker.settle().wait()?;
//! assert!(broker.state().wait()?.session("lamp").is_some());
//!
//! broker.clock().advance(Duration::from_secs(1)).wait()?; // 1.5 times Keep Alive
//! broker.wait_session_ended("lamp").wait()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # To see what happened
//!
//! The [`journal`] holds the latest packets of both directions, with what was decided about each, and every event. It can
//! be filtered, followed, read when the broker has stopped, and written as a ladder of text, as a Mermaid diagram, as JSON
//! lines, and as a capture for Wireshark.
//!
//! ```
//! use broker::journal::{Ladder, Mermaid};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = broker::Broker::start().wait()?;
//! # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
//! # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
//! // … "lamp" connects …
//! broker.wait_connected("lamp").wait()?;
//! let seen = broker.journal().all().wait()?;
//! println!("{}", Ladder::new(&seen.entries));
//! //    0.000219  lamp ── CONNECT 3.1.1, clean session ───────▶ │
//! //    0.000219                                                │ ── CONNACK success ──▶ lamp
//! assert!(Mermaid::new(&seen.entries).to_string().contains("broker->>c0: CONNACK success"));
//! # Ok(())
//! # }
//! ```
//!
//! # When things go wrong
//!
//! What a program has to survive, on demand: a CONNECT that is refused ([`Builder::check_login`]), being disconnected
//! ([`Broker::disconnect`]), a session that is gone ([`Broker::delete_session`]), narrow limits ([`Builder::configure`]),
//! a broker that restarts or crashes with or without its state ([`Broker::restart`], [`Broker::crash`]), and one that is
//! away for a while ([`Broker::outage`]) while its port stays taken.
//!
//! ```
//! use broker::{Broker, Cut, ReasonCode, Restart};
//!
//! let broker = Broker::builder()
//!     .configure(|settings| settings.session.max_inflight = 1) // one message at a time
//!     .check_login(|login| if login.client_id.is_empty() { Err(ReasonCode::BANNED) } else { Ok(()) })
//!     .start()
//!     .wait()?;
//! let away = broker.outage(Restart::LoseState, Cut::Reset).wait()?;
//! assert!(std::net::TcpStream::connect(broker.addr()).is_err()); // does the program try again?
//! away.end().wait()?;
//! assert!(std::net::TcpStream::connect(broker.addr()).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # From one test to the next
//!
//! A broker for each test is the simplest: it is there within milliseconds. Where one serves many,
//! [`Broker::reset`] makes it as new. A [`snapshot`] holds everything that outlives connections, in memory or in a file,
//! so that a test begins where another one ended.
//!
//! # Another broker behind it
//!
//! [`Builder::upstream`] passes everything on to a broker elsewhere, [`Builder::engine`] to stock rumqttd, embedded; journal
//! and expectations stay the same. What an [engine](EngineName) cannot do, a call says in its error, and [`Broker::capabilities`]
//! before that.
//!
//! # To learn MQTT
//!
//! [`wire`] turns bytes into packets and back, for all versions; a packet prints as a line for people. [`topic`] knows
//! names and filters. The crate `broker-core` is the whole broker without sockets and without a clock: bytes and times go in,
//! bytes and events come out.
//!
//! The examples of this crate are longer: `embed`, `settle`, `expect`, `virtual_clock`, `restart`, and `flaky`, a test that
//! sleeps beside the same test that waits.
//!
//! # The rooms
//!
//! What a broker does is in the crate `broker-core`, which has no sockets, no clock and no runtime. Around it stand here:
//!
//! | room | what it knows |
//! |---|---|
//! | [`snapshot`] | snapshots, and their files |
//! | [`capability`] | what each engine can do, as data |
//! | `realms` | who may come in and who may do what, read from settings and files |
//! | `trust` | whose certificates a connection of our own takes |
//! | `host` | the name of this machine |
//! | `ask_http` | asking a program elsewhere over HTTP: who comes in; and, for the program, a broker |
//! | [`profiles`] | profiles of other brokers: those that there are, and files |
//! | `script` | rules, stubs and devices that a file describes |
//! | [`recording`] | a session as a file, and played again |
//! | `contract` | AsyncAPI documents, JSON Schemas in files, and Sparkplug, held against recordings |
//! | `way` | what lies between the bytes of a socket and those of MQTT: TLS, WebSocket, PROXY headers |
//! | `bridging` | bridges, as settings describe them, and how the other broker is reached |
//! | `durable` | the keeper: changes of the engine on their way to the store, and who waits for them |
//! | `backend` | the one seam: what stands behind the front door |
//! | `front` | sockets: listeners and connections |
//! | `answer`, `error` | what its calls return: [`Answer`], [`Error`] |
//! | `broker`, `builder`, `control`, `keeping`, `disturbing`, `reading`, `expecting` | the handle that a program holds |
//! | `api` | the same over HTTP, on a thread of its own |
//! | `cli` | the program |
//!
//! A room knows only rooms above it in this table.

mod answer;
#[cfg(feature = "http")]
#[allow(clippy::struct_field_names)] // they are those of the JSON
mod api;
mod ask_http;
mod backend;
mod bridging;
mod broker;
mod builder;
pub mod capability;
#[doc(hidden)] // for main.rs
pub mod cli;
mod clock;
#[cfg(feature = "contracts")]
mod contract;
mod control;
mod disturbing;
mod durable;
mod error;
mod expecting;
mod front;
mod host;
mod keeping;
mod notice;
mod plain_file;
mod private_file;
pub mod profiles;
mod reading;
mod realms;
pub mod recording;
mod script;
pub mod snapshot;
mod trust;
mod way;

pub use broker_core::{
    access, device, expect, fault, journal, pattern, profile, scenario, stub, time, topic, wire,
};
use broker_core::{arrival, auth, engine, session};
#[allow(unused_imports)] // their users come
use broker_core::{line, template, told};

pub use answer::Answer;
pub use arrival::{TlsFacts, Way};
pub use auth::{Admission, Exchange as AuthExchange, Login, LoginRequest, Refusal, Step as AuthStep};
pub use broker::{Broker, Listener, Report};
#[cfg(feature = "contracts")]
pub use broker_contract::{HostReport, NodeReport, Report as ContractReport, SparkplugReport};
pub use builder::Builder;
pub use capability::{Capability, EngineName, Support};
pub use control::{BrokerClock, DEFAULT_DEADLINE};
pub use disturbing::{
    AddedDevice, BrokerDevices, BrokerFaults, BrokerProfile, BrokerScenarios, BrokerStubs, FaultGuard,
    ListenerDown, Partition, Recorded, Recorder, StubGuard,
};
pub use engine::{
    ConnId, Cut, Event, Figures, InflightState, Injected, MessageState, Restart, SessionState,
    SessionSummary, State, Stats, SubscriptionState,
};
pub use error::Error;
pub use expecting::{ExpectedOnDrop, Expecting};
pub use front::BridgeStatus;
pub use keeping::Outage;
pub use reading::{BrokerJournal, ClientState, Entries, KeptOut, Tail};
pub use settings;
pub use wire::{QoS, ReasonCode};
