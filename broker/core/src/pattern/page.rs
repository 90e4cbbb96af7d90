//! `docs/PATTERNS.md`: every field that a pattern can ask for, made from the tables of the journal.
//!
//! A test fails when the page is stale; `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew.

use std::fmt::Write as _;

use super::names::alternatives;
use super::read::COMPARISONS;
use super::what::packets;
use crate::journal::{Codes, EVENTS, FIELDS, Field, Kind, OF_THE_ENTRY, Of, only_way, properties_of};
use crate::wire::PacketType;

const INTRO: &str = "\
# Patterns

A pattern says which packets and events are meant. As JSON it looks like the entry of the journal that it means: the same
names, and for each field the value that it is to have. What is left out may be anything. Expectations are made of patterns
(`broker::expect`).

    {\"packet\": \"PUBLISH\", \"direction\": \"in\", \"topic\": \"sensors/+/temp\", \"qos\": {\"one_of\": [1, 2]},
     \"payload\": {\"json_at\": {\"/celsius\": {\"from\": 30}}}}
    {\"packet\": \"CONNECT\", \"keep_alive\": {\"from\": 1, \"to\": 60}, \"will\": {\"topic\": \"gone\"}, \"user_name\": null}
    {\"packet\": [\"PUBACK\", \"PUBREC\"], \"reason_code\": {\"from\": 128}}
    {\"event\": \"disconnected\", \"client_id\": \"dev-1\", \"cause\": {\"not\": \"client_disconnect\"}}

`packet` names a type of packets or a list of types, `event` an event or a list of events; `\"record\": \"packet\"` and
`\"record\": \"event\"` mean all. `direction` is `in` (from a client) or `out` (to it). `topic` is a topic filter, `client_id`
the client. All other names are fields: those below.

A text, a number, `true` or `false` asks for the same value; numbers are compared by value. `null` asks that the field is
absent. In a list one element has to fit, such as a User Property `{\"name\": \"unit\", \"value\": \"C\"}`; a list as the value
is the whole list. An object has the members that the field is to have, or comparisons, and all of them have to fit:

";

/// The page, as Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Generated from broker/core/src/pattern; `UPDATE_DOCS=1 cargo test -p broker --test it cli` writes it anew. -->\n\n",
    );
    page += INTRO;
    page += "| comparison | fits |\n|---|---|\n";
    for (name, what) in COMPARISONS {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(page, "| `{name}` | {what} |");
    }
    page += "\nWhat no entry can fit is an error: it names the field by its path, says what would be right, and for a misspelt \
             name the nearest.\n\n## Fields of all entries\n\n";
    let rows = |of: fn(&Of) -> bool| FIELDS.iter().filter(move |row| of(&row.of)).map(|row| &row.field);
    table(&mut page, rows(|of| matches!(of, Of::Entries)), None);
    page += "\n## Fields of all packets\n\n";
    table(&mut page, rows(|of| matches!(of, Of::Packets)), None);
    for packet in packets() {
        let way = match only_way(packet) {
            Some(crate::journal::Direction::In) => ", sent by clients",
            Some(crate::journal::Direction::Out) => ", sent by the broker",
            None => "",
        };
        let _ = writeln!(page, "\n## {}{way}\n", packet.name());
        let own = FIELDS
            .iter()
            .filter(|row| matches!(row.of, Of::Types(_)) && row.is_of(packet));
        table(&mut page, own.map(|row| &row.field), Some(packet));
        properties(&mut page, packet, false);
        if packet == PacketType::Connect {
            properties(&mut page, packet, true);
        }
    }
    for event in EVENTS {
        let _ = writeln!(page, "\n## Event `{}`\n\n{}\n", event.word, event.what);
        table(
            &mut page,
            event.fields().filter(|field| !OF_THE_ENTRY.contains(&field.name)),
            None,
        );
    }
    page
}

fn table<'a>(page: &mut String, fields: impl Iterator<Item = &'a Field>, packet: Option<PacketType>) {
    let mut fields = fields.peekable();
    if fields.peek().is_none() {
        page.push_str("No fields of its own.\n");
        return;
    }
    page.push_str("| field | what it is | values |\n|---|---|---|\n");
    for field in fields {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            field.name,
            field.what,
            values(field.kind, packet)
        );
        let parts: &[Field] = match field.kind {
            Kind::Object(parts) => parts,
            Kind::List(Kind::Object(parts)) => parts,
            _ => continue,
        };
        for part in parts {
            let _ = writeln!(
                page,
                "| `{}.{}` | {} | {} |",
                field.name,
                part.name,
                part.what,
                values(part.kind, packet)
            );
        }
    }
}

fn properties(page: &mut String, packet: PacketType, of_will: bool) {
    let known: Vec<String> = properties_of(packet, of_will)
        .filter(|(_, kind)| !matches!(kind, Kind::Secret))
        .map(|(name, kind)| format!("`{name}` ({})", values(kind, Some(packet))))
        .collect();
    if !known.is_empty() {
        let of = if of_will {
            "`will.properties`"
        } else {
            "`properties`"
        };
        let _ = writeln!(page, "\n{of}: {}.", known.join(", "));
    }
}

/// What a field can be, in words.
fn values(kind: Kind, packet: Option<PacketType>) -> String {
    let quoted = |words: &[&str]| alternatives(words.iter().map(|word| format!("`{word}`")));
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::True => "`true` or absent".to_owned(),
        Kind::Whole(from, to) if to == u64::MAX => format!("whole number from {from} on"),
        Kind::Whole(from, to) => format!("{from} to {to}"),
        Kind::Number => "number".to_owned(),
        Kind::OneOf(words) => quoted(words),
        Kind::TopicName => "topic name".to_owned(),
        Kind::TopicFilter | Kind::Topic => "topic filter".to_owned(),
        Kind::Bytes => "text or bytes".to_owned(),
        Kind::Base64 => "Base64".to_owned(),
        Kind::Code(Codes::OfPacket) => {
            let codes = Codes::OfPacket.all(packet).map(|code| code.0.to_string());
            format!("reason code: {}", alternatives(codes))
        }
        Kind::Code(Codes::Refusals) => "reason code from 128 on".to_owned(),
        Kind::Code(Codes::Any) => "reason code".to_owned(),
        Kind::CodeName => "name of a reason code".to_owned(),
        Kind::Object(_) | Kind::Properties { .. } => "object".to_owned(),
        Kind::List(Kind::Object(_)) => "list of objects".to_owned(),
        Kind::List(element) => format!("list of: {}", values(*element, packet)),
        Kind::Secret => "never shown".to_owned(),
    }
}
