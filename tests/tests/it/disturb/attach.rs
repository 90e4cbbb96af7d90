//! How a line begins on a connection that is under way, and on a new one.

use broker::journal::Side;
use broker::wire::{Packet, PacketType, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, message};

use super::ground::Ground;

const LOSE_ALL: &str = r#"
    name = "lost"
    when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
    action = "drop"
"#;

#[test]
fn a_packet_that_has_begun_to_come_is_never_cut_and_the_next_one_meets_the_rule() {
    Ground::each(|ground| {
        let mut whole = Vec::new();
        Packet::Publish(message("t", "begun", QoS::AtMostOnce)).encode(Version::V5, &mut whole);
        // In the middle of its header, of its topic, and before its last byte.
        for cut in [1, 5, whole.len() - 1] {
            let mut ear = ground.client("ear");
            ear.subscribe("t", QoS::AtMostOnce);
            let mut mouth = ground.client("mouth");
            mouth.send_bytes(&whole[..cut]);
            // The other side of the kernel has them once the broker waits for the rest.
            until_owed(ground);
            ground.rule(LOSE_ALL);
            mouth.send_bytes(&whole[cut..]);
            // Its first part has gone on to an upstream; our engine has not looked at it yet.
            let passes = ground.is_relay();
            if passes {
                assert_eq!(text(&ear.receive()), "begun", "cut at {cut}");
            }
            mouth.publish(&message("t", "next", QoS::AtMostOnce));
            ground.is_silent(&ear);
            assert_eq!(ground.firings("mouth").len(), 2 - usize::from(passes));
            ground.front.faults().clear().wait().expect("it runs");
            ground.front.journal().clear().wait().expect("it runs");
        }
    });
}

/// Waits until the first part of a packet has come in.
fn until_owed(ground: &Ground) {
    if ground.is_relay() {
        return ground.settle();
    }
    // Settling cannot succeed until the packet is whole.
    let mut asked = ground.front.settle();
    let answer = ground.front.answered(&mut asked);
    assert!(answer.is_none(), "it settled over half a packet");
}

#[test]
fn what_is_queued_for_a_slow_reader_passes_unread_and_whole() {
    Ground::each_with(
        |settings| settings.limits.max_outbox_bytes = 64 * 1024 * 1024,
        |ground| {
            let mut ear = ground.client("ear");
            ear.subscribe("t", QoS::AtMostOnce);
            let mut mouth = ground.client("mouth");
            let padding = "x".repeat(100_000);
            for n in 0..150 {
                mouth.publish(&message("t", &format!("{n} {padding}"), QoS::AtMostOnce));
            }
            ground.rule(
                r#"
                name = "lost"
                when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
                action = "drop"
                "#,
            );
            mouth.publish(&message("t", "behind", QoS::AtMostOnce));
            ear.send(&Packet::PingReq);
            let mut came = 0;
            loop {
                match ear.packet() {
                    Packet::Publish(publish) => {
                        let (number, rest) = text(&publish).split_once(' ').expect("what is behind is lost");
                        assert_eq!((number, rest.len()), (&*came.to_string(), padding.len()));
                        came += 1;
                    }
                    Packet::PingResp => break,
                    other => panic!("{other}"),
                }
            }
            // What an upstream still holds comes to the line later than the rule.
            let lost = ground.firings("ear").len();
            assert_eq!(came + lost, 151);
            assert!(ground.is_relay() || lost == 1, "{lost} were lost");
        },
    );
}

#[test]
fn a_new_connection_meets_rules_from_its_connect_on() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "not you"
            when = { packet = "CONNECT", client_id = "mouth" }
            action = { type = "refuse", reason_code = "Not authorized" }
            "#,
        );
        let (_, connack) =
            Client::say_hello(ground.front.addr(), &tests::harness::hello(Version::V5, "mouth"));
        assert_eq!(connack.reason, ReasonCode::NOT_AUTHORIZED);
        // Nobody behind the line has heard of it.
        ground.settle();
        assert!(
            ground
                .engine()
                .state()
                .wait()
                .expect("it runs")
                .sessions
                .iter()
                .all(|session| &*session.client_id != "mouth")
        );
        // Others notice nothing.
        ground.client("ear").nothing_came();
        assert_eq!(ground.packets("ear", PacketType::ConnAck).len(), 1);
        assert_eq!(ground.firings("ear"), []);
    });
}

#[test]
fn the_line_of_a_client_that_no_rule_concerns_is_gone_after_its_connect() {
    Ground::each(|ground| {
        ground.rule(LOSE_ALL);
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtLeastOnce);
        for n in 0..100 {
            ear.publish(&message("t", &n.to_string(), QoS::AtLeastOnce));
            assert_eq!(text(&ear.receive()), n.to_string());
        }
        assert_eq!(ground.firings("ear"), []);
        let entries = ground.entries();
        assert!(
            entries
                .iter()
                .all(|entry| entry.side().is_none_or(|side| side == Side::Both)),
            "both sides of it are one"
        );
    });
}
