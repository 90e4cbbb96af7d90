//! Logins that take long: a slow hash, a question to somebody else. They are checked outside the engine, which goes on
//! meanwhile. What the client sends behind its CONNECT is left where it is until the answer has come.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use settings::text::cut;

use super::conn::Phase;
use super::connect::Admitted;
use super::{ConnId, Engine};
use crate::access::PasswordHash;
use crate::auth::{Admission, GivenPassword, LoginRequest, Refusal};
use crate::session::Charge;
use crate::time::Time;
use crate::wire::{self, Packet, ReasonCode, Version};

/// So many logins are checked at once. One more is refused: the broker is busy.
const MOST: usize = 1024;
/// Characters of the words of a hook that a client is told.
const WORDS_CHARS: usize = 250;

/// A login to be checked. The answer goes to [`Engine::checked`].
#[derive(Debug)]
pub struct Check {
    /// The connection that waits for it.
    pub conn: ConnId,
    /// What is to be found out.
    pub asks: Asks,
}

/// What is to be found out about a login.
#[derive(Debug)]
pub enum Asks {
    /// Whether the password is the one of this hash. Takes long, on purpose.
    Password {
        /// The hash of the right one.
        hash: Arc<PasswordHash>,
        /// The one that was given.
        password: GivenPassword,
    },
    /// What the embedding program says, or a program elsewhere.
    Hook(Box<LoginRequest>),
}

/// The logins that are being checked.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// Those that the caller has not taken yet.
    to_take: VecDeque<Check>,
    /// How many connections wait.
    open: usize,
}

impl Checks {
    /// A connection waits no longer.
    pub fn ended(&mut self) {
        self.open = self.open.saturating_sub(1);
    }
}

/// A CONNECT that waits until its login is checked.
pub(super) struct Waiting {
    connect: Box<[u8]>,
    user: Option<Arc<str>>,
    /// The hash, and what is remembered once the password has turned out to be the right one.
    password: Option<(Arc<PasswordHash>, [u8; 32])>,
    /// What the bytes take.
    _charge: Charge,
}

impl fmt::Debug for Waiting {
    /// Shows nothing of CONNECT, which has the password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiting({:?})", self.user)
    }
}

/// As much of the words of a hook as a Reason String should have. No string of MQTT has U+0000 in it (`MQTT5-1.5.4-2`).
fn sayable(words: String) -> String {
    cut(&words.replace('\0', ""), WORDS_CHARS)
}

impl Engine {
    /// The next login that somebody else has to check; call it after each input. The answer may take as long as it takes, but
    /// the client is waited for no longer than `limits.connect_timeout_secs`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::auth::{Admission, Authenticators};
    ///
    /// let mut authenticators = Authenticators::default();
    /// authenticators.ask_later(true);
    /// engine.set_authenticators(authenticators);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// let check = engine.next_check().expect("somebody is to be asked");
    /// assert!(!engine.is_connected("lamp"));
    /// engine.checked(Time::ZERO, check.conn, Ok(Admission::default()));
    /// assert!(engine.is_connected("lamp"));
    /// ```
    pub fn next_check(&mut self) -> Option<Check> {
        self.checks.to_take.pop_front()
    }

    /// Whether there is one.
    pub fn has_checks(&self) -> bool {
        !self.checks.to_take.is_empty()
    }

    /// Whether the connection waits for [`Engine::checked`]. Until then it should not be read from.
    pub fn is_being_checked(&self, id: ConnId) -> bool {
        let conn = self.conns.get(id);
        conn.is_some_and(super::conn::Conn::is_being_checked)
    }

    /// How many logins are being checked.
    pub fn checks_open(&self) -> usize {
        self.checks.open
    }

    /// The answer to a [`Check`]: the client is let in, or refused for this reason. If the client has gone meanwhile, nothing
    /// happens.
    pub fn checked(&mut self, now: Time, id: ConnId, answer: Result<Admission, Refusal>) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let Phase::Checking(opening, _) = &conn.phase else {
            return;
        };
        let opening = Phase::Opening(*opening);
        let Phase::Checking(_, waiting) = std::mem::replace(&mut conn.phase, opening) else {
            return;
        };
        self.checks.ended();
        // It is read from again, once it is let in or closed.
        conn.muted = false;
        self.outlet.touch(&mut conn.outbox);
        let Waiting {
            connect,
            user,
            password,
            ..
        } = *waiting;
        // Of those that were looked at side by side, no more are answered than of others.
        if let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, &connect)
            && connect.username.is_some()
            && self.refuse_guess(now, id, connect.username)
        {
            return;
        }
        let admission = match answer {
            Ok(admission) => admission,
            Err(Refusal { reason, words }) => {
                if let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, &connect)
                    && connect.username.is_some()
                {
                    self.login_failed(now, id, connect.username, reason);
                }
                let words = words.filter(|_| self.settings.access.tell_why).map(sayable);
                return self.refuse_with(now, id, reason, words.as_deref().unwrap_or_default());
            }
        };
        if let (Some(name), Some((hash, digest))) = (&user, password) {
            if !self.still_holds(id, name, &hash) {
                return self.refuse(now, id, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
            }
            self.authentication.remember(name.clone(), hash, digest);
        }
        // It was decoded once already, when it came. It says its own version.
        let Ok(Packet::Connect(connect)) = wire::decode(Version::V5, &connect) else {
            return;
        };
        // The broker may have become full while the answer was on its way.
        if let Some((reason, words)) = self.objection(id, &connect) {
            return self.refuse_with(now, id, reason, words);
        }
        let admitted = Admitted {
            user: admission.user_name.map(Arc::from).or(user),
            acl: admission.acl,
            data: None,
        };
        self.accept(now, id, &connect, admitted);
    }

    /// The login of `raw`, a CONNECT, is to be checked by somebody else.
    pub(super) fn put_to_check(
        &mut self,
        now: Time,
        id: ConnId,
        (asks, user): (Asks, Option<Arc<str>>),
        raw: &[u8],
    ) {
        if self.checks.open >= MOST {
            return self.refuse(now, id, ReasonCode::SERVER_BUSY); // MQTT5-3.1.4-2
        }
        let password = match (&asks, &user) {
            (Asks::Password { hash, password }, Some(name)) => {
                let digest = self.authentication.digest(name, password.expose());
                Some((hash.clone(), digest))
            }
            _ => None,
        };
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let Phase::Opening(opening) = conn.phase else {
            return;
        };
        let waiting = Waiting {
            connect: Box::from(raw),
            user,
            password,
            _charge: self.room.held.charge(2 * raw.len()),
        };
        conn.phase = Phase::Checking(opening, Box::new(waiting));
        conn.muted = true;
        self.checks.open += 1;
        self.checks.to_take.push_back(Check { conn: id, asks });
    }
}
