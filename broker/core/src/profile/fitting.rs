//! Which outcomes a limit can have, by the packets that pass it, and which reason codes these can be answered with.

use super::kind::Kind;
use super::limit::Outcome;
use super::look::packets;
use super::lower::LOWERED;
use crate::wire::{PacketType, ReasonCode};

/// The packet that says a reason code about one of this type.
fn answer(packet: PacketType) -> Option<PacketType> {
    Some(match packet {
        PacketType::Connect => PacketType::ConnAck,
        // What PUBREC can say is the same.
        PacketType::Publish => PacketType::PubAck,
        PacketType::Subscribe => PacketType::SubAck,
        PacketType::Unsubscribe => PacketType::UnsubAck,
        _ => return None,
    })
}

/// Whether a broker can say this of such a packet in 5.0, as this outcome has it. If not, it closes the connection.
pub(super) fn is_sayable(packet: PacketType, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Disconnect(reason) if packet == PacketType::Connect => {
            reason.allowed_in(PacketType::ConnAck)
        }
        Outcome::Disconnect(reason) => reason.allowed_in(PacketType::Disconnect),
        Outcome::Answer(reason) => answer(packet).is_none_or(|answer| reason.allowed_in(answer)),
        _ => true,
    }
}

/// The outcomes that a limit of this kind can have.
fn outcomes(kind: Kind) -> Vec<&'static str> {
    use PacketType::{Connect, Publish, Subscribe, Unsubscribe};
    let (types, is_to_client) = packets(kind);
    if is_to_client {
        return vec!["ignore"];
    }
    let are_all = |allowed: &[PacketType]| types.iter().all(|one| allowed.contains(one));
    let mut words = vec!["close", "disconnect"];
    // A CONNECT that is answered with an error is the end of its connection.
    if types != [Connect] && types.iter().any(|one| answer(*one).is_some()) {
        words.push("answer");
    }
    words.push("ignore");
    if are_all(&[Publish]) {
        words.push("lose");
    }
    if are_all(&[Publish, Subscribe, Unsubscribe]) {
        words.push("pause");
    }
    if LOWERED.contains(&kind) {
        words.push("lower");
    }
    words
}

/// What is wrong with this outcome of a limit of this kind: the key, and what would be right.
pub(super) fn check(kind: Kind, outcome: Outcome) -> Result<(), (&'static str, String)> {
    let possible = outcomes(kind);
    let (name, word) = (kind.name(), outcome.word());
    if !possible.contains(&word) {
        let possible = possible.join(", ");
        return Err((
            "outcome",
            format!("{name} cannot have {word:?}; it can have {possible}"),
        ));
    }
    let Some(reason) = outcome.reason() else {
        return Ok(());
    };
    let (types, _) = packets(kind);
    let is_fit = |reason: ReasonCode| {
        let of = |packet: &PacketType| answer(*packet).is_some() || matches!(outcome, Outcome::Disconnect(_));
        let with = match outcome {
            Outcome::Answer(_) => Outcome::Answer(reason),
            _ => Outcome::Disconnect(reason),
        };
        let mut types = types.iter().filter(|packet| of(packet));
        reason.is_error() && types.any(|packet| is_sayable(*packet, with))
    };
    if is_fit(reason) {
        return Ok(());
    }
    let carriers: Vec<&str> = match outcome {
        Outcome::Answer(_) => types
            .iter()
            .filter_map(|one| answer(*one))
            .map(PacketType::name)
            .collect(),
        _ if types == [PacketType::Connect] => vec!["CONNACK"],
        _ => vec!["DISCONNECT"],
    };
    let known = ReasonCode::ALL.iter().filter(|code| is_fit(**code));
    let known: Vec<&str> = known.map(|code| code.name()).collect();
    let (carriers, known) = (carriers.join(" or "), known.join(", "));
    Err((
        "reason",
        format!("{carriers} cannot say {reason}; it can say {known}"),
    ))
}
