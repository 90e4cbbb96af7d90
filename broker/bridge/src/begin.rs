//! How the two connections begin: CONNECT, CONNACK, subscriptions.

use std::time::Duration;

use broker_core::time::Time;
use broker_core::wire::{
    ConnAck, Connect, ConnectProperties, FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS,
    ReasonCode, RetainHandling, Subscribe, SubscriptionOptions, Unsubscribe, Version, Will, WillProperties,
};

use crate::bridge::Bridge;
use crate::leg::Side;
use crate::link::{Own, Takes};
use crate::plan::Start;
use crate::status::{Phase, Told};

/// Some brokers take no more filters in one packet.
const FILTERS_AT_ONCE: usize = 8;

impl Bridge {
    pub(crate) fn say_connect_here(&mut self) {
        let login = &self.plan.local;
        // What is unacknowledged here is what is unacknowledged there.
        let most = self
            .link
            .remote
            .receive_maximum
            .min(self.plan.max_inflight.max(1));
        let connect = Connect {
            version: Version::V5,
            bridge: false,
            clean_start: self.plan.local_clean,
            keep_alive_secs: 0,
            client_id: &login.client_id,
            will: None,
            username: login.username.as_deref(),
            password: login.password.as_deref().map(str::as_bytes),
            properties: ConnectProperties {
                session_expiry_secs: (!self.plan.local_clean).then_some(u32::MAX),
                receive_maximum: (most != u16::MAX).then_some(most),
                ..ConnectProperties::default()
            },
        };
        let mut out = Vec::new();
        Packet::Connect(Box::new(connect)).encode(Version::V5, &mut out);
        self.local.out.append(&mut out);
    }

    pub(crate) fn say_connect_there(&mut self) {
        let (plan, login) = (&self.plan, &self.plan.remote);
        let notified = plan.notification.as_ref().filter(|it| !it.local_only);
        let takes = &self.local_takes;
        let most = plan
            .receive_maximum
            .unwrap_or(u16::MAX)
            .min(takes.receive_maximum);
        let connect = Connect {
            version: plan.version,
            bridge: self.private.get(self.address).copied().unwrap_or_default(),
            clean_start: plan.clean,
            keep_alive_secs: plan.keep_alive_secs,
            client_id: &login.client_id,
            will: notified.map(|it| Will {
                topic: &it.topic,
                payload: b"0",
                qos: QoS::AtLeastOnce,
                retain: true,
                properties: WillProperties::default(),
            }),
            username: login.username.as_deref(),
            password: login.password.as_deref().map(str::as_bytes),
            properties: ConnectProperties {
                session_expiry_secs: (!plan.clean && plan.session_expiry_secs > 0)
                    .then_some(plan.session_expiry_secs),
                receive_maximum: (most != u16::MAX).then_some(most),
                maximum_packet_size: u32::try_from(takes.packet_bytes).ok(),
                ..ConnectProperties::default()
            },
        };
        let mut out = Vec::new();
        Packet::Connect(Box::new(connect)).encode(plan.version, &mut out);
        self.keep_alive = Duration::from_secs(u64::from(plan.keep_alive_secs));
        self.remote.out.append(&mut out);
    }

    /// The other broker answers CONNECT.
    pub(crate) fn accepted_there(&mut self, now: Time, connack: &ConnAck<'_>) {
        if connack.reason.is_error() {
            let is_version = connack.reason == ReasonCode::UNSUPPORTED_PROTOCOL_VERSION;
            if is_version && self.falls_back() {
                // The connection ends, and the same address is asked again.
                self.remote.closing = true;
                return;
            }
            return self.lose(now, refusal(connack));
        }
        self.remote.accepted = true;
        self.link.remote = Takes::of(&connack.properties);
        if let Some(most) = self.plan.max_packet_bytes {
            self.link.remote.packet_bytes = self.link.remote.packet_bytes.min(most);
        }
        // 3.1 does not say it.
        let is_present = connack.session_present || (self.plan.version == Version::V31 && !self.plan.clean);
        self.link.resumed = is_present && !self.anew_there;
        if let Some(secs) = connack.properties.server_keep_alive_secs {
            self.keep_alive = Duration::from_secs(u64::from(secs));
        }
        self.say_own_there();
    }

    /// Subscriptions in the other broker, and the word that the bridge is there.
    fn say_own_there(&mut self) {
        let mut id = u16::MAX;
        if !self.plan.clean {
            let mut filters = self.stale_there.clone();
            if self.plan.unsubscribe {
                filters.extend(self.plan.topics.remote_unwanted().map(str::to_owned));
            }
            for filters in filters.chunks(FILTERS_AT_ONCE) {
                let packet_id = self.own_id(&mut id, Own::Other);
                let filters = filters.iter().map(String::as_str).collect();
                let user = Vec::new();
                self.write(
                    Side::Remote,
                    &Packet::Unsubscribe(Unsubscribe {
                        packet_id,
                        user,
                        filters,
                    }),
                );
            }
        }
        let most = self.local_takes.qos;
        let filters: Vec<(String, QoS)> = self
            .plan
            .topics
            .remote()
            .map(|(it, qos)| (it.to_owned(), qos.min(most)))
            .collect();
        for filters in filters.chunks(FILTERS_AT_ONCE) {
            let names = filters.iter().map(|(filter, _)| filter.clone()).collect();
            let packet_id = self.own_id(&mut id, Own::Subscribe(names));
            let packet = subscribe(packet_id, filters, RetainHandling::Always);
            self.write(Side::Remote, &packet);
        }
        let notified = self.plan.notification.clone().filter(|it| !it.local_only);
        if let Some(it) = notified {
            // At QoS 0: it would be one more beside as many as that broker takes. If it is lost, so is the link.
            let publish = Publish {
                dup: false,
                qos: QoS::AtMostOnce,
                retain: self.link.remote.retain,
                topic: &it.topic,
                packet_id: None,
                properties: PublishProperties::default(),
                payload: b"1",
            };
            self.write(Side::Remote, &Packet::Publish(publish));
        }
        self.link.remote_ready = self.link.own.is_empty();
    }

    /// An identifier for a packet of the bridge's own that nothing under way there has.
    fn own_id(&mut self, last: &mut u16, own: Own) -> PacketId {
        let id = loop {
            let id = self.there(*last);
            *last -= 1;
            if !self.left_there.contains(&id.get()) || *last == 0 {
                break id;
            }
        };
        self.link.own.insert(id.get(), own);
        id
    }

    /// A packet of the bridge's own is acknowledged.
    pub(crate) fn own_acknowledged(&mut self, now: Time, id: PacketId, reasons: &[ReasonCode]) {
        match self.link.own.remove(&id.get()) {
            None => return,
            Some(Own::Other) => {}
            Some(Own::Subscribe(filters)) => self.tell_refused(true, &filters, reasons),
        }
        self.link.remote_ready = self.link.own.is_empty();
        self.is_up(now);
    }

    /// Our broker answers CONNECT.
    pub(crate) fn accepted_here(&mut self, now: Time, connack: &ConnAck<'_>) {
        if connack.reason.is_error() {
            return self.lose(
                now,
                format!("our broker does not let it in: {}", refusal(connack)),
            );
        }
        self.local.accepted = true;
        self.local_takes = Takes::of(&connack.properties);
        if !connack.session_present {
            // Its identifiers begin anew: they are not to be taken for those before.
            self.inbound.clear();
            (self.offset, self.is_drawn) = (self.chance.below(65_535) as u16, true);
        }
        let begins = self.phase == Phase::Beginning;
        let handling = if begins {
            RetainHandling::Never
        } else {
            RetainHandling::Always
        };
        let filters: Vec<(String, QoS)> = self
            .plan
            .topics
            .local()
            .map(|(it, qos)| (it.to_owned(), qos))
            .collect();
        let mut last = u16::MAX;
        let stale = std::mem::take(&mut self.stale_here);
        for filters in stale.chunks(FILTERS_AT_ONCE) {
            let packet = Packet::Unsubscribe(Unsubscribe {
                packet_id: self.own_id_here(&mut last),
                user: Vec::new(),
                filters: filters.iter().map(String::as_str).collect(),
            });
            self.write(Side::Local, &packet);
        }
        for filters in filters.chunks(FILTERS_AT_ONCE) {
            let packet = subscribe(self.own_id_here(&mut last), filters, handling);
            self.link
                .subscribing
                .push_back(filters.iter().map(|(filter, _)| filter.clone()).collect());
            self.write(Side::Local, &packet);
        }
        self.anew_there &= begins;
        if !begins && !self.link.resumed {
            // The other broker has forgotten what it was sending: the same identifiers are other messages from now on.
            for id in std::mem::take(&mut self.inbound).ids() {
                self.release_here(id);
            }
        }
        self.link.local_ready = self.link.subscribing.is_empty();
        self.is_up(now);
    }

    /// An identifier for a packet of the bridge's own to our broker that nothing under way there has.
    fn own_id_here(&self, last: &mut u16) -> PacketId {
        while self.inbound.contains(*last) && *last > 1 {
            *last -= 1;
        }
        let id = PacketId::new(*last).unwrap_or(PacketId::MIN);
        *last = last.saturating_sub(1).max(1);
        id
    }

    /// Our broker answers SUBSCRIBE.
    pub(crate) fn subscribed_here(&mut self, now: Time, reasons: &[ReasonCode]) {
        if let Some(filters) = self.link.subscribing.pop_front() {
            self.tell_refused(false, &filters, reasons);
        }
        self.link.local_ready = self.link.subscribing.is_empty();
        self.is_up(now);
    }

    fn tell_refused(&mut self, remote: bool, filters: &[String], reasons: &[ReasonCode]) {
        for (filter, reason) in filters
            .iter()
            .zip(reasons)
            .filter(|(_, reason)| reason.is_error())
        {
            let (filter, why) = (filter.clone(), reason.to_string());
            self.tell(Told::NotSubscribed { remote, filter, why });
        }
    }

    /// Looks whether all that a beginning takes is there.
    fn is_up(&mut self, now: Time) {
        match self.phase {
            Phase::Beginning if self.local.accepted && self.link.local_ready => {
                self.has_session = true;
                self.local.inbox.clear();
                self.leave_here();
                if matches!(self.plan.start, Start::Lazy { .. }) {
                    self.enter(now, Phase::Asleep);
                    self.tell(Told::Asleep);
                } else {
                    self.enter(now, Phase::Connecting);
                }
            }
            Phase::Connecting if self.local.accepted && self.link.local_ready && self.link.remote_ready => {
                self.has_session = true;
                self.left_there.clear();
                self.stale_there.clear();
                self.enter(now, Phase::Connected);
                self.tell(Told::Connected {
                    address: self.address,
                    version: self.plan.version,
                    private: self.private.get(self.address).copied().unwrap_or_default(),
                    resumed: self.link.resumed,
                });
            }
            _ => {}
        }
    }

    /// The session is made; it stays without a connection until there is a link.
    fn leave_here(&mut self) {
        let properties = broker_core::wire::DisconnectProperties::default();
        let reason = ReasonCode::SUCCESS;
        self.write(
            Side::Local,
            &Packet::Disconnect(broker_core::wire::Disconnect { reason, properties }),
        );
        self.local.closing = true;
    }
}

/// SUBSCRIBE as a bridge means it: what it publishes itself does not come back, and RETAIN is as the publisher set it.
fn subscribe(packet_id: PacketId, filters: &[(String, QoS)], retain_handling: RetainHandling) -> Packet<'_> {
    Packet::Subscribe(Subscribe {
        packet_id,
        subscription_id: None,
        user: Vec::new(),
        filters: filters
            .iter()
            .map(|(filter, qos)| FilterRequest {
                filter,
                options: SubscriptionOptions {
                    qos: *qos,
                    no_local: true,
                    retain_as_published: true,
                    retain_handling,
                },
            })
            .collect(),
    })
}

fn refusal(connack: &ConnAck<'_>) -> String {
    match connack.properties.reason_string {
        Some(why) => format!("{} ({why})", connack.reason),
        None => connack.reason.to_string(),
    }
}
