//! Refusals: each has the right return or reason code before the close, and no other client notices.

use std::time::Instant;

use broker::journal::CloseReason;
use broker::settings::User;
use broker::wire::{
    Connect, ConnectProperties, Packet, Publish, PublishProperties, Version, Will, WillProperties,
};
use broker::{Event, QoS, ReasonCode};
use tests::harness::{Bystanders, Client, DEADLINE, Embedded, VERSIONS, hello, message, versions};

/// The CONNECT is refused with this reason, as far as its version can say it, and the connection is closed.
fn refused(broker: &Embedded, connect: &Connect<'_>, reason: ReasonCode) {
    let (mut client, connack) = Client::say_hello(broker.addr(), connect);
    let said = if connect.version.is_v5() {
        reason
    } else {
        reason
            .connack_3x()
            .and_then(ReasonCode::from_connack_3x)
            .expect("3.x can say it")
    };
    assert_eq!(
        (connack.reason, connack.session_present),
        (said, false),
        "{connect:?}"
    );
    client.closed();
}

#[test]
fn a_version_that_does_not_exist() {
    let broker = Embedded::start();
    let bystanders = Bystanders::of(broker.addr(), &hello(Version::V5, ""));
    // Unacceptable protocol version: above 5 in the form of 5.0, else in the one that every version up to 3.1.1
    // understands. To what is not MQTT by its very name there is no answer.
    let answer: &[u8] = &[0x20, 2, 0, 1];
    for (name, level, answer) in [
        ("MQTT", 6, &[0x20, 3, 0, 0x84, 0][..]),
        ("MQTT", 3, answer),
        ("MQTT", 0, answer),
        ("MQIsdp", 4, answer),
        ("mqtt", 4, &[]),
        ("", 4, &[]),
    ] {
        let mut bytes = vec![0x10, (2 + name.len() + 4 + 3) as u8, 0, name.len() as u8];
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&[level, 2, 0, 60, 0, 1, b'a']);
        let mut client = Client::open(broker.addr(), Version::V311);
        client.send_bytes(&bytes);
        assert_eq!(client.bytes_to_end(), answer, "{name:?} {level}");
    }
    bystanders.noticed_nothing();
}

#[test]
fn passwords() {
    let broker = Embedded::start_with(|settings| {
        settings.auth.allow_anonymous = false;
        settings.auth.users = vec![User::new("alice", "secret")];
    });
    for version in versions() {
        let with = |username, password: Option<&'static str>| Connect {
            username,
            password: password.map(str::as_bytes),
            ..hello(version, "client")
        };
        let good = with(Some("alice"), Some("secret"));
        let bystanders = Bystanders::of(broker.addr(), &good);
        Client::connect(broker.addr(), &good).disconnect();
        for (username, password) in [
            (Some("alice"), Some("wrong")),
            (Some("alice"), Some("secret ")),
            (Some("alice"), Some("")),
            (Some("alice"), None),
            (Some("bob"), Some("secret")),
            (Some(""), Some("secret")),
        ] {
            refused(
                &broker,
                &with(username, password),
                ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            );
        }
        refused(&broker, &with(None, None), ReasonCode::NOT_AUTHORIZED);
        bystanders.noticed_nothing();
    }
    assert_eq!(broker.stats().clients_refused, 3 * 7);
}

#[test]
fn where_anybody_may_come_a_named_user_still_needs_the_password() {
    let broker = Embedded::start_with(|settings| settings.auth.users = vec![User::new("alice", "secret")]);
    for version in versions() {
        Client::new(broker.addr(), version, "anonymous").disconnect();
        let liar = Connect {
            username: Some("alice"),
            password: Some(b"guess"),
            ..hello(version, "liar")
        };
        refused(&broker, &liar, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    }
}

#[test]
fn too_many_connections() {
    let broker = Embedded::start_with(|settings| settings.limits.max_connections = 3);
    for version in versions() {
        let reason = ReasonCode::SERVER_BUSY;
        let bystanders = Bystanders::of(broker.addr(), &hello(version, ""));
        let third = Client::new(broker.addr(), version, "third");
        refused(&broker, &hello(version, "fourth"), reason);
        refused(&broker, &hello(version, "fourth"), reason);
        // A place that becomes free is free.
        third.disconnect();
        free_place(&broker, version);
        bystanders.noticed_nothing();
    }
}

/// Connects once the broker has seen the end of a connection: which is when its peer closes, too, and not before.
fn free_place(broker: &Embedded, version: Version) {
    let began = Instant::now();
    loop {
        let (client, connack) = Client::say_hello(broker.addr(), &hello(version, "fourth"));
        if connack.reason == ReasonCode::SUCCESS {
            return client.disconnect();
        }
        assert!(began.elapsed() < DEADLINE, "no place became free");
    }
}

#[test]
fn silent_connections_shut_nobody_out_the_oldest_of_them_gives_way() {
    let broker = Embedded::start_with(|settings| {
        settings.limits.max_connections = 3;
        settings.limits.connect_timeout_secs = 86_400;
    });
    let bystanders = Bystanders::of(broker.addr(), &hello(Version::V311, ""));
    // Some more than the limit may be open, so that their CONNECT can be refused properly.
    let mut silent: Vec<_> = (0..65)
        .map(|_| Client::open(broker.addr(), Version::V311))
        .collect();
    let third = Client::new(broker.addr(), Version::V311, "third");
    refused(&broker, &hello(Version::V5, "fourth"), ReasonCode::SERVER_BUSY);
    let oldest: Vec<_> = silent.drain(..2).collect();
    for mut gone in oldest {
        gone.closed();
    }
    let gave_way = |event: &Event| {
        matches!(
            event,
            Event::Disconnected {
                cause: CloseReason::GaveWay,
                ..
            }
        )
    };
    broker.until("the oldest gives way", gave_way);
    let stats = broker.stats();
    assert_eq!(
        (stats.connections_turned_away, stats.connections_gave_way),
        (0, 2)
    );
    // A client that takes over its own connection needs no more room.
    let again = Client::new(broker.addr(), Version::V311, "third");
    bystanders.noticed_nothing();
    drop((silent, third, again));
}

#[test]
fn too_many_sessions() {
    let broker = Embedded::start_with(|settings| settings.limits.max_sessions = 2);
    for version in versions() {
        let bystanders = Bystanders::of(broker.addr(), &hello(version, ""));
        refused(&broker, &hello(version, "third"), ReasonCode::QUOTA_EXCEEDED);
        bystanders.noticed_nothing();
    }
}

#[test]
fn what_is_not_connect_comes_first() {
    let broker = Embedded::start();
    let bystanders = Bystanders::of(broker.addr(), &hello(Version::V311, ""));
    let firsts: [&[u8]; 7] = [
        &[0xC0, 0],                         // PINGREQ
        &[0x30, 5, 0, 1, b'a', b'h', b'i'], // PUBLISH
        &[0x82, 6, 0, 1, 0, 1, b'a', 0],    // SUBSCRIBE
        &[0xE0, 0],                         // DISCONNECT
        &[0x20, 2, 0, 0],                   // CONNACK
        b"SSH-2.0-OpenSSH_9.6\r\n",
        // A header that this port does not ask for.
        b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 1883\r\n",
    ];
    for bytes in firsts {
        let mut client = Client::open(broker.addr(), Version::V311);
        client.send_bytes(bytes);
        assert!(client.bytes_to_end().is_empty(), "answered {bytes:02X?}");
    }
    assert_eq!(broker.stats().violations, 7);
    bystanders.noticed_nothing();
}

#[test]
fn a_packet_that_is_too_large() {
    let broker = Embedded::start_with(|settings| settings.limits.max_packet_size_bytes = 1000);
    for version in versions() {
        let bystanders = Bystanders::of(broker.addr(), &hello(version, ""));
        let (mut client, connack) = Client::say_hello(broker.addr(), &hello(version, "large"));
        if version.is_v5() {
            assert_eq!(connack.properties.maximum_packet_size, Some(1000));
        }
        // Exactly as large as may be, all bytes counted: topic "a", and the properties' length in 5.0.
        let fits = "x".repeat(1000 - 3 - 3 - usize::from(version.is_v5()));
        client.publish(&message("a", &fits, QoS::AtMostOnce));
        client.nothing_came();
        // Its header alone is enough to refuse one that is larger by one byte.
        client.send_bytes(&[0x30, 0xE6, 0x07]);
        client.ended_with(ReasonCode::PACKET_TOO_LARGE);
        bystanders.noticed_nothing();
    }
    // In CONNECT, 5.0 has a word for it too.
    let long = "x".repeat(2000);
    refused(&broker, &hello(Version::V5, &long), ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn topics_that_are_denied() {
    let broker = Embedded::start_with(|settings| {
        settings.access.deny_publish = vec!["forbidden/#".to_owned()];
        settings.access.deny_subscribe = vec!["forbidden/#".to_owned()];
    });
    for version in versions() {
        let mut client = Client::new(broker.addr(), version, "client");
        let refusal = match version {
            Version::V5 => ReasonCode::NOT_AUTHORIZED,
            Version::V311 => ReasonCode::UNSPECIFIED_ERROR,
            // 3.1 wants a positive acknowledgement all the same (its section 3.8).
            Version::V31 => ReasonCode::SUCCESS,
        };
        for filter in ["forbidden/#", "forbidden/a", "forbidden/+"] {
            assert_eq!(client.subscribe(filter, QoS::AtMostOnce), refusal, "{filter}");
        }
        assert_eq!(client.subscribe("allowed", QoS::AtMostOnce), ReasonCode::SUCCESS);
        // 3.x cannot say that a message was refused; it is acknowledged all the same.
        let refusal = if version.is_v5() {
            ReasonCode::NOT_AUTHORIZED
        } else {
            ReasonCode::SUCCESS
        };
        client.subscribe("#", QoS::AtMostOnce);
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            assert_eq!(client.publish(&message("forbidden/a", "x", qos)), refusal);
        }
        client.nothing_came();
        // A will is known at CONNECT already.
        let properties = WillProperties::default();
        let will = Will {
            topic: "forbidden/will",
            payload: b"",
            qos: QoS::AtMostOnce,
            retain: false,
            properties,
        };
        refused(
            &broker,
            &Connect {
                will: Some(will),
                ..hello(version, "will")
            },
            ReasonCode::NOT_AUTHORIZED,
        );
    }
}

#[test]
fn what_the_settings_switch_off() {
    let broker = Embedded::start_with(|settings| {
        settings.capabilities.maximum_qos = 1;
        settings.capabilities.retain_available = false;
        settings.capabilities.wildcard_subscription_available = false;
        settings.session.topic_alias_maximum = 5;
    });
    let connect = hello(Version::V5, "client");
    let attempt = |publish: &Publish<'_>, reason| {
        let mut client = Client::connect(broker.addr(), &connect);
        client.start_publish(publish);
        client.ended_with(reason);
    };
    let plain = message("a", "x", QoS::AtMostOnce);
    attempt(
        &message("a", "x", QoS::ExactlyOnce),
        ReasonCode::QOS_NOT_SUPPORTED,
    );
    attempt(
        &Publish {
            retain: true,
            ..plain.clone()
        },
        ReasonCode::RETAIN_NOT_SUPPORTED,
    );
    let properties = PublishProperties {
        topic_alias: Some(6),
        ..PublishProperties::default()
    };
    attempt(&Publish { properties, ..plain }, ReasonCode::TOPIC_ALIAS_INVALID);
    let mut client = Client::connect(broker.addr(), &connect);
    assert_eq!(client.subscribe("a", QoS::ExactlyOnce), ReasonCode::GRANTED_QOS_1);
    assert_eq!(
        client.subscribe("a/+", QoS::AtMostOnce),
        ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED
    );
}

#[test]
fn a_redirection() {
    let broker =
        Embedded::start_with(|settings| settings.redirect.server_reference = "elsewhere:1883".to_owned());
    let (mut client, connack) = Client::say_hello(broker.addr(), &hello(Version::V5, "client"));
    assert_eq!(connack.reason, ReasonCode::USE_ANOTHER_SERVER);
    assert_eq!(connack.properties.server_reference, Some("elsewhere:1883"));
    client.closed();
    Client::new(broker.addr(), Version::V311, "client").disconnect();
}

#[test]
fn an_authentication_method_that_is_not_offered() {
    let broker = Embedded::start();
    let properties = ConnectProperties {
        authentication_method: Some("HANDWAVING"),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        properties,
        ..hello(Version::V5, "client")
    };
    refused(&broker, &connect, ReasonCode::BAD_AUTHENTICATION_METHOD);
}

#[test]
fn a_second_connect_on_the_same_connection() {
    let broker = Embedded::start();
    for version in VERSIONS {
        let bystanders = Bystanders::of(broker.addr(), &hello(version, ""));
        let mut client = Client::new(broker.addr(), version, "client");
        client.send(&Packet::Connect(Box::new(hello(version, "client"))));
        client.ended_with(ReasonCode::PROTOCOL_ERROR);
        bystanders.noticed_nothing();
    }
}
