//! Wills: published when a connection ends without a goodbye, and only then.

use broker::wire::{Connect, ConnectProperties, Packet, Version, Will, WillProperties};
use broker::{Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, hello, message, versions, versions_and_qos};

fn will(qos: QoS, retain: bool) -> Will<'static> {
    Will {
        topic: "will",
        payload: b"gone",
        qos,
        retain,
        properties: WillProperties::default(),
    }
}

/// A CONNECT with a will of QoS 0.
fn with_will(version: Version) -> Connect<'static> {
    Connect {
        will: Some(will(QoS::AtMostOnce, false)),
        ..hello(version, "client")
    }
}

fn watcher(broker: &Embedded, version: Version) -> Client {
    let mut watcher = Client::new(broker.addr(), version, "watcher");
    watcher.subscribe("will", QoS::ExactlyOnce);
    watcher
}

#[test]
fn a_lost_connection_publishes_it() {
    for (version, qos) in versions_and_qos() {
        for retain in [false, true] {
            let broker = Embedded::start();
            let mut watcher = watcher(&broker, version);
            let connect = Connect {
                will: Some(will(qos, retain)),
                ..hello(version, "client")
            };
            Client::connect(broker.addr(), &connect).vanish();
            let got = watcher.receive();
            assert_eq!(
                (got.topic, text(&got), got.qos, got.retain),
                ("will", "gone", qos, false)
            );
            watcher.nothing_came();

            let mut later = Client::new(broker.addr(), version, "later");
            later.subscribe("will", QoS::ExactlyOnce);
            if retain {
                let kept = later.receive();
                assert_eq!((text(&kept), kept.qos, kept.retain), ("gone", qos, true));
            }
            later.nothing_came();
        }
    }
}

#[test]
fn a_goodbye_takes_it_back() {
    let broker = Embedded::start();
    for version in versions() {
        let mut watcher = watcher(&broker, version);
        Client::connect(broker.addr(), &with_will(version)).disconnect();
        watcher.nothing_came();
    }
}

#[test]
fn a_goodbye_may_ask_for_it() {
    let broker = Embedded::start();
    let mut watcher = watcher(&broker, Version::V5);
    let client = Client::connect(broker.addr(), &with_will(Version::V5));
    client.disconnect_with(ReasonCode::DISCONNECT_WITH_WILL);
    assert_eq!(text(&watcher.receive()), "gone");
}

#[test]
fn what_breaks_the_protocol_publishes_it() {
    let broker = Embedded::start();
    for version in versions() {
        let mut watcher = watcher(&broker, version);
        let mut client = Client::connect(broker.addr(), &with_will(version));
        // A second CONNECT.
        client.send(&Packet::Connect(Box::new(hello(version, "client"))));
        client.ended_with(ReasonCode::PROTOCOL_ERROR);
        assert_eq!(text(&watcher.receive()), "gone");
        watcher.nothing_came();
    }
}

#[test]
fn a_connection_closed_by_the_broker_publishes_it() {
    let broker = Embedded::start();
    for version in versions() {
        let mut watcher = watcher(&broker, version);
        let mut client = Client::connect(broker.addr(), &with_will(version));
        let closed = broker.disconnect("client", ReasonCode::ADMINISTRATIVE_ACTION);
        assert!(closed.wait().unwrap());
        client.ended_with(ReasonCode::ADMINISTRATIVE_ACTION);
        assert_eq!(text(&watcher.receive()), "gone");
    }
}

#[test]
fn its_properties_go_with_it() {
    let broker = Embedded::start();
    let mut watcher = watcher(&broker, Version::V5);
    let properties = WillProperties {
        content_type: Some("text/plain"),
        response_topic: Some("answer"),
        correlation_data: Some(b"42"),
        user: vec![("k", "v")],
        ..WillProperties::default()
    };
    let will = Will {
        properties,
        ..will(QoS::AtLeastOnce, false)
    };
    Client::connect(
        broker.addr(),
        &Connect {
            will: Some(will),
            ..hello(Version::V5, "client")
        },
    )
    .vanish();
    let got = watcher.receive().properties;
    assert_eq!(
        (got.content_type, got.response_topic),
        (Some("text/plain"), Some("answer"))
    );
    assert_eq!(
        (got.correlation_data, got.user),
        (Some(&b"42"[..]), vec![("k", "v")])
    );
}

/// A CONNECT whose will waits a second, and whose session lasts as long as given.
fn delayed(expiry_secs: u32) -> Connect<'static> {
    let properties = WillProperties {
        delay_secs: Some(1),
        ..WillProperties::default()
    };
    Connect {
        clean_start: false,
        will: Some(Will {
            properties,
            ..will(QoS::AtMostOnce, false)
        }),
        properties: ConnectProperties {
            session_expiry_secs: Some(expiry_secs),
            ..ConnectProperties::default()
        },
        ..hello(Version::V5, "client")
    }
}

#[test]
fn a_delayed_will_waits_and_a_return_in_time_takes_it_back() {
    let broker = Embedded::start();
    let mut watcher = watcher(&broker, Version::V5);
    Client::connect(broker.addr(), &delayed(60)).vanish();
    broker.until_gone("client");
    watcher.nothing_came();
    let back = Client::connect(
        broker.addr(),
        &Connect {
            will: None,
            ..delayed(60)
        },
    );
    // A second will of the same delay, begun later: the first would have come before it.
    let other = Connect {
        client_id: "other",
        ..delayed(60)
    };
    Client::connect(broker.addr(), &other).vanish();
    broker.until(
        "the will of `other`",
        |event| matches!(event, Event::WillPublished { client_id, .. } if &**client_id == "other"),
    );
    assert_eq!(text(&watcher.receive()), "gone");
    watcher.nothing_came();
    back.disconnect();
}

#[test]
fn a_delayed_will_comes_at_the_end_of_the_session_if_that_is_sooner() {
    let broker = Embedded::start();
    let mut watcher = watcher(&broker, Version::V5);
    // The session ends at once, and so does the delay.
    Client::connect(broker.addr(), &delayed(0)).vanish();
    broker.until_gone("client");
    assert_eq!(text(&watcher.receive()), "gone");
}

#[test]
fn a_will_is_a_message_like_any_other_for_a_session_that_is_away() {
    let broker = Embedded::start();
    for version in versions() {
        let resume = tests::harness::resume(version, "watcher");
        let mut watcher = Client::connect(broker.addr(), &resume);
        watcher.subscribe("will", QoS::AtLeastOnce);
        watcher.disconnect();
        let connect = Connect {
            will: Some(will(QoS::AtLeastOnce, false)),
            ..hello(version, "client")
        };
        Client::connect(broker.addr(), &connect).disconnect();
        Client::connect(broker.addr(), &connect).vanish();
        let mut publisher = Client::new(broker.addr(), version, "publisher");
        // The will goes its way when the broker notices the loss: so it is waited for.
        broker.until("the will", |event| matches!(event, Event::WillPublished { .. }));
        publisher.publish(&message("will", "after", QoS::AtLeastOnce));
        let mut watcher = Client::connect(broker.addr(), &resume);
        assert_eq!(text(&watcher.receive()), "gone");
        assert_eq!(text(&watcher.receive()), "after");
        watcher.disconnect();
    }
}
