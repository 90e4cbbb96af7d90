//! Every event of the table, in every form in which it is shown.

use serde_json::Value as Json;

use super::{EVENTS, Event};
use crate::journal::{Entry, Ladder, Mermaid, OF_THE_ENTRY, Record};
use crate::time::Time;
use crate::wire::Version;

fn entry(event: Event) -> Entry {
    Entry {
        seq: 0,
        at: Time::ZERO,
        conn: event.conn(),
        client_id: event.client_id(),
        version: Version::V5,
        record: Record::Event(event),
    }
}

#[test]
fn every_event_has_all_its_fields_in_json() {
    assert_eq!(EVENTS.len(), Event::samples().len());
    for (kind, event) in EVENTS.iter().zip(Event::samples()) {
        assert_eq!(event.word(), kind.word);
        let documented: Vec<&str> = kind.meanings().map(|(name, _)| name).collect();
        let mut line = Vec::new();
        event.each_json(&mut |name, value| {
            assert!(!value.is_null(), "{} has no {name}", kind.word);
            line.push(name);
        });
        assert_eq!(line, documented, "{}", kind.word);
        assert!(kind.meanings().all(|(_, meaning)| !meaning.is_empty()) && !kind.what.is_empty());

        let json: Json = serde_json::from_str(&entry(event).to_json()).expect("an entry is JSON");
        assert_eq!(
            (&json["record"], &json["event"]),
            (&"event".into(), &kind.word.into())
        );
        for name in documented.iter().filter(|name| **name != "mqtt_version") {
            assert!(!json[name].is_null(), "{} has no {name}: {json}", kind.word);
        }
    }
}

#[test]
fn every_event_is_told_in_words_and_in_both_drawings() {
    for event in Event::samples() {
        let words = event.words();
        let of_whom = ["a/b", "connection #1", "rumqttd", "the broker"];
        assert!(of_whom.iter().any(|who| words.contains(who)), "{words}");
        let brief = event.brief(&|name| format!("<{name}>"));
        // What happens to the whole broker is of nobody.
        let is_of_all = brief.who.is_empty() && words.starts_with("the broker");
        let is_of_one = of_whom.contains(&&*brief.who) || brief.who == "#1";
        assert!(is_of_one || is_of_all, "{brief:?}");
        assert!(
            !brief.verb.is_empty() && brief.verb.len() <= 12 && !brief.detail.is_empty(),
            "{brief:?}"
        );
        let entries = [entry(event)];
        assert_eq!(entries[0].words(), words);
        assert!(
            Ladder::new(&entries).width(300).to_string().contains(&words),
            "{words}"
        );
        let note = format!(
            "Note over broker: {}",
            words
                .split(['#', ';'])
                .next()
                .unwrap_or_default()
                .chars()
                .take(60)
                .collect::<String>()
        );
        assert!(Mermaid::new(&entries).to_string().contains(&note), "{note}");
    }
}

#[test]
fn what_an_entry_says_itself_is_not_said_again() {
    for name in OF_THE_ENTRY {
        assert!(
            EVENTS
                .iter()
                .any(|kind| kind.fields().any(|field| field.name == name)),
            "{name} is of no event"
        );
    }
}
