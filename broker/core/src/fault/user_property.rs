//! The User Property `x-fault`: a packet says itself what is to be done with it.

use super::action::{ACTIONS, Action, Meets};
use crate::journal::Direction;
use crate::wire::{self, Property, Version};

/// Its name.
pub(super) const X_FAULT: &str = "x-fault";

/// What a packet wants to be done with it, and its action in one word. `None`: it says nothing.
pub(super) fn wish(
    version: Version,
    direction: Direction,
    bytes: &[u8],
) -> Option<(Result<Action, String>, &'static str)> {
    // A message keeps its User Properties: what is for the way in is not done again on each way out.
    if !version.is_v5() || direction == Direction::Out || !holds_name(bytes) {
        return None;
    }
    let packet = wire::decode(version, bytes).ok()?;
    let mut said = None;
    packet.each_property(&mut |property| {
        if let Property::UserProperty((X_FAULT, value)) = property {
            said.get_or_insert(value);
        }
    });
    let packets = [packet.packet_type()];
    let read = Action::read_short(said?, &Meets { packets: &packets });
    let named = || {
        let mut words = ACTIONS.iter().map(|one| one.word);
        words.find(|word| said.is_some_and(|said| said.starts_with(word)))
    };
    let word = read
        .as_ref()
        .ok()
        .map(Action::word)
        .or_else(named)
        .unwrap_or("nothing");
    let read = read.map_err(|wrong| match &*wrong.path {
        "" => wrong.what,
        path => format!("{path}: {}", wrong.what),
    });
    Some((read, word))
}

/// Whether the name could be in it. Most packets have no User Property at all.
fn holds_name(bytes: &[u8]) -> bool {
    bytes
        .windows(X_FAULT.len())
        .any(|part| part == X_FAULT.as_bytes())
}
