//! The packet that is read: what it means, what the broker decided and why, and its fields.

use ratatui_core::style::Style;
use settings::text::{cut, escaped};

use super::{Look, Pane};
use crate::cli::watch::exchanges::State;
use crate::cli::watch::meaning::{meaning, why};
use crate::cli::watch::row::{Marks, Row};
use crate::cli::watch::view::{Opened, Part, View};
use crate::cli::wrapped::wrapped;
use crate::journal::Entry;

/// Of a value so many columns are shown.
const VALUE_COLUMNS: usize = 400;
/// What is said elsewhere, or is not for people.
const LEFT_OUT: [&str; 9] = [
    "seq",
    "at_secs",
    "record",
    "client_id",
    "packet",
    "direction",
    "raw_base64",
    "decisions",
    "event",
];

pub(super) fn draw(view: &View, look: Look, pane: &mut Pane<'_>) {
    let Some(Opened { n, entry }) = &view.opened else {
        return;
    };
    let Some(row) = view.ladder.rows.get(*n) else {
        return;
    };
    let way = match (row.kind.is_event(), row.is(Marks::OUT)) {
        (true, _) => row.who.to_string(),
        (_, true) => format!("broker → {}", row.who),
        _ => format!("{} → broker", row.who),
    };
    let heading = format!(
        "{} {way}, entry {} at {:.3} s",
        row.title(),
        row.seq,
        row.at.since_start().as_secs_f64()
    );
    pane.heading(
        &cut(&heading, usize::from(pane.area.width)),
        view.part == Part::Packet,
    );
    let room = usize::from(pane.area.width).saturating_sub(2);
    let lines = if let Some(entry) = entry {
        lines(entry, row, view, look, room)
    } else {
        let gone = "The journal does not keep this entry any more (journal.entries, journal.bytes).";
        wrapped(gone, room)
            .into_iter()
            .map(|line| (line, Style::new()))
            .collect()
    };
    let height = usize::from(pane.area.height).saturating_sub(1);
    let from = view.scrolled.min(lines.len().saturating_sub(height));
    for (at, (line, style)) in lines.iter().skip(from).take(height).enumerate() {
        pane.put(1, at as u16 + 1, line, *style);
    }
}

fn lines(entry: &Entry, row: &Row, view: &View, look: Look, room: usize) -> Vec<(String, Style)> {
    let mut lines = Vec::new();
    let mut add = |text: &str, style: Style| {
        lines.extend(wrapped(text, room).into_iter().map(|line| (line, style)));
    };
    add(&escaped(&meaning(entry, row, view)), Look::strong());
    let style = look.of(row.family());
    for sentence in why(entry, row, view) {
        add(&escaped(&sentence), style);
    }
    if let Some(exchange) = view.ladder.exchanges.get(row.exchange) {
        let end = match exchange.state {
            State::Open => "not over",
            State::Whole => "over",
            State::Cut => "which never ended",
        };
        add(
            &format!(
                "Exchange: QoS {}, identifier {}, {} packets, {end}.",
                exchange.qos,
                exchange.id,
                exchange.rows.len()
            ),
            Look::faint(),
        );
    }
    for (name, value) in fields(entry) {
        add(&format!("{name}: {value}"), Style::new());
    }
    lines
}

/// The fields under their names in the standard.
fn fields(entry: &Entry) -> Vec<(String, String)> {
    let json: serde_json::Value = serde_json::from_str(&entry.to_json()).unwrap_or_default();
    let mut fields = Vec::new();
    for (name, value) in json.as_object().into_iter().flatten() {
        if LEFT_OUT.contains(&&**name) || value.is_null() {
            continue;
        }
        match value.as_object().filter(|_| name == "properties") {
            Some(properties) => {
                fields.extend(properties.iter().map(|(name, value)| shown(name, value)));
            }
            None => fields.push(shown(name, value)),
        }
    }
    fields
}

fn shown(name: &str, value: &serde_json::Value) -> (String, String) {
    let value = match value {
        serde_json::Value::String(text) => cut(text, VALUE_COLUMNS),
        other => cut(&other.to_string(), VALUE_COLUMNS),
    };
    (name.replace('_', " "), value)
}
