//! A test can read the broker's state, down to the properties of a message and the delay of a will.

use broker::Broker;
use broker::QoS;
use broker::wire::{
    Connect, ConnectProperties, FilterRequest, RetainHandling, SubscriptionOptions, Version, Will,
    WillProperties,
};
use tests::harness::{Client, hello, message};

#[test]
fn everything_that_is_kept_can_be_read() {
    let broker = Broker::start().wait().expect("it starts");
    broker.clock().freeze().wait().expect("it runs");
    let will = Will {
        topic: "status",
        payload: b"gone",
        qos: QoS::AtLeastOnce,
        retain: true,
        properties: WillProperties {
            delay_secs: Some(30),
            content_type: Some("text/plain"),
            ..WillProperties::default()
        },
    };
    let connect = Connect {
        clean_start: false,
        will: Some(will),
        properties: ConnectProperties {
            session_expiry_secs: Some(3600),
            ..ConnectProperties::default()
        },
        ..hello(Version::V5, "c")
    };
    let mut client = Client::connect(broker.addr(), &connect);
    let options = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: false,
        retain_as_published: true,
        retain_handling: RetainHandling::Never,
    };
    for filter in ["t/#", "$share/g/shared"] {
        client.subscribe_with(&[FilterRequest { filter, options }], Some(7));
    }
    client.vanish();
    broker.wait_disconnected("c").wait().expect("it is gone");
    let mut publisher = Client::new(broker.addr(), Version::V5, "p");
    let mut publish = message("t/1", "on", QoS::AtLeastOnce);
    publish.retain = true;
    publish.properties.response_topic = Some("answer");
    publish.properties.message_expiry_secs = Some(60);
    publish.properties.user = vec![("unit", "celsius")];
    publisher.publish(&publish);

    let state = broker.state().wait().expect("it runs");
    assert!(state.clock_frozen);
    let session = state.session("c").expect("it lives on");
    let will = session.will.as_ref().expect("it waits");
    assert_eq!(
        (will.delay_secs, will.due_in_nanos, will.retain),
        (30, Some(30_000_000_000), true)
    );
    assert_eq!(will.properties.content_type.as_deref(), Some("text/plain"));
    let [shared, plain] = &session.subscriptions[..] else {
        panic!("{:?}", session.subscriptions);
    };
    assert_eq!(
        (shared.filter.as_str(), shared.share_name.as_deref()),
        ("$share/g/shared", Some("g"))
    );
    assert_eq!(
        (plain.share_name.as_deref(), plain.retain_handling, plain.id),
        (None, 2, Some(7))
    );
    let [queued] = &session.queued[..] else {
        panic!("{:?}", session.queued);
    };
    assert_eq!(
        (queued.text(), queued.retain, queued.expires_in_secs),
        (Some("on"), true, Some(60))
    );
    assert_eq!(queued.publisher, "p");
    assert_eq!(queued.properties.response_topic.as_deref(), Some("answer"));
    assert_eq!(
        queued.properties.user,
        [("unit".to_owned(), "celsius".to_owned())]
    );
    assert_eq!(
        state.retained_message("t/1").and_then(|message| message.text()),
        Some("on")
    );
    assert_eq!(
        (state.shared[0].filter.as_str(), &*state.shared[0].members),
        ("$share/g/shared", &["c".to_owned()][..])
    );

    let mut client = Client::connect(broker.addr(), &connect);
    client.publish_packet();
    let state = broker.state().wait().expect("it runs");
    let flying = &state.session("c").expect("it is there").inflight[0];
    let message = flying.message.as_ref().expect("PUBACK has not come");
    assert_eq!((flying.awaits, message.text()), ("PUBACK", Some("on")));
}
