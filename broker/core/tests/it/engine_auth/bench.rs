//! An engine for tests: packets go in, its answers come out, and the test chooses the times.

use std::sync::Arc;

use broker_core::auth::Authenticators;
use broker_core::engine::{CloseReason, ConnId, Engine};
use broker_core::settings::{BrokerSettings, User};
use broker_core::time::Time;
use broker_core::wire::{
    Auth, AuthProperties, Connect, ConnectProperties, Packet, ReasonCode, Version, decode, frame,
};

pub const SCRAM: &str = "SCRAM-SHA-256";

/// What the engine said, without the parts that no test here looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    ConnAck {
        reason: ReasonCode,
        session_present: bool,
        method: Option<String>,
        data: Option<Vec<u8>>,
    },
    Auth {
        reason: ReasonCode,
        method: Option<String>,
        data: Option<Vec<u8>>,
    },
    Disconnect(ReasonCode),
    Publish(String),
    SubAck,
    PingResp,
}

impl Said {
    /// An AUTH of SCRAM that asks for more.
    pub fn challenge(data: Option<&[u8]>) -> Self {
        Self::Auth {
            reason: ReasonCode::CONTINUE_AUTHENTICATION,
            method: Some(SCRAM.to_owned()),
            data: data.map(<[u8]>::to_vec),
        }
    }

    /// A CONNACK that refuses.
    pub fn refusal(reason: ReasonCode) -> Self {
        Self::ConnAck {
            reason,
            session_present: false,
            method: None,
            data: None,
        }
    }

    pub fn data(&self) -> Option<&[u8]> {
        match self {
            Self::ConnAck { data, .. } | Self::Auth { data, .. } => data.as_deref(),
            _ => None,
        }
    }

    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::ConnAck { reason, .. } | Self::Auth { reason, .. } | Self::Disconnect(reason) => *reason,
            other => panic!("{other:?} has no reason code"),
        }
    }
}

pub struct Bench {
    pub engine: Engine,
    pub now: Time,
}

impl Bench {
    /// With the users alice:wonderland and bob:builder; everybody else may come in without a name.
    pub fn new() -> Self {
        Self::with(|_| {}, Authenticators::default())
    }

    pub fn with(change: impl FnOnce(&mut BrokerSettings), hooks: Authenticators) -> Self {
        let mut settings = BrokerSettings::default();
        settings.sys.interval_secs = 0;
        settings.auth.users = vec![User::new("alice", "wonderland"), User::new("bob", "builder")];
        change(&mut settings);
        let mut engine = Engine::new(Arc::new(settings), 7);
        engine.set_authenticators(hooks);
        Self {
            engine,
            now: Time::ZERO,
        }
    }

    pub fn open(&mut self) -> ConnId {
        self.engine.open(self.now, "bench".to_owned())
    }

    pub fn bytes(&mut self, conn: ConnId, bytes: &[u8]) -> Vec<Said> {
        assert_eq!(
            self.engine.receive(self.now, conn, bytes),
            bytes.len(),
            "the engine left bytes of whole packets"
        );
        self.said(conn)
    }

    pub fn send(&mut self, conn: ConnId, packet: &Packet<'_>) -> Vec<Said> {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes);
        self.bytes(conn, &bytes)
    }

    /// The same, where exactly one packet has to come back.
    pub fn ask(&mut self, conn: ConnId, packet: &Packet<'_>) -> Said {
        one(self.send(conn, packet))
    }

    /// What was said on the connection since the last look.
    pub fn said(&mut self, conn: ConnId) -> Vec<Said> {
        let mut bytes = Vec::new();
        while let Some(front) = self
            .engine
            .outbox(conn)
            .map(|outbox| outbox.front().to_vec())
            .filter(|f| !f.is_empty())
        {
            self.engine.wrote(self.now, conn, front.len());
            bytes.extend(front);
        }
        let mut said = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some(len) = frame(rest, usize::MAX).unwrap() {
            said.push(said_by(&decode(Version::V5, &rest[..len]).unwrap()));
            rest = &rest[len..];
        }
        assert!(rest.is_empty(), "half a packet");
        said
    }

    pub fn pass_secs(&mut self, secs: u32) {
        self.now = self.now.plus_secs(secs);
        self.engine.tick(self.now);
    }

    pub fn close_reason(&self, conn: ConnId) -> Option<CloseReason> {
        self.engine.close_reason(conn).cloned()
    }

    pub fn is_open(&self, conn: ConnId) -> bool {
        self.engine.close_reason(conn).is_none()
    }

    /// The statement that the connection was closed for.
    pub fn broken_statement(&self, conn: ConnId) -> &'static str {
        match self.engine.close_reason(conn) {
            Some(CloseReason::Violation { statement, .. }) => statement,
            other => panic!("closed for {other:?}"),
        }
    }
}

pub fn one(mut said: Vec<Said>) -> Said {
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

pub fn said_by(packet: &Packet<'_>) -> Said {
    match packet {
        Packet::ConnAck(connack) => Said::ConnAck {
            reason: connack.reason,
            session_present: connack.session_present,
            method: connack.properties.authentication_method.map(str::to_owned),
            data: connack.properties.authentication_data.map(<[u8]>::to_vec),
        },
        Packet::Auth(auth) => Said::Auth {
            reason: auth.reason,
            method: auth.properties.authentication_method.map(str::to_owned),
            data: auth.properties.authentication_data.map(<[u8]>::to_vec),
        },
        Packet::Disconnect(disconnect) => Said::Disconnect(disconnect.reason),
        Packet::Publish(publish) => Said::Publish(publish.topic.to_owned()),
        Packet::SubAck(_) => Said::SubAck,
        Packet::PingResp => Said::PingResp,
        other => panic!("unexpected {other:?}"),
    }
}

/// CONNECT of a client that names no method.
pub fn plain<'a>(client_id: &'a str, login: Option<(&'a str, &'a str)>) -> Connect<'a> {
    Connect {
        username: login.map(|(name, _)| name),
        password: login.map(|(_, password)| password.as_bytes()),
        ..Connect::new(Version::V5, client_id)
    }
}

/// CONNECT with a method.
pub fn with_method<'a>(client_id: &'a str, method: &'a str, data: Option<&'a [u8]>) -> Connect<'a> {
    let properties = ConnectProperties {
        authentication_method: Some(method),
        authentication_data: data,
        ..ConnectProperties::default()
    };
    Connect {
        properties,
        ..plain(client_id, None)
    }
}

pub fn connect(connect: Connect<'_>) -> Packet<'_> {
    Packet::Connect(Box::new(connect))
}

pub fn auth<'a>(reason: ReasonCode, method: &'a str, data: Option<&'a [u8]>) -> Packet<'a> {
    let properties = AuthProperties {
        authentication_method: Some(method),
        authentication_data: data,
        ..AuthProperties::default()
    };
    Packet::Auth(Auth { reason, properties })
}

/// AUTH of SCRAM within an exchange.
pub fn answer(data: &[u8]) -> Packet<'_> {
    auth(ReasonCode::CONTINUE_AUTHENTICATION, SCRAM, Some(data))
}
