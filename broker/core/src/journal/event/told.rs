//! Parts of the sentences about events.

use std::time::Duration;

use super::table::Tone;
use crate::arrival::Way;
use crate::journal::ClockChange;

/// What a reset does.
pub(super) const AS_NEW: &str = "every session ended, nothing is retained";

/// What a snapshot that is restored does.
pub(super) const AS_KEPT: &str = "sessions, subscriptions and retained messages are those of then";

/// What was done to the clock.
pub(super) fn clock(change: ClockChange, by: Duration) -> String {
    match change {
        ClockChange::Stopped => "stands still".to_owned(),
        ClockChange::Runs => "runs again".to_owned(),
        ClockChange::Moved => format!("is moved on by {} s", by.as_secs_f64()),
    }
}

/// What a bridge is at, and why.
pub(super) fn bridged(state: &str, why: &str) -> String {
    let state = match state {
        "connecting" => "connects",
        "connected" => "is connected",
        "lost" => "has no link",
        "refused" => "a message does not cross",
        "not_subscribed" => "is not let subscribe",
        other => other,
    };
    if why.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {}", long(why))
    }
}

pub(super) fn stored(state: &str, why: &str) -> String {
    let why = long(why);
    match state {
        "failing" => format!("the broker cannot keep what has changed: {why}"),
        "recovered" => "the broker keeps what has changed again".to_owned(),
        "ending" => format!("the broker ends once all is kept: {why}"),
        "not_compacted" => format!("the broker's files take more room than they should: {why}"),
        _ => format!("the broker has lost what had changed: {why}"),
    }
}

pub(super) fn bridge_tone(state: &str) -> Tone {
    match state {
        "connected" => Tone::Good,
        "lost" | "refused" | "not_subscribed" => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// A long text, as a diagram shows it.
pub(super) fn long(text: &str) -> String {
    settings::text::cut(text, 200)
}

/// A sentence that says where it comes from: the source stands at its end, so that more of it is shown.
pub(super) fn long_sentence(text: &str) -> String {
    settings::text::cut(text, 500)
}

/// The reason, behind a reason code.
pub(super) fn because(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(", {}", settings::text::cut(why, 100))
    }
}

/// Who took an identifier from whom, and what to do about it.
pub(super) fn took(what: &str, [other_peer, peer]: [&str; 2], takeovers: u32, within: Duration) -> String {
    format!(
        "{other_peer} and {peer} took {what} from each other, {takeovers} times in {:.1} s: give each client its own",
        within.as_secs_f64()
    )
}

/// Why an address is held off.
pub(super) fn too_many(failed: u32, user: Option<String>, peer: &str) -> String {
    let whose = user.map_or_else(|| "from its address".to_owned(), |user| format!("of {user}"));
    format!("{failed} wrong passwords {whose}, the next is looked at in a minute; the last was from {peer}")
}

/// Why SCRAM cannot be done.
pub(super) fn hash_only(user: &str) -> String {
    format!("{user} is known by a hash, and SCRAM needs the password itself")
}

/// The way that a client came, where it is not plain TCP.
pub(super) fn over(way: Way) -> String {
    if way == Way::default() {
        String::new()
    } else {
        format!(" over {way}")
    }
}

pub(super) fn open_connections(kept: bool) -> &'static str {
    if kept {
        "open connections go on"
    } else {
        "all connections ended"
    }
}

/// `1 message`, `2 messages`.
pub(super) fn many(count: u32, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
