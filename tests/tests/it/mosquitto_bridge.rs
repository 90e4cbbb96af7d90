//! mosquitto as a bridge to our broker, with the settings that it has by default.

use std::net::SocketAddr;

use broker::QoS;
use broker::wire::{Publish, Version};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Mosquitto, message};

/// mosquitto with a bridge to `addr`; `lines` are more of its settings.
fn bridge(addr: SocketAddr, lines: &str) -> Option<Mosquitto> {
    Mosquitto::start(&format!(
        "connection up\naddress {addr}\nremote_clientid far.up\n\
         topic both/# both 2\ntopic in/# in 1\ntopic out/# out 0\nrestart_timeout 1\n{lines}"
    ))
}

/// It has made the last of its subscriptions.
fn until_subscribed(broker: &Embedded) {
    broker
        .block_on(broker.wait_subscribed("far.up", "in/#"))
        .expect("it subscribes");
}

fn told(got: &Publish<'_>) -> (String, String, bool) {
    (got.topic.to_owned(), text(got).to_owned(), got.retain)
}

fn expect(client: &mut Client, topic: &str, payload: &str, retain: bool) {
    assert_eq!(
        told(&client.receive()),
        (topic.to_owned(), payload.to_owned(), retain)
    );
}

fn talk_over(lines: &str) -> Option<()> {
    println!("case: {lines:?}");
    let state = "$SYS/broker/connection/far.up/state";
    let broker = Embedded::start();
    let mut watcher = Client::new(broker.addr(), Version::V5, "watcher");
    watcher.subscribe("$SYS/broker/connection/+/state", QoS::AtLeastOnce);
    let mut near = Client::new(broker.addr(), Version::V5, "near");
    for filter in ["both/#", "in/#", "out/#"] {
        near.subscribe(filter, QoS::ExactlyOnce);
    }
    let mosquitto = bridge(broker.addr(), lines)?;
    expect(&mut watcher, state, "1", false);
    until_subscribed(&broker);
    // A later subscriber finds it retained.
    let mut late = Client::new(broker.addr(), Version::V311, "late");
    late.subscribe("$SYS/broker/connection/#", QoS::AtMostOnce);
    expect(&mut late, state, "1", true);

    let mut far = Client::new(mosquitto.addr(), Version::V5, "far");
    for filter in ["both/#", "in/#", "out/#"] {
        far.subscribe(filter, QoS::ExactlyOnce);
    }
    for (n, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
        .into_iter()
        .enumerate()
    {
        let payload = n.to_string();
        for topic in ["both/up", "out/up"] {
            far.publish(&message(topic, &payload, qos));
            expect(&mut far, topic, &payload, false);
            expect(&mut near, topic, &payload, false);
        }
        for topic in ["both/down", "in/down"] {
            near.publish(&message(topic, &payload, qos));
            expect(&mut near, topic, &payload, false);
            expect(&mut far, topic, &payload, false);
        }
    }
    // Nothing went round: it would have come before what comes last, on the same ways.
    far.publish(&message("both/last", "up", QoS::ExactlyOnce));
    expect(&mut far, "both/last", "up", false);
    expect(&mut near, "both/last", "up", false);
    near.publish(&message("both/last", "down", QoS::ExactlyOnce));
    expect(&mut near, "both/last", "down", false);
    expect(&mut far, "both/last", "down", false);
    near.nothing_came();
    far.nothing_came();

    // It goes without a word, and comes back.
    drop((far, mosquitto));
    expect(&mut watcher, state, "0", false);
    let mosquitto = bridge(broker.addr(), lines)?;
    expect(&mut watcher, state, "1", false);
    let mut far = Client::new(mosquitto.addr(), Version::V5, "far");
    far.subscribe("both/#", QoS::ExactlyOnce);
    until_subscribed(&broker);
    near.publish(&message("both/down", "again", QoS::AtLeastOnce));
    expect(&mut far, "both/down", "again", false);
    assert_eq!(
        broker.stats().clients_refused,
        0,
        "its first handshake came through"
    );
    Some(())
}

#[test]
fn it_connects_and_talks_in_every_version() {
    for lines in [
        "",
        "bridge_protocol_version mqttv31",
        "bridge_protocol_version mqttv311",
        "bridge_protocol_version mqttv50",
        "cleansession true",
    ] {
        if talk_over(lines).is_none() {
            return;
        }
    }
}

/// RETAIN goes along, so that what is kept here is kept there.
#[test]
fn what_is_retained_is_retained_on_both_sides() {
    let broker = Embedded::start();
    let Some(mosquitto) = bridge(broker.addr(), "") else {
        return;
    };
    until_subscribed(&broker);
    let mut near = Client::new(broker.addr(), Version::V311, "near");
    let mut watcher = Client::new(mosquitto.addr(), Version::V311, "watcher");
    watcher.subscribe("both/#", QoS::AtLeastOnce);
    near.publish(&Publish {
        retain: true,
        ..message("both/kept", "x", QoS::AtLeastOnce)
    });
    expect(&mut watcher, "both/kept", "x", false);
    let mut late = Client::new(mosquitto.addr(), Version::V311, "late");
    late.subscribe("both/#", QoS::AtLeastOnce);
    expect(&mut late, "both/kept", "x", true);
}
