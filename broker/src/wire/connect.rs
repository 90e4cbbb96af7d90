//! CONNECT (section 3.1 of both standards).

use super::{QoS, UserProperties, Version};

/// A client asks to open a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Connect<'a> {
    /// The protocol version the client speaks on this connection.
    pub version: Version,
    /// Clean Start (5.0) or Clean Session (3.x).
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 turns it off.
    pub keep_alive_secs: u16,
    /// The client identifier; may be empty.
    pub client_id: &'a str,
    /// The will, where Will Flag is 1.
    pub will: Option<Will<'a>>,
    /// User Name.
    pub username: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Properties of 5.0; defaults in 3.x.
    pub properties: ConnectProperties<'a>,
}

/// Properties of CONNECT. `None` means absent: the standard's default applies.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct ConnectProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub receive_maximum: Option<u16>,
    pub maximum_packet_size: Option<u32>,
    pub topic_alias_maximum: Option<u16>,
    pub request_response_information: Option<bool>,
    pub request_problem_information: Option<bool>,
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}

/// The will of a CONNECT.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Will<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub qos: QoS,
    pub retain: bool,
    pub properties: WillProperties<'a>,
}

/// Properties of a will.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct WillProperties<'a> {
    pub delay_secs: Option<u32>,
    pub payload_format: Option<bool>,
    pub message_expiry_secs: Option<u32>,
    pub content_type: Option<&'a str>,
    pub response_topic: Option<&'a str>,
    pub correlation_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}
