//! [`Refusal`]: how a broker refuses a packet, for those who know that it does and are no rule.

use std::sync::Arc;

use super::act::{Done, Subject, act};
use super::action::Action;
use super::{Cut, Deed, Onward, draft};
use crate::chance::Rng;
use crate::journal::Direction;
use crate::wire::{self, Packet, ReasonCode, Version};

/// How a packet of a client is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The connection is closed, without a word.
    Close,
    /// The connection is closed with this reason: in CONNACK if the packet is CONNECT, else in DISCONNECT.
    Goodbye(ReasonCode),
    /// It is answered with this reason, and the connection stays.
    Answer(ReasonCode),
    /// Nothing comes of it.
    Silence,
    /// It is acknowledged, and nothing else comes of it.
    Lose,
}

/// What is to be done with it. `rule` is what the journal calls whoever refuses it, `nth` how often that was.
pub(crate) fn refuse(
    how: Refusal,
    rule: Arc<str>,
    nth: u64,
    direction: Direction,
    version: Version,
    bytes: &[u8],
) -> Deed {
    let packet = wire::decode(version, bytes).ok();
    let subject = Subject {
        direction,
        version,
        bytes,
        packet: packet.as_ref(),
    };
    let is_connect = matches!(packet, Some(Packet::Connect(_)));
    let action = match how {
        Refusal::Close => goodbye(None),
        Refusal::Goodbye(reason) if is_connect => Action::Refuse(reason),
        Refusal::Goodbye(reason) => goodbye(Some(reason)),
        Refusal::Answer(reason) => Action::Refuse(reason),
        Refusal::Silence | Refusal::Lose => Action::Drop,
    };
    // None of these draws chance.
    let mut done = act(&action, &subject, &mut Rng::new(0));
    if let (Refusal::Lose, Some(packet), Ok(done)) = (how, &packet, &mut done) {
        draft::grant(packet, version, &mut done.back);
    }
    deed(rule, nth, action.word(), done)
}

fn goodbye(reason_code: Option<ReasonCode>) -> Action {
    Action::Disconnect {
        after: false,
        how: Cut::Close,
        reason_code,
    }
}

/// What was done, as the line takes it. Where it could not be done, the packet passes.
pub(super) fn deed(rule: Arc<str>, nth: u64, action: &'static str, done: Result<Done, String>) -> Deed {
    let (done, why) = match done {
        Ok(done) => (done, None),
        Err(why) => (Done::new(Onward::Same), Some(why.into())),
    };
    Deed {
        rule,
        nth,
        action,
        why,
        onward: done.onward,
        wait: done.wait,
        back: done.back,
        swallow: done.swallow,
        cut: done.cut,
        is_told: true,
    }
}
