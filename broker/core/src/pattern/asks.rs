//! What a pattern asks of the fields of a packet, each by a method of its name: short for [`Pattern::field`].

use serde_json::json;

use super::what::What;
use super::{Is, Pattern};
use crate::wire::{PacketType, ReasonCode};

impl Pattern {
    /// Whether packets of one of these types are meant, and nothing else.
    fn is_only(&self, types: &[PacketType]) -> bool {
        matches!(&self.what, What::Packets(meant) if !meant.is_empty() && meant.iter().all(|one| types.contains(one)))
    }

    /// QoS.
    pub fn qos(self, qos: u8) -> Self {
        self.field("qos", qos)
    }

    /// RETAIN.
    pub fn retain(self, retain: bool) -> Self {
        self.field("retain", retain)
    }

    /// DUP.
    pub fn dup(self, dup: bool) -> Self {
        self.field("dup", dup)
    }

    /// Packet Identifier.
    pub fn packet_identifier(self, id: u16) -> Self {
        self.field("packet_identifier", id)
    }

    /// Reason Code; the return code of 3.x counts as the reason code that says the same. Of SUBACK and UNSUBACK, one of
    /// them.
    pub fn reason(self, reason: ReasonCode) -> Self {
        let lists = self.is_only(&[PacketType::SubAck, PacketType::UnsubAck]);
        self.field(if lists { "reason_codes" } else { "reason_code" }, reason.0)
    }

    /// Session Present.
    pub fn session_present(self, present: bool) -> Self {
        self.field("session_present", present)
    }

    /// Clean Start, or Clean Session.
    pub fn clean_start(self, clean: bool) -> Self {
        self.field("clean_start", clean)
    }

    /// Keep Alive in seconds.
    pub fn keep_alive_secs(self, secs: u16) -> Self {
        let name = if self.is_event() {
            "keep_alive_secs"
        } else {
            "keep_alive"
        };
        self.field(name, secs)
    }

    /// User Name.
    pub fn user_name(self, name: impl Into<String>) -> Self {
        let field = if self.is_event() { "user" } else { "user_name" };
        self.field(field, name.into())
    }

    /// A will on this topic.
    pub fn will_topic(self, topic: impl Into<String>) -> Self {
        self.field("will.topic", topic.into())
    }

    /// The version: `"3.1"`, `"3.1.1"` or `"5.0"`.
    pub fn version(self, version: impl Into<String>) -> Self {
        self.field("version", version.into())
    }

    /// One of the topic filters of SUBSCRIBE or UNSUBSCRIBE, or the one of an event, is exactly this.
    pub fn topic_filter(self, filter: impl Into<String>) -> Self {
        let filter = filter.into();
        if self.is_event() {
            self.field("filter", filter)
        } else if self.is_only(&[PacketType::Subscribe]) {
            self.field("topic_filters", json!({ "topic_filter": filter }))
        } else {
            self.field("topic_filters", filter)
        }
    }

    /// A property, by its name in the standard in snake case: `property("topic_alias", 3)`.
    pub fn property(self, name: &str, is: impl Into<Is>) -> Self {
        self.field(format!("properties.{name}"), is)
    }

    /// A User Property.
    pub fn user_property(self, name: &str, value: &str) -> Self {
        self.property("user_property", json!({ "name": name, "value": value }))
    }

    /// Content Type.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.property("content_type", content_type.into())
    }

    /// Response Topic.
    pub fn response_topic(self, topic: impl Into<String>) -> Self {
        self.property("response_topic", topic.into())
    }

    /// Message Expiry Interval in seconds.
    pub fn message_expiry_secs(self, secs: u32) -> Self {
        self.property("message_expiry_interval", secs)
    }

    /// Session Expiry Interval in seconds.
    pub fn session_expiry_secs(self, secs: u32) -> Self {
        self.property("session_expiry_interval", secs)
    }
}
