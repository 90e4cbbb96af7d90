//! The tables of docs/FAULTS.md.

use std::fmt::Write as _;

use super::action::{ACTIONS, About};
use super::attributes::TOXICS;
use super::draft::fields_of;
use super::json::KEYS;
use crate::wire::PacketType;

/// A table for each part of a rule, under the name that stands in the page: what is between the marks
/// `<!-- table: NAME -->` and `<!-- end -->` is made by this.
pub fn tables() -> Vec<(&'static str, String)> {
    let keys = KEYS.iter().fold(
        "| key | meaning |\n|---|---|\n".to_owned(),
        |mut text, (key, what)| {
            let _ = writeln!(text, "| `{key}` | {what} |");
            text
        },
    );
    vec![
        ("keys", keys),
        ("actions", table("action", ACTIONS)),
        ("toxics", table("type", TOXICS)),
        ("fields", fields()),
    ]
}

fn table(name: &str, all: &[About]) -> String {
    let mut text = format!("| {name} | what it does | attributes |\n|---|---|---|\n");
    for About {
        word,
        what,
        attributes,
    } in all
    {
        let attributes: Vec<String> = attributes
            .iter()
            .map(|(name, what)| format!("`{name}`: {what}"))
            .collect();
        let _ = writeln!(text, "| `{word}` | {what} | {} |", attributes.join("<br>"));
    }
    text
}

/// The fields that each packet has to set.
fn fields() -> String {
    let mut text = "| packet | fields |\n|---|---|\n".to_owned();
    for packet in (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4)) {
        let names: Vec<String> = fields_of(packet)
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        if !names.is_empty() {
            let _ = writeln!(text, "| {} | {} |", packet.name(), names.join(", "));
        }
    }
    text
}
