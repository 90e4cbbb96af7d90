//! `[capabilities]` and `[shared]`: what of MQTT 5.0 the broker offers.

use crate::choice::Strategy;
use crate::define::section;
use crate::schema::between;

section! {
    /// What of MQTT 5.0 the broker offers: switch something off to see how a client does without it. 5.0
    /// clients are told in CONNACK.
    #[example = "settings.capabilities.maximum_qos = 1;"]
    #[example = "settings.capabilities.retain_available = false;"]
    pub struct Capabilities in "capabilities" {
        /// Highest QoS at which a client may publish. Subscriptions may ask for any; delivery stays within it.
        maximum_qos: u8 = 2,
            expect: between(0, 2),
            statements: &["MQTT5-3.2.2-9", "MQTT5-3.2.2-10", "MQTT5-3.2.2-12"];

        /// Whether retained messages are taken.
        retain_available: bool = true,
            statements: &["MQTT5-3.2.2-13", "MQTT5-3.2.2-14"];

        /// Whether topic filters may hold `+` and `#`.
        wildcard_subscription_available: bool = true;

        /// Whether a subscription may carry a Subscription Identifier.
        subscription_identifiers_available: bool = true;

        /// Whether `$share/…` subscriptions are taken.
        shared_subscription_available: bool = true;

        /// Response Information returned to a client that asks for it: usually a topic prefix. Empty = no client is
        /// given any.
        response_information: String = String::new(),
            statements: &["MQTT5-3.1.2-28"];
    }
}

section! {
    /// Shared subscriptions: `$share/GROUP/FILTER`.
    #[example = "settings.shared.strategy = settings::Strategy::Sticky;"]
    pub struct Shared in "shared" {
        /// Which member of a group gets the next message: each member in turn, any member, the same member for as
        /// long as it stays, or the one with the fewest messages on their way to it.
        strategy: Strategy = Strategy::RoundRobin;
    }
}
