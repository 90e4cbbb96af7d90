//! What is done about a violation where the profile is enforced.

use std::sync::Arc;
use std::time::Duration;

use super::fitting::is_sayable;
use super::limit::Outcome;
use super::violation::Violation;
use crate::fault::{Deed, Onward, Refusal, Wait, Who, refuse};
use crate::journal::Direction;
use crate::wire::PacketType;

/// What comes later waits behind the packet that waits.
const PAUSE: Duration = Duration::from_secs(1);

/// What is to be done; `None` where the packet goes on, for the broker grants less.
pub(super) fn deed(
    violation: &Violation,
    rule: &dyn Fn(&str) -> String,
    who: &Who,
    direction: Direction,
    packet: &[u8],
) -> Option<Deed> {
    let packet_type = packet.first().copied().and_then(PacketType::from_first_byte);
    let is_sayable = |outcome| {
        let can = |packet_type| is_sayable(packet_type, outcome);
        !who.version.is_v5() || packet_type.is_none_or(can)
    };
    let how = match (violation.outcome(), direction) {
        (Outcome::Lower, _) => return None,
        // What would not have come to the client: our broker is to take it for delivered.
        (_, Direction::Out) | (Outcome::Lose, _) => Refusal::Lose,
        (Outcome::Close, _) => Refusal::Close,
        (outcome, _) if !is_sayable(outcome) => Refusal::Close,
        (Outcome::Disconnect(reason), _) => Refusal::Goodbye(reason),
        (Outcome::Answer(reason), _) => Refusal::Answer(reason),
        (Outcome::Ignore, _) => Refusal::Silence,
        (Outcome::Pause, _) if violation.is_repeated => return None,
        (Outcome::Pause, _) => {
            let mut deed = instead(rule(violation.limit().kind.name()), packet.to_vec());
            (deed.action, deed.wait, deed.onward) = ("latency", Wait::For(PAUSE), Onward::Same);
            deed.is_told = true;
            return Some(deed);
        }
    };
    let name = rule(violation.limit().kind.name());
    Some(refuse(how, name.into(), 1, direction, who.version, packet))
}

/// These bytes go on in the packet's place, and nobody tells of it: the packet itself says what that broker says.
pub(super) fn instead(name: String, bytes: Vec<u8>) -> Deed {
    Deed {
        rule: Arc::from(name),
        nth: 1,
        action: "lower",
        why: None,
        onward: Onward::Bytes(bytes),
        wait: Wait::No,
        back: Vec::new(),
        swallow: Vec::new(),
        cut: None,
        is_told: false,
    }
}
