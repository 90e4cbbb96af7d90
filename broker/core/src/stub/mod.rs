//! Stubs: what answers messages by itself.
//!
//! A [`Stub`] says when it answers (a [pattern](crate::pattern) of what clients send, an event, or time) and what it publishes:
//! [publications](Publication) made from [templates](crate::template). [`Stubs`] holds those in force, with all that they
//! remember. It is shown what happens and told the time, and says what is to be published.
//!
//! ```
//! use broker_core::pattern::publish;
//! use broker_core::stub::{Publication, Stub};
//!
//! let lamp = Stub::on(publish("cmd/+"))
//!     .named("lamp")
//!     .publish("state/{{ message.wildcards[0] }}", "{{ message.json.on }}")
//!     .publishes(Publication::reply().text("done").delayed_millis(200));
//! assert_eq!(lamp, Stub::from_json(&lamp.to_json())?); // the same as a file has it
//! # Ok::<(), broker_core::fault::Invalid>(())
//! ```
//!
//! # Words
//!
//! They are those of `WireMock` where it has them: a stub is a *stub mapping*; `priority` (lower wins, the newest of a tie), `scenario`,
//! `required_state` and `new_state` (its `scenarioName`, `requiredScenarioState`, `newScenarioState`), `delayDistribution`.

mod answering;
mod check;
mod compiled;
pub(crate) mod form;
mod in_force;
mod out;
mod page;
mod part;
mod publication;
mod read;
mod said;
mod stubs;
#[cfg(test)]
mod tests;
mod write;

pub use out::{Out, Standing};
pub use publication::{Payload, Publication};
pub use said::{Stub, When};
pub use stubs::Stubs;

#[doc(hidden)] // for docs/STUBS.md
pub use page::reference;
