//! First in, first out; and what is kept back is counted, waited for at an end, and gone with a reset.

use broker::journal::CloseReason;
use broker::wire::{Connect, Packet, Version, Will, WillProperties};
use broker::{Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, hello, message};

use super::ground::{Ground, has_something};

/// The payloads of the next messages.
fn heard(client: &mut Client, count: usize) -> Vec<String> {
    (0..count).map(|_| text(&client.receive()).to_owned()).collect()
}

fn say(client: &mut Client, topic: &str, payloads: &[&str]) {
    for payload in payloads {
        client.start_publish(&message(topic, payload, QoS::AtMostOnce));
    }
}

fn with_will(name: &str) -> Connect<'_> {
    Connect {
        will: Some(Will {
            topic: "gone",
            payload: b"will",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: WillProperties::default(),
        }),
        ..hello(Version::V5, name)
    }
}

#[test]
fn what_comes_later_waits_behind_what_is_late_and_passes_in_order() {
    for direction in ["in", "out"] {
        Ground::each(|ground| {
            let mut ear = ground.client("ear");
            ear.subscribe("t", QoS::AtMostOnce);
            let mut mouth = ground.client("mouth");
            let whose = if direction == "in" { "mouth" } else { "ear" };
            ground.rule(&format!(
                r#"
                name = "late"
                when = {{ packet = "PUBLISH", direction = "{direction}", client_id = "{whose}" }}
                nth = 2
                action = {{ type = "latency", latency = 1000 }}
                "#
            ));
            say(&mut mouth, "t", &["1", "2", "3"]);
            assert_eq!(heard(&mut ear, 1), ["1"]);
            ground.is_silent(&ear);
            ground.advance(999);
            ground.is_silent(&ear);
            ground.advance(1);
            assert_eq!(heard(&mut ear, 2), ["2", "3"]);
            assert_eq!(ground.firings(whose), [("late".into(), "latency".into(), 1)]);
        });
    }
}

#[test]
fn only_what_is_held_is_overtaken_until_it_is_released() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        let mut mouth = ground.client("mouth");
        ground.rule(
            r#"
            name = "kept"
            when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
            nth = 1
            action = "hold"
            "#,
        );
        say(&mut mouth, "t", &["1", "2", "3"]);
        assert_eq!(heard(&mut ear, 2), ["2", "3"]);
        ground.is_silent(&ear);
        ground.front.faults().release("kept").wait().expect("it is there");
        assert_eq!(heard(&mut ear, 1), ["1"]);
    });
}

#[test]
fn only_what_is_reordered_is_overtaken_by_as_many_as_the_rule_says() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        let mut mouth = ground.client("mouth");
        ground.rule(
            r#"
            name = "mixed"
            when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
            nth = 1
            action = { type = "reorder", behind = 2 }
            "#,
        );
        say(&mut mouth, "t", &["1", "2", "3", "4"]);
        assert_eq!(heard(&mut ear, 4), ["2", "3", "1", "4"]);
    });
}

#[test]
fn kept_bytes_of_a_client_count_against_its_bounds() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "slow"
            client = "mouth"
            type = "latency"
            stream = "upstream"
            attributes = { latency = 60000 }
            "#,
        );
        let mouth = Client::open(ground.front.addr(), Version::V311);
        let most = 256 * 1024 * 1024;
        let taken = write_until_it_jams(&mouth, most);
        assert!(taken < most, "{taken} bytes were taken, and are held somewhere");
    });
}

/// A CONNECT of "mouth", and then messages until nobody takes them any more; the bytes that were taken.
fn write_until_it_jams(client: &Client, most: usize) -> usize {
    use std::io::Write as _;
    let mut stream = client.stream();
    stream
        .write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05mouth")
        .expect("it is taken");
    let mut packet = Vec::new();
    let payload = "x".repeat(64 * 1024);
    Packet::Publish(message("t", &payload, QoS::AtMostOnce)).encode(Version::V311, &mut packet);
    let patience = std::time::Duration::from_millis(300);
    stream.set_write_timeout(Some(patience)).expect("it is a socket");
    let mut taken = 0;
    while taken < most {
        match stream.write(&packet[taken % packet.len()..]) {
            Ok(n) => taken += n,
            Err(_) => break,
        }
    }
    taken
}

#[test]
fn kept_bytes_for_a_client_count_as_its_outbox() {
    let small = |settings: &mut broker::settings::BrokerSettings| {
        settings.limits.max_outbox_bytes = 100_000;
    };
    Ground::each_with(small, |ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        ground.rule(
            r#"
            name = "slow"
            client = "ear"
            type = "latency"
            attributes = { latency = 60000 }
            "#,
        );
        let mut mouth = ground.client("mouth");
        let payload = "x".repeat(10_000);
        // Far more than it may hold: what the sockets between the relay and its upstream hold comes on top.
        for _ in 0..2_000 {
            mouth.publish(&message("t", &payload, QoS::AtMostOnce));
        }
        let dropped = ground.engine().stats().dropped_outbox_full;
        assert!(dropped > 1_000, "only {dropped} had no room");
    });
}

#[test]
fn the_end_of_a_client_waits_behind_its_late_words() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("#", QoS::AtMostOnce);
        let mut mouth = ground.connect(&with_will("mouth"));
        ground.rule(
            r#"
            name = "late"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = { type = "latency", latency = 1000 }
            "#,
        );
        say(&mut mouth, "last", &["words"]);
        mouth.vanish();
        // Neither the words nor the will: it has not ended yet.
        ground.is_silent(&ear);
        ground.advance(1000);
        assert_eq!(heard(&mut ear, 2), ["words", "will"]);
    });
}

#[test]
fn a_goodbye_waits_behind_late_words_and_the_will_stays_unsaid() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("#", QoS::AtMostOnce);
        let mut mouth = ground.connect(&with_will("mouth"));
        ground.rule(
            r#"
            name = "late"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = { type = "latency", latency = 1000 }
            "#,
        );
        say(&mut mouth, "last", &["words"]);
        mouth.send(&Packet::Disconnect(broker::wire::Disconnect {
            reason: ReasonCode::SUCCESS,
            properties: broker::wire::DisconnectProperties::default(),
        }));
        mouth.vanish();
        ground.is_silent(&ear);
        ground.advance(1000);
        assert_eq!(heard(&mut ear, 1), ["words"]);
        ground.engine().until("it said goodbye", |event| {
            matches!(event, Event::Disconnected { client_id, cause: CloseReason::ClientDisconnect(_), .. }
                if &**client_id == "mouth")
        });
        ground.is_silent(&ear);
    });
}

#[test]
fn a_reset_discards_what_is_kept() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("#", QoS::AtMostOnce);
        let mut mouth = ground.connect(&with_will("mouth"));
        mouth.subscribe("to-mouth", QoS::AtMostOnce);
        ground.rule(
            r#"
            name = "late"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = { type = "latency", latency = 1000 }
            "#,
        );
        say(&mut mouth, "last", &["words"]);
        ground.settle();
        socket2::SockRef::from(mouth.stream())
            .set_linger(Some(std::time::Duration::ZERO))
            .expect("it is a socket");
        mouth.vanish();
        assert_eq!(heard(&mut ear, 1), ["will"], "at once, and without the words");
        ground.advance(2000);
        ground.is_silent(&ear);
    });
}

#[test]
fn our_own_close_waits_for_what_is_kept() {
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
        ground.publish("t", "first", QoS::AtMostOnce);
        ground.settle();
        let ended = ground
            .engine()
            .disconnect("ear", ReasonCode::ADMINISTRATIVE_ACTION);
        assert!(ended.wait().expect("it runs"), "it was connected");
        ground.is_silent(&ear);
        ground.advance(1000);
        assert_eq!(heard(&mut ear, 1), ["first"]);
        ear.ended_with(ReasonCode::ADMINISTRATIVE_ACTION);
    });
}

#[test]
fn a_takeover_discards_what_is_kept_and_says_so() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtMostOnce);
        let mut old = ground.client("same");
        ground.rule(
            r#"
            name = "late"
            when = { packet = "PUBLISH", direction = "in", client_id = "same" }
            nth = 1
            action = { type = "latency", latency = 1000 }
            "#,
        );
        say(&mut old, "t", &["old"]);
        ground.settle();
        let mut new = ground.client("same");
        old.ended_with(ReasonCode::SESSION_TAKEN_OVER);
        say(&mut new, "t", &["new"]);
        assert_eq!(heard(&mut ear, 1), ["new"]);
        ground.advance(2000);
        ground.is_silent(&ear);
        assert!(!has_something(&new));
        super::ends::discarded(ground, "same");
    });
}
