//! What a bridge was told to carry it carries over the end of its broker, and over kill -9.

use broker::journal::CloseReason;
use broker::settings::{Bridge, MqttVersion};
use broker::{Broker, Event, Injected, QoS, ReasonCode};
use tests::harness::bridges::{quick, until_connected};
use tests::harness::folder::Folder;
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Mosquitto, free_port};
use tests::kills::{self, Far, Summary};

fn killed(seed: u64, far: Far) {
    let Summary {
        kills,
        answered,
        delivered,
    } = kills::run_bridged(seed, 20, far, &["--set", "durability=fsync"], |_| {});
    assert!(
        kills == 20 && answered > 0 && delivered >= answered,
        "{answered}, {delivered}"
    );
}

#[test]
fn nothing_is_lost_or_doubled_on_the_way_to_another_of_ours_by_kill_9() {
    let far = Embedded::start_with(|settings| settings.session.max_queued_messages = 1_000_000);
    let addr = far.addr();
    killed(3, Far { addr, version: "5.0" });
}

#[test]
fn nothing_is_lost_or_doubled_on_the_way_to_mosquitto_by_kill_9() {
    let Some(far) = Mosquitto::start("max_queued_messages 0") else {
        return;
    };
    let addr = far.addr();
    killed(
        4,
        Far {
            addr,
            version: "3.1.1",
        },
    );
}

/// A broker that keeps its state in `folder`, with these bridges.
fn start(folder: &Folder, bridges: &[Bridge]) -> Broker {
    let state_dir = folder.file("state").display().to_string();
    let builder = Broker::builder().configure(|settings| {
        settings.state_dir = state_dir;
        settings.bridge = bridges.to_vec();
    });
    builder.start().wait().expect("it starts")
}

fn sessions(broker: &Broker) -> Vec<String> {
    let sessions = broker.state().wait().expect("it runs").sessions;
    sessions.into_iter().map(|session| session.client_id).collect()
}

/// The bridge begins anew, and what waits for it stays.
#[test]
fn what_waits_goes_to_the_address_that_a_bridge_has_next() {
    let folder = Folder::new();
    let bridge = |addr| Bridge {
        version: MqttVersion::V5,
        ..quick(addr, &["out/# out 2"])
    };
    let broker = start(&folder, &[bridge(free_port())]);
    broker
        .wait_subscribed("local.house", "out/#")
        .wait()
        .expect("it makes its session");
    let waits = Injected::text("out/x", "waits").qos(QoS::ExactlyOnce);
    broker.publish(waits).wait().expect("it is kept");
    super::shut_down(&broker);

    let far = Embedded::start();
    let mut there = Client::new(far.addr(), broker::wire::Version::V5, "there");
    there.subscribe("out/#", QoS::ExactlyOnce);
    let broker = start(&folder, &[bridge(far.addr())]);
    assert_eq!(text(&there.receive()), "waits");
    super::shut_down(&broker);
}

#[test]
fn a_bridge_that_is_removed_leaves_nothing_behind() {
    let folder = Folder::new();
    let bridge = quick(free_port(), &["out/# out 1"]);
    let broker = start(&folder, std::slice::from_ref(&bridge));
    broker
        .wait_subscribed("local.house", "out/#")
        .wait()
        .expect("it makes its session");
    super::shut_down(&broker);
    let broker = start(&folder, std::slice::from_ref(&bridge));
    assert_eq!(sessions(&broker), ["local.house"]);
    super::shut_down(&broker);
    let client_id = "other".to_owned();
    let broker = start(&folder, &[Bridge { client_id, ..bridge }]);
    assert!(!sessions(&broker).contains(&"local.house".to_owned()));
    broker
        .wait_subscribed("local.other", "out/#")
        .wait()
        .expect("it makes its session");
    super::shut_down(&broker);
    for _ in 0..2 {
        let broker = start(&folder, &[]);
        assert!(sessions(&broker).is_empty());
        super::shut_down(&broker);
    }
}

fn filters(broker: &Broker, client_id: &str) -> Vec<String> {
    let sessions = broker.state().wait().expect("it runs").sessions;
    let session = sessions.into_iter().find(|it| it.client_id == client_id);
    let held = session.expect("it is there").subscriptions.into_iter();
    held.map(|it| it.filter).collect()
}

#[test]
fn lines_that_have_changed_leave_no_subscription_in_either_broker() {
    let far = Embedded::start();
    let folder = Folder::new();
    for name in ["old", "new"] {
        let (out, come) = (format!("{name}-out/# out 1"), format!("{name}-in/# in 1"));
        let state_dir = folder.file("state").display().to_string();
        let broker = Embedded::start_with(|settings| {
            settings.state_dir = state_dir;
            settings.bridge.push(quick(far.addr(), &[&out, &come]));
        });
        let come = format!("{name}-in/#");
        let out = format!("{name}-out/#");
        until_connected(&broker);
        assert_eq!(filters(&broker, "local.house"), [out]);
        assert_eq!(filters(&far, "house"), [come]);
        super::shut_down(&broker);
    }
}

/// There the bridge is gone at once, with its will.
#[test]
fn a_broker_that_ends_says_goodbye_to_the_other() {
    let far = Embedded::start();
    let folder = Folder::new();
    let bridge = Bridge {
        version: MqttVersion::V5,
        ..quick(far.addr(), &["out/# out 1"])
    };
    let broker = start(&folder, &[bridge]);
    far.block_on(far.wait_connected("house")).expect("it comes");
    super::shut_down(&broker);
    far.until("the bridge is gone, and said so", |event| {
        matches!(event, Event::Disconnected { client_id, cause, .. }
            if &**client_id == "house" && *cause == CloseReason::ClientDisconnect(ReasonCode::DISCONNECT_WITH_WILL))
    });
}
