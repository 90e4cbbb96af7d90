//! What crossed the wire and what was decided about it, kept to be looked at.
//!
//! The journal is a pure machine like the engine: it is told what happened and when, and knows no clock and no socket.
//! Each backend owns one and writes into it; whoever looks gets [`Entry`] values, which stand alone.

mod chunks;
mod close_reason;
mod entry;
mod event;
mod pcapng;
mod read;
mod ring;
mod slot;
mod sources;

pub use close_reason::CloseReason;
pub use entry::{Decision, Direction, Entry, Mark, Record};
pub use event::{DropReason, Event};
pub use pcapng::Pcapng;
pub use read::Excerpt;
pub use ring::{Bounds, Journal};
pub use slot::Recorded;
pub use sources::Source;
