//! DISCONNECT from a client (section 3.14 of both standards).

use super::{CloseReason, ConnId, Engine};
use crate::session::SessionKey;
use crate::time::Time;
use crate::wire::{Disconnect, ReasonCode};

impl Engine {
    pub(super) fn on_disconnect(
        &mut self,
        now: Time,
        id: ConnId,
        key: SessionKey,
        disconnect: &Disconnect<'_>,
    ) {
        let Some(live) = self.conns.live(id) else { return };
        if !client_may_say(disconnect.reason) {
            return self.violation(
                now,
                id,
                "DISCONNECT with a reason code that only a server may give",
                "MQTT5-3.14.2-1",
                ReasonCode::PROTOCOL_ERROR,
            );
        }
        if disconnect.properties.server_reference.is_some() {
            return self.violation(
                now,
                id,
                "Server Reference in a client's DISCONNECT",
                "MQTT5 section 3.14.2.2.5",
                ReasonCode::PROTOCOL_ERROR,
            );
        }
        if let Some(secs) = disconnect.properties.session_expiry_secs {
            if live.connect_expiry_secs == 0 && secs != 0 {
                return self.violation(
                    now,
                    id,
                    "Session Expiry Interval raised from 0 at DISCONNECT",
                    "MQTT5 section 3.14.2.2.2",
                    ReasonCode::PROTOCOL_ERROR,
                );
            }
            let most = self.settings.session.max_session_expiry_secs;
            if let Some(session) = self.sessions.get_mut(key) {
                session.expiry_secs = secs.min(most);
                session.changed();
            }
        }
        self.close(now, id, CloseReason::ClientDisconnect(disconnect.reason));
    }
}

/// The reason codes of section 3.14.2.1 that the standard marks as sent by a client.
fn client_may_say(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::SUCCESS
            | ReasonCode::DISCONNECT_WITH_WILL
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::MALFORMED_PACKET
            | ReasonCode::PROTOCOL_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::TOPIC_NAME_INVALID
            | ReasonCode::RECEIVE_MAXIMUM_EXCEEDED
            | ReasonCode::TOPIC_ALIAS_INVALID
            | ReasonCode::PACKET_TOO_LARGE
            | ReasonCode::MESSAGE_RATE_TOO_HIGH
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::ADMINISTRATIVE_ACTION
            | ReasonCode::PAYLOAD_FORMAT_INVALID
    )
}
