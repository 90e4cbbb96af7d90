//! What "nothing more is on its way" says of what a rule keeps back, lost or left unread.

use std::time::Duration;

use broker::QoS;
use broker::wire::Packet;
use tests::harness::raw::text;
use tests::harness::{Client, message};

use super::ground::Ground;

/// What settling says of itself where it does not succeed within a while.
fn unsettled(ground: &mut Ground) -> String {
    ground.front.set_deadline(Duration::from_millis(50));
    let error = ground.front.settle().wait().expect_err("it does not settle");
    ground.front.set_deadline(broker::DEFAULT_DEADLINE);
    assert!(error.is_timeout(), "{error}");
    error.to_string()
}

fn late(ground: &Ground) -> Client {
    ground.rule(
        r#"
        name = "slow road"
        when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
        action = { type = "latency", latency = 3600000 }
        "#,
    );
    let mut mouth = ground.client("mouth");
    mouth.start_publish(&message("t", "x", QoS::AtMostOnce));
    mouth
}

#[test]
fn what_is_late_on_a_running_clock_is_not_settled_and_named() {
    Ground::each_that_settles(|ground| {
        ground.front.clock().resume().wait().expect("it runs");
        let _mouth = late(ground);
        let said = unsettled(ground);
        assert!(said.contains("slow road") && said.contains("mouth"), "{said}");
    });
}

#[test]
fn what_is_late_on_a_frozen_clock_is_settled_and_named() {
    Ground::each_that_settles(|ground| {
        let _mouth = late(ground);
        ground.settle();
    });
}

#[test]
fn what_is_held_without_an_end_is_settled_and_named_whatever_the_clock_does() {
    Ground::each_that_settles(|ground| {
        ground.front.clock().resume().wait().expect("it runs");
        ground.rule(
            r#"
            name = "held"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            action = "hold"
            "#,
        );
        let mut mouth = ground.client("mouth");
        mouth.start_publish(&message("t", "x", QoS::AtMostOnce));
        ground.settle();
    });
}

#[test]
fn an_exchange_whose_packet_was_lost_is_not_on_its_way() {
    Ground::each_that_settles(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::ExactlyOnce);
        ground.rule(
            r#"
            name = "lost"
            when = { packet = ["PUBLISH", "PUBREC"], client_id = "ear" }
            action = "drop"
            "#,
        );
        // Lost on its way to the client, which so never acknowledges it.
        ground.publish("t", "x", QoS::AtLeastOnce);
        ground.settle();
        ground.front.reset().wait().expect("it runs");
    });
}

#[test]
fn a_socket_that_is_left_unread_on_purpose_is_not_unread() {
    Ground::each_that_settles(|ground| {
        let mut mouth = ground.client("mouth");
        ground.rule(
            r#"
            name = "stalled"
            client = "mouth"
            type = "stall"
            stream = "upstream"
            "#,
        );
        for _ in 0..10 {
            mouth.send(&Packet::PingReq);
        }
        ground.is_silent(&mouth);
        ground
            .front
            .faults()
            .remove("stalled")
            .wait()
            .expect("it is there");
        // Nothing is lost.
        for _ in 0..10 {
            assert!(matches!(mouth.packet(), Packet::PingResp));
        }
        let _ = text;
    });
}
