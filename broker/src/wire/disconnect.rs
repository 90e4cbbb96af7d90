//! DISCONNECT (section 3.14 of both standards).

use super::{ReasonCode, UserProperties};

/// The last packet of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Disconnect<'a> {
    /// Why; always 0x00 in 3.x.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: DisconnectProperties<'a>,
}

/// Properties of DISCONNECT. `None` means absent.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct DisconnectProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub reason_string: Option<&'a str>,
    pub server_reference: Option<&'a str>,
    pub user: UserProperties<'a>,
}
