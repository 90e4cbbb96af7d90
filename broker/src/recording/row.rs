//! [`Row`]: a line as it is written.

use serde::Serialize;

use super::message::Message;

/// A line as it is written.
#[derive(Serialize)]
struct Row<'a, T> {
    at_secs: f64,
    event: &'static str,
    #[serde(skip_serializing_if = "is_zero")]
    conn: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    client_id: &'a str,
    #[serde(flatten)]
    fields: T,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Serialize)]
pub(super) struct Delivery {
    #[serde(flatten)]
    pub message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at_secs: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Missed {
    pub entries: u64,
}

#[derive(Serialize)]
pub(super) struct Closed {
    pub cause: String,
}

/// Adds a line to `to`, with its end: when something happened, on which connection, of which client; what, and its fields.
pub(super) fn append<T: Serialize>(
    to: &mut Vec<u8>,
    (at_secs, conn, client_id): (f64, u32, &str),
    event: &'static str,
    fields: T,
) {
    let row = Row {
        at_secs,
        event,
        conn,
        client_id,
        fields,
    };
    let before = to.len();
    // Nothing in a line can fail to serialise.
    if serde_json::to_writer(&mut *to, &row).is_err() {
        to.truncate(before);
        return;
    }
    to.push(b'\n');
}
