//! Contracts: what clients may publish where, as an [AsyncAPI](https://www.asyncapi.com) document or a JSON Schema says it,
//! and whether a message keeps to it.
//!
//! Nothing here opens a file, a socket or reads a clock: texts and messages come in, sentences go out. So the broker, the
//! relay and a recording are held against a document in the same way.
//!
//! | idea | file |
//! |---|---|
//! | a value with the line of each of its parts | `node.rs`; read from YAML `yaml.rs`, from JSON `json.rs` |
//! | the document's files, and what `$ref` leads to | `files.rs` |
//! | what is wrong or not understood, and where | `place.rs` |
//! | a JSON Schema, made whole and compiled | `schema.rs`, `bundle.rs` |
//! | how much work it is to hold a value against it | `effort.rs`, `pattern.rs` |
//! | the topics of a channel | `address.rs` |
//! | a document: channels, operations, messages | `document.rs`; how it is read `reader.rs`, `v2.rs`, `v3.rs`, `message.rs` |
//! | what it says of MQTT itself | `bindings.rs` |
//! | a message or a connection held against all that | `check.rs`, `rule.rs`, `payload.rs`, `connection.rs` |
//! | several documents and schemas, and what was seen of each | `contracts.rs`, `report.rs` |
//! | examples, as stubs that publish them | `stubs.rs` |
//! | a first document, made of what was published | `infer/` |
//! | edge nodes and host applications held against Sparkplug 3.0.0 | `sparkplug/` |

mod address;
mod bindings;
mod bundle;
mod check;
mod connection;
mod contracts;
mod dialect;
mod document;
mod effort;
mod files;
mod infer;
mod json;
mod message;
mod node;
mod pattern;
mod payload;
mod place;
mod reader;
mod report;
mod rule;
mod schema;
mod sparkplug;
mod stubs;
mod v2;
mod v3;
mod yaml;

pub use address::Address;
pub use check::{Publication, Violation};
pub use connection::Connection;
pub use contracts::{Application, Contracts};
pub use document::{Channel, Document, Example, Message, Operation, Reply, Side};
pub use files::{Files, Read};
pub use infer::Infer;
pub use place::{Place, Told};
pub use report::{Report, Use};
pub use rule::Rule;
pub use schema::{Flaw, Schema};
pub use sparkplug::{
    Broken as SparkplugBroken, Goodbye, HostReport, NodeReport, RULES as SPARKPLUG_RULES,
    Rule as SparkplugRule, Sparkplug, SparkplugReport,
};
pub use stubs::ExampleStub;
