//! How a connection ends: closed with or without a word, or refused at CONNECT.

use super::decode::decode;
use super::expect::show;
use super::run::{Got, Run};
use super::step::Told;

impl Run<'_> {
    pub(super) fn closes(&mut self, conn: &str, told: &Told) -> Result<(), String> {
        let version = self.version_on(conn);
        let was_connected = self.talks.get(conn).is_some_and(|talk| talk.connected);
        self.ended(conn);
        let first = self.next(conn)?;
        let (reason, last) = match &first {
            Got::Packet(bytes) => {
                let disconnect = decode(bytes, version)
                    .ok()
                    .filter(|got| got.packet == "disconnect");
                let reason = disconnect.and_then(|got| got.get("reason").and_then(super::fields::number));
                match reason {
                    Some(reason) => (Some(reason as u8), self.next(conn)?),
                    None => return Err(format!("not closed; got {}", show(bytes, version))),
                }
            }
            other => (None, other.clone()),
        };
        match last {
            Got::Closed => {}
            Got::Packet(bytes) => return Err(format!("not closed; got {}", show(&bytes, version))),
            Got::Nothing => return Err("not closed".to_owned()),
        }
        if let Some(talk) = self.talks.get_mut(conn) {
            talk.open = false;
        }
        match (told, reason) {
            (Told::Nothing, Some(reason)) => Err(format!("told {reason:#04x} in DISCONNECT")),
            // The connection must be closed; which of the two general codes says so is a judgement.
            (Told::One(_), Some(0x81 | 0x82)) if self.wire.lenient() => Ok(()),
            (Told::One(codes), Some(reason)) if !codes.contains(&reason) => {
                Err(format!("told {reason:#04x} in DISCONNECT"))
            }
            (Told::One(_), None) if version.is_v5() && was_connected && !self.wire.lenient() => {
                Err("closed without DISCONNECT".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn refused(&mut self, conn: &str, reasons: &[u8]) -> Result<(), String> {
        let version = self.version_on(conn);
        let codes: Vec<u8> = if version.is_v5() {
            reasons.to_vec()
        } else {
            reasons.iter().filter_map(|r| in_3x(*r)).collect()
        };
        let mut got = self.next(conn)?;
        if let Got::Packet(bytes) = &got {
            let connack = decode(bytes, version).ok().filter(|got| got.packet == "connack");
            let code = connack
                .as_ref()
                .and_then(|got| got.get("reason"))
                .and_then(super::fields::number);
            let fits = code.is_some_and(|code| codes.iter().any(|one| u64::from(*one) == code));
            let session_present = connack.as_ref().is_some_and(|got| got.get("sp") != Some("0"));
            if !fits || session_present {
                return Err(format!("not refused so; got {}", show(bytes, version)));
            }
            got = self.next(conn)?;
        } else if !(codes.is_empty() || self.wire.lenient() && version.is_v5()) {
            return Err("no CONNACK came".to_owned());
        }
        if got != Got::Closed {
            return Err(format!("not closed: {got:?}"));
        }
        if let Some(talk) = self.talks.get_mut(conn) {
            talk.open = false;
        }
        Ok(())
    }
}

/// The return code of a 3.x CONNACK for a reason; `None` where 3.x closes without one.
fn in_3x(reason: u8) -> Option<u8> {
    Some(match reason {
        0x84 => 1,
        0x85 => 2,
        0x86 => 4,
        0x87 | 0x8A => 5,
        0x88 | 0x89 | 0x8B | 0x97 | 0x9C | 0x9D | 0x9F => 3,
        _ => return None,
    })
}
