//! CONNECT: who may come in, and with which session (section 3.1.4 of both standards).

use std::sync::Arc;
use std::time::Duration;

use super::authentication::Looked;
use super::conn::{ClientLimits, KeepAlive, Live, Phase};
use super::contest::Contest;
use super::keeping::UNKEPT;
use super::objection::client_id_of;
use super::{CloseReason, ConnId, Engine, Event, Timer, work};
use crate::access::Acl;
use crate::session::{ListenerId, NEVER_EXPIRES, SessionKey, Will};
use crate::time::Time;
use crate::topic::MountPoint;
use crate::wire::{self, ConnAck, ConnAckProperties, Connect, Packet, QoS, ReasonCode, Version};

/// What an authentication brings to an accepted CONNECT.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// Who the client proved to be.
    pub user: Option<Arc<str>>,
    /// What this client alone may do.
    pub acl: Option<Acl>,
    /// Authentication Data of the last step, for CONNACK.
    pub data: Option<Vec<u8>>,
}

impl Admitted {
    /// A client of this name, without more.
    pub fn named(user: Option<Arc<str>>) -> Self {
        Self {
            user,
            ..Self::default()
        }
    }
}

impl Engine {
    pub(super) fn on_connect(&mut self, now: Time, id: ConnId, connect: &Connect<'_>, raw: &[u8]) {
        self.log.stats.connects_received += 1;
        self.work.spend(work::CONNECT);
        let mut limits = client_limits(connect, &self.settings);
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        limits.is_mounted = !self.policy.of_clients(conn.listener).mount_point.is_empty();
        conn.version = connect.version;
        conn.limits = limits;
        let named = client_id_of(conn, &self.policy, connect);
        // Known now, so that a refusal tells who was refused.
        conn.client_id = Arc::from(named.unwrap_or(connect.client_id));
        conn.charge.add(conn.client_id.len());
        self.log
            .journal
            .identify(conn.source(), &conn.client_id, connect.version);
        let full = !self.has_room_for(connect);
        self.log.stats.refused_for_memory += u64::from(full);
        let full = full.then_some((ReasonCode::QUOTA_EXCEEDED, ""));
        let full = full.or_else(|| {
            let is_unkept = self.is_unkept(connect);
            is_unkept.then_some((ReasonCode::QUOTA_EXCEEDED, UNKEPT))
        });
        if let Some((reason, words)) = full.or_else(|| self.objection(id, connect)) {
            return self.refuse_with(now, id, reason, words);
        }
        if let Some(method) = connect.properties.authentication_method {
            return self.begin_authentication(now, id, method, connect, raw);
        }
        if connect.username.is_some() && self.refuse_guess(now, id, connect.username) {
            return;
        }
        let Some(conn) = self.conns.get(id) else { return };
        let (client_id, origin, realms) = (&conn.client_id, &conn.origin, self.policy.realms());
        match self
            .authentication
            .check_login(connect, client_id, origin, realms)
        {
            Looked::Admit(user) => self.accept(now, id, connect, Admitted::named(user)),
            Looked::Refuse(reason) => {
                if connect.username.is_some() {
                    self.login_failed(now, id, connect.username, reason);
                }
                self.refuse(now, id, reason);
            }
            Looked::Ask(asks, user) => self.put_to_check(now, id, (asks, user), raw),
        }
    }

    /// Lets the client in: takes over its older connection, finds its session, sends CONNACK and what waited for it.
    pub(super) fn accept(&mut self, now: Time, id: ConnId, connect: &Connect<'_>, admitted: Admitted) {
        let Some(conn) = self.conns.get(id) else { return };
        let (listener, mut client_id) = (conn.listener, conn.client_id.clone());
        let user = admitted.user.as_deref();
        if self.policy.of_clients(listener).use_username_as_client_id && user != Some(&*client_id) {
            // An exchange proved another name than CONNECT said.
            let words = "the client is not the user whose name is its client identifier";
            return self.refuse_with(now, id, ReasonCode::NOT_AUTHORIZED, words);
        }
        let realm = self.policy.realms().id(&conn.origin.listener());
        if client_id.is_empty() {
            client_id = self.new_client_id(listener); // MQTT5-3.1.3-6, MQTT311-3.1.3-6
        }
        let mut kept_will = connect.will.as_ref();
        if let Some(will) = kept_will
            && let Err(denial) =
                self.may_have_will(will, connect.version, &client_id, (listener, realm, &admitted))
        {
            self.refused_will(now, client_id.clone(), will.topic, &denial);
            if !denial.is_by_acl() {
                return self.refuse(now, id, denial.reason());
            }
            // The client may come in, as with mosquitto: a device must not be shut out by a line of an ACL.
            kept_will = None;
        }
        if let Err(reason) = self.connects_by_contract(now, id, &client_id, connect) {
            return self.refuse(now, id, reason);
        }
        let contest = self.take_over(now, id, &client_id);
        let mount_point = MountPoint::new(&self.policy.of_clients(listener).mount_point);
        let (key, session_present) = self.session_for(now, &client_id, connect, mount_point.as_ref());
        let expiry_secs = granted_expiry(connect, &self.settings.session);
        let keep_alive_secs = effective_keep_alive(connect, &self.settings.session);

        let will = kept_will
            .map(|will| Will::from_wire(will, &self.room.held))
            .map(|will| will.mounted(mount_point.as_ref()));
        let Some(session) = self.sessions.attach(key, id, listener) else {
            return;
        };
        let has_own_acl = admitted.acl.is_some();
        let is_another = session_present
            && (session.user != admitted.user
                || session.realm != realm
                || session.acl.is_some()
                || has_own_acl);
        session.version = connect.version;
        session.mount_point.clone_from(&mount_point);
        session.user.clone_from(&admitted.user);
        session.realm = realm;
        session.acl.clone_from(&admitted.acl);
        session.will = will; // MQTT5-3.1.2-7, MQTT311-3.1.2-8
        session.expiry_secs = expiry_secs;
        if let Some(keeping) = &self.keeping {
            keeping.begin(key, session);
        }
        self.policy.came_as(is_another, has_own_acl);
        // It came back in time: the will of the last connection is not published, and the session does not end.
        let (will_due, expires_at) = (session.will_due.take(), session.expires_at.take()); // MQTT5-3.1.3-9
        self.timers.cancel(will_due, Timer::Will(key));
        self.timers.cancel(expires_at, Timer::SessionExpiry(key));

        if session_present {
            self.drop_unreadable(now, key);
        }

        let keep_alive = (keep_alive_secs > 0).then(|| {
            let silence_allowed = Duration::from_millis(u64::from(keep_alive_secs) * 1500);
            KeepAlive {
                silence_allowed,
                due: now + silence_allowed,
            }
        });
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if let Phase::Opening(opening) = &conn.phase {
            self.timers.cancel(opening.connect_due, Timer::Connect(id));
        }
        self.timers
            .set(keep_alive.map(|keep_alive| keep_alive.due), Timer::KeepAlive(id));
        let mut live = Live::new(key, &self.room.held);
        live.keep_alive = keep_alive;
        live.mount_point = mount_point;
        live.auth_method = connect.properties.authentication_method.map(Arc::from);
        live.bridge = connect.bridge;
        live.connect_expiry_secs = connect.properties.session_expiry_secs.unwrap_or(0);
        live.contest = contest;
        conn.phase = Phase::Live(Box::new(live));
        conn.client_id = client_id.clone();
        self.log
            .journal
            .identify(conn.source(), &client_id, connect.version);
        let stats = &mut self.log.stats;
        stats.clients_connected += 1;
        stats.clients_maximum = stats.clients_maximum.max(self.sessions.connected() as u64);

        // Before anything else to this client, and only here: MQTT5-3.2.0-1, -2; MQTT311-3.2.0-1
        self.send_connack(
            now,
            id,
            connect,
            &client_id,
            session_present,
            expiry_secs,
            keep_alive_secs,
            &admitted,
        );
        if self.log.wants_event()
            && let Some(conn) = self.conns.get(id)
        {
            let event = Event::Connected {
                conn: id,
                client_id,
                version: connect.version,
                peer: conn.origin.peer().to_owned(),
                user: admitted.user,
                clean_start: connect.clean_start,
                session_present,
                keep_alive_secs,
                way: conn.origin.way(),
                listener: conn.origin.listener(),
                tls: conn.origin.tls(),
            };
            self.event(now, || event);
        }
        self.pump(now, key);
    }

    /// The connection that the CONNECT in `bytes` would take over. What the client said there came first.
    pub fn predecessor(&self, id: ConnId, bytes: &[u8]) -> Option<ConnId> {
        let conn = self.conns.get(id)?;
        if !matches!(conn.phase, Phase::Opening(_)) {
            return None;
        }
        let length = wire::frame(bytes, usize::MAX).ok()??;
        // CONNECT says its own version.
        let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, bytes.get(..length)?) else {
            return None;
        };
        self.sessions
            .named(client_id_of(conn, &self.policy, &connect)?)?
            .conn
    }

    /// MQTT5-3.1.4-3, MQTT311-3.1.4-2: tells an older connection of the same client, and closes it.
    fn take_over(&mut self, now: Time, id: ConnId, client_id: &Arc<str>) -> Contest {
        let Some(older) = self.sessions.conn_of(client_id) else {
            return Contest::default();
        };
        let live = self.conns.live(older);
        let contest = live.map_or_else(Contest::default, |live| live.contest.taken_over(now));
        self.close(now, older, CloseReason::TakenOver);
        if let Some((takeovers, within)) = contest.news() {
            let peer = |id| {
                self.conns
                    .get(id)
                    .map(|conn| conn.origin.peer().to_owned())
                    .unwrap_or_default()
            };
            let (peer, other_peer) = (peer(id), peer(older));
            self.event(now, || Event::Contested {
                conn: id,
                client_id: client_id.clone(),
                peer,
                other_peer,
                takeovers,
                within,
            });
        }
        contest
    }

    /// Clean Start / Clean Session: the session to go on with, and whether it was there before
    /// (`MQTT5-3.1.2-4` to `-6`, `MQTT5-3.1.4-4`, `MQTT5-3.2.2-2`, `-3`; `MQTT311-3.1.4-3`; `MQTT311-3.1.2-4`, `-6`, `MQTT311-3.2.2-1` to `-3`).
    ///
    /// A session is one of its mount point: what is in it means nothing at another.
    fn session_for(
        &mut self,
        now: Time,
        client_id: &Arc<str>,
        connect: &Connect<'_>,
        mount_point: Option<&MountPoint>,
    ) -> (SessionKey, bool) {
        if let Some(key) = self.sessions.key_of(client_id) {
            let session = self.sessions.get(key);
            let fits = session.is_some_and(|session| session.mount_point.as_ref() == mount_point);
            if fits && !connect.clean_start {
                return (key, true);
            }
            self.end_session(now, key, false);
        }
        (
            self.sessions.begin(client_id, connect.version, &self.room.held),
            false,
        )
    }

    fn new_client_id(&mut self, listener: ListenerId) -> Arc<str> {
        let prefix = &self.policy.of_clients(listener).assigned_client_id_prefix;
        loop {
            let candidate: Arc<str> = Arc::from(format!("{prefix}{:016x}", self.rng.next_u64()));
            if !self.sessions.has(&candidate) {
                return candidate; // MQTT5-3.2.2-16
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn send_connack(
        &mut self,
        now: Time,
        id: ConnId,
        connect: &Connect<'_>,
        client_id: &str,
        session_present: bool,
        expiry_secs: u32,
        keep_alive_secs: u16,
        admitted: &Admitted,
    ) {
        let settings = self.settings.clone();
        let able = &settings.capabilities;
        let listener = self.conns.get(id).map(|conn| conn.listener).unwrap_or_default();
        let rules = self.policy.of_clients(listener);
        // Only what differs from the standard's default is said. 3.x has no properties at all.
        let properties = ConnAckProperties {
            session_expiry_secs: Some(expiry_secs)
                .filter(|granted| *granted != connect.properties.session_expiry_secs.unwrap_or(0)),
            receive_maximum: Some(settings.session.receive_maximum).filter(|most| *most != u16::MAX),
            maximum_qos: QoS::from_bits(rules.maximum_qos).filter(|most| *most != QoS::ExactlyOnce), // MQTT5-3.2.2-9
            retain_available: (!able.retain_available).then_some(false),
            maximum_packet_size: Some(settings.limits.max_packet_size_bytes)
                .filter(|most| (*most as usize) < crate::wire::MAX_REMAINING_LENGTH + 5),
            assigned_client_id: connect.client_id.is_empty().then_some(client_id), // MQTT5-3.1.3-7, MQTT5-3.2.2-16
            topic_alias_maximum: Some(rules.topic_alias_maximum).filter(|most| *most > 0),
            wildcard_subscription_available: (!able.wildcard_subscription_available).then_some(false),
            subscription_identifiers_available: (!able.subscription_identifiers_available).then_some(false),
            shared_subscription_available: (!able.shared_subscription_available).then_some(false),
            server_keep_alive_secs: Some(keep_alive_secs).filter(|secs| *secs != connect.keep_alive_secs),
            // MQTT5-3.1.2-28: only if asked for.
            response_information: (connect.properties.request_response_information == Some(true)
                && !able.response_information.is_empty())
            .then_some(able.response_information.as_str()),
            // MQTT5-4.12.0-5, -6
            authentication_method: connect.properties.authentication_method,
            authentication_data: admitted.data.as_deref(),
            ..ConnAckProperties::default()
        };
        // MQTT5-3.1.4-5, MQTT311-3.1.4-4
        let connack = ConnAck {
            session_present,
            reason: ReasonCode::SUCCESS,
            properties,
        };
        self.send(now, id, &Packet::ConnAck(Box::new(connack)));
    }
}

/// What the client asks for, lowered to our own bounds.
fn client_limits(connect: &Connect<'_>, settings: &settings::BrokerSettings) -> ClientLimits {
    let p = &connect.properties;
    ClientLimits {
        window: usize::from(
            p.receive_maximum
                .unwrap_or(u16::MAX)
                .min(settings.session.max_inflight),
        ), // MQTT5-4.9.0-1
        window_bytes: match settings.session.max_inflight_bytes {
            0 => usize::MAX,
            most => most as usize,
        },
        is_mounted: false,
        packet_bytes: p.maximum_packet_size.map_or(usize::MAX, |most| most as usize),
        alias_maximum: p
            .topic_alias_maximum
            .unwrap_or(0)
            .min(settings.session.outgoing_topic_alias_maximum),
        problem_information: p.request_problem_information.unwrap_or(true),
    }
}

/// How long the session outlives the connection.
pub(super) fn granted_expiry(connect: &Connect<'_>, settings: &settings::Session) -> u32 {
    match (connect.version, connect.clean_start) {
        (Version::V5, _) => connect
            .properties
            .session_expiry_secs
            .unwrap_or(0)
            .min(settings.max_session_expiry_secs),
        (_, true) => 0, // MQTT311-3.1.2-6
        (_, false) => settings
            .session_expiry_3x_secs
            .min(settings.max_session_expiry_secs), // MQTT311-3.1.2-4
    }
}

/// The Keep Alive that counts. A 5.0 client can be told another one than it asked for (`MQTT5-3.2.2-21`, `-22`).
fn effective_keep_alive(connect: &Connect<'_>, settings: &settings::Session) -> u16 {
    let (asked, most) = (connect.keep_alive_secs, settings.max_keep_alive_secs);
    if connect.version.is_v5() && most < u16::MAX && (asked == 0 || asked > most) {
        most
    } else {
        asked
    }
}

/// When a session that lost its connection at `now` ends; `None` for never.
pub(super) fn session_end(now: Time, expiry_secs: u32) -> Option<Time> {
    (expiry_secs != NEVER_EXPIRES).then(|| now.plus_secs(expiry_secs))
}
