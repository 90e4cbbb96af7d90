//! Who may come in: user names and passwords, and enhanced authentication (section 4.12 of MQTT 5.0).
//!
//! The methods are in [`crate::auth`]. Here stands which packet may come when, and what becomes of the connection.
//!
//! ```text
//!                 CONNECT with a method
//!  Opening ─────────────────────────────► Authenticating ──────► Live
//!                                           │  ▲    accepted      │     ▲
//!                          AUTH 0x18 to the │  │      AUTH 0x19   │     │ AUTH 0x00
//!                          client …         ▼  │      from client ▼     │ to the client
//!                                           AUTH 0x18              AUTH 0x18 to and fro,
//!                                           from it                among all other packets
//! ```
//!
//! A client that is still `Authenticating` disturbs nobody: taking over a connection, Clean Start and the will all wait
//! until it is accepted.

use std::fmt;
use std::sync::Arc;

use super::conn::Phase;
use super::connect::Admitted;
use super::failed_logins::WORDS;
use super::{CloseReason, ConnId, Engine, Event};
use crate::auth::{Authenticators, Exchange, Step, scram};
use crate::session::Charge;
use crate::time::Time;
use crate::wire::{self, Auth, AuthProperties, Connect, Packet, PacketType, ReasonCode, Version};

/// The method's side of a handshake.
pub(super) enum Running {
    Scram(scram::Server),
    Hook(Box<dyn Exchange>),
}

/// An exchange on one connection.
pub(super) struct Handshake {
    method: Arc<str>,
    running: Running,
    /// The user as who the client wants to come in, once it has said so.
    user: Option<Arc<str>>,
    /// The bytes of the CONNECT that waits for it; `None` in a re-authentication.
    connect: Option<Box<[u8]>>,
    /// What they take.
    _charge: Charge,
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handshake({})", self.method)
    }
}

impl Engine {
    /// Sets the embedding program's own checks. Call it before the first connection is opened.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker::ReasonCode;
    /// use broker_core::auth::Authenticators;
    ///
    /// let mut authenticators = Authenticators::default();
    /// authenticators.set_login(Arc::new(|_login| Err(ReasonCode::SERVER_BUSY))); // closed today
    /// engine.set_authenticators(authenticators);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.stats().clients_refused, 1);
    /// ```
    pub fn set_authenticators(&mut self, authenticators: Authenticators) {
        self.policy.set_check(authenticators.access());
        self.authentication.authenticators = authenticators;
    }

    /// CONNECT named an authentication method. It alone decides: User Name and Password do not count. The identity of a
    /// certificate does not spare its owner the exchange, and stays its name afterwards.
    pub(super) fn begin_authentication(
        &mut self,
        now: Time,
        id: ConnId,
        method: &str,
        connect: &Connect<'_>,
        raw: &[u8],
    ) {
        let Some(mut running) = self.authentication.start(method, connect.client_id) else {
            return self.refuse(now, id, ReasonCode::BAD_AUTHENTICATION_METHOD); // MQTT5-4.12.0-1
        };
        if self.refuse_guess(now, id, None) {
            return;
        }
        let step = self.step_of(now, id, &mut running, connect.properties.authentication_data);
        let handshake = Box::new(Handshake {
            method: Arc::from(method),
            running,
            user: None,
            connect: Some(Box::from(raw)),
            _charge: self.room.held.charge(raw.len()),
        });
        self.after_step(now, id, step, handshake);
    }

    /// AUTH while CONNECT waits.
    pub(super) fn on_auth_before_connack(&mut self, now: Time, id: ConnId, auth: &Auth<'_>) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let Phase::Authenticating(opening, handshake) = &conn.phase else {
            return;
        };
        if let Some(breach) = breach(auth, ReasonCode::CONTINUE_AUTHENTICATION, &handshake.method) {
            // The phase is still this one, so that the answer is a CONNACK.
            return self.violation(now, id, breach.0, breach.1, ReasonCode::PROTOCOL_ERROR);
        }
        let opening = Phase::Opening(*opening);
        if let Phase::Authenticating(_, handshake) = std::mem::replace(&mut conn.phase, opening) {
            self.next_step(now, id, auth, handshake);
        }
    }

    /// AUTH on an accepted connection: re-authentication (section 4.12.1). Everything else goes on meanwhile.
    pub(super) fn on_auth(&mut self, now: Time, id: ConnId, auth: &Auth<'_>) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let client_id = conn.client_id.clone();
        let Some(live) = conn.live_mut() else { return };
        let Some(method) = live.auth_method.clone() else {
            return self.violation(
                now,
                id,
                "AUTH, although CONNECT named no authentication method",
                "MQTT5-4.12.0-7",
                ReasonCode::PROTOCOL_ERROR,
            );
        };
        let pending = live.reauth.take();
        let due = if pending.is_some() {
            ReasonCode::CONTINUE_AUTHENTICATION
        } else {
            ReasonCode::REAUTHENTICATE
        };
        if let Some((what, statement)) = breach(auth, due, &method) {
            return self.violation(now, id, what, statement, ReasonCode::PROTOCOL_ERROR);
        }
        let handshake = if let Some(handshake) = pending {
            handshake
        } else {
            let Some(running) = self.authentication.start(&method, &client_id) else {
                let reason = ReasonCode::BAD_AUTHENTICATION_METHOD;
                return self.close(now, id, CloseReason::ReauthenticationFailed(reason));
            };
            Box::new(Handshake {
                method,
                running,
                user: None,
                connect: None,
                _charge: Charge::default(),
            })
        };
        self.next_step(now, id, auth, handshake);
    }

    fn next_step(&mut self, now: Time, id: ConnId, auth: &Auth<'_>, mut handshake: Box<Handshake>) {
        if handshake.user.is_some() && self.is_held_off(now, id, handshake.user.as_deref()) {
            return self.fail(now, id, ReasonCode::CONNECTION_RATE_EXCEEDED, &handshake);
        }
        let data = auth.properties.authentication_data;
        let step = self.step_of(now, id, &mut handshake.running, data);
        self.after_step(now, id, step, handshake);
    }

    fn step_of(&mut self, now: Time, id: ConnId, running: &mut Running, data: Option<&[u8]>) -> Step {
        let realms = self.policy.realms();
        let listener = self.conns.get(id).map(|conn| conn.origin.listener());
        let realm = realms.id(listener.as_deref().unwrap_or_default());
        let users = &realms.get(realm).users;
        let (step, hash_only) = self.authentication.step(running, data, (realm, users));
        if let Some(user) = hash_only
            && let Some(conn) = self.conns.get(id)
        {
            let (client_id, peer) = (conn.client_id.clone(), conn.origin.peer().to_owned());
            self.event(now, || Event::HashOnly {
                conn: id,
                client_id,
                peer,
                user,
            });
        }
        step
    }

    /// Carries out what the method decided.
    fn after_step(&mut self, now: Time, id: ConnId, step: Step, mut handshake: Box<Handshake>) {
        if let Running::Scram(server) = &handshake.running
            && let Some(user) = server.user()
        {
            handshake.user = Some(Arc::from(user));
        }
        match step {
            Step::Challenge(data) => {
                // MQTT5-4.12.0-2, -5
                let reason = ReasonCode::CONTINUE_AUTHENTICATION;
                if !self.send_auth(now, id, reason, &handshake.method, data.as_deref()) {
                    return self.fail(now, id, ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR, &handshake);
                }
                let Some(conn) = self.conns.get_mut(id) else {
                    return;
                };
                match &mut conn.phase {
                    Phase::Opening(opening) => conn.phase = Phase::Authenticating(*opening, handshake),
                    Phase::Live(live) => live.reauth = Some(handshake),
                    _ => {}
                }
            }
            Step::Accept { user, data } => {
                let identity = self.conns.get(id).and_then(|conn| conn.origin.identity());
                let user: Option<Arc<str>> = identity.cloned().or_else(|| user.map(Arc::from));
                let Some(raw) = &handshake.connect else {
                    if !self.send_auth(now, id, ReasonCode::SUCCESS, &handshake.method, data.as_deref()) {
                        return self.fail(now, id, ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR, &handshake);
                    }
                    let key = self.conns.session_of(id);
                    if let Some(session) = key.and_then(|key| self.sessions.get_mut(key)) {
                        session.user = user;
                        session.changed();
                    }
                    // What was decided about its messages was decided about another user's.
                    self.policy.changed();
                    if let Some(key) = key {
                        self.drop_unreadable(now, key);
                    }
                    return;
                };
                // It was decoded once already, when it came.
                let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, raw) else {
                    return;
                };
                // The broker may have become full while the client answered.
                if let Some((reason, _)) = self.objection(id, &connect) {
                    return self.fail(now, id, reason, &handshake);
                }
                let admitted = Admitted {
                    data,
                    ..Admitted::named(user)
                };
                self.accept(now, id, &connect, admitted);
            }
            Step::Refuse(reason) => self.fail(now, id, reason, &handshake),
        }
    }

    /// The client is not let in (`MQTT5-4.12.0-4`), or may not stay (`MQTT5-4.12.1-2`).
    fn fail(&mut self, now: Time, id: ConnId, reason: ReasonCode, handshake: &Handshake) {
        let is_rate = reason == ReasonCode::CONNECTION_RATE_EXCEEDED;
        if [ReasonCode::NOT_AUTHORIZED, ReasonCode::BAD_USER_NAME_OR_PASSWORD].contains(&reason) {
            self.count_guess(now, id, handshake.user.as_deref());
        }
        if handshake.connect.is_some() {
            return self.refuse_with(now, id, reason, if is_rate { WORDS } else { "" });
        }
        let sayable = reason.is_error() && reason.allowed_in(PacketType::Disconnect);
        let reason = if sayable {
            reason
        } else {
            ReasonCode::NOT_AUTHORIZED
        };
        self.close(now, id, CloseReason::ReauthenticationFailed(reason));
    }

    /// Returns `false` if AUTH exceeds the client's Maximum Packet Size: without it the exchange cannot go on.
    fn send_auth(
        &mut self,
        now: Time,
        id: ConnId,
        reason: ReasonCode,
        method: &str,
        data: Option<&[u8]>,
    ) -> bool {
        let properties = AuthProperties {
            authentication_method: Some(method),
            authentication_data: data,
            ..AuthProperties::default()
        };
        let packet = Packet::Auth(Auth { reason, properties });
        let limit = self.conns.get(id).map_or(0, |conn| conn.limits.packet_bytes);
        let fits = packet.encoded_len(Version::V5) <= limit; // MQTT5-3.1.2-24
        if fits {
            self.send(now, id, &packet);
        }
        fits
    }
}

/// What is wrong with an AUTH in an exchange of `method` that must have reason code `due`.
fn breach(auth: &Auth<'_>, due: ReasonCode, method: &str) -> Option<(&'static str, &'static str)> {
    if auth.reason == ReasonCode::SUCCESS {
        Some((
            "AUTH with Success (0x00), which only a server may say",
            "MQTT5-3.15.2-1",
        ))
    } else if auth.reason != due && due == ReasonCode::CONTINUE_AUTHENTICATION {
        Some((
            "AUTH within an exchange has to say Continue authentication (0x18)",
            "MQTT5-4.12.0-3",
        ))
    } else if auth.reason != due {
        Some((
            "AUTH after CONNACK has to begin with Re-authenticate (0x19)",
            "MQTT5 section 4.12.1",
        ))
    } else if auth.properties.authentication_method != Some(method) {
        Some((
            "AUTH without the authentication method of CONNECT",
            "MQTT5-4.12.0-5, MQTT5-4.12.1-1",
        ))
    } else {
        None
    }
}
