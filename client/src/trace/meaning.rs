//! What a packet means in a sentence, and why the next one follows.

use std::collections::HashMap;

use super::reasons::{connack_meaning, reason_meaning};
use crate::codec::{Ack, Incoming, Sent};
use crate::connection::Crossing;
use crate::output::named;
use crate::packet::{ConnAckProperties, Publish, QoS};
use crate::plan::{Connection, Version};
use crate::reason::reason_words;

/// What the trace remembers of the exchange, so that it can name the message that an acknowledgement is for.
#[derive(Debug)]
pub(super) struct Exchange {
    version: Version,
    keep_alive_secs: u16,
    clean: bool,
    will: bool,
    /// Topics of messages of ours that are not acknowledged.
    outbound: HashMap<u16, String>,
    /// Topics of messages of QoS 2 from the broker that are not released.
    inbound: HashMap<u16, String>,
    /// Filters that were asked for, by packet identifier.
    requests: HashMap<u16, Vec<String>>,
}

/// A meaning, and whether it is bad news.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) text: String,
    pub(super) bad: bool,
}

fn good(text: impl Into<String>) -> Meaning {
    Meaning {
        text: text.into(),
        bad: false,
    }
}

fn bad(text: impl Into<String>) -> Meaning {
    Meaning {
        text: text.into(),
        bad: true,
    }
}

impl Exchange {
    pub(super) fn new(plan: &Connection) -> Self {
        Self {
            version: plan.version,
            keep_alive_secs: plan.keep_alive_secs,
            clean: plan.clean,
            will: plan.will.is_some(),
            outbound: HashMap::new(),
            inbound: HashMap::new(),
            requests: HashMap::new(),
        }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Whether acknowledgements carry reason codes.
    pub(super) fn has_codes(&self) -> bool {
        self.version == Version::V5
    }

    pub(super) fn meaning(&mut self, crossing: Crossing<'_>) -> Meaning {
        match crossing {
            Crossing::Sent(packet) => good(self.sent(packet)),
            Crossing::Received(packet) => self.received(packet),
        }
    }

    fn sent(&mut self, packet: Sent<'_>) -> String {
        match packet {
            Sent::Connect(plan) => {
                let session = if plan.clean {
                    "Hello. We ask for a new session; an older one of this client is thrown away."
                } else {
                    "Hello. We ask for the session that this client left behind, if the broker still has it."
                };
                let alive = match plan.keep_alive_secs {
                    0 => " Keep alive is off: we may be silent as long as we like.".to_owned(),
                    seconds => format!(" At least every {seconds} s it will hear from us."),
                };
                let will = if plan.will.is_some() {
                    " Should we vanish without a goodbye, it publishes our will."
                } else {
                    ""
                };
                let name = if plan.client_id.is_empty() {
                    " The broker may choose our client identifier."
                } else {
                    ""
                };
                format!("{session}{name}{alive}{will} It must answer with CONNACK.")
            }
            Sent::Publish(publish) => self.publish(publish),
            Sent::PubAck(id) => format!("We have message {id}: the broker can forget it."),
            Sent::PubRec(id) => format!(
                "Step 2 of 4. We have message {id} and remember its number, so that a second copy would be noticed. \
                 Now the broker must release it with PUBREL."
            ),
            Sent::PubRel(id) => format!(
                "Step 3 of 4. The broker has message {id}, so we never send it again. It can forget the number; PUBCOMP \
                 must say that it did."
            ),
            Sent::PubComp(id) => {
                format!("Step 4 of 4. Number {id} is free again: the message came exactly once.")
            }
            Sent::Subscribe(subscribe) => {
                let filters: Vec<String> = subscribe
                    .filters
                    .iter()
                    .map(|filter| filter.path.clone())
                    .collect();
                let uses = |wildcard| {
                    filters
                        .iter()
                        .any(|filter| filter.split('/').any(|level| level == wildcard))
                };
                let one = if uses("+") {
                    " + stands for one level of any name."
                } else {
                    ""
                };
                let all = if uses("#") {
                    " # stands for all levels that follow."
                } else {
                    ""
                };
                self.requests.insert(subscribe.pkid, filters);
                format!(
                    "We ask for every message to these topics.{one}{all} The QoS is the highest we want them with. SUBACK \
                     must answer."
                )
            }
            Sent::Unsubscribe(unsubscribe) => {
                self.requests
                    .insert(unsubscribe.pkid, unsubscribe.filters.clone());
                "We no longer want these. UNSUBACK must answer.".to_owned()
            }
            Sent::PingReq => format!(
                "We have sent nothing for {} s, so we show that we are alive. PINGRESP must answer.",
                self.keep_alive_secs
            ),
            Sent::Disconnect(code, _) => {
                let will = match (self.will, code as u8) {
                    (true, 4) => " Our will is to be published all the same.",
                    (true, _) => " The broker throws our will away.",
                    _ => "",
                };
                let session = if self.clean || self.version == Version::V5 {
                    ""
                } else {
                    " It keeps our session and collects messages of QoS 1 and 2 until we come back."
                };
                format!("Goodbye: a clean end, nothing follows.{will}{session}")
            }
        }
    }

    fn publish(&mut self, publish: &Publish) -> String {
        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
        let again = if publish.dup {
            "Sent again, as the connection was lost before it was acknowledged. "
        } else {
            ""
        };
        let retain = match (publish.retain, publish.payload.is_empty()) {
            (true, true) => " Empty and retained: the broker forgets what it had retained for this topic.",
            (true, false) => " The broker also keeps it, for those who subscribe later.",
            _ => "",
        };
        if publish.qos != QoS::AtMostOnce {
            self.outbound.insert(publish.pkid, topic);
        }
        let step = match publish.qos {
            QoS::AtMostOnce => "At most once: sent and forgotten, nothing acknowledges it.".to_owned(),
            QoS::AtLeastOnce => format!(
                "At least once: we keep message {} until the broker says with PUBACK that it has it.",
                publish.pkid
            ),
            QoS::ExactlyOnce => format!(
                "Exactly once, step 1 of 4. We keep message {} until the broker says with PUBREC that it has it.",
                publish.pkid
            ),
        };
        format!("{again}{step}{retain}")
    }

    fn received(&mut self, packet: &Incoming) -> Meaning {
        match packet {
            Incoming::ConnAck {
                session_present,
                code: 0,
                properties,
            } => good(format!(
                "{}{}",
                if *session_present {
                    "The broker lets us in. It still has our session: subscriptions stand, and messages on their way go on."
                } else {
                    "The broker lets us in. It has no older session of ours, so there are no subscriptions yet."
                },
                properties.as_deref().map(terms).unwrap_or_default()
            )),
            Incoming::ConnAck { code, .. } => bad(format!(
                "The broker refuses us and closes the connection. {}",
                connack_meaning(self.version, *code)
            )),
            Incoming::Publish(delivery) => good(self.delivery(&delivery.publish)),
            Incoming::PubAck(ack) => {
                let what = self.acknowledged(ack);
                if ack.code >= 0x80 {
                    return bad(format!(
                        "The broker does not take {what}. {}",
                        reason_meaning(ack.code)
                    ));
                }
                good(format!(
                    "The broker has {what}, so we can forget it. Done.{}",
                    nobody(ack)
                ))
            }
            Incoming::PubRec(ack) if ack.code >= 0x80 => {
                let what = self.acknowledged(ack);
                bad(format!(
                    "The broker does not take {what}; the handshake ends here. {}",
                    reason_meaning(ack.code)
                ))
            }
            Incoming::PubRec(ack) => good(format!(
                "Step 2 of 4. The broker has message {} and will notice a second copy. Next we release it.{}",
                ack.id,
                nobody(ack)
            )),
            Incoming::PubRel(ack) => {
                let topic = self.inbound.remove(&ack.id);
                let topic = topic
                    .map(|topic| format!(" ('{}')", named(&topic)))
                    .unwrap_or_default();
                good(format!(
                    "Step 3 of 4. The broker knows that we have message {}{topic} and will not send it again. Now it is \
                     handed on.",
                    ack.id
                ))
            }
            Incoming::PubComp(ack) => {
                let what = self.acknowledged(ack);
                if ack.code >= 0x80 {
                    return bad(format!(
                        "The broker does not know {what}. {}",
                        reason_meaning(ack.code)
                    ));
                }
                good(format!(
                    "Step 4 of 4. The broker has {what} exactly once, and the number is free again. Done."
                ))
            }
            Incoming::SubAck(id, codes, _) => self.subscribed(*id, codes),
            Incoming::UnsubAck(id, codes) => {
                self.requests.remove(id);
                if codes.contains(&0x11) {
                    good("There was no such subscription.")
                } else if let Some(code) = codes.iter().find(|code| **code >= 0x80) {
                    bad(format!("Refused. {}", reason_meaning(*code)))
                } else {
                    good("The broker sends us no more of these.")
                }
            }
            Incoming::PingResp => good("The broker is alive, too."),
            Incoming::Disconnect(code, _) => bad(format!(
                "The broker ends the connection: {}. {}",
                reason_words(*code),
                reason_meaning(*code)
            )),
        }
    }

    fn acknowledged(&mut self, ack: &Ack) -> String {
        match self.outbound.remove(&ack.id) {
            Some(topic) if !topic.is_empty() => format!("message {} ('{}')", ack.id, named(&topic)),
            _ => format!("message {}", ack.id),
        }
    }

    fn delivery(&mut self, publish: &Publish) -> String {
        let what = match (publish.retain, publish.dup) {
            (true, _) => "A retained message: it was published before we subscribed.",
            (_, true) => "A message that the broker has sent before, as it did not hear that we have it.",
            _ => "A message to a topic that we subscribe to.",
        };
        let step = match publish.qos {
            QoS::AtMostOnce => "At QoS 0 we answer nothing.".to_owned(),
            QoS::AtLeastOnce => format!("The broker keeps message {} until our PUBACK.", publish.pkid),
            QoS::ExactlyOnce => {
                let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                self.inbound.insert(publish.pkid, topic);
                format!(
                    "Exactly once, step 1 of 4: the broker keeps message {} until our PUBREC.",
                    publish.pkid
                )
            }
        };
        format!("{what} {step}")
    }

    fn subscribed(&mut self, id: u16, codes: &[u8]) -> Meaning {
        let filters = self.requests.remove(&id).unwrap_or_default();
        let refused = filters.iter().zip(codes).filter(|(_, code)| **code >= 0x80);
        let refused: Vec<String> = refused
            .map(|(filter, code)| format!("'{}' is refused: {}.", named(filter), reason_words(*code)))
            .collect();
        if refused.is_empty() {
            return good(
                "From now on the broker sends us what matches. First come the retained messages, if there are any.",
            );
        }
        let meaning = codes
            .iter()
            .find(|code| **code >= 0x80)
            .map(|code| reason_meaning(*code));
        bad(format!("{} {}", refused.join(" "), meaning.unwrap_or_default()))
    }
}

/// Version 5: what the broker lays down in CONNACK.
fn terms(all: &ConnAckProperties) -> String {
    let mut out = String::new();
    let mut add = |text: Option<String>| {
        if let Some(text) = text {
            out.push(' ');
            out.push_str(&text);
        }
    };
    add(all
        .assigned_client_identifier
        .as_ref()
        .map(|id| format!("It calls us '{}'.", named(id))));
    add(all
        .server_keep_alive
        .map(|seconds| format!("It wants to hear from us every {seconds} s.")));
    add(all
        .receive_max
        .map(|count| format!("It takes {count} messages of QoS 1 and 2 at once.")));
    add(all.max_qos.map(|qos| format!("It takes no QoS above {qos}.")));
    add(all
        .max_packet_size
        .map(|bytes| format!("It takes packets of up to {bytes} bytes.")));
    add(all
        .topic_alias_max
        .filter(|count| *count > 0)
        .map(|count| format!("Topics may have up to {count} aliases.")));
    if all.retain_available == Some(0) {
        add(Some("It retains no messages.".to_owned()));
    }
    out
}

fn nobody(ack: &Ack) -> &'static str {
    if ack.code == 0x10 {
        " At the moment nobody subscribes to its topic."
    } else {
        ""
    }
}
