//! The list of keys.

use ratatui_core::style::Style;
use settings::text::padded;

use super::{Look, Pane};
use crate::cli::watch::keys::KEYS;

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

pub(super) fn draw(pane: &mut Pane<'_>) {
    pane.heading("Keys", true);
    let column = usize::from(pane.area.width.min(14));
    for (at, (key, what)) in KEYS.iter().chain(SIGNS).enumerate() {
        let y = at as u16 + 1;
        let end = pane.put(1, y, &padded(key, column), Look::strong());
        pane.put(end, y, what, Style::new());
    }
}
