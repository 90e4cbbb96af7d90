//! Subscribes to MQTT topics and hands on what arrives. The program `subscriber` takes the flags of `mosquitto_sub`;
//! this library does its work.
//!
//! ```no_run
//! # async fn example() -> Result<(), subscriber::Error> {
//! use settings::client::Connection;
//! use subscriber::{Message, Plan};
//!
//! let mut plan = Plan::new(Connection::to("127.0.0.1", 1883), ["test/#"]);
//! plan.count = Some(3);
//! let mut seen = Vec::new();
//! subscriber::run(plan, |message: Message| seen.push(message)).await?;
//! assert_eq!(seen.len(), 3);
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
//! | `format` | `-F`: what each sequence prints |
//! | `json` | JSON as `%j` and `%J` print it |
//! | `output` | messages as text on standard output |
//! | `error` | what can go wrong, and the exit code for it |
//! | `cli` | the program around it |

// QoS is the standard's word, and backticks would show in --help.
#![allow(clippy::doc_markdown)]

pub mod cli;
mod error;
mod flags;
mod format;
mod json;
mod output;
mod plan;
mod run;
mod sink;

pub use error::Error;
pub use flags::Flags;
pub use format::Format;
pub use plan::Plan;
pub use run::{End, Hooks, Report, run, run_with};
pub use sink::{Message, Notice, Sink};
