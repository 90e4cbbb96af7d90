//! Faults: rules that disturb what passes between clients and what answers them.
//!
//! A [`Rule`] says whom and what it concerns, how often it acts and what it does. [`Faults`] holds the rules in force with all
//! that they remember. Asked about a packet it answers with a [`Deed`]: bytes that are ready, times, ends. A
//! [line](crate::line) does what that says, and knows nothing of rules.

mod deed;
mod faults;
mod rule;
mod toxic;
mod who;

pub use deed::{Cut, Deed, Onward, Swallow, Wait};
pub use faults::Faults;
pub use rule::{Invalid, Rule};
pub use toxic::{Infection, Stream, Toxic};
pub use who::Who;
