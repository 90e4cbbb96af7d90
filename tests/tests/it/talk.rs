//! Broker, publisher and subscriber talk, all three as libraries in this process.

use broker::QoS as Level;
use client::packet::QoS;
use client::{ClientError, Connection, Credentials, Version};
use subscriber::{End, Message};
use tests::harness::clients::{CLIENT_VERSIONS, Subscription, connection, publish};
use tests::harness::{Embedded, VERSIONS};

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// Every version with every QoS; each pair is printed, so that a failure shows which it was.
fn versions_and_qos() -> impl Iterator<Item = (Version, QoS)> {
    CLIENT_VERSIONS
        .into_iter()
        .flat_map(|version| QOS.map(|qos| (version, qos)))
        .inspect(|(version, qos)| println!("case: MQTT {version}, {qos:?}"))
}

fn subscription(connection: Connection, filter: &str, qos: QoS) -> subscriber::Plan {
    let mut plan = subscriber::Plan::new(connection, [filter]);
    plan.filters[0].qos = qos;
    plan
}

fn publication(connection: Connection, topic: &str, payload: &str, qos: QoS) -> publisher::Plan {
    let mut plan = publisher::Plan::new(connection, topic, payload);
    plan.qos = qos;
    plan
}

fn told(message: &Message) -> (&str, &[u8], QoS, bool) {
    (&message.topic, &message.payload, message.qos, message.retain)
}

#[test]
fn a_message_goes_from_one_to_the_other() {
    let broker = Embedded::start();
    assert_eq!(VERSIONS.len(), CLIENT_VERSIONS.len());
    for (version, qos) in versions_and_qos() {
        let subscriber = connection(broker.addr(), version, "subscriber");
        let publisher = connection(broker.addr(), version, "publisher");
        let mut subscription = Subscription::start(subscription(subscriber, "test/#", qos));
        let report = publish(publication(publisher, "test/topic", "bar", qos)).expect("it is published");
        assert_eq!(report.sent, 1);
        assert_eq!(
            told(&subscription.message()),
            ("test/topic", &b"bar"[..], qos, false)
        );
        assert_eq!(subscription.stop(), []);
    }
    let stats = broker.stats();
    assert_eq!(
        (stats.violations, stats.panics_caught, stats.dropped()),
        (0, 0, 0)
    );
}

#[test]
fn a_retained_message_waits_for_its_reader() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let mut plan = publication(connection(broker.addr(), version, "publisher"), "kept", "x", qos);
        plan.retain = true;
        publish(plan).expect("it is published");
        let reader = connection(broker.addr(), version, "reader");
        let mut plan = subscription(reader, "kept", QoS::ExactlyOnce);
        plan.count = Some(1);
        let (messages, report) = Subscription::start(plan).end();
        assert_eq!(
            messages.iter().map(told).collect::<Vec<_>>(),
            [("kept", &b"x"[..], qos, true)]
        );
        assert_eq!(report.expect("it saw one").end, End::Count);
    }
}

#[test]
fn a_session_goes_on_with_what_came_while_its_client_was_away() {
    let broker = Embedded::start();
    for version in CLIENT_VERSIONS {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            println!("case: MQTT {version}, {qos:?}");
            let client_id = format!("{version} {qos:?}");
            let mut kept = connection(broker.addr(), version, &client_id);
            kept.clean = false;
            if version == Version::V5 {
                kept.properties.session_expiry_interval = Some(3600);
            }
            let plan = subscription(kept, "test/#", qos);
            assert_eq!(Subscription::start(plan.clone()).stop(), []);
            let expected: Vec<String> = (0..20).map(|n| format!("{client_id} {n}")).collect();
            for payload in &expected {
                let publisher = connection(broker.addr(), version, "publisher");
                publish(publication(publisher, "test/topic", payload, qos)).expect("it is published");
            }
            let mut again = Subscription::start(plan.clone());
            for payload in &expected {
                assert_eq!(
                    told(&again.message()),
                    ("test/topic", payload.as_bytes(), qos, false)
                );
            }
            assert_eq!(again.stop(), []);
            // Away for good, so that the other cases find no one.
            let mut gone = plan;
            gone.connection.clean = true;
            gone.connection.properties.session_expiry_interval = None;
            Subscription::start(gone).stop();
        }
    }
}

#[test]
fn thousands_of_messages_arrive_each_once_and_in_order() {
    let broker = Embedded::start();
    for (version, qos) in versions_and_qos() {
        let subscriber = connection(broker.addr(), version, "subscriber");
        let mut plan = subscription(subscriber, "flood", qos);
        plan.count = Some(2_000);
        let subscription = Subscription::start(plan);
        let publisher = connection(broker.addr(), version, "publisher");
        let mut plan = publication(publisher, "flood", "x", qos);
        plan.repeat = 2_000;
        assert_eq!(publish(plan).expect("all are published").sent, 2_000);
        let (messages, report) = subscription.end();
        assert_eq!(
            (messages.len(), report.expect("it saw all").received),
            (2_000, 2_000)
        );
        assert!(
            messages
                .iter()
                .all(|message| message.qos == qos && &message.payload[..] == b"x")
        );
    }
}

#[test]
fn refusals_reach_the_caller() {
    let broker = Embedded::start_with(|settings| {
        settings.auth.allow_anonymous = false;
        settings.auth.users = vec![settings::User::new("alice", "secret")];
        settings.access.deny_publish = vec!["forbidden".to_owned()];
        settings.access.deny_subscribe = vec!["forbidden".to_owned()];
    });
    for version in CLIENT_VERSIONS {
        let v5 = version == Version::V5;
        let as_user = |username: &str, password: &str| {
            let mut connection = connection(broker.addr(), version, "client");
            let credentials = Credentials {
                username: username.to_owned(),
                password: password.into(),
            };
            connection.credentials = Some(credentials);
            connection
        };
        let code_of = |connection| match publish(publication(connection, "a", "x", QoS::AtLeastOnce)) {
            Err(publisher::Error::Client(ClientError::Refused { code, .. })) => code,
            other => panic!("expected a refusal, got {other:?}"),
        };
        assert_eq!(code_of(as_user("alice", "wrong")), if v5 { 0x86 } else { 4 });
        assert_eq!(
            code_of(connection(broker.addr(), version, "client")),
            if v5 { 0x87 } else { 5 }
        );
        publish(publication(
            as_user("alice", "secret"),
            "a",
            "x",
            QoS::AtLeastOnce,
        ))
        .expect("she may");

        let mut plan = subscription(as_user("alice", "secret"), "forbidden", QoS::AtMostOnce);
        plan.exit_after_subscribe = true;
        match Subscription::start(plan).end().1 {
            Err(subscriber::Error::Denied { code }) => assert_eq!(code, if v5 { 0x87 } else { 0x80 }),
            // 3.1 has no way to say it, nor the next.
            Ok(_) if version == Version::V31 => {}
            other => panic!("expected a refusal, got {other:?}"),
        }
        match publish(publication(
            as_user("alice", "secret"),
            "forbidden",
            "x",
            QoS::AtLeastOnce,
        )) {
            Err(publisher::Error::Refused {
                code: 0x87,
                refused: 1,
                ..
            }) if v5 => {}
            // 3.1.1 has none for this.
            Ok(_) if !v5 => {}
            other => panic!("expected a refusal in 5.0, got {other:?}"),
        }
    }
}

#[test]
fn a_message_of_the_embedding_program_reaches_a_subscriber() {
    let broker = Embedded::start();
    let subscriber = connection(broker.addr(), Version::V5, "subscriber");
    let mut subscription = Subscription::start(subscription(subscriber, "#", QoS::ExactlyOnce));
    let message = broker::Injected::text("a", "x").qos(Level::AtLeastOnce);
    assert_eq!(broker.block_on(broker.publish(message)).unwrap(), 1);
    assert_eq!(
        told(&subscription.message()),
        ("a", &b"x"[..], QoS::AtLeastOnce, false)
    );
    // A broker that stops is no error of the subscriber: it tries to connect again, until it is stopped.
    broker.shutdown();
    assert_eq!(subscription.stop(), []);
}
