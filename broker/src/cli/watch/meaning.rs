//! What a packet means, and why the broker did what it did: a sentence each.

use std::time::Duration;

use settings::text::cut;

use super::exchanges::State;
use super::row::{Kind, Marks, Row};
use super::view::View;
use crate::journal::{Decision, Direction, DropReason, Entry, Record};
use crate::topic::matches;
use crate::wire::{Ack, Packet, PacketType, Publish, ReasonCode};

/// So many decisions about a message are told.
const MOST_DECISIONS: usize = 20;

/// What this packet or event means.
pub(super) fn meaning(entry: &Entry, row: &Row, view: &View) -> String {
    let c = if row.who.is_empty() {
        "The client"
    } else {
        &row.who
    };
    let Record::Packet { direction, .. } = &entry.record else {
        return happened(row, c);
    };
    let is_out = *direction == Direction::Out;
    let packet = match entry.packet() {
        Some(Ok(packet)) => packet,
        Some(Err(error)) => return format!("{c} sent bytes that are no packet: {}.", error.what),
        None => return String::new(),
    };
    let has = if is_out {
        "The broker has".to_owned()
    } else {
        format!("{c} has")
    };
    match packet {
        Packet::Connect(connect) => {
            let how = if connect.clean_start {
                "with a new session"
            } else {
                "and to find its old session again"
            };
            let will = connect.will.as_ref().map(|will| {
                format!(
                    " Should it vanish, the broker is to publish its will on {}.",
                    cut(will.topic, 60)
                )
            });
            format!("{c} asks to be let in, {how}.{}", will.unwrap_or_default())
        }
        Packet::ConnAck(connack) if connack.reason.is_error() => {
            format!("{c} is not let in: {}.", connack.reason)
        }
        Packet::ConnAck(connack) if connack.session_present => {
            format!("{c} is let in, and its session goes on, with its subscriptions and what was on its way.")
        }
        Packet::ConnAck(_) => format!("{c} is let in, with a new session."),
        Packet::Publish(publish) => published(entry, &publish, row, view, c),
        Packet::PubAck(ack) => acknowledged(
            &ack,
            &format!("{has} message {}: the exchange is over.", ack.packet_id),
        ),
        Packet::PubRec(ack) => acknowledged(
            &ack,
            &format!("{has} message {}, and will not take it twice.", ack.packet_id),
        ),
        Packet::PubRel(ack) if is_out => format!(
            "The broker knows that {c} has message {}; its number may be forgotten.",
            ack.packet_id
        ),
        Packet::PubRel(ack) => format!(
            "{c} knows that the broker has message {}; its number may be forgotten.",
            ack.packet_id
        ),
        Packet::PubComp(ack) => format!(
            "Message {} was delivered once, and its number is free again.",
            ack.packet_id
        ),
        Packet::Subscribe(asked) => {
            let filters = asked
                .filters
                .iter()
                .take(8)
                .map(|one| format!("{} at QoS {} or less", cut(one.filter, 60), one.options.qos));
            format!("{c} wants every message that fits {}.", listed(filters.collect()))
        }
        Packet::SubAck(suback) if suback.reasons.iter().any(|reason| reason.is_error()) => {
            format!("Not all that {c} asked for is granted.")
        }
        Packet::SubAck(_) => format!("What {c} subscribed to is in force."),
        Packet::Unsubscribe(asked) => {
            let filters = asked.filters.iter().take(8).map(|one| cut(one, 60));
            format!("{c} wants no more of {}.", listed(filters.collect()))
        }
        Packet::UnsubAck(_) => format!("What {c} gave up is over."),
        Packet::PingReq => format!("{c} shows that it is there, and asks whether the broker is."),
        Packet::PingResp => "The broker is there.".to_owned(),
        Packet::Disconnect(disconnect) if is_out => {
            format!("The broker ends the connection of {c}: {}.", disconnect.reason)
        }
        Packet::Disconnect(disconnect) if disconnect.reason == ReasonCode::SUCCESS => {
            format!("{c} says goodbye. Its will is not published.")
        }
        Packet::Disconnect(disconnect) => format!("{c} ends the connection: {}.", disconnect.reason),
        Packet::Auth(auth) if is_out => format!("The broker goes on with the login: {}.", auth.reason),
        Packet::Auth(auth) => format!("{c} goes on with the login: {}.", auth.reason),
    }
}

fn acknowledged(ack: &Ack<'_>, otherwise: &str) -> String {
    if ack.reason.is_error() {
        format!("Message {} was not taken: {}.", ack.packet_id, ack.reason)
    } else {
        otherwise.to_owned()
    }
}

fn published(entry: &Entry, publish: &Publish<'_>, row: &Row, view: &View, c: &str) -> String {
    let topic = row.topic.as_deref().unwrap_or_default();
    let qos = publish.qos.bits();
    let is_out = entry.direction() == Some(Direction::Out);
    let again = "it had no answer. DUP says that this may be a repetition.";
    match (is_out, publish.dup, publish.retain) {
        (true, true, _) => format!("The broker sends {topic} to {c} again: {again}"),
        (true, _, true) => {
            let root = row.root.and_then(|n| view.ladder.rows.get(n));
            let old = root.map(|root| format!(", {} old", span(entry.at.saturating_since(root.at))));
            format!(
                "{c} gets the retained message of {topic}{}.",
                old.unwrap_or_default()
            )
        }
        (true, ..) => format!("The broker passes the message on to {c}, at QoS {qos}."),
        (false, true, _) => format!("{c} sends {topic} again: {again}"),
        _ => {
            let wish = match qos {
                0 => "; there is no answer at QoS 0",
                1 => ", and wants to know that it arrived",
                _ => ", and wants it delivered exactly once",
            };
            let answer = publish
                .properties
                .response_topic
                .map(|topic| format!(" It waits for an answer on {}.", cut(topic, 60)));
            format!("{c} publishes on {topic}{wish}.{}", answer.unwrap_or_default())
        }
    }
}

fn happened(row: &Row, c: &str) -> String {
    let topic = row.topic.as_deref().unwrap_or_default();
    match row.kind {
        Kind::Event("disconnected") => format!("The connection of {c} is over: {}.", row.text),
        Kind::Event("will_published") => format!("The broker publishes the will of {c} on {topic}."),
        Kind::Event("dropped") => format!("A message on {topic} does not reach {c}: {}.", row.text),
        Kind::Event("fault") if row.is(Marks::HOLDS) => format!("A rule holds a packet of {c} back."),
        Kind::Event("fault") => format!("A rule disturbs {c}: {}.", row.text),
        Kind::Event("stub_answered") => format!("A stub answers {c}: {}.", row.text),
        Kind::Event("reset") => "The broker was reset: all sessions and connections ended.".to_owned(),
        Kind::Event("restored") => {
            "A snapshot was restored: sessions, subscriptions and retained messages are those of then."
                .to_owned()
        }
        Kind::Event("clock") => format!("The clock of the broker {}.", row.text),
        _ => format!("{}: {}.", row.title(), row.text),
    }
}

/// Why, in sentences, the last of which may say what to do.
pub(super) fn why(entry: &Entry, row: &Row, view: &View) -> Vec<String> {
    let rows = &view.ladder.rows;
    let mut said = Vec::new();
    if row.is(Marks::LOST) {
        let rule = row.note.as_deref().unwrap_or("a rule");
        said.push(if row.is(Marks::OUT) {
            format!("It never arrived: {rule}.")
        } else {
            format!("It never reached the broker: {rule}.")
        });
    }
    let root = row.root.and_then(|n| rows.get(n));
    let is_held = row.note.as_deref() == Some("held");
    if let (true, Some(root)) = (is_held, root) {
        said.push(format!(
            "A rule held it for {}.",
            span(row.at.saturating_since(root.at))
        ));
    }
    match &entry.record {
        Record::Packet {
            direction: Direction::In,
            decisions,
            ..
        } if row.kind.is(PacketType::Publish) => {
            let told = decisions.iter().take(MOST_DECISIONS);
            said.extend(told.map(|decision| decided(decision, row, view)));
            if decisions.len() > MOST_DECISIONS {
                said.push(format!("And {} more.", decisions.len() - MOST_DECISIONS));
            }
            if row.is(Marks::NOBODY) {
                said.push("It went to nobody: no subscription fitted at that moment.".to_owned());
            }
        }
        Record::Packet { .. } if row.kind.is(PacketType::Publish) => {
            if let Some(filter) = fitting(view, &row.who, row) {
                said.push(format!("Its filter {filter} fits."));
            }
            if let Some(root) = root.filter(|_| !is_held) {
                said.push(format!(
                    "It came in as entry {} from {} at {:.3} s.",
                    root.seq,
                    root.who,
                    root.at.since_start().as_secs_f64()
                ));
            }
        }
        Record::Event(event) => said.extend(event.advice().map(str::to_owned)),
        Record::Packet { .. } => {}
    }
    let open = view
        .ladder
        .exchanges
        .get(row.exchange)
        .filter(|exchange| exchange.state != State::Whole);
    if let Some((exchange, last)) = open.and_then(|one| Some((one, rows.get(one.last)?)))
        && view.now.saturating_since(last.at) > Duration::from_secs(1)
    {
        let who = if exchange.is_out {
            "the broker"
        } else {
            "the client"
        };
        said.push(match exchange.state {
            State::Cut => format!(
                "Nothing came behind #{}, and the session ended: this exchange never did.",
                last.seq
            ),
            _ => format!(
                "Nothing has come behind entry {}: this exchange is not over. It goes on once {who} sends it again, after a new \
                 connection at the latest.",
                last.seq
            ),
        });
    }
    said
}

fn decided(decision: &Decision, row: &Row, view: &View) -> String {
    let topic = row.topic.as_deref().unwrap_or_default();
    match decision {
        Decision::Retained(true) => {
            format!("It is the retained message of {topic} now: later subscribers get it at once.")
        }
        Decision::Retained(false) => {
            "An empty payload: the topic has no retained message any more.".to_owned()
        }
        Decision::Duplicate => format!(
            "Message {} is known, and not released yet. So it goes to nobody a second time, and PUBREC is said again: that makes \
             it exactly once.",
            row.id
        ),
        Decision::Refused(reason, None) => format!("It was refused: {reason}."),
        Decision::Refused(reason, Some(why)) => format!("It was refused: {reason}, {}.", cut(why, 120)),
        Decision::Mounted(topic) => {
            format!(
                "Its listener has a mount point: the whole topic is {}.",
                cut(topic, 60)
            )
        }
        Decision::Queued(client) => {
            format!(
                "It waits for {}: for its connection, or for room in its window.",
                cut(client, 60)
            )
        }
        Decision::Dropped(client, why) => {
            format!("{} does not get it: {}.", cut(client, 60), dropped(*why))
        }
        Decision::Sent(client) => {
            let client = cut(client, 60);
            match fitting(view, &client, row) {
                Some(filter) => format!("Sent to {client}: its filter {filter} fits."),
                None => format!("Sent to {client}."),
            }
        }
    }
}

fn dropped(why: DropReason) -> &'static str {
    match why.word() {
        "away" => "it is away, and QoS 0 waits for nobody",
        "queue_full" => "its queue is full (session.max_queued_messages)",
        "outbox_full" => "it reads too slowly (limits.max_outbox_bytes)",
        "memory_full" => "the broker holds as much as it may (limits.max_memory_bytes)",
        "too_large" => "it is larger than the client takes",
        "expired" => "it has expired",
        "session_ended" => "its session has ended",
        "may_not_read" => "it may not read the topic",
        other => other,
    }
}

/// The filter of this client that fits the topic of the row.
fn fitting<'a>(view: &'a View, client: &str, row: &Row) -> Option<&'a str> {
    let topic = row.topic.as_deref()?;
    let filters = &view.ladder.people.get(client)?.filters;
    let fits = |filter: &str| {
        let own = match filter.strip_prefix("$share/") {
            Some(shared) => shared.split_once('/').map_or(shared, |(_, own)| own),
            None => filter,
        };
        matches(own, topic)
    };
    filters
        .iter()
        .map(|(filter, _)| &**filter)
        .find(|filter| fits(filter))
}

fn listed(mut parts: Vec<String>) -> String {
    match parts.pop() {
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} or {last}", parts.join(", ")),
        None => String::new(),
    }
}

fn span(took: Duration) -> String {
    match took.as_secs_f64() {
        secs if secs < 0.001 => format!("{:.0} µs", secs * 1e6),
        secs if secs < 1.0 => format!("{:.1} ms", secs * 1e3),
        secs => format!("{secs:.1} s"),
    }
}
