//! Whether the parts of a snapshot fit together, and whether MQTT allows them.

use std::collections::{HashMap, HashSet};

use super::{Delivery, Message, Session, Snapshot, SnapshotError, VERSION, Will};
use crate::topic::{self, Share};
use crate::wire::QoS;

type Checked = Result<(), SnapshotError>;

impl Snapshot {
    /// Whether it can be put back: every place and name is valid, and nothing is there twice.
    ///
    /// # Errors
    /// It cannot be put back; the error says where and why.
    pub fn check(&self) -> Checked {
        if self.version != VERSION {
            return Err(SnapshotError::Version {
                found: self.version.into(),
                expected: VERSION,
            });
        }
        for (n, message) in self.messages.iter().enumerate() {
            check_message(message, &format!("messages[{n}]"))?;
        }
        self.check_retained()?;
        let mut clients = HashMap::new();
        for (n, session) in self.sessions.iter().enumerate() {
            let key = format!("sessions[{n}]");
            if session.client_id.is_empty() {
                return wrong(
                    format!("{key}.client_id"),
                    "a client identifier is never empty here",
                );
            }
            if clients.insert(session.client_id.as_str(), session).is_some() {
                return wrong(
                    format!("{key}.client_id"),
                    format!("{:?} has a session already", session.client_id),
                );
            }
            self.check_session(session, &key)?;
        }
        for (n, group) in self.shared.iter().enumerate() {
            let key = format!("shared[{n}]");
            if !matches!(Share::parse(&group.filter), Ok(Some(_))) {
                return wrong(
                    format!("{key}.filter"),
                    format!("{:?} is not `$share/name/filter`", group.filter),
                );
            }
            for (m, member) in group.members.iter().enumerate() {
                let holds = clients.get(member.as_str()).is_some_and(|session| {
                    session
                        .subscriptions
                        .iter()
                        .any(|subscription| subscription.filter == group.filter)
                });
                if !holds {
                    return wrong(
                        format!("{key}.members[{m}]"),
                        format!("no session {member:?} is subscribed to {:?}", group.filter),
                    );
                }
            }
            if group.turn > group.members.len() {
                return wrong(
                    format!("{key}.turn"),
                    format!("{} is beyond its {} members", group.turn, group.members.len()),
                );
            }
        }
        Ok(())
    }

    fn check_retained(&self) -> Checked {
        let mut topics = HashSet::new();
        for (n, place) in self.retained.iter().enumerate() {
            let key = || format!("retained[{n}]");
            let message = self.at(*place, &key)?;
            if message.payload.0.is_empty() {
                return wrong(
                    key(),
                    "an empty message is never retained: it would clear its topic",
                );
            }
            if !topics.insert(&message.topic) {
                return wrong(
                    key(),
                    format!("{:?} has a retained message already", message.topic),
                );
            }
        }
        Ok(())
    }

    fn check_session(&self, session: &Session, key: &str) -> Checked {
        if let Some(will) = &session.will {
            check_will(will, &format!("{key}.will"))?;
        }
        let mut filters = HashSet::new();
        for (n, subscription) in session.subscriptions.iter().enumerate() {
            let key = format!("{key}.subscriptions[{n}].filter");
            let filter = subscription.filter.as_str();
            let valid = match Share::parse(filter) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => topic::validate_filter(filter),
                Err(error) => Err(error),
            };
            if let Err(error) = valid {
                return wrong(key, format!("{filter:?} is no topic filter: {error}"));
            }
            if !filters.insert(filter) {
                return wrong(key, format!("it is subscribed to {filter:?} already"));
            }
        }
        let mut packet_ids = HashSet::new();
        for (n, exchange) in session.inflight.iter().enumerate() {
            let key = format!("{key}.inflight[{n}]");
            if !packet_ids.insert(exchange.packet_id) {
                return wrong(
                    format!("{key}.packet_id"),
                    format!("{} is in use already", exchange.packet_id),
                );
            }
            let Some(delivery) = &exchange.publish else {
                continue;
            };
            self.check_delivery(delivery, &format!("{key}.publish"))?;
            if delivery.qos == QoS::AtMostOnce {
                return wrong(
                    format!("{key}.publish.qos"),
                    "QoS 0 is never acknowledged; expected 1 or 2",
                );
            }
        }
        for (n, delivery) in session.queued.iter().enumerate() {
            self.check_delivery(delivery, &format!("{key}.queued[{n}]"))?;
        }
        Ok(())
    }

    fn check_delivery(&self, delivery: &Delivery, key: &str) -> Checked {
        self.at(delivery.message, &|| format!("{key}.message"))?;
        match delivery.shared.as_deref().map(Share::parse) {
            None | Some(Ok(Some(_))) => Ok(()),
            Some(_) => wrong(format!("{key}.shared"), "it is not `$share/name/filter`"),
        }
    }

    fn at(&self, place: usize, key: &dyn Fn() -> String) -> Result<&Message, SnapshotError> {
        self.messages.get(place).ok_or_else(|| SnapshotError::Content {
            key: key(),
            what: format!(
                "there is no message {place}: `messages` has {}, counted from 0",
                self.messages.len()
            ),
        })
    }
}

fn check_message(message: &Message, key: &str) -> Checked {
    check_name(&message.topic, format!("{key}.topic"))?;
    match &message.properties.response_topic {
        Some(topic) => check_name(topic, format!("{key}.properties.response_topic")),
        None => Ok(()),
    }
}

fn check_will(will: &Will, key: &str) -> Checked {
    check_name(&will.topic, format!("{key}.topic"))
}

fn check_name(name: &str, key: String) -> Checked {
    topic::validate_name(name).or_else(|error| wrong(key, format!("{name:?} is no topic name: {error}")))
}

fn wrong(key: String, what: impl Into<String>) -> Checked {
    Err(SnapshotError::Content {
        key,
        what: what.into(),
    })
}
