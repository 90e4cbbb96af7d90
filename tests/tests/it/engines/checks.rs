//! Short checks of single capabilities. Each says whether the broker at this address does as the standard has it.
//!
//! None waits for nothing to come: where something should not, a later message on the same topic shows it.

use std::net::SocketAddr;

use broker::wire::{
    Connect, FilterRequest, Packet, RetainHandling, Subscribe, SubscriptionOptions, Unsubscribe, Version,
};
use broker::{Capability, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, hello, message, resume};

/// A capability, and whether it is there as described.
pub type Check = (Capability, fn(SocketAddr) -> bool);

pub const CHECKS: &[Check] = &[
    (Capability::Mqtt31, mqtt_3_1),
    (Capability::Mqtt311, |addr| {
        accepts(addr, &keeping(Version::V311, "v4"))
    }),
    (Capability::KeepAliveZero, |addr| {
        accepts(addr, &hello(Version::V311, "idle"))
    }),
    (Capability::LowerQos, lower_qos),
    (Capability::DollarTopics, dollar_topics),
    (Capability::PersistentSessions, queued_while_away),
    (Capability::Takeover, takeover_is_told),
    (Capability::OverlappingSubscriptions, overlapping),
    (Capability::Unsubscribe, unsubscribe_of_nothing),
    (Capability::LargePackets, large_packets),
    (Capability::NoLocal, no_local),
    (Capability::RetainHandling, retain_handling),
    (Capability::SubscriptionIdentifiers, subscription_identifiers),
    (Capability::NoMatchingSubscribers, no_matching_subscribers),
    (Capability::SharedSubscriptions, shared),
    (Capability::Retained, retained),
];

/// With a keep alive, without which rumqttd takes nobody.
fn keeping(version: Version, client_id: &str) -> Connect<'_> {
    Connect {
        keep_alive_secs: 60,
        ..hello(version, client_id)
    }
}

fn accepts(addr: SocketAddr, connect: &Connect<'_>) -> bool {
    let mut client = Client::open(addr, connect.version);
    client.send(&Packet::Connect(Box::new(connect.clone())));
    matches!(client.packet_or_end(), Some(Packet::ConnAck(connack)) if connack.reason == ReasonCode::SUCCESS)
}

fn client(addr: SocketAddr, version: Version, client_id: &str) -> Client {
    Client::connect(addr, &keeping(version, client_id))
}

/// Payloads that come, up to this one.
fn until(client: &mut Client, last: &str) -> Vec<(String, QoS)> {
    let mut came = Vec::new();
    loop {
        let publish = client.receive();
        came.push((text(&publish).to_owned(), publish.qos));
        if text(&publish) == last {
            return came;
        }
    }
}

fn mqtt_3_1(addr: SocketAddr) -> bool {
    accepts(addr, &keeping(Version::V31, "v3"))
}

fn lower_qos(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V311, "peer");
    peer.subscribe("lower", QoS::AtLeastOnce);
    peer.start_publish(&message("lower", "x", QoS::AtMostOnce));
    peer.receive().qos == QoS::AtMostOnce
}

fn dollar_topics(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V311, "peer");
    if !subscribes(&mut peer, "$own/#", None) {
        return false;
    }
    peer.publish(&message("$own/a", "mine", QoS::AtLeastOnce));
    text(&peer.receive()) == "mine"
}

/// Whether SUBACK comes, and not the end.
fn subscribes(peer: &mut Client, filter: &str, subscription_id: Option<u32>) -> bool {
    let packet_id = peer.fresh_id();
    peer.send(&Packet::Subscribe(Subscribe {
        subscription_id,
        ..Subscribe::new(packet_id, filter, QoS::AtMostOnce)
    }));
    matches!(peer.packet_or_end(), Some(Packet::SubAck(_)))
}

fn queued_while_away(addr: SocketAddr) -> bool {
    let connect = Connect {
        keep_alive_secs: 60,
        ..resume(Version::V311, "away")
    };
    let mut away = Client::connect(addr, &connect);
    away.subscribe("queue", QoS::AtLeastOnce);
    away.disconnect();
    let mut publisher = client(addr, Version::V311, "publisher");
    publisher.publish(&message("queue", "1", QoS::AtLeastOnce));
    let (mut back, connack) = Client::say_hello(addr, &connect);
    publisher.publish(&message("queue", "2", QoS::AtLeastOnce));
    let came = until(&mut back, "2");
    back.disconnect();
    connack.session_present && came.len() == 2
}

fn takeover_is_told(addr: SocketAddr) -> bool {
    let mut first = client(addr, Version::V5, "same");
    let _second = client(addr, Version::V5, "same");
    matches!(first.packet_or_end(), Some(Packet::Disconnect(disconnect))
        if disconnect.reason == ReasonCode::SESSION_TAKEN_OVER)
}

fn overlapping(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V311, "peer");
    peer.subscribe("over/#", QoS::AtLeastOnce);
    peer.subscribe("over/lap", QoS::AtLeastOnce);
    peer.publish(&message("over/lap", "1", QoS::AtLeastOnce));
    peer.publish(&message("over/lap", "2", QoS::AtLeastOnce));
    // Where each subscription has its own copy, the first "2" comes after two of "1", or after both of them: one of the
    // two orders shows it at once, the other with what follows.
    let came = until(&mut peer, "2");
    came.len() == 2 && {
        peer.publish(&message("over/lap", "3", QoS::AtLeastOnce));
        until(&mut peer, "3").len() == 1
    }
}

fn unsubscribe_of_nothing(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V311, "peer");
    let packet_id = peer.fresh_id();
    peer.send(&Packet::Unsubscribe(Unsubscribe {
        packet_id,
        user: Vec::new(),
        filters: vec!["never/subscribed"],
    }));
    peer.send(&Packet::PingReq);
    matches!(peer.packet(), Packet::UnsubAck(_))
}

fn large_packets(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V311, "peer");
    peer.subscribe("large", QoS::AtMostOnce);
    peer.start_publish(&message("large", &"x".repeat(100_000), QoS::AtMostOnce));
    matches!(peer.packet_or_end(), Some(Packet::Publish(publish)) if publish.payload.len() == 100_000)
}

fn subscribe_with(peer: &mut Client, filter: &str, options: SubscriptionOptions) {
    peer.subscribe_with(&[FilterRequest { filter, options }], None);
}

fn no_local(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V5, "peer");
    let options = SubscriptionOptions {
        no_local: true,
        ..SubscriptionOptions::default()
    };
    subscribe_with(&mut peer, "local", options);
    peer.publish(&message("local", "mine", QoS::AtLeastOnce));
    let mut other = client(addr, Version::V5, "other");
    other.publish(&message("local", "yours", QoS::AtLeastOnce));
    until(&mut peer, "yours").len() == 1
}

fn retained_message(addr: SocketAddr, topic: &str) {
    let mut publisher = client(addr, Version::V5, "keeper");
    let mut kept = message(topic, "kept", QoS::AtLeastOnce);
    kept.retain = true;
    publisher.publish(&kept);
    publisher.disconnect();
}

fn retained(addr: SocketAddr) -> bool {
    retained_message(addr, "retained");
    let mut peer = client(addr, Version::V311, "peer");
    peer.subscribe("retained", QoS::AtMostOnce);
    let publish = peer.receive();
    publish.retain && text(&publish) == "kept"
}

fn retain_handling(addr: SocketAddr) -> bool {
    retained_message(addr, "handled");
    let mut peer = client(addr, Version::V5, "peer");
    let options = SubscriptionOptions {
        retain_handling: RetainHandling::Always,
        ..SubscriptionOptions::default()
    };
    subscribe_with(&mut peer, "handled", options);
    let first = until(&mut peer, "kept").len();
    // Subscribed again, it comes again.
    subscribe_with(&mut peer, "handled", options);
    peer.publish(&message("handled", "new", QoS::AtLeastOnce));
    first == 1 && until(&mut peer, "new").len() == 2
}

fn subscription_identifiers(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V5, "peer");
    for (filter, id) in [("id/#", 1), ("id/+", 7)] {
        if !subscribes(&mut peer, filter, Some(id)) {
            return false;
        }
    }
    peer.start_publish(&message("id/x", "x", QoS::AtMostOnce));
    let mut ids = peer.receive().properties.subscription_ids.clone();
    ids.sort_unstable();
    ids == [1, 7]
}

fn no_matching_subscribers(addr: SocketAddr) -> bool {
    let mut peer = client(addr, Version::V5, "peer");
    peer.publish(&message("nobody/here", "x", QoS::AtLeastOnce)) == ReasonCode::NO_MATCHING_SUBSCRIBERS
}

fn shared(addr: SocketAddr) -> bool {
    let mut first = client(addr, Version::V5, "first");
    let mut second = client(addr, Version::V5, "second");
    first.subscribe("$share/g/work", QoS::AtLeastOnce);
    second.subscribe("$share/g/work", QoS::AtLeastOnce);
    let mut publisher = client(addr, Version::V5, "publisher");
    for payload in ["1", "2"] {
        publisher.publish(&message("work", payload, QoS::AtLeastOnce));
    }
    // Each has one of the two.
    let mut came = [text(&first.receive()), text(&second.receive())];
    came.sort_unstable();
    came == ["1", "2"]
}
