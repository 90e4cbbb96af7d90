//! Profiles: what other brokers do not take, and what they do then.
//!
//! A [`Profile`] is a list of limits, each with its source. An [`Inspector`] reads the packets of clients along, and says of
//! each that passes a limit what that broker would do: a [`Violation`]. It changes nothing by itself, so that it serves
//! our engine, another broker behind the relay, and a recording alike. A [`Rulebook`] is what a
//! [line](crate::line) asks: the profile first, which may be enforced, and then the rules in force.
//!
//! | idea | file |
//! |---|---|
//! | the kinds of limits: names, keys, sentences | `kind.rs` |
//! | a limit with its bound, its outcome and its source | `limit.rs`; what is said of it `sentence.rs` |
//! | a profile, how it is read and written | `form.rs`, `json.rs`; outcomes that a kind can have `fitting.rs` |
//! | a packet against a limit | `look.rs`; what is remembered of a client `client.rs` |
//! | all packets of all clients | `inspector.rs` |
//! | what comes of a violation | `book.rs`; refused `refusal.rs`, granted less `lower.rs`, counted `tally.rs`, told or not `ledger.rs` |

mod book;
mod client;
mod fitting;
mod form;
mod inspector;
mod json;
mod kind;
mod ledger;
mod limit;
mod look;
mod lower;
mod refusal;
mod sentence;
mod tally;
#[cfg(test)]
mod tests;
mod violation;

pub use book::Rulebook;
pub use form::Profile;
pub use inspector::{Inspector, Mode};
pub use kind::{KINDS, Kind, KindDoc, Takes};
pub use ledger::Ledger;
pub use limit::{Bound, Limit, Outcome};
pub use tally::{Tallied, Tally};
pub use violation::Violation;
