//! Why a CONNECT is refused: by its version, its client identifier, its will, or for want of room.

use std::sync::Arc;

use settings::MqttVersion;

use super::conn::Conn;
use super::connect::Admitted;
use super::policy::{Denial, Policy, What, Who};
use super::{ConnId, Engine, Event};
use crate::access::RealmId;
use crate::session::ListenerId;
use crate::time::Time;
use crate::topic::MountPoint;
use crate::wire::{Connect, ReasonCode, Version, Will};

/// Longest client identifier of MQTT 3.1, in characters (its section 3.1).
const CLIENT_ID_CHARS_V31: usize = 23;

impl Engine {
    /// Why this CONNECT is refused, whoever sent it (MQTT5-3.1.4-2): the reason, and words where the code alone does not
    /// tell. All client identifiers of MQTT5-3.1.3-5 and MQTT311-3.1.3-5 are welcome.
    pub(super) fn objection(&self, id: ConnId, connect: &Connect<'_>) -> Option<(ReasonCode, &'static str)> {
        let settings = &self.settings;
        let refused = |reason| Some((reason, ""));
        if self.stopping {
            return refused(ReasonCode::SERVER_SHUTTING_DOWN);
        }
        let conn = self.conns.get(id)?;
        let rules = self.policy.of_clients(conn.listener);
        if !rules.mqtt_versions.contains(&of_settings(connect.version)) {
            // MQTT5-3.1.2-2, MQTT311-3.1.2-2
            let words = "this version of MQTT is not taken here";
            return Some((ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, words));
        }
        if connect.version.is_v5() && !settings.redirect.server_reference.is_empty() {
            return refused(if settings.redirect.permanent {
                ReasonCode::SERVER_MOVED
            } else {
                ReasonCode::USE_ANOTHER_SERVER
            });
        }
        let client_id = &*conn.client_id;
        if client_id_of(conn, &self.policy, connect).is_none() {
            let words = "the user name is the client identifier here, and there is none";
            return Some((ReasonCode::NOT_AUTHORIZED, words));
        }
        if client_id.is_empty() {
            // 3.1 knows no empty identifiers. MQTT311-3.1.3-8: 3.1.1 allows them only with Clean Session 1.
            let possible = match connect.version {
                Version::V31 => false,
                Version::V311 => connect.clean_start,
                Version::V5 => true,
            };
            if !possible || !rules.allow_empty_client_id {
                return refused(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID); // MQTT5-3.1.3-8, MQTT311-3.1.3-9
            }
        }
        if connect.version == Version::V31
            && !settings.session.allow_long_client_id
            && client_id.chars().count() > CLIENT_ID_CHARS_V31
        {
            return refused(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
        }
        let begins_as = match client_id {
            "" => &*rules.assigned_client_id_prefix,
            given => given,
        };
        if !begins_as.starts_with(&settings.session.client_id_prefix) {
            let words = "client identifiers must begin as session.client_id_prefix says";
            return Some((ReasonCode::NOT_AUTHORIZED, words));
        }
        if let Some(will) = &connect.will
            && crate::topic::validate_name(will.topic).is_err()
        {
            return refused(ReasonCode::TOPIC_NAME_INVALID);
        }
        let mount_point = MountPoint::new(&rules.mount_point);
        let too_long = |mount_point: &MountPoint, will: &Will<'_>| mount_point.topic(will.topic).is_none();
        if let (Some(mount_point), Some(will)) = (&mount_point, &connect.will)
            && too_long(mount_point, will)
        {
            let words = "with the mount point of the listener, the topic of the will is too long";
            return Some((ReasonCode::TOPIC_NAME_INVALID, words));
        }
        // A client that takes over its own connection takes nobody's place.
        let connected = self.sessions.connected() as u64;
        let older = self.sessions.named(client_id);
        let older = older.filter(|session| session.conn.is_some());
        if connected >= u64::from(settings.limits.max_connections) && older.is_none() {
            return refused(ReasonCode::SERVER_BUSY); // MQTT5-3.1.4-2
        }
        let full_here = |most| self.sessions.connected_at(conn.listener) >= most;
        let is_here = older.is_some_and(|session| session.listener == conn.listener);
        if rules.max_connections.is_some_and(full_here) && !is_here {
            let words = "this listener has as many clients as it may";
            return Some((ReasonCode::SERVER_BUSY, words)); // MQTT5-3.1.4-2
        }
        let known = self.sessions.has(client_id);
        if !known && self.sessions.len() as u64 >= u64::from(settings.limits.max_sessions) {
            return refused(ReasonCode::QUOTA_EXCEEDED);
        }
        None
    }

    /// Whether a client that has proved who it is may come with this will.
    pub(super) fn may_have_will(
        &self,
        will: &Will<'_>,
        version: Version,
        client_id: &str,
        (listener, realm, admitted): (ListenerId, RealmId, &Admitted),
    ) -> Result<(), Denial> {
        if self.policy.is_too_long(will.payload) {
            let too_long = version.is_v5().then_some(ReasonCode::PACKET_TOO_LARGE);
            let reason = too_long.unwrap_or(ReasonCode::NOT_AUTHORIZED);
            return Err(Denial::refused(
                reason,
                "the payload is too long (limits.max_payload_bytes)",
            ));
        }
        let who = Who::Client {
            client_id,
            user: admitted.user.as_deref(),
            listener,
            realm,
            acl: admitted.acl.as_ref(),
        };
        let what = What::new(will.qos, will.retain);
        let mount_point = MountPoint::new(&self.policy.of_clients(listener).mount_point);
        let mounted = mount_point.and_then(|mount_point| mount_point.topic(will.topic));
        let topic = mounted.as_deref().unwrap_or(will.topic);
        self.policy.may_publish(who, what, topic)?;
        let format = will.properties.payload_format;
        self.policy.examine(who, what, format, will.payload)
    }

    /// Tells that a client comes with a will that it may not publish.
    pub(super) fn refused_will(&mut self, now: Time, client_id: Arc<str>, topic: &str, denial: &Denial) {
        self.event(now, || Event::PublishRefused {
            client_id,
            topic: Arc::from(topic),
            reason: denial.reason(),
            why: denial.because_of_will(),
        });
    }
}

/// The client identifier that counts: that of CONNECT, or the user name where its listener says so. `None` where there is no
/// user name then.
pub(super) fn client_id_of<'a>(conn: &'a Conn, policy: &Policy, connect: &Connect<'a>) -> Option<&'a str> {
    if !policy.of_clients(conn.listener).use_username_as_client_id {
        return Some(connect.client_id);
    }
    let user = conn.origin.identity().map(|identity| &**identity);
    user.or(connect.username).filter(|name| !name.is_empty())
}

fn of_settings(version: Version) -> MqttVersion {
    match version {
        Version::V31 => MqttVersion::V31,
        Version::V311 => MqttVersion::V311,
        Version::V5 => MqttVersion::V5,
    }
}
