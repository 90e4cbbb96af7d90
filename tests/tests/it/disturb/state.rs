//! What is lost on the way leaves the state of what answers as it was; what a rule makes up does not reach it.

use broker::expect::puback;
use broker::journal::Side;
use broker::wire::{Packet, PacketType, Publish, PublishProperties, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::{ack, text};
use tests::harness::{Client, message, resume};

use super::ground::Ground;

#[test]
fn a_lost_message_keeps_its_place_in_the_window_and_comes_again_with_dup() {
    Ground::each(|ground| {
        let mut connect = resume(Version::V5, "ear");
        connect.properties.receive_maximum = Some(1);
        let mut ear = ground.connect(&connect);
        ear.subscribe("t", QoS::AtLeastOnce);
        ground.rule(
            r#"
            name = "lost"
            when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
            nth = 1
            action = "drop"
            "#,
        );
        ground.publish("t", "first", QoS::AtLeastOnce);
        ground.publish("t", "second", QoS::AtLeastOnce);
        // The only place in the window is taken by a message that never came.
        ground.is_silent(&ear);
        ear.vanish();
        ground.settle();
        let (mut ear, connack) = Client::say_hello(ground.front.addr(), &connect);
        assert!(connack.session_present);
        let again = ear.receive();
        assert_eq!((text(&again), again.dup), ("first", true));
        let next = ear.receive();
        assert_eq!((text(&next), next.dup), ("second", false));
    });
}

#[test]
fn a_lost_acknowledgement_leaves_the_message_on_its_way() {
    Ground::each(|ground| {
        let mut ear = ground.connect(&resume(Version::V5, "ear"));
        ear.subscribe("t", QoS::AtLeastOnce);
        ground.rule(
            r#"
            name = "lost"
            when = { packet = "PUBACK", direction = "in", client_id = "ear" }
            nth = 1
            action = "drop"
            "#,
        );
        ground.publish("t", "x", QoS::AtLeastOnce);
        assert!(!ear.receive().dup);
        ground.settle();
        ear.vanish();
        ground.settle();
        let mut ear = ground.connect(&resume(Version::V5, "ear"));
        assert!(ear.receive().dup, "for what answers it never was acknowledged");
        ground.settle();
        ear.vanish();
        ground.settle();
        let ear = ground.connect(&resume(Version::V5, "ear"));
        ground.is_silent(&ear);
    });
}

#[test]
fn a_lost_pubrel_is_sent_again_once_and_the_message_delivered_once() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::ExactlyOnce);
        let mut mouth = ground.connect(&resume(Version::V5, "mouth"));
        ground.rule(
            r#"
            name = "lost PUBREL"
            when = { packet = "PUBREL", direction = "in", client_id = "mouth" }
            nth = 1
            action = "drop"
            "#,
        );
        let id = mouth
            .start_publish(&message("t", "x", QoS::ExactlyOnce))
            .expect("QoS 2 has one");
        mouth.await_ack(PacketType::PubRec, id);
        // Our engine delivers a message when it comes, and not when it is released: both are allowed.
        assert_eq!(text(&ear.receive()), "x");
        mouth.send(&Packet::PubRel(ack(id)));
        ground.is_silent(&mouth);
        mouth.vanish();
        ground.settle();
        let mut mouth = ground.connect(&resume(Version::V5, "mouth"));
        mouth.send(&Packet::PubRel(ack(id)));
        mouth.await_ack(PacketType::PubComp, id);
        ear.nothing_came();
        assert_eq!(ground.packets("mouth", PacketType::PubRel).len(), 2);
    });
}

#[test]
fn the_topic_of_a_lost_packet_that_set_an_alias_is_restored() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("long/#", QoS::AtMostOnce);
        let mut mouth = ground.client("mouth");
        ground.rule(
            r#"
            name = "lost"
            when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
            nth = 1
            action = "drop"
            "#,
        );
        let by_alias = |topic: &'static str, payload: &'static str| {
            Packet::Publish(Publish {
                properties: PublishProperties {
                    topic_alias: Some(1),
                    ..PublishProperties::default()
                },
                ..message(topic, payload, QoS::AtMostOnce)
            })
        };
        mouth.send(&by_alias("long/topic", "1"));
        mouth.send(&by_alias("", "2"));
        mouth.send(&by_alias("", "3"));
        for payload in ["2", "3"] {
            let got = ear.receive();
            assert_eq!((got.topic, text(&got)), ("long/topic", payload));
        }
        mouth.nothing_came();
    });
}

#[test]
fn what_answers_never_sees_acknowledgements_of_what_was_made_up() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ear.subscribe("t", QoS::AtLeastOnce);
        ground.rule(
            r#"
            name = "twice"
            when = { packet = "PUBLISH", direction = "out", client_id = "ear" }
            action = { type = "duplicate", packet_identifier = 99 }
            "#,
        );
        ground.publish("t", "x", QoS::AtLeastOnce);
        let (first, second) = (ear.receive(), ear.receive());
        assert_eq!((text(&first), text(&second)), ("x", "x"));
        ear.nothing_came();
        ground.settle();
        assert_eq!(
            ground.packets("ear", PacketType::PubAck).len(),
            2,
            "the client's side"
        );
        let got = ground.engine().journal().matching(puback().from("ear")).wait();
        let mut got = got.expect("it runs").entries;
        got.retain(|entry| entry.side() != Some(Side::Client));
        assert_eq!(got.len(), 1, "the other side");
        assert_eq!(ground.engine().stats().violations, 0);
    });
}

#[test]
fn an_early_suback_comes_before_the_subscription_holds() {
    Ground::each(|ground| {
        let mut ear = ground.client("ear");
        ground.rule(
            r#"
            name = "early"
            when = { packet = "SUBSCRIBE", client_id = "ear" }
            action = { type = "answer_early", latency = 1000 }
            "#,
        );
        assert_eq!(ear.subscribe("t", QoS::AtLeastOnce), ReasonCode::GRANTED_QOS_1);
        ground.publish("t", "too early", QoS::AtLeastOnce);
        ground.is_silent(&ear);
        ground.advance(1000);
        // The true SUBACK stays with the line.
        ground.is_silent(&ear);
        ground.publish("t", "now", QoS::AtLeastOnce);
        assert_eq!(text(&ear.receive()), "now");
    });
}

#[test]
fn a_false_session_present() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "false"
            when = { packet = "CONNACK", client_id = "ear" }
            action = { type = "edit", set = { session_present = true } }
            "#,
        );
        let (mut ear, connack) = Client::say_hello(ground.front.addr(), &resume(Version::V5, "ear"));
        assert!(connack.session_present);
        ear.nothing_came();
        let sessions = ground.engine().state().wait().expect("it runs").sessions;
        assert!(sessions[0].subscriptions.is_empty(), "there was none");
    });
}

#[test]
fn refusals_of_a_subscription_and_of_a_message_reach_nobody_behind_the_line() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "no subscription"
            when = { packet = "SUBSCRIBE", client_id = "ear" }
            action = { type = "refuse", reason_code = "Not authorized" }
            "#,
        );
        ground.rule(
            r#"
            name = "no message"
            when = { packet = "PUBLISH", direction = "in", client_id = "ear" }
            action = { type = "refuse", reason_code = "Quota exceeded" }
            "#,
        );
        let mut ear = ground.client("ear");
        assert_eq!(ear.subscribe("t", QoS::AtMostOnce), ReasonCode::NOT_AUTHORIZED);
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            assert_eq!(ear.publish(&message("t", "x", qos)), ReasonCode::QUOTA_EXCEEDED);
        }
        ground.settle();
        assert_eq!(ground.engine().stats().publish_received, 0);
        let sessions = ground.engine().state().wait().expect("it runs").sessions;
        assert!(sessions[0].subscriptions.is_empty());
    });
}

#[test]
fn a_doubled_acknowledgement() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "twice"
            when = { packet = "PUBACK", direction = "out" }
            action = "duplicate"
            "#,
        );
        let mut mouth = ground.client("mouth");
        let id = mouth
            .start_publish(&message("t", "x", QoS::AtLeastOnce))
            .expect("QoS 1 has one");
        mouth.await_ack(PacketType::PubAck, id);
        mouth.await_ack(PacketType::PubAck, id);
        mouth.nothing_came();
    });
}

#[test]
fn an_acknowledgement_of_an_identifier_that_nobody_used() {
    Ground::each(|ground| {
        ground.rule(
            r#"
            name = "wrong"
            when = { packet = "PUBACK", direction = "out" }
            action = { type = "edit", set = { packet_identifier = 77 } }
            "#,
        );
        let mut mouth = ground.client("mouth");
        let id = mouth
            .start_publish(&message("t", "x", QoS::AtLeastOnce))
            .expect("QoS 1 has one");
        match mouth.packet() {
            Packet::PubAck(puback) => assert_ne!(puback.packet_id, id),
            other => panic!("{other}"),
        }
        mouth.nothing_came();
    });
}
