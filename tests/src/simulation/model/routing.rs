//! Who must get a message, and how.

use std::rc::Rc;

use broker::wire::{QoS, ReasonCode};

use super::{Check, Expect, Float, Model, Msg, Session, Sub};
use crate::simulation::message::{selects, shared_filter};

impl Model {
    /// Everybody whom the message concerns now expects it. Returns what its publisher is to be told.
    pub(super) fn route(&mut self, msg: &Rc<Msg>) -> Result<ReasonCode, String> {
        let (mut matched, mut refused) = (0, 0);
        let clients: Vec<String> = self.sessions.keys().cloned().collect();
        for client in &clients {
            let session = self.session(client)?;
            // MQTT5-3.8.3-3: not to the client that published it.
            let subs: Vec<Sub> = session
                .subs
                .iter()
                .filter(|(filter, sub)| {
                    shared_filter(filter).is_none()
                        && selects(filter, &msg.topic)
                        && !(sub.no_local && *client == msg.publisher)
                })
                .map(|(_, sub)| *sub)
                .collect();
            // MQTT5-3.3.4-2 to -4, MQTT311-3.3.5-1: one copy, the highest QoS, every identifier.
            let Some(granted) = subs.iter().map(|sub| sub.qos).max() else {
                continue;
            };
            let mut ids: Vec<u32> = subs.iter().filter_map(|sub| sub.id).collect();
            ids.sort_unstable();
            let expect = Expect {
                msg: msg.clone(),
                qos: granted.min(msg.qos),
                retain: msg.retain && subs.iter().any(|sub| sub.retain_as_published),
                ids,
                at_once: false,
                of_store: false,
                optional: false,
            };
            matched += 1;
            if !self.expect(client, expect)? {
                refused += 1;
            }
        }
        matched += self.route_shared(msg);
        Ok(match (matched, refused) {
            (0, _) => ReasonCode::NO_MATCHING_SUBSCRIBERS,
            (all, refused) if all == refused => ReasonCode::QUOTA_EXCEEDED,
            _ => ReasonCode::SUCCESS,
        })
    }

    /// One session expects a message; `false` if its queue has no room.
    fn expect(&mut self, client: &str, mut expect: Expect) -> Result<bool, String> {
        let settings = self.settings.session.clone();
        let window = self
            .sessions
            .get(client)
            .and_then(|s| s.conn)
            .and_then(|n| self.conns.get(&n))
            .map(|c| c.window);
        let number = self.sessions.get(client).and_then(|session| session.conn);
        let too_large = number.is_some_and(|number| self.too_large(number, &expect).0);
        let session = self.session(client)?;
        if expect.qos == QoS::AtMostOnce {
            let behind_others = session
                .pending
                .iter()
                .any(|other| other.qos == QoS::AtMostOnce && !other.at_once);
            match window {
                None if !settings.queue_qos0 => return Ok(true),
                Some(_) if !behind_others => {
                    expect.at_once = true;
                    session.pending.push(expect);
                    return Ok(true);
                }
                // Those may be gone as too large; then this one went out at once, or was too large itself.
                _ => expect.optional = too_large,
            }
        }
        let waiting = session.pending.iter().filter(|other| !other.at_once).count();
        let room = match window {
            Some(window) if session.first_unsent().is_none() => window.saturating_sub(session.counted()),
            _ => 0,
        };
        if waiting >= room && waiting - room >= settings.max_queued_messages as usize {
            return Ok(false);
        }
        session.pending.push(expect);
        Ok(true)
    }

    /// A SUBSCRIBE brings what is retained (MQTT5-3.3.1-9, MQTT311-3.3.1-6, -8).
    pub(super) fn expect_retained(&mut self, client: &str, filter: &str, sub: Sub) -> Check {
        let matching: Vec<_> = self
            .retained
            .values()
            .filter(|msg| selects(filter, &msg.topic) && !(sub.no_local && msg.publisher == client))
            .cloned()
            .collect();
        for msg in matching {
            let qos = msg.qos.min(sub.qos);
            let ids = sub.id.into_iter().collect();
            self.expect(
                client,
                Expect {
                    msg,
                    qos,
                    retain: true,
                    ids,
                    at_once: false,
                    of_store: true,
                    optional: false,
                },
            )?;
        }
        Ok(())
    }

    /// Each matching shared subscription has one more message to give to one of its members; says how many do.
    fn route_shared(&mut self, msg: &Rc<Msg>) -> usize {
        let mut filters: Vec<String> = self
            .sessions
            .values()
            .flat_map(|session| session.subs.keys())
            .filter(|filter| shared_filter(filter).is_some_and(|plain| selects(plain, &msg.topic)))
            .cloned()
            .collect();
        filters.sort_unstable();
        filters.dedup();
        for filter in &filters {
            self.float(msg, filter);
        }
        filters.len()
    }

    /// One member of the shared subscription must get the message.
    pub(super) fn float(&mut self, msg: &Rc<Msg>, filter: &str) {
        let may_vanish = self.may_vanish(msg, filter);
        self.floats.push(Float {
            msg: msg.clone(),
            filter: filter.to_owned(),
            may_vanish,
            since: self.inbound_count,
        });
    }

    /// Whether the member that gets the message may be one that is away and gets it at QoS 0.
    fn may_vanish(&self, msg: &Msg, filter: &str) -> bool {
        let mut members = self.members(filter);
        !self.settings.session.queue_qos0
            && members.clone().all(|(_, session)| session.conn.is_none())
            && members.any(|(_, session)| session.subs[filter].qos.min(msg.qos) == QoS::AtMostOnce)
    }

    /// The members of a shared subscription.
    pub(super) fn members<'a>(
        &'a self,
        filter: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Session)> + Clone + 'a {
        self.sessions
            .iter()
            .filter(move |(_, session)| session.subs.contains_key(filter))
    }

    /// A member left the shared subscription: what it still had to get is for the others, or for nobody.
    pub(super) fn member_left(&mut self, filter: &str) {
        let none_left = self.members(filter).next().is_none();
        if none_left {
            self.floats.retain(|float| float.filter != filter);
            return;
        }
        for mut float in std::mem::take(&mut self.floats) {
            if float.filter == filter {
                float.may_vanish |= self.may_vanish(&float.msg, filter);
            }
            self.floats.push(float);
        }
    }
}
