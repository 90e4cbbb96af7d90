//! Publishes MQTT messages. The program `publisher` takes the flags of `mosquitto_pub`; this library does its work.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use publisher::{Error, Payload, Plan};
//! use client::{ClientError, Connection, packet::QoS};
//!
//! let broker = broker::Broker::start().await?; // or any other
//! let connection = Connection::to("127.0.0.1", broker.addr().port());
//! let mut plan = Plan::new(connection, "test/topic", Payload::from("bar"));
//! plan.qos = QoS::AtLeastOnce;
//! let report = publisher::run(plan.clone()).await?;
//! assert_eq!(report.sent, 1);
//!
//! drop(broker);
//! let error = publisher::run(plan).await.unwrap_err();
//! assert!(matches!(error, Error::Client(ClientError::NoBroker { .. })), "{error}");
//! # Ok(())
//! # }
//! ```
//!
//! `run` returns `Ok` only when every message is acknowledged as its QoS asks (at QoS 0: written, together with a
//! clean DISCONNECT). It needs a tokio runtime with time and I/O; a current-thread one is enough.
//!
//! | file | idea |
//! | --- | --- |
//! | `flags` | the command line, raw |
//! | `plan` | flags → a checked [`Plan`] |
//! | `source` | where payloads come from: an argument, a file, standard input |
//! | `link` | the connection that messages go out on |
//! | `run` | the plan carried out |
//! | `request` | a request and its answer |
//! | `replay` | a recording published again |
//! | `load` | much published, received again, in figures |
//! | `tally` | what was handed over, and what became of it |
//! | `hooks` | what a caller wants to see and to decide meanwhile |
//! | `mode` | which of these jobs the flags ask for |
//! | `progress` | how far a long send is |
//! | `error` | what can go wrong, and the exit code for it |
//! | `cli` | the program around it |

// QoS is the standard's word, and backticks would show in --help.
#![allow(clippy::doc_markdown)]
// A closed pipe makes println panic; print_line does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod cli;
mod error;
mod flags;
mod hooks;
mod link;
mod load;
mod mode;
mod plan;
mod progress;
mod replay;
mod request;
mod run;
mod source;
mod tally;

pub use error::Error;
pub use flags::Flags;
pub use hooks::{Hooks, Notice};
pub use load::{Figures, Latency, Load, load};
pub use plan::{Payload, Plan};
pub use replay::{Recording, Replay, replay, replay_with};
pub use request::{Request, request, request_with};
pub use run::{Report, run, run_with};
