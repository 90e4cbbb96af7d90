//! Close frames: what they carry, and what ends a connection (RFC 6455 5.5.1, 7.4).

use super::super::Fault;
use super::CONTROL_BYTES;

const NORMAL: u16 = 1000;
const PROTOCOL_ERROR: u16 = 1002;
/// Data of a kind that is not taken.
const UNACCEPTABLE: u16 = 1003;
/// Text that is not UTF-8.
const INVALID_TEXT: u16 = 1007;

/// What a peer did that WebSocket, or MQTT over it, does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    code: u16,
    what: String,
}

impl Violation {
    pub fn protocol(what: String) -> Self {
        let code = PROTOCOL_ERROR;
        Self { code, what }
    }

    pub fn text() -> Self {
        Self {
            code: UNACCEPTABLE,
            what: "a text frame came: MQTT goes in binary frames (MQTT5-6.0.0-1)".to_owned(),
        }
    }

    /// What the Close carries that says so.
    pub fn payload(&self) -> Vec<u8> {
        let mut payload = self.code.to_be_bytes().to_vec();
        let mut end = self.what.len().min(CONTROL_BYTES - payload.len());
        while !self.what.is_char_boundary(end) {
            end -= 1;
        }
        payload.extend_from_slice(&self.what.as_bytes()[..end]);
        payload
    }

    pub fn fault(self) -> Fault {
        Fault::new(format!("WebSocket: {}; closed with {}", self.what, self.code))
    }
}

/// What our Close carries where the peer sent none.
pub(super) fn normal() -> Vec<u8> {
    NORMAL.to_be_bytes().to_vec()
}

/// Reads the payload of a peer's Close, and gives that of the answer: its code, if there is one.
pub(super) fn answer(payload: &[u8]) -> Result<Vec<u8>, Violation> {
    let (code, reason) = match payload {
        [] => return Ok(Vec::new()),
        [_] => {
            return Err(Violation::protocol(
                "a Close frame carries one byte: a code has two".to_owned(),
            ));
        }
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    // RFC 6455 7.4: the codes that may stand in a frame, and those that were registered later.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::protocol(format!(
            "a Close frame has the code {code}, which may not stand in one"
        )));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(Violation {
            code: INVALID_TEXT,
            what: "the reason in a Close frame is not UTF-8".to_owned(),
        });
    }
    Ok(code.to_be_bytes().to_vec())
}
