//! The list of keys.

use ratatui_core::style::Style;
use settings::text::padded;

use super::{Look, Pane};
use crate::cli::watch::keys::KEYS;
use crate::cli::wrapped::wrapped;

/// Signs of the ladder, and what they mean.
const SIGNS: &[(&str, &str)] = &[
    (
        "━▶ ─▶ ═▶ ╌▶",
        "message, acknowledgement, subscription, connection",
    ),
    ("●  ■  ○", "a message went on; is retained, too; nobody wanted it"),
    (
        "⊖  ✕",
        "known already, not delivered again; lost, broken, refused",
    ),
    ("│  ┊", "connected; a session whose client is away"),
    ("┌ ├ └", "an exchange of QoS 1 or 2; without └ it is not over"),
];

/// So many columns have room for the keys with what they do beside them.
const BESIDE: usize = 40;

pub(super) fn draw(at: &mut usize, pane: &mut Pane<'_>) {
    let room = usize::from(pane.area.width).saturating_sub(1);
    let column = if room < BESIDE { 1 } else { 14 };
    let mut lines: Vec<(&str, String)> = Vec::new();
    for (key, what) in KEYS.iter().chain(SIGNS) {
        let first = lines.len();
        if room < BESIDE {
            lines.push((key, String::new()));
        }
        let texts = wrapped(what, room.saturating_sub(column));
        lines.extend(texts.into_iter().map(|text| ("", text)));
        lines[first].0 = key;
    }
    let height = usize::from(pane.area.height).saturating_sub(1);
    let most = lines.len().saturating_sub(height);
    *at = (*at).min(most);
    pane.heading(if most > 0 { "Keys, j k for more" } else { "Keys" }, true);
    for (y, (key, what)) in (1..).zip(lines.iter().skip(*at).take(height)) {
        let end = pane.put(1, y, &padded(key, column), Look::strong());
        pane.put(end, y, what, Style::new());
    }
}
