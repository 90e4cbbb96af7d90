//! Documents that are wrong.

use std::collections::HashMap;

use crate::ground::{LAMPS_2, lamps_3, read};

#[test]
fn what_is_wrong_in_a_document_has_its_line_and_the_nearest_word() {
    let replaced = |from: &str, to: &str| {
        let text = LAMPS_2.replacen(from, to, 1);
        assert_ne!(text, LAMPS_2, "{from}");
        let wrong = read(&text).unwrap_err();
        wrong
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    for (from, to, want) in [
        (
            "asyncapi: 2.6.0",
            "asyncapi: 1.2.0",
            "lamps.yaml:1: is AsyncAPI 1.2.0; versions 2 and 3 are read",
        ),
        (
            "asyncapi: 2.6.0",
            "x-y: 1",
            "lamps.yaml:1: is not an AsyncAPI document: it has no `asyncapi: 3.0.0`",
        ),
        (
            "channels:",
            "chanels:",
            "lamps.yaml:15: `chanels` is not a field of the document; did you mean `channels`?",
        ),
        (
            "    publish:\n",
            "    pubish:\n",
            "lamps.yaml:19: `pubish` is not a field of a channel; did you mean `publish`?",
        ),
        (
            "messages/switched'",
            "messages/swiched'",
            "lamps.yaml:24: `$ref: #/components/messages/swiched` leads nowhere; did you mean `switched`?",
        ),
        (
            "more.json#",
            "mroe.json#",
            "lamps.yaml:25: `$ref: mroe.json#/dimmed` cannot be read: there is no mroe.json",
        ),
        (
            "qos: 1, bindingVersion",
            "qos: 3, bindingVersion",
            "`qos` is 0, 1 or 2",
        ),
        (
            "on: {type: boolean}",
            "on: {type: bool}",
            "`bool` is not a type of JSON Schema; those are array, boolean, integer",
        ),
        ("{lampId}/state", "{lampId/state", "a } is missing"),
    ] {
        let found = replaced(from, to);
        assert!(found.contains(want), "{from} → {to}\n{found}\n{want}");
    }
}

#[test]
fn no_text_makes_reading_panic() {
    // Each prefix, and each with one byte changed.
    let mut kinds: HashMap<bool, u32> = HashMap::new();
    for text in [LAMPS_2.to_owned(), lamps_3()] {
        for end in (0..text.len()).step_by(7) {
            let mut bytes = text.clone().into_bytes();
            bytes[end] = b"{}[]:-#&*!|>'\"%@`\n\t x"[end % 21];
            for text in [text[..end].to_owned(), String::from_utf8(bytes).unwrap()] {
                *kinds.entry(read(&text).is_ok()).or_default() += 1;
            }
        }
    }
    assert!(kinds[&true] > 0 && kinds[&false] > 0, "{kinds:?}");
}
