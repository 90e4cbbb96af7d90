//! The values of entries: JSON in the words of a snapshot.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::snapshot::{Exchange, Message, Payload, Session};

/// Before the payload of a message there is the length of the rest, in so many bytes, and the rest.
const LENGTH_BYTES: usize = 4;

/// A message and the time on the wall at which it is written, as a value. Its payload stands in it as it is.
pub fn write_message(at: u64, mut message: Message) -> Vec<u8> {
    let Payload(payload) = std::mem::take(&mut message.payload);
    let mut value = vec![0; LENGTH_BYTES];
    value.reserve(256 + payload.len());
    write_onto(&mut value, &(at, message));
    let length = u32::try_from(value.len() - LENGTH_BYTES).unwrap_or(u32::MAX);
    value.splice(..LENGTH_BYTES, length.to_be_bytes());
    value.extend(&payload);
    value
}

/// Reads what [`write_message`] wrote.
///
/// # Errors
/// The value has no message, for this reason.
pub fn read_message(value: &[u8]) -> Result<(u64, Message), String> {
    let cut_off = || "it is cut off".to_owned();
    let (length, rest) = value.split_first_chunk().ok_or_else(cut_off)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (rest, payload) = rest.split_at_checked(length).ok_or_else(cut_off)?;
    let (at, mut message): (u64, Message) = read(rest)?;
    message.payload = Payload(Bytes::copy_from_slice(payload));
    Ok((at, message))
}

/// Any other value as bytes.
pub fn write(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    write_onto(&mut bytes, value);
    bytes
}

fn write_onto(bytes: &mut Vec<u8>, value: &impl Serialize) {
    // Memory takes everything, and no value has a map whose keys are not texts.
    let written = serde_json::to_writer(bytes, value);
    debug_assert!(written.is_ok(), "{written:?}");
}

/// Reads any other value.
///
/// # Errors
/// The value is something else, for this reason.
pub fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(value).map_err(|error| error.to_string())
}

/// A session without its lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The time on the wall at which this was written, in nanoseconds since 1970.
    pub at: u64,
    /// Sessions with lower numbers are older.
    pub order: u64,
    /// The session.
    pub session: Session,
    /// What the program keeps with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// A retained message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The time on the wall at which this was written, in nanoseconds since 1970.
    pub at: u64,
    /// The number of the message.
    pub message: u64,
    /// How long ago it was published then.
    pub retained_for_nanos: u64,
}

/// An exchange towards a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// Of those whose PUBREC has come, and of the others, each for itself: lower numbers come first when they are sent again.
    pub order: u64,
    /// The exchange. Its message is named by its number.
    pub exchange: Exchange,
}
