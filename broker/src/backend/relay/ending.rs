//! How a relayed connection ended, before it is known what that means to the client.

use crate::engine::CloseReason;
use crate::fault;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The client closed first, or its socket failed: how.
    Client(String),
    /// What lies between its socket and MQTT went wrong: how.
    Fault(String),
    /// It was no client: somebody read a page.
    Answered,
    /// It came for the control API, which takes its connection over.
    Visits,
    /// The upstream closed first; or its socket failed: how.
    Upstream(Option<String>),
    /// The client closed a connection without errors, and nobody could read along.
    Unread,
    /// It was decided here.
    Decided(CloseReason),
    /// A rule wanted it.
    Cut(fault::Cut),
    /// The broker stops.
    Stopped,
}
