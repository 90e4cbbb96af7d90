//! `DecodeError`: what was wrong with a peer's bytes, and where.

use super::ReasonCode;

/// Why bytes are not the packet they claim to be.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Version, decode};
///
/// let error = decode(Version::V311, b"\x36\x05\0\x01a\0\x07").unwrap_err(); // PUBLISH with QoS 3
/// assert_eq!((error.offset, error.statement), (0, "MQTT311-3.3.1-4"));
/// assert_eq!(error.reason, ReasonCode::MALFORMED_PACKET);
/// println!("{error}");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset} ({statement}, {reason})")]
pub struct DecodeError {
    /// What was wrong and what would be right, in words.
    pub what: &'static str,
    /// Where: the offset from the packet's first byte.
    pub offset: usize,
    /// The statement of the standard that was broken, as `MQTT5-2.1.3-1`, or its section if no statement is numbered,
    /// as `MQTT5-3.8.3.1`. 3.1 numbers no statements, so there it is `MQTT31-3.8`. It is cited from the version that
    /// the connection speaks, or from 5.0 while that is not known yet.
    pub statement: &'static str,
    /// The reason code for a 5.0 peer.
    pub reason: ReasonCode,
}
