//! The client of the harness over each way, in each version, with frames cut in every fashion.

use broker::settings::Listener;
use broker::wire::{Connect, Version, Will, WillProperties};
use broker::{Event, QoS};
use tests::harness::raw::text;
use tests::harness::way::{Frames, Reachable};
use tests::harness::{Client, Door, Way, hello, message, versions};

use super::{all_went_well, said_goodbye};

const FRAMES: [Frames; 4] = [
    Frames::EachWrite,
    Frames::Of(1),
    Frames::Of(1_000),
    Frames::Fragments(7),
];

#[test]
fn every_version_over_every_way() {
    let broker = Reachable::start();
    for version in versions() {
        for way in Way::ALL {
            // Where there are no frames, one fashion is enough.
            for frames in &FRAMES[..if way.has_web_socket() { FRAMES.len() } else { 1 }] {
                let client_id = format!("{version}-{way}-{frames:?}");
                let mut client = Client::new(broker.door(*way).frames(*frames), version, &client_id);
                client.subscribe("talk", QoS::ExactlyOnce);
                let payload = "x".repeat(3_000);
                for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    client.publish(&message("talk", &payload, qos));
                    assert_eq!(text(&client.receive()), payload, "{client_id}");
                }
                // The end is said in the words of each layer, or reading it fails.
                client.disconnect();
                said_goodbye(&broker, &client_id, &way.to_string());
            }
        }
    }
    all_went_well(&broker);
}

/// Half closed, in the words of each way: `shutdown`, `close_notify`, a Close frame.
#[test]
fn an_end_without_a_goodbye_publishes_the_will_on_every_way() {
    let broker = Reachable::start();
    for way in Way::ALL {
        let topic = format!("gone/{way}");
        let will = Will {
            topic: &topic,
            payload: b"x",
            qos: QoS::AtMostOnce,
            retain: true,
            properties: WillProperties::default(),
        };
        let client_id = way.to_string();
        let connect = Connect {
            will: Some(will),
            ..hello(Version::V311, &client_id)
        };
        let mut client = Client::connect(broker.door(*way), &connect);
        // What was said before the end counts, and is answered where the way allows that.
        client.send(&broker::wire::Packet::Publish(message(
            "last",
            "words",
            QoS::AtMostOnce,
        )));
        client.layers().end().expect("it is taken");
        client.closed();
        broker.until_gone(&client_id);
        let state = broker.state().wait().expect("it runs");
        assert!(state.retained_message(&topic).is_some(), "the will of {way}");
    }
    assert_eq!(broker.stats().publish_received, Way::ALL.len() as u64);
}

#[test]
fn each_way_leads_through_a_proxy() {
    let broker = Reachable::start_with(|settings| {
        settings.listener.push(Listener {
            name: "proxied".to_owned(),
            proxy_protocol: true,
            ..Listener::port(0)
        });
    });
    let addr = broker.listener("proxied").expect("it has one").addrs()[0];
    let ca = broker.ca_pem().expect("it makes one");
    let line = b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\r\n";
    let binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC0\0\x02\x02\xC3\x50\x07\x5B";
    for way in Way::OVER_TCP {
        for (version, header) in [(1, &line[..]), (2, &binary[..])] {
            let client_id = format!("{way}-{version}");
            let door = Door::new(way, addr).trusting(&ca).through_proxy(header);
            Client::new(door, Version::V5, &client_id).disconnect();
            let told = broker.until(
                "it came from where the proxy says",
                |event| matches!(event, Event::Connected { client_id: who, .. } if **who == *client_id),
            );
            let Event::Connected { peer, way: its, .. } = told else {
                continue;
            };
            assert_eq!(
                (peer.as_str(), its.to_string()),
                ("192.0.2.1:50000", way.to_string())
            );
        }
    }
    all_went_well(&broker);
}
