//! What to do about a connection that ended, or was not let in: one sentence for each cause.

use super::{CUT_BY_RULE, CloseReason, Event};
use crate::wire::ReasonCode;

impl Event {
    /// What to do about it, in a sentence, for events that tell of a connection that ended or was not let in.
    ///
    /// ```
    /// use broker::expect::disconnected;
    /// use broker_core::journal::Record;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// # std::io::Write::write_all(&mut lamp, b"\xE0\0")?;
    /// // … "lamp" connects and says goodbye …
    /// let found = broker.expect(disconnected().of("lamp")).wait();
    /// let Record::Event(event) = &found[0].record else { panic!("it is one") };
    /// assert_eq!(event.advice(), Some("Nothing: the client ended the connection itself, and said so."));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Disconnected { cause, .. } => Some(cause.advice()),
            Self::Refused { reason, .. } => Some(refused(*reason)),
            Self::HandshakeFailed { .. } => Some(
                "See what went wrong: the client and the listener do not agree on TLS, WebSocket or a PROXY header.",
            ),
            _ => None,
        }
    }
}

impl CloseReason {
    /// What to do about it, in a sentence.
    fn advice(&self) -> &'static str {
        match self {
            Self::ClientDisconnect(ReasonCode::SUCCESS) => {
                "Nothing: the client ended the connection itself, and said so."
            }
            Self::ClientDisconnect(_) => {
                "Ask the client: it ended the connection itself, and its reason code says why."
            }
            Self::ConnectionLost(how) if CUT_BY_RULE.contains(&&**how) => {
                "Nothing, where this was wanted: a rule that disturbs did it. See that the client comes back; the rules are in \
                 `broker ctl fault list`."
            }
            Self::ConnectionLost(_) => {
                "See whether the client ended or crashed, or the network between the two failed: it is to send DISCONNECT before \
                 it closes, and to connect again after a loss."
            }
            Self::Malformed(error) if error.reason == ReasonCode::PACKET_TOO_LARGE => {
                "Have the client send smaller packets, or raise the settings limits.max_packet_size_bytes and \
                 limits.max_payload_bytes."
            }
            Self::Malformed(error) if error.reason != ReasonCode::MALFORMED_PACKET => {
                "Mend the client: read the statement of the standard that it broke, and the last packet of this connection in \
                 the journal."
            }
            Self::Malformed(_) => {
                "Look at the last packet of this connection in the journal: these bytes are no packet, so the client, or what \
                 stands between the two, writes them wrongly."
            }
            Self::Violation { .. } => {
                "Mend the client: read the statement of the standard that it broke, and the last packets of this connection in \
                 the journal."
            }
            Self::Refused(reason) => refused(*reason),
            Self::ReauthenticationFailed(_) => {
                "Give the client the credentials of the user as whom it came in first."
            }
            Self::ConnectTimeout => {
                "Have the client send CONNECT as soon as it is connected; the setting limits.connect_timeout_secs is how long the \
                 broker waits."
            }
            Self::KeepAliveTimeout => {
                "Have the client send PINGREQ in time, which its loop does only while it runs, or give it a longer Keep Alive."
            }
            Self::TakenOver => {
                "Give each client an identifier of its own: another connection came with this one. Where it is the same client \
                 that came back, there is nothing to do."
            }
            Self::WriteTimeout => {
                "Have the client read its socket: it took nothing for too long while bytes waited for it."
            }
            Self::HandshakeFailed(_) => {
                "See what went wrong in TLS or WebSocket: the client broke off or sent what does not belong there."
            }
            Self::GaveWay => {
                "Have clients send CONNECT at once, or raise the number of connections that may be open: there were too many that \
                 had not."
            }
            Self::Administrative(_) => "Nothing: a person, a test or a program asked the broker for it.",
            Self::ByUpstream(_) => "Ask the broker behind this one: it closed the connection.",
            Self::UpstreamLost(_) => "See whether the broker behind this one runs and can be reached.",
            Self::Ended => "Ask the client: it closed a connection that this broker passed on unread.",
            Self::BoundPassed(_) => {
                "Raise the bound that is named in the settings, or have the client ask for less."
            }
            Self::ShuttingDown => {
                "Nothing: the broker stopped, and the client may come back once it runs again."
            }
            Self::InternalError => "Please report it: this is a fault of the broker.",
        }
    }
}

/// What to do about a CONNECT that was refused.
fn refused(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::BAD_USER_NAME_OR_PASSWORD => {
            "Give the client a user name and a password that the broker knows."
        }
        ReasonCode::NOT_AUTHORIZED => {
            "Let the client log in as a user who may, or allow clients without a name: the settings of the listener say who may \
             come in."
        }
        ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => {
            "Give the client another identifier: this one is empty, too long, or not allowed here."
        }
        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => {
            "Have the client speak MQTT 3.1, 3.1.1 or 5.0, whichever the broker is set to take."
        }
        ReasonCode::BAD_AUTHENTICATION_METHOD => {
            "Have the client use an authentication method that the broker offers."
        }
        ReasonCode::SERVER_BUSY | ReasonCode::SERVER_UNAVAILABLE | ReasonCode::QUOTA_EXCEEDED => {
            "Try again later, or raise the bound that was reached."
        }
        ReasonCode::CONNECTION_RATE_EXCEEDED => {
            "Wait a minute: too many wrong passwords came from this address."
        }
        _ => "See the reason code: it says what the broker did not take in this CONNECT.",
    }
}
