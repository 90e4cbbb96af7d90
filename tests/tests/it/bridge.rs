//! A bridge of our broker: what crosses, and what is said of it.

use broker::settings::{Bridge, BridgeStart, MqttVersion};
use broker::wire::{Publish, Version};
use broker::{Event, QoS};
use tests::harness::api::Api;
use tests::harness::bridges::{bridged, quick, status, until_connected};
use tests::harness::folder::Folder;
use tests::harness::page::blocks;
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Mosquitto, message};

/// Nothing goes round where both sides say what they brought, and prefixes give way to each other.
#[test]
fn both_ways_with_prefixes() {
    for version in [MqttVersion::V31, MqttVersion::V311, MqttVersion::V5] {
        let Some(far) = Mosquitto::start("") else { return };
        let bridge = Bridge {
            version,
            ..quick(far.addr(), &["# both 2 here/ there/"])
        };
        let near = bridged(bridge);
        until_connected(&near);
        let mut here = Client::new(near.addr(), Version::V311, "here");
        here.subscribe("here/#", QoS::ExactlyOnce);
        here.subscribe("$SYS/broker/connection/house/state", QoS::AtLeastOnce);
        let state = here.receive();
        assert_eq!((text(&state), state.retain), ("1", true));
        let mut there = Client::new(far.addr(), Version::V311, "there");
        there.subscribe("there/#", QoS::ExactlyOnce);
        there.subscribe("$SYS/broker/connection/house/state", QoS::AtLeastOnce);
        assert_eq!(text(&there.receive()), "1");
        for (qos, retain) in [
            (QoS::AtMostOnce, false),
            (QoS::AtLeastOnce, true),
            (QoS::ExactlyOnce, false),
        ] {
            let of = |topic, payload| Publish {
                retain,
                ..message(topic, payload, qos)
            };
            here.publish(&of("here/a", "out"));
            assert_eq!(here.receive().topic, "here/a");
            assert_eq!(there.receive().topic, "there/a");
            there.publish(&of("there/b", "in"));
            assert_eq!(there.receive().topic, "there/b");
            assert_eq!(here.receive().topic, "here/b");
        }
        here.publish(&message("here/last", "out", QoS::ExactlyOnce));
        assert_eq!(here.receive().topic, "here/last", "nothing came round before");
        assert_eq!(there.receive().topic, "there/last");
        // The other broker is gone, which is said here.
        drop((there, far));
        assert_eq!(text(&here.receive()), "0");
    }
}

/// A mosquitto.conf brings its bridge along.
#[test]
fn a_mosquitto_conf_has_a_bridge() {
    let Some(far) = Mosquitto::start("") else { return };
    let folder = Folder::new();
    let conf = format!(
        "listener 0 127.0.0.1\nallow_anonymous true\nconnection up\naddress {}\nremote_clientid house\ntopic # both 1 near/ far/\n",
        far.addr()
    );
    let path = folder.write("bridge.conf", &conf);
    let loaded = broker::settings::Loader::new()
        .file(&path)
        .load()
        .expect("it can be read");
    let near = Embedded::start_with(|settings| settings.bridge.clone_from(&loaded.settings.bridge));
    until_connected(&near);
    let mut there = Client::new(far.addr(), Version::V311, "there");
    there.subscribe("far/#", QoS::AtLeastOnce);
    let mut here = Client::new(near.addr(), Version::V5, "here");
    here.publish(&message("near/x", "1", QoS::AtLeastOnce));
    assert_eq!(there.receive().topic, "far/x");
}

/// Over TLS, with a certificate that the bridge trusts by its CA, and not without.
#[test]
fn over_tls() {
    let far = Embedded::start();
    let folder = Folder::new();
    let ca = folder.write("ca.pem", &far.ca_pem().expect("it has one"));
    let port = far.addr().port();
    let bridge = |host: &str, insecure: bool| Bridge {
        ca_file: ca.to_string_lossy().into_owned(),
        insecure,
        topics: vec!["# out 1".to_owned()],
        client_id: "house".to_owned(),
        start: BridgeStart::Once,
        ..Bridge::new("up", format!("mqtts://{host}:{port}"), "")
    };
    for (bridge, state) in [
        (bridge("localhost", false), "connected"),
        (bridge("127.0.0.1", true), "connected"),
        (
            Bridge {
                ca_file: String::new(),
                ..bridge("localhost", false)
            },
            "lost",
        ),
    ] {
        let near = bridged(bridge);
        let event = near.until("the bridge is connected, or not", |event| {
            matches!(
                event,
                Event::Bridge {
                    state: "connected" | "lost",
                    ..
                }
            )
        });
        assert!(
            matches!(&event, Event::Bridge { state: is, why, .. } if *is == state && (state == "connected") != why.contains("TLS")),
            "{event:?}"
        );
    }
}

/// A bridge that waits for enough messages; and what is said of one, over HTTP.
#[test]
fn a_lazy_one_is_asleep_until_enough_waits() {
    let far = Embedded::start();
    let bridge = Bridge {
        start: BridgeStart::Lazy,
        threshold: 3,
        ..quick(far.addr(), &["# out 1"])
    };
    let near = bridged(bridge);
    near.until("it is asleep", |event| {
        matches!(event, Event::Bridge { state: "asleep", .. })
    });
    let mut here = Client::new(near.addr(), Version::V5, "here");
    let mut there = Client::new(far.addr(), Version::V5, "there");
    there.subscribe("#", QoS::AtLeastOnce);
    for n in 1..=3 {
        let status = status(&near);
        assert_eq!((status.state, status.connects), ("asleep", 0));
        here.publish(&message("x", &n.to_string(), QoS::AtLeastOnce));
    }
    for n in 1..=3 {
        assert_eq!(text(&there.receive()), n.to_string());
    }
    let status = status(&near);
    assert_eq!(
        (status.state, &*status.local_client_id),
        ("connected", "local.house")
    );
    let said = Api::of(&near).get("bridges").json(200);
    let bridge = &said["bridges"][0];
    assert_eq!(
        (&bridge["name"], &bridge["state"]),
        (&"up".into(), &"connected".into())
    );
}

/// docs/BRIDGE.md: its TOML and its mosquitto.conf can be read, and mean the same. (Its Rust is a documentation test.)
#[test]
fn what_the_page_shows_can_be_read() {
    let folder = Folder::new();
    let read = |language: &str, name: &str| {
        let all = blocks("docs/BRIDGE.md");
        let block = all
            .into_iter()
            .find(|block| block.language == language)
            .expect("it is on the page");
        let path = folder.write(name, &block.text);
        let loaded = broker::settings::Loader::new().file(&path).load();
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        loaded.settings.bridge[0].clone()
    };
    let (toml, conf) = (read("toml", "page.toml"), read("conf", "page.conf"));
    assert_eq!(
        (&toml.name, &toml.addresses, &toml.client_id),
        (&conf.name, &conf.addresses, &conf.client_id)
    );
    assert_eq!(toml.topics[..2], conf.topics);
    assert_eq!(toml.topics.len(), 3);
}
