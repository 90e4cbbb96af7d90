//! [`Who`]: the client of a connection, as rules know it.

use std::sync::Arc;

use crate::session::ConnId;
use crate::wire::Version;

/// The client of a connection, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The connection.
    pub conn: ConnId,
    /// The client identifier, as CONNECT says it or the broker chose it; empty before that.
    pub client_id: Arc<str>,
    /// User name, or the identity of its certificate.
    pub user: Option<Arc<str>>,
    /// Name of the listener that let it in.
    pub listener: Arc<str>,
    /// The version of its CONNECT; 3.1.1 before that.
    pub version: Version,
}
