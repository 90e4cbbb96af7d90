//! What clients of others do on a bad line: paho-mqtt, MQTT.js and rumqttc, each as it comes.

use broker::{Broker, Injected, QoS};
use tests::harness::steered::{Peer, Say, Steered, Wish};

fn start() -> Broker {
    Broker::start().wait().expect("it starts")
}

/// Every library that is installed here.
fn each(test: impl Fn(Peer) -> Option<()>) {
    for peer in Peer::ALL {
        println!("case: {}", peer.name());
        test(peer);
    }
}

fn publish(broker: &Broker, topic: &str, payload: &str, qos: QoS) {
    let message = Injected::text(topic, payload).qos(qos);
    broker.publish(message).wait().expect("it runs");
}

#[test]
fn every_library_hears_speaks_and_comes_back() {
    each(|peer| {
        let broker = start();
        let (mut client, present) = Steered::start(peer, broker.addr(), &Wish::lasting("lamp", 3600))?;
        assert!(!present);
        client.subscribe("t", 2);
        for qos in [1, 2] {
            client.say(Say {
                topic: "t",
                payload: "x",
                qos,
                ..Say::default()
            });
            let mut left = 2;
            client.all_until("it hears and is acknowledged", |did| {
                left -= i32::from(did["did"] == "message" || did["did"] == "published");
                left == 0
            });
        }
        broker
            .crash(broker::Restart::KeepState)
            .wait()
            .expect("it restarts");
        client.disconnected();
        assert!(client.connected());
        publish(&broker, "t", "again", QoS::AtLeastOnce);
        assert_eq!(client.message()["payload"], "again");
        client.disconnect();
        Some(())
    });
}
