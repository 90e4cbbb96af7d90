//! The lists: clients and topics.

use ratatui_core::style::Style;
use settings::text::{cut, grouped, padded, width};

use super::{Look, Pane};
use crate::cli::watch::people::Person;
use crate::cli::watch::row::Family;
use crate::cli::watch::view::{Part, View};
use crate::cli::wrapped::wrapped;
use crate::time::Time;

/// The lines of a list that are seen: from which on, so that the selected one is among them.
fn from(selected: usize, lines: usize) -> usize {
    (selected + 1).saturating_sub(lines)
}

pub(super) fn clients(view: &View, look: Look, pane: &mut Pane<'_>) {
    let has_keys = view.part == Part::Clients;
    let people = &view.ladder.people;
    pane.heading(&format!("Clients {}", people.len()), has_keys);
    let room = usize::from(pane.area.width);
    // What is known of the selected one stands below.
    let below = if has_keys {
        usize::from(pane.area.height / 3).min(8)
    } else {
        0
    };
    let lines = usize::from(pane.area.height).saturating_sub(1 + below);
    let first = from(view.at_client, lines);
    for (at, one) in people.iter().enumerate().skip(first).take(lines) {
        let y = (at - first) as u16 + 1;
        let is_selected = has_keys && at == view.at_client;
        let mark = if one.is_connected { "●" } else { "┊" };
        let style = if one.is_connected {
            look.of(Family::Acks)
        } else {
            Look::faint()
        };
        pane.put(0, y, if is_selected { "▸" } else { " " }, Look::strong());
        pane.put(1, y, mark, style);
        let name = padded(&cut(name_of(one), room * 2 / 5), room * 2 / 5);
        let end = pane.put(
            3,
            y,
            &name,
            if one.is_connected {
                Look::strong()
            } else {
                Style::new()
            },
        );
        let left = room.saturating_sub(usize::from(end) + 1);
        pane.put(end + 1, y, &cut(&standing(one, view.now), left), Style::new());
        if is_selected {
            pane.line_style(y, Look::bar());
        }
    }
    if let Some(one) = people.iter().nth(view.at_client).filter(|_| has_keys) {
        let y = pane.area.height.saturating_sub(below as u16);
        let about = about(one, view.now, room);
        let is_cut = about.len() > below;
        for (line, text) in about.into_iter().enumerate().take(below) {
            // What there is no room for is told by an ellipsis.
            let text = if is_cut && line + 1 == below {
                format!("{}…", cut(&text, room.saturating_sub(2)).trim_end_matches('…'))
            } else {
                cut(&text, room.saturating_sub(1))
            };
            pane.put(1, y + line as u16, &text, Style::new());
        }
    }
}

fn name_of(one: &Person) -> &str {
    if one.name.is_empty() { "(empty)" } else { &one.name }
}

/// How it stands with a client, in a few words.
fn standing(one: &Person, now: Time) -> String {
    if !one.is_connected {
        return match &one.went {
            Some((how, _)) => how.clone(),
            None => "not connected".to_owned(),
        };
    }
    let [came, went] = one.packets.map(grouped);
    let mut parts = vec![format!("{came}▶ ◀{went}")];
    if one.drops > 0 {
        parts.push(format!("✕{}", grouped(one.drops)));
    }
    if one.keep_alive_secs > 0 {
        let most = u64::from(one.keep_alive_secs) * 3 / 2;
        let silent = now.saturating_since(one.heard).as_secs();
        parts.push(format!("♥{}s", most.saturating_sub(silent)));
    }
    parts.join(" ")
}

/// What is known of a client.
fn about(one: &Person, now: Time, columns: usize) -> Vec<String> {
    let [came, went] = one.packets.map(grouped);
    let mut lines = vec![format!(
        "{}: MQTT {}, {came} packets from it, {went} to it",
        cut(name_of(one), 40),
        one.version
    )];
    if one.is_connected && one.keep_alive_secs > 0 {
        let silent = now.saturating_since(one.heard).as_secs();
        lines.push(format!(
            "keep alive {} s; it was heard {silent} s ago, and may be silent for {} s",
            one.keep_alive_secs,
            u64::from(one.keep_alive_secs) * 3 / 2
        ));
    }
    if let (false, Some((how, advice))) = (one.is_connected, &one.went) {
        lines.push(format!("it is away: {how}"));
        lines.extend(
            advice
                .iter()
                .flat_map(|advice| wrapped(advice, columns.saturating_sub(2))),
        );
    }
    let filters = one
        .filters
        .iter()
        .map(|(filter, qos)| format!("{filter} (QoS {qos})"));
    let filters: Vec<String> = filters.collect();
    if !filters.is_empty() {
        let listens = format!("listens to {}", filters.join(", "));
        lines.extend(wrapped(&listens, columns.saturating_sub(2)));
    }
    lines
}

pub(super) fn topics(view: &View, look: Look, pane: &mut Pane<'_>) {
    let has_keys = view.part == Part::Topics;
    let topics = &view.ladder.topics;
    pane.heading(&format!("Topics {}", topics.len()), has_keys);
    let room = usize::from(pane.area.width);
    let lines = usize::from(pane.area.height).saturating_sub(1);
    let first = from(view.at_topic, lines);
    for (at, one) in topics.iter().enumerate().skip(first).take(lines) {
        let y = (at - first) as u16 + 1;
        let is_selected = has_keys && at == view.at_topic;
        pane.put(0, y, if is_selected { "▸" } else { " " }, Look::strong());
        let name = padded(&cut(&one.name, room * 2 / 5), room * 2 / 5);
        let mut end = pane.put(1, y, &name, Look::strong()) + 1;
        end = pane.put(
            end,
            y,
            &format!("{:>5} ", rate(one.rate(view.now))),
            Look::faint(),
        );
        let left = |end: u16| room.saturating_sub(usize::from(end));
        let mark = if one.kept.is_some() { 2 } else { 0 };
        let value = cut(&one.value, left(end).saturating_sub(mark));
        end = pane.put(end, y, &value, Style::new());
        if let Some((at, who)) = &one.kept {
            let secs = at.since_start().as_secs_f64();
            let texts = [
                format!(" ■ retained at {secs:.1} s by {}", cut(who, 20)),
                format!(" ■ retained at {secs:.1} s"),
                format!(" ■ {secs:.0}s"),
                " ■".to_owned(),
            ];
            if let Some(text) = texts.iter().find(|text| width(text) <= left(end)) {
                pane.put(end, y, text, look.of(Family::Messages));
            }
        }
        if is_selected {
            pane.line_style(y, Look::bar());
        }
    }
}

/// Messages a second.
fn rate(per_sec: f64) -> String {
    match per_sec {
        ..0.05 => String::new(),
        ..10.0 => format!("{per_sec:.1}/s"),
        _ => format!("{per_sec:.0}/s"),
    }
}
