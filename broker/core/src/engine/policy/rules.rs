//! The rules: what may be published where and by whom, and what may be subscribed to.
//!
//! A rule is a few lines in the function that fits it. It holds on every way into the broker; the page of this room says
//! why.

use super::acl::without_group;
use super::{Breach, Denial, Policy, What, Who};
use crate::access::Action;
use crate::engine::work::Work;
use crate::topic;
use crate::wire::{QoS, ReasonCode};

/// Topics below this are the broker's own, but for those of bridges.
const SYS_PREFIX: &str = "$SYS/";
/// Where a bridge says whether it is connected: it publishes 1, and its will 0.
const BRIDGE_STATE: &str = "$SYS/broker/connection/+/state";

/// Whether the topic is one of those that the broker alone publishes to.
pub(in crate::engine) fn is_own(topic: &str) -> bool {
    topic.starts_with(SYS_PREFIX) && !topic::matches(BRIDGE_STATE, topic)
}

/// Messages to topics below this are commands to the broker, and for no subscriber.
const CONTROL_PREFIX: &str = "$CONTROL/";

/// Whether what a client publishes there are commands.
pub(in crate::engine) fn is_control(topic: &str) -> bool {
    topic.starts_with(CONTROL_PREFIX)
}

impl Policy {
    /// Whether this may be published, by all rules and by the ACLs.
    pub fn may_publish(&self, who: Who<'_>, what: What, topic: &str) -> Result<(), Denial> {
        self.rules_allow(who, what, topic)?;
        self.permits(who, Action::Publish, topic, &mut Work::default())
    }

    /// Whether the rules allow this to be published; the ACLs are asked after them. The answer is remembered: a rule here looks
    /// at its arguments and at settings, and at nothing else.
    #[inline]
    pub(super) fn rules_allow(&self, who: Who<'_>, what: What, topic: &str) -> Result<(), Denial> {
        let (able, access) = (&self.settings.capabilities, &self.settings.access);
        let (is_client, maximum_qos) = match who {
            Who::Broker => return Ok(()),
            Who::Client { listener, .. } => (true, self.of_clients(listener).maximum_qos),
            Who::Program => (false, u8::MAX),
        };
        #[cfg(test)]
        self.added.may_publish(who, what, topic)?;
        if what.qos.bits() > maximum_qos {
            return Err(Denial::Breach(Breach {
                what: "PUBLISH above the highest QoS that is taken here (maximum_qos)",
                statement: "MQTT5-3.2.2-11",
                reason: ReasonCode::QOS_NOT_SUPPORTED, // of a will, too: MQTT5-3.2.2-12
            }));
        }
        if what.retain && !able.retain_available {
            return Err(if is_client {
                Denial::Breach(Breach {
                    what: "PUBLISH with RETAIN, and nothing is retained here (retain_available)",
                    statement: "MQTT5-3.2.2-14",
                    reason: ReasonCode::RETAIN_NOT_SUPPORTED, // of a will, too: MQTT5-3.2.2-13
                })
            } else {
                let words = "it is to be retained, and capabilities.retain_available is false";
                Denial::refused(ReasonCode::RETAIN_NOT_SUPPORTED, words)
            });
        }
        let denied = |filter: &String| topic::matches(filter, topic);
        let is_denied = topic == "$SYS" || is_own(topic) || access.deny_publish.iter().any(denied);
        if is_client && is_denied {
            // MQTT311-3.3.5-2: 3.x has no error to give, so it is acknowledged as usual.
            return Err(Denial::not_allowed(Action::Publish, topic));
        }
        Ok(())
    }

    /// Whether no lane may take messages like this one. A rule of [`Policy::examine`] must have its messages called special
    /// here.
    pub(super) fn is_special(&self, what: What) -> bool {
        #[cfg(test)]
        if self.added.examine.is_some() {
            return true;
        }
        what.retain || !what.bare || self.contract.is_some()
    }

    /// Whether this very message may be published: what `may_publish` cannot say, because it depends on the payload, on the
    /// time or on a count. Called for each message that may be published and is special.
    #[allow(clippy::unused_self, reason = "a rule may ask the settings")]
    pub fn examine(
        &self,
        who: Who<'_>,
        what: What,
        payload_format: Option<bool>,
        payload: &[u8],
    ) -> Result<(), Denial> {
        #[cfg(test)]
        self.added.examine(payload)?;
        // A lane takes no packet that is long enough for this.
        if self.is_too_long(payload) {
            let reason = ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR;
            let most = self.settings.limits.max_payload_bytes;
            let words = format!(
                "the payload has {} bytes; limits.max_payload_bytes is {most}",
                payload.len()
            );
            return Err(Denial::refused(reason, words));
        }
        // Section 3.3.2.3.2 of MQTT 5.0. It is a property, so what has it is special.
        if payload_format != Some(true) || std::str::from_utf8(payload).is_ok() {
            return Ok(());
        }
        let reason = ReasonCode::PAYLOAD_FORMAT_INVALID;
        Err(match who {
            Who::Client { .. } if what.qos == QoS::AtMostOnce => Denial::Breach(Breach {
                what: "the payload is not UTF-8, although Payload Format Indicator says so",
                statement: "MQTT5 section 3.3.2.3.2",
                reason,
            }),
            Who::Client { .. } => Denial::refused(reason, "the payload is not UTF-8"),
            _ => {
                let words = "its Payload Format Indicator says that the payload is UTF-8, and it is not";
                Denial::refused(reason, words)
            }
        })
    }

    /// Whether no message may have so long a payload.
    pub fn is_too_long(&self, payload: &[u8]) -> bool {
        payload.len() > self.any_payload_fits_bytes
    }

    /// The QoS at which a subscriber gets a message.
    #[inline]
    pub fn outgoing_qos(&self, published: QoS, granted: QoS) -> QoS {
        if self.settings.session.upgrade_outgoing_qos {
            // Against MQTT5-3.8.4-8 and MQTT311-3.8.4-6, because somebody said so.
            granted
        } else {
            published.min(granted) // MQTT5-3.8.4-8, MQTT311-3.8.4-6
        }
    }

    /// Whether this may be subscribed to.
    pub fn may_subscribe(
        &self,
        who: Who<'_>,
        filter: &str,
        has_id: bool,
        work: &mut Work,
    ) -> Result<(), Denial> {
        let able = &self.settings.capabilities;
        let plain = without_group(filter);
        let unsupported = |reason, words: &'static str| Err(Denial::refused(reason, words));
        if filter.starts_with(topic::SHARE_PREFIX) && !able.shared_subscription_available {
            let reason = ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
            return unsupported(reason, "shared subscriptions are off");
        }
        if has_id && !able.subscription_identifiers_available {
            let reason = ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED;
            return unsupported(reason, "Subscription Identifiers are off");
        }
        if topic::is_wildcard(plain) && !able.wildcard_subscription_available {
            // MQTT311-3.8.3-2
            let reason = ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
            return unsupported(reason, "wildcards are off");
        }
        // As a topic, the filter is what it would select at the least: `a/+` is within `a/#`, `#` is not.
        let denied = |denied: &String| denied == plain || topic::matches(denied, plain);
        if self.settings.access.deny_subscribe.iter().any(denied) {
            return Err(Denial::not_allowed(Action::Subscribe, filter));
        }
        self.permits(who, Action::Subscribe, plain, work)
    }
}
