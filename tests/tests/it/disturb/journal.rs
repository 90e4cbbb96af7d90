//! The journal has what the client saw, once; what answers saw is a second entry where it differs.

use broker::expect::publish;
use broker::journal::{Direction, Entry, Side};
use broker::pattern::Pattern;
use broker::wire::PacketType;
use broker::{Event, QoS, journal};
use tests::harness::message;
use tests::harness::raw::text;

use super::ground::Ground;

/// The entries that a pattern means.
fn found(ground: &Ground, pattern: impl Into<Pattern>) -> Vec<Entry> {
    let found = ground.front.journal().matching(pattern.into());
    found.wait().expect("it runs").entries
}

#[test]
fn a_lost_message_is_in_the_journal_once_with_its_rule() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "lost"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = "drop"
            "#,
        );
        let mut mouth = ground.client("mouth");
        mouth.publish(&message("t", "x", QoS::AtMostOnce));
        ground.settle();
        let sent = found(ground, publish("t").from("mouth"));
        assert_eq!(sent.len(), 1, "{}", ground.ladder());
        assert_eq!(sent[0].side(), Some(Side::Client), "nobody got it");
        assert_eq!(ground.firings("mouth"), [("lost".into(), "drop".into(), 1)]);
        assert_eq!(ground.engine().stats().publish_received, 0);
        assert!(ground.ladder().contains("lost"), "{}", ground.ladder());
    });
}

#[test]
fn an_edited_message_is_there_as_sent_and_behind_it_as_it_went_on() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        ground.rule(
            r#"
            name = "false"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = { type = "edit", set = { payload = "99.9" } }
            "#,
        );
        let mut mouth = ground.client("mouth");
        mouth.publish(&message("t", "21.5", QoS::AtMostOnce));
        assert_eq!(text(&ear.receive()), "99.9");
        // A pattern means the client's side.
        let sent = found(ground, publish("t").from("mouth"));
        assert_eq!(sent.len(), 1, "{}", ground.ladder());
        assert_eq!(sent[0].payload(), Some(&b"21.5"[..]));
        let got = found(ground, publish("t").from("mouth").field("side", "engine"));
        assert_eq!(got.len(), 1, "{}", ground.ladder());
        assert_eq!(got[0].payload(), Some(&b"99.9"[..]));
        // The client's packet, the rule, the packet that went on: one after the other.
        let all = ground.entries();
        let between = all
            .iter()
            .filter(|entry| (sent[0].seq..=got[0].seq).contains(&entry.seq));
        let between: Vec<_> = between
            .map(|entry| match &entry.record {
                journal::Record::Event(Event::Fault { rule, .. }) => rule.to_string(),
                _ => format!("{:?}", entry.side()),
            })
            .collect();
        assert_eq!(
            between,
            ["Some(Client)", "false", "Some(Engine)"],
            "{}",
            ground.ladder()
        );
    });
}

#[test]
fn what_comes_late_to_a_client_is_there_when_it_comes() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        ground.rule(
            r#"
            name = "late"
            when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
            action = { type = "latency", latency = 1000 }
            "#,
        );
        ground.publish("t", "x", QoS::AtMostOnce);
        ground.settle();
        assert_eq!(ground.packets("ear", PacketType::Publish), []);
        ground.advance(1000);
        let came = ground.packets("ear", PacketType::Publish);
        assert_eq!(came.len(), 1, "{}", ground.ladder());
        assert_eq!(came[0].direction(), Some(Direction::Out));
        assert_eq!(text(&ear.receive()), "x");
    });
}
