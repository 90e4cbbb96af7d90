//! Subscribes to MQTT topics and hands on what arrives. The program `subscriber` takes the flags of `mosquitto_sub`;
//! this library does its work.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use client::Connection;
//! use subscriber::{Message, Plan};
//!
//! let broker = broker::Broker::start().await?; // or any other
//! # let mut retained = broker::Injected::text("test/topic", "bar");
//! # retained.retain = true;
//! # broker.publish(retained).await?;
//! let mut plan = Plan::new(Connection::to("127.0.0.1", broker.addr().port()), ["test/#"]);
//! plan.count = Some(1);
//! let mut seen = Vec::new();
//! let report = subscriber::run(plan, |message: Message| seen.push(message)).await?;
//! assert_eq!(report.received, 1);
//! assert_eq!(seen[0].topic, "test/topic");
//! # Ok(())
//! # }
//! ```
//!
//! `run` needs a tokio runtime with time and I/O; a current-thread one is enough.
//!
//! | file | idea |
//! | --- | --- |
//! | `flags` | the command line, raw |
//! | `plan` | flags → a checked [`Plan`] |
//! | `sink` | where messages go: [`Sink`], [`Message`] |
//! | `run` | the plan carried out |
//! | `expect` | `--expect`: what a message must be, and whether enough came |
//! | `expecting` | [`expect`]: a run that ends when that is decided |
//! | `expect_flags` | its flags, checked |
//! | `record` | `--record`: messages into a file |
//! | `command` | the command that runs once SUBACK came |
//! | `output` | messages and notices on standard output and error |
//! | `instead` | `--message-rate` and `--watch` |
//! | `error` | what can go wrong, and the exit code for it |
//! | `cli` | the program around it |

// QoS is the standard's word, and backticks would show in --help.
#![allow(clippy::doc_markdown)]
// A closed pipe makes println panic; print_line does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod cli;
mod command;
mod error;
mod expect;
mod expect_flags;
mod expecting;
mod flags;
mod instead;
mod output;
mod plan;
mod record;
mod run;
mod sink;

pub use client::{Format, Message};
pub use error::Error;
pub use expect::{Count, Expectation, Verdict};
pub use expecting::expect;
pub use flags::{ExpectFlags, Flags};
pub use plan::Plan;
pub use record::Recorder;
pub use run::{End, Hooks, Report, run, run_with};
pub use sink::{Notice, Sink};
