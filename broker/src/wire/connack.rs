//! CONNACK (section 3.2 of both standards).

use super::{QoS, ReasonCode, UserProperties};

/// The server answers CONNECT.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnAck<'a> {
    /// Whether the server held session state for this client identifier.
    pub session_present: bool,
    /// Reason code; in 3.x it is written as (and read from) the return code that says the same.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ConnAckProperties<'a>,
}

/// Properties of CONNACK. `None` means absent: the standard's default applies.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct ConnAckProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub receive_maximum: Option<u16>,
    pub maximum_qos: Option<QoS>,
    pub retain_available: Option<bool>,
    pub maximum_packet_size: Option<u32>,
    pub assigned_client_id: Option<&'a str>,
    pub topic_alias_maximum: Option<u16>,
    pub reason_string: Option<&'a str>,
    pub wildcard_subscription_available: Option<bool>,
    pub subscription_identifiers_available: Option<bool>,
    pub shared_subscription_available: Option<bool>,
    pub server_keep_alive_secs: Option<u16>,
    pub response_information: Option<&'a str>,
    pub server_reference: Option<&'a str>,
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}
