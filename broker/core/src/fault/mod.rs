//! Faults: rules that disturb what passes between clients and what answers them.
//!
//! A [`Rule`] says whom and what it concerns, how often it acts and what it does. [`Faults`] holds the rules in force with all
//! that they remember. Asked about a packet it answers with a [`Deed`]: bytes that are ready, times, ends. A
//! [line](crate::line) does what that says, and knows nothing of rules.
//!
//! | idea | file |
//! |---|---|
//! | a rule, as it is said | `rule.rs`; built in Rust `building/`, read and written `json.rs` |
//! | what is done with a packet | `action/` (what there is), `act.rs` (carried out), `refusing.rs` (for who is no rule), `draft/` (packets that are made up or changed) |
//! | what is done with bytes | `toxic.rs`, `attributes.rs` |
//! | rules in force | `faults.rs`, `in_force.rs` (their order), `index.rs` (found by what they can mean), `names.rs`, `gone.rs`, `switch.rs`, `active.rs`, `counts.rs`, `luck.rs` |

mod act;
mod action;
mod active;
mod asked;
mod attributes;
mod building;
mod concern;
mod counts;
mod deed;
mod delay;
mod draft;
mod faults;
mod gone;
mod in_force;
mod index;
mod json;
mod luck;
mod names;
mod page;
mod refusing;
mod rule;
mod switch;
mod table;
#[cfg(test)]
mod tests;
mod toxic;
mod turns;
mod user_property;
mod who;

pub use building::{OnBytes, OnPackets};
pub(crate) use counts::PerClient;
pub use deed::{Cut, Deed, Onward, Swallow, Wait};
pub use delay::Delay;
pub(crate) use delay::LONGEST_MILLIS;
pub use draft::reason_code;
pub use faults::{Faults, Listed};
pub use gone::Absent;
pub(crate) use gone::Gone;
#[doc(hidden)] // for docs/FAULTS.md
pub use page::tables;
pub(crate) use refusing::{Refusal, refuse};
pub(crate) use rule::known_listener;
pub use rule::{Invalid, Rule};
pub(crate) use table::{Table, Wrong};
pub use toxic::{Infection, Stream, Toxic};
pub use who::Who;
