//! How many clients, of which versions, at which QoS, with how many topic aliases.

use broker_core::engine::CloseReason;
use broker_core::settings::{Listener, MqttVersion};
use broker_core::wire::{
    Connect, Packet, PacketId, PublishProperties, QoS, ReasonCode, Subscribe, Version, Will, WillProperties,
};

use super::{Bed, INSIDE, connack, packet, publish};

fn v5(client_id: &str) -> Connect<'_> {
    Connect::new(Version::V5, client_id)
}

#[test]
fn one_client_too_many_is_refused_at_that_listener_alone() {
    let mut bed = Bed::new(Listener {
        max_connections: Some(2),
        ..Listener::port(0)
    });
    let (one, _) = bed.connect(INSIDE, v5("one"));
    bed.connect(INSIDE, v5("two"));
    let (_, refused) = bed.connect(INSIDE, v5("three"));
    let refusal = connack(&refused);
    assert_eq!(refusal.reason, ReasonCode::SERVER_BUSY);
    let words = refusal.properties.reason_string;
    assert_eq!(words, Some("this listener has as many clients as it may"));
    let (_, refused) = bed.connect(INSIDE, Connect::new(Version::V311, "three"));
    assert_eq!(refused, [0x20, 2, 0, 3], "server unavailable");
    // Elsewhere there is room.
    let (_, taken) = bed.connect("main", v5("three"));
    assert_eq!(connack(&taken).reason, ReasonCode::SUCCESS);
    // It takes over its own connection, and so nobody's place.
    let (one_again, taken) = bed.connect(INSIDE, v5("one"));
    assert_eq!(connack(&taken).reason, ReasonCode::SUCCESS);
    assert_eq!(bed.engine.close_reason(one), Some(&CloseReason::TakenOver));
    // A connection elsewhere is no place here.
    let (_, refused) = bed.connect(INSIDE, v5("three"));
    assert_eq!(connack(&refused).reason, ReasonCode::SERVER_BUSY);
    bed.engine.closed(super::NOW, one_again, "gone");
    let (_, taken) = bed.connect(INSIDE, v5("three"));
    assert_eq!(connack(&taken).reason, ReasonCode::SUCCESS);
    let (_, refused) = bed.connect(INSIDE, v5("four"));
    assert_eq!(connack(&refused).reason, ReasonCode::SERVER_BUSY);
}

#[test]
fn only_these_versions_are_taken() {
    let mut bed = Bed::new(Listener {
        mqtt_versions: vec![MqttVersion::V311],
        ..Listener::port(0)
    });
    let (_, taken) = bed.connect(INSIDE, Connect::new(Version::V311, "c"));
    assert_eq!(taken, [0x20, 2, 0, 0]);
    let (_, refused) = bed.connect(INSIDE, Connect::new(Version::V31, "c"));
    assert_eq!(refused, [0x20, 2, 0, 1], "unacceptable protocol version");
    let (conn, refused) = bed.connect(INSIDE, v5("c"));
    assert_eq!(connack(&refused).reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
    let reason = CloseReason::Refused(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
    assert_eq!(bed.engine.close_reason(conn), Some(&reason));
    let (_, taken) = bed.connect("main", v5("d"));
    assert_eq!(connack(&taken).reason, ReasonCode::SUCCESS);
}

#[test]
fn the_maximum_qos_is_that_of_the_publishers_listener() {
    let mut bed = Bed::new(Listener {
        maximum_qos: Some(1),
        ..Listener::port(0)
    });
    let (inside, said) = bed.connect(INSIDE, v5("inside"));
    assert_eq!(connack(&said).properties.maximum_qos, Some(QoS::AtLeastOnce));
    let (main, said) = bed.connect("main", v5("main"));
    assert_eq!(connack(&said).properties.maximum_qos, None);

    let subscribe = Packet::Subscribe(Subscribe::new(PacketId::MIN, "t", QoS::ExactlyOnce));
    for (conn, granted) in [(inside, 1), (main, 2)] {
        let said = bed.say(conn, Version::V5, &subscribe);
        let Packet::SubAck(suback) = packet(&said) else {
            panic!("SUBACK")
        };
        assert_eq!(suback.reasons, [ReasonCode(granted)]);
    }
    let message = publish("t", b"hi", QoS::ExactlyOnce);
    bed.say(main, Version::V5, &message);
    assert_eq!(bed.engine.close_reason(main), None);
    bed.say(inside, Version::V5, &message);
    let reason = CloseReason::Violation {
        what: "PUBLISH above the highest QoS that is taken here (maximum_qos)",
        statement: "MQTT5-3.2.2-11",
        reason: ReasonCode::QOS_NOT_SUPPORTED,
    };
    assert_eq!(bed.engine.close_reason(inside), Some(&reason));

    let with_will = |client_id| Connect {
        will: Some(Will {
            topic: "w",
            payload: b"gone",
            qos: QoS::ExactlyOnce,
            retain: false,
            properties: WillProperties::default(),
        }),
        ..v5(client_id)
    };
    let (_, said) = bed.connect(INSIDE, with_will("will"));
    assert_eq!(connack(&said).reason, ReasonCode::QOS_NOT_SUPPORTED);
    let (_, said) = bed.connect("main", with_will("will"));
    assert_eq!(connack(&said).reason, ReasonCode::SUCCESS);
}

#[test]
fn topic_aliases_are_counted_against_the_listener() {
    let mut bed = Bed::new(Listener {
        topic_alias_maximum: Some(2),
        ..Listener::port(0)
    });
    let aliased = |alias| {
        let Packet::Publish(mut message) = publish("t", b"hi", QoS::AtMostOnce) else {
            unreachable!()
        };
        message.properties = PublishProperties {
            topic_alias: Some(alias),
            ..PublishProperties::default()
        };
        Packet::Publish(message)
    };
    let (inside, said) = bed.connect(INSIDE, v5("inside"));
    assert_eq!(connack(&said).properties.topic_alias_maximum, Some(2));
    bed.say(inside, Version::V5, &aliased(2));
    assert_eq!(bed.engine.close_reason(inside), None);
    bed.say(inside, Version::V5, &aliased(3));
    assert!(bed.engine.close_reason(inside).is_some());
    let (main, _) = bed.connect("main", v5("main"));
    bed.say(main, Version::V5, &aliased(3));
    assert_eq!(bed.engine.close_reason(main), None);
}
