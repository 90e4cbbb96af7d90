//! Messages of the embedding program: with all that a message of a client may carry, and checked as one.

use broker::wire::{PublishProperties, Version};
use broker::{Injected, QoS};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, versions};

#[test]
fn its_properties_reach_subscribers_as_given() {
    let broker = Embedded::start();
    let mut clients: Vec<Client> = versions()
        .map(|version| {
            let mut client = Client::new(broker.addr(), version, &format!("client {version}"));
            client.subscribe("t", QoS::ExactlyOnce);
            client
        })
        .collect();
    let message = Injected::text("t", "{}")
        .qos(QoS::AtLeastOnce)
        .retained()
        .payload_format(true)
        .message_expiry_secs(3600)
        .content_type("application/json")
        .response_topic("answers/1")
        .correlation_data(vec![0, 0xFF])
        .user_property("a", "1")
        .user_property("", "")
        .user_property("a", "2");
    assert_eq!(broker.publish(message).wait().unwrap(), 3);
    let all = PublishProperties {
        payload_format: Some(true),
        message_expiry_secs: Some(3600),
        content_type: Some("application/json"),
        response_topic: Some("answers/1"),
        correlation_data: Some(&[0, 0xFF]),
        user: vec![("a", "1"), ("", ""), ("a", "2")],
        ..PublishProperties::default()
    };
    for client in &mut clients {
        let expected = if client.version().is_v5() {
            all.clone()
        } else {
            PublishProperties::default()
        };
        let got = client.receive();
        assert_eq!(
            (text(&got), got.qos, &got.properties),
            ("{}", QoS::AtLeastOnce, &expected)
        );
    }
    // It is retained with them, too.
    let mut late = Client::new(broker.addr(), Version::V5, "late");
    late.subscribe("t", QoS::AtMostOnce);
    let got = late.receive();
    assert!(got.retain);
    assert_eq!(
        (got.properties.response_topic, &got.properties.user),
        (all.response_topic, &all.user)
    );
}

#[test]
fn it_expires() {
    let broker = Embedded::start();
    broker.block_on(broker.clock().freeze()).expect("it runs");
    let message = Injected::text("t", "x").retained().message_expiry_secs(10);
    broker.block_on(broker.publish(message)).expect("it runs");
    let ten = std::time::Duration::from_secs(10);
    broker.block_on(broker.clock().advance(ten)).expect("it runs");
    let mut late = Client::new(broker.addr(), Version::V5, "late");
    late.subscribe("t", QoS::AtMostOnce);
    late.nothing_came();
}

#[test]
fn one_that_no_client_could_send_is_refused_in_words() {
    let broker = Embedded::start_with(|settings| settings.limits.max_packet_size_bytes = 100_000);
    let hello = || Injected::text("t", "x");
    let long = "x".repeat(65_536);
    for (message, what) in [
        (Injected::text("", "x"), "its topic is no topic name: empty"),
        (
            hello().response_topic(""),
            "its Response Topic is no topic name: empty",
        ),
        (
            hello().response_topic("a/#"),
            "its Response Topic is no topic name: wildcard",
        ),
        (
            hello().content_type("a\0b"),
            "its Content Type holds the character U+0000",
        ),
        (
            hello().user_property(&long, ""),
            "its User Property has 65536 bytes",
        ),
        (hello().user_property("", "\0"), "its User Property holds"),
        (
            hello().correlation_data(long.clone()),
            "its Correlation Data has 65536 bytes",
        ),
        (
            Injected::bytes("t", vec![0xFF]).payload_format(true),
            "its Payload Format Indicator says that the payload is UTF-8",
        ),
        (
            Injected::bytes("t", vec![0; 100_000]),
            "limits.max_packet_size_bytes is 100000",
        ),
    ] {
        let error = broker
            .block_on(broker.publish(message))
            .expect_err(what)
            .to_string();
        assert!(
            error.contains("cannot be published: ") && error.contains(what),
            "{error}"
        );
    }
    assert_eq!(broker.publish(hello()).wait().unwrap(), 0);
}
