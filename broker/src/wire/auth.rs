//! AUTH (section 3.15 of MQTT 5.0); 3.x does not have it.

use super::{ReasonCode, UserProperties};

/// One step of an enhanced authentication.
#[derive(Debug, Clone, PartialEq)]
pub struct Auth<'a> {
    /// Success, Continue authentication, or Re-authenticate.
    pub reason: ReasonCode,
    /// Properties.
    pub properties: AuthProperties<'a>,
}

/// Properties of AUTH. `None` means absent.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct AuthProperties<'a> {
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub reason_string: Option<&'a str>,
    pub user: UserProperties<'a>,
}
