//! The one packet that the front door itself sends to a client: the refusal that says there is no broker to talk to.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::way::ClientStream;
use crate::wire::{ConnAck, ConnAckProperties, Packet, ReasonCode, Version};

/// How long a refused client may take to read the answer and to close.
const LINGER: Duration = Duration::from_millis(500);

/// The CONNACK that refuses with this reason.
pub(super) fn connack(version: Version, reason: ReasonCode, why: &str) -> Vec<u8> {
    let properties = ConnAckProperties {
        reason_string: version.is_v5().then_some(why),
        ..ConnAckProperties::default()
    };
    let mut bytes = Vec::new();
    Packet::ConnAck(Box::new(ConnAck {
        session_present: false,
        reason,
        properties,
    }))
    .encode(version, &mut bytes);
    bytes
}

/// Sends the last bytes and closes so that they arrive.
pub(super) async fn send(client: &mut ClientStream, bytes: &[u8]) {
    let goodbye = async {
        client.write_all(bytes).await?;
        client.finish().await
    };
    // The client has got the answer, is gone, or does not read.
    let _ = timeout(LINGER, goodbye).await;
}
