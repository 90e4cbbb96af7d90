//! Who may come in: user names and passwords, and enhanced authentication (section 4.12 of MQTT 5.0).

use std::fmt;
use std::sync::Arc;

use super::conn::Phase;
use super::connect::Admitted;
use super::{ConnId, Engine};
use crate::time::Time;
use crate::wire::{self, Auth, AuthProperties, Connect, Packet, ReasonCode, Version};

/// What one step of an exchange leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The client must answer this.
    Challenge(Vec<u8>),
    /// The client is who it says; with data for its last packet, where the method has any.
    Accept {
        /// Who it proved to be.
        user: Option<String>,
        /// Authentication Data to go with the success.
        data: Option<Vec<u8>>,
    },
    /// It is not.
    Refuse(ReasonCode),
}

/// One running exchange of an authentication method.
pub trait Exchange: Send {
    /// The client's next Authentication Data; `None` where its packet had none.
    fn step(&mut self, data: Option<&[u8]>) -> Step;
}

/// An exchange on one connection.
pub(super) struct Handshake {
    method: Arc<str>,
    exchange: Box<dyn Exchange>,
    /// The bytes of the CONNECT that waits for it; empty in a re-authentication.
    connect: Vec<u8>,
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handshake({})", self.method)
    }
}

impl Engine {
    /// User Name and Password against `[auth]`; the name, where one was proved.
    pub(super) fn check_password(&self, connect: &Connect<'_>) -> Result<Option<Arc<str>>, ReasonCode> {
        let auth = &self.settings.auth;
        let Some(name) = connect.username else {
            return if auth.allow_anonymous {
                Ok(None)
            } else {
                Err(ReasonCode::NOT_AUTHORIZED)
            };
        };
        if auth.users.is_empty() && auth.allow_anonymous {
            return Ok(Some(Arc::from(name)));
        }
        let given = connect.password.unwrap_or_default();
        match auth.users.iter().find(|user| user.name == name) {
            Some(user) if same_bytes(user.password.expose().as_bytes(), given) => Ok(Some(Arc::from(name))),
            _ => Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD),
        }
    }

    fn exchange(&mut self, method: &str) -> Option<Box<dyn Exchange>> {
        let _ = method;
        None
    }

    /// CONNECT named an authentication method.
    pub(super) fn begin_authentication(
        &mut self,
        now: Time,
        id: ConnId,
        method: &str,
        connect: &Connect<'_>,
        raw: &[u8],
    ) {
        let Some(mut exchange) = self.exchange(method) else {
            return self.refuse(now, id, ReasonCode::BAD_AUTHENTICATION_METHOD); // MQTT5-4.12.0-1
        };
        let step = exchange.step(connect.properties.authentication_data);
        let handshake = Box::new(Handshake {
            method: Arc::from(method),
            exchange,
            connect: raw.to_vec(),
        });
        self.after_step(now, id, step, handshake);
    }

    /// AUTH while CONNECT waits.
    pub(super) fn on_auth_before_connack(&mut self, now: Time, id: ConnId, auth: &Auth<'_>) {
        let Some(conn) = self.conn_mut(id) else { return };
        let Phase::Authenticating(handshake) = std::mem::replace(&mut conn.phase, Phase::AwaitConnect) else {
            return;
        };
        self.next_step(now, id, auth, ReasonCode::CONTINUE_AUTHENTICATION, handshake);
    }

    /// AUTH on an accepted connection: re-authentication (section 4.12.1).
    pub(super) fn on_auth(&mut self, now: Time, id: ConnId, auth: &Auth<'_>) {
        let Some(conn) = self.conn_mut(id) else { return };
        let Some(method) = conn.auth_method.clone() else {
            return self.violation(
                now,
                id,
                "AUTH, although CONNECT named no authentication method",
                "MQTT5-4.12.0-7",
                ReasonCode::PROTOCOL_ERROR,
            );
        };
        if let Some(handshake) = conn.reauth.take() {
            return self.next_step(now, id, auth, ReasonCode::CONTINUE_AUTHENTICATION, handshake);
        }
        let Some(exchange) = self.exchange(&method) else {
            return self.violation(
                now,
                id,
                "unknown method",
                "MQTT5-4.12.0-1",
                ReasonCode::BAD_AUTHENTICATION_METHOD,
            );
        };
        let handshake = Box::new(Handshake {
            method,
            exchange,
            connect: Vec::new(),
        });
        self.next_step(now, id, auth, ReasonCode::REAUTHENTICATE, handshake);
    }

    fn next_step(
        &mut self,
        now: Time,
        id: ConnId,
        auth: &Auth<'_>,
        due: ReasonCode,
        mut handshake: Box<Handshake>,
    ) {
        let waiting = !handshake.connect.is_empty();
        let breach = if auth.reason != due {
            Some(("AUTH with a reason code that is not due now", "MQTT5-4.12.0-3"))
        } else if auth.properties.authentication_method != Some(&handshake.method) {
            Some(("AUTH with another method than CONNECT's", "MQTT5-4.12.0-5"))
        } else {
            None
        };
        if let Some((what, statement)) = breach {
            if waiting && let Some(conn) = self.conn_mut(id) {
                conn.phase = Phase::Authenticating(handshake);
            }
            return self.violation(now, id, what, statement, ReasonCode::PROTOCOL_ERROR);
        }
        let step = handshake.exchange.step(auth.properties.authentication_data);
        self.after_step(now, id, step, handshake);
    }

    fn after_step(&mut self, now: Time, id: ConnId, step: Step, handshake: Box<Handshake>) {
        let waiting = !handshake.connect.is_empty();
        match step {
            Step::Challenge(data) => {
                // MQTT5-4.12.0-2, -5
                self.send_auth(
                    now,
                    id,
                    ReasonCode::CONTINUE_AUTHENTICATION,
                    &handshake.method,
                    Some(&data),
                );
                let Some(conn) = self.conn_mut(id) else { return };
                if waiting {
                    conn.phase = Phase::Authenticating(handshake);
                } else {
                    conn.reauth = Some(handshake);
                }
            }
            Step::Accept { user, data } => {
                let user: Option<Arc<str>> = user.map(Arc::from);
                if waiting {
                    if let Some(conn) = self.conn_mut(id) {
                        conn.phase = Phase::AwaitConnect;
                    }
                    if let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, &handshake.connect) {
                        self.accept(now, id, &connect, Admitted { user, data });
                    }
                } else {
                    self.send_auth(now, id, ReasonCode::SUCCESS, &handshake.method, data.as_deref());
                    if let Some(conn) = self.conn_mut(id) {
                        conn.user = user;
                    }
                }
            }
            // MQTT5-4.12.0-4
            Step::Refuse(reason) if waiting => {
                if let Some(conn) = self.conn_mut(id) {
                    conn.phase = Phase::AwaitConnect;
                }
                self.refuse(now, id, reason);
            }
            // MQTT5-4.12.1-2
            Step::Refuse(reason) => {
                self.violation(now, id, "re-authentication failed", "MQTT5-4.12.1-2", reason);
            }
        }
    }

    fn send_auth(&mut self, now: Time, id: ConnId, reason: ReasonCode, method: &str, data: Option<&[u8]>) {
        let properties = AuthProperties {
            authentication_method: Some(method),
            authentication_data: data,
            ..AuthProperties::default()
        };
        self.send(now, id, &Packet::Auth(Auth { reason, properties }));
    }
}

/// Compares all of it whatever differs, so that the time taken tells nothing of where.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}
