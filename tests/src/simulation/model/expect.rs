//! What exactly a session expects: every field of the PUBLISH, and how long it may be.

use std::rc::Rc;
use std::time::Duration;

use broker::time::Time;
use broker::wire::{Publish, QoS, Version};

use super::{Check, Expect, Model, Msg, Phase, Session, Sub};
use crate::simulation::message::Props;

impl Expect {
    /// What a member of a shared subscription expects.
    pub(super) fn of_shared(msg: &Rc<Msg>, form: &Sub) -> Self {
        Self {
            msg: msg.clone(),
            qos: form.qos.min(msg.qos),
            retain: msg.retain && form.retain_as_published,
            ids: form.id.into_iter().collect(),
            at_once: false,
            of_store: false,
            optional: false,
        }
    }

    /// Holds a PUBLISH against what it should be.
    pub(super) fn compare(&self, now: Time, topic: &str, publish: &Publish<'_>, version: Version) -> Check {
        let (msg, p) = (&self.msg, &publish.properties);
        if topic != msg.topic || publish.payload != msg.payload {
            return Err(format!("it should be {}", msg.name()));
        }
        if publish.qos != self.qos {
            return Err(format!("QoS should be {} (MQTT5-3.8.4-8)", self.qos));
        }
        if publish.retain != self.retain {
            return Err(format!("RETAIN should be {} (MQTT5-3.3.1-8 to -13)", self.retain));
        }
        if !version.is_v5() {
            return Ok(());
        }
        let mut ids = p.subscription_ids.clone();
        ids.sort_unstable();
        if ids != self.ids {
            return Err(format!(
                "Subscription Identifiers should be {:?} (MQTT5-3.3.4-3, -4)",
                self.ids
            ));
        }
        if Props::of(p) != msg.props {
            return Err(format!("properties should be {:?}", msg.props));
        }
        // MQTT5-3.3.2-6, in whole seconds; what was sent before may be overdue.
        let left = msg.expires_at.map(|at| at.saturating_since(now));
        let right = match (left, p.message_expiry_secs) {
            (None, None) => true,
            (Some(left), Some(said)) => {
                Duration::from_secs(u64::from(said)).abs_diff(left) < Duration::from_secs(1)
            }
            _ => false,
        };
        if !right {
            return Err(format!("Message Expiry Interval should be {left:?}"));
        }
        if msg.is_expired(now) && !publish.dup {
            return Err("it has expired (MQTT5-3.3.2-5)".to_owned());
        }
        Ok(())
    }

    /// The least and the most bytes that the PUBLISH may take on the wire, aliases and their absence included.
    pub(super) fn packet_bytes(&self, now: Time, version: Version, alias_maximum: u16) -> (usize, usize) {
        let mut properties = self.msg.props.wire();
        properties.subscription_ids.clone_from(&self.ids);
        properties.message_expiry_secs = self
            .msg
            .expires_at
            .map(|at| at.saturating_since(now).as_secs() as u32);
        let mut publish = Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: &self.msg.topic,
            packet_id: (self.qos != QoS::AtMostOnce).then_some(std::num::NonZeroU16::MIN),
            properties,
            payload: &self.msg.payload,
        };
        let plain = publish.encoded_len(version);
        if alias_maximum == 0 {
            return (plain, plain);
        }
        publish.properties.topic_alias = Some(1);
        let longest = publish.encoded_len(version);
        publish.topic = "";
        (plain.min(publish.encoded_len(version)), longest)
    }
}

impl Model {
    /// Whether the message may be (`.0`) or must be (`.1`) too large for the connection `number`.
    pub(super) fn too_large(&self, number: u32, expect: &Expect) -> (bool, bool) {
        let Some(conn) = self
            .conns
            .get(&number)
            .filter(|conn| conn.phase == Phase::Connected)
        else {
            return (false, false);
        };
        if conn.packet_bytes == usize::MAX {
            return (false, false);
        }
        let (least, most) = expect.packet_bytes(self.now, conn.version, conn.alias_maximum);
        (most > conn.packet_bytes, least > conn.packet_bytes)
    }

    /// The same for a message of a shared subscription and one of its members.
    pub(super) fn too_large_for_member(&self, session: &Session, msg: &Rc<Msg>, filter: &str) -> bool {
        let (Some(number), Some(forms)) = (session.conn, session.shared_forms.get(filter)) else {
            return false;
        };
        forms
            .iter()
            .any(|form| self.too_large(number, &Expect::of_shared(msg, &form.sub)).0)
    }
}
