//! Devices over an engine, without sockets.

mod bench;

use std::time::Duration;

use broker_core::device::{Device, DeviceAnswer, DeviceWill, Every, Say, Stage, Telemetry};
use broker_core::engine::Injected;
use broker_core::settings::{MqttVersion, User};
use broker_core::time::Time;
use broker_core::wire::{QoS, ReasonCode};
use serde_json::json;

use bench::Bench;

#[test]
fn telemetry_comes_at_once_and_then_on_its_grid() {
    let mut bench = Bench::new();
    bench.add(Device::new("lamp").telemetry("lamp/temp", Every::secs(5), "{{ 20 + t }}"));
    bench.run_secs(12);
    assert_eq!(
        bench.published(),
        ["lamp/temp 20.0", "lamp/temp 25.0", "lamp/temp 30.0"]
    );
    let status = bench.status("lamp");
    assert!(status.connected);
    assert_eq!(
        (status.connects, status.published, status.reconnects()),
        (1, 3, 0)
    );
    // Nothing is made up for what was missed, and the grid stays.
    bench.away = true;
    bench.cut_all();
    bench.run_secs(11);
    assert!(!bench.status("lamp").connected);
    bench.away = false;
    bench.run_secs(20);
    let all = bench.published();
    assert_eq!(all[3], "lamp/temp 50.0", "{all:?}");
    assert_eq!(bench.status("lamp").connects, 2);
}

#[test]
fn rows_come_one_after_the_other_and_a_walk_goes_on_from_the_last_value() {
    let mut bench = Bench::new();
    let rows = [json!({"temp": 1.5}), json!({"temp": 2})];
    let cycle = Telemetry::new("cycle", Every::secs(1), "{{ row.temp }}").rows(rows.clone());
    let once = Telemetry::of_rows("once", Every::secs(1), rows).once();
    let walk =
        Telemetry::new("walk", Every::secs(1), json!({"x": "{{ previous.x + 1 }}"})).initial(json!({"x": 5}));
    bench.add(Device::new("d").publishes(cycle).publishes(once).publishes(walk));
    bench.run_secs(2);
    assert_eq!(
        bench.published(),
        [
            "cycle 1.5",
            r#"once {"temp":1.5}"#,
            r#"walk {"x":6}"#,
            "cycle 2",
            r#"once {"temp":2}"#,
            r#"walk {"x":7}"#,
            "cycle 1.5",
            r#"walk {"x":8}"#
        ]
    );
}

#[test]
fn the_same_seed_gives_the_same_traffic_and_one_device_does_not_change_another() {
    let noisy = || {
        Device::new("noisy").count(3).telemetry(
            "n/{{ n }}",
            Every::secs(1).jitter(Duration::from_millis(500)),
            "{{ random_int(0, 1000000) }}",
        )
    };
    let run = |other: bool| {
        let mut bench = Bench::new();
        if other {
            bench.add(Device::new("other").telemetry("other", Every::millis(100), "{{ random_int(0, 9) }}"));
        }
        bench.add(noisy());
        bench.run_secs(10);
        let mut said = bench.published();
        said.retain(|line| line.starts_with("n/"));
        said
    };
    assert_eq!(run(false), run(false));
    let (alone, beside) = (run(false), run(true));
    let of = |all: &[String], n: &str| {
        all.iter()
            .filter(|line| line.starts_with(n))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&alone, "n/2"), of(&beside, "n/2"));
    assert_ne!(of(&alone, "n/1")[0][4..], of(&alone, "n/2")[0][4..]);
}

#[test]
fn it_answers_what_it_subscribes_to_in_every_version() {
    for version in [MqttVersion::V31, MqttVersion::V311, MqttVersion::V5] {
        let mut bench = Bench::new();
        let answer = DeviceAnswer::to("cmd/{{ n }}/+")
            .qos(2)
            .with(
                Say::new("state/{{ message.wildcards[0] }}", "{{ message.json.on }}")
                    .qos(2)
                    .retained(),
            )
            .with(Say::new("log", "{{ client.id }} {{ message.payload }}").qos(1));
        bench.add(Device::new("lamp").count(2).version(version).answers(answer));
        let command = Injected::text("cmd/2/light", r#"{"on": true}"#).qos(QoS::ExactlyOnce);
        bench.engine.publish(bench.now, command).unwrap();
        bench.run_secs(1);
        assert_eq!(
            bench.published(),
            ["state/light true", r#"log lamp-2 {"on": true}"#],
            "{version:?}"
        );
        let status = bench.status("lamp-2");
        assert_eq!(
            (status.received, status.published, status.acknowledged),
            (1, 2, 2)
        );
        assert_eq!(bench.status("lamp-1").received, 0);
        assert!(bench.engine.has_acknowledged("lamp-2"));
        assert_eq!(bench.engine.unsettled(bench.now), None);
    }
}

#[test]
fn a_request_is_answered_where_it_says_with_its_correlation_data() {
    let mut bench = Bench::new();
    let reply = Say::new("{{ message.properties.response_topic }}", "pong");
    bench.add(Device::new("d").answers(DeviceAnswer::to("ping").with(reply)));
    let ping = Injected::text("ping", "x")
        .response_topic("here")
        .correlation_data(b"7".as_slice());
    bench.engine.publish(bench.now, ping).unwrap();
    bench.run_secs(1);
    assert_eq!(bench.published(), ["here pong"]);
}

#[test]
fn what_is_not_acknowledged_is_sent_again_with_dup_and_arrives_once() {
    let mut bench = Bench::new();
    let device = Device::new("d")
        .session_expiry_secs(600)
        .publishes(Telemetry::new("t", Every::secs(1), "{{ t }}").qos(2));
    bench.add(device);
    for _ in 0..5 {
        bench.run_secs(2);
        bench.cut_all();
    }
    bench.run_secs(10);
    let status = bench.status("d");
    assert_eq!((status.connects, status.acknowledged), (6, status.published));
    let mut said = bench.published();
    said.dedup();
    assert_eq!(said.len() as u64, status.published, "{said:?}");
    assert_eq!(bench.engine.unsettled(bench.now), None);
}

#[test]
fn a_will_comes_when_it_is_lost_and_not_when_it_says_goodbye() {
    for (stage, comes) in [
        (Stage::leave_secs(0.0), false),
        (
            Stage::Leave {
                leave_secs: 0.0,
                goodbye: false,
            },
            true,
        ),
    ] {
        let mut bench = Bench::new();
        let will = DeviceWill::new("lamp/{{ n }}", "lost").retained();
        let stages = [Stage::connect_secs(0.0), Stage::run_secs(5.0), stage];
        bench.add(Device::new("lamp").will(will).stages(stages));
        bench.run_secs(10);
        assert_eq!(bench.engine.is_retained("lamp/1"), comes);
        let status = bench.status("lamp");
        assert!(!status.connected && status.connects == 1);
    }
}

#[test]
fn keep_alive_is_kept_and_a_refused_client_comes_back_more_and_more_slowly() {
    let mut bench = Bench::with(|settings| {
        settings.auth.users = vec![User::new("ann", "pencil")];
        settings.session.max_keep_alive_secs = 20;
    });
    bench.add(Device::new("quiet").user("ann", "pencil"));
    bench.add(Device::new("thief").user("ann", "guess"));
    bench.run_secs(3600);
    assert_eq!(bench.status("quiet").connects, 1);
    assert_eq!(bench.engine.stats().keep_alive_timeouts, 0);
    let thief = bench.status("thief");
    assert_eq!(thief.connects, 0);
    assert_eq!(
        thief.last_end.as_deref(),
        Some("CONNACK: 0x86 Bad User Name or Password")
    );
    // 1, 2, 4 … up to 60 seconds.
    let refused = bench.engine.stats().clients_refused;
    assert!((60..70).contains(&refused), "{refused}");
}

#[test]
fn a_group_connects_in_a_ramp_is_lost_in_a_storm_comes_back_and_goes() {
    let mut bench = Bench::new();
    let stages = [
        Stage::connect_secs(50.0),
        Stage::run_secs(50.0),
        Stage::storm_secs(10.0),
        Stage::run_secs(20.0),
        Stage::leave_secs(10.0),
    ];
    bench.add(
        Device::new("lamp")
            .count(100)
            .telemetry("t/{{ n }}", Every::secs(5), "x")
            .stages(stages),
    );
    bench.run_until(Time::from_secs(25));
    assert!((50..=52).contains(&bench.engine.census().connected));
    bench.run_until(Time::from_secs(99));
    assert_eq!(bench.engine.census().connected, 100);
    bench.run_until(Time::from_secs(100));
    assert!(bench.engine.census().connected < 10);
    bench.run_until(Time::from_secs(105));
    assert!((25..75).contains(&bench.engine.census().connected));
    bench.run_until(Time::from_secs(111));
    assert_eq!(bench.engine.census().connected, 100);
    assert!(bench.devices.list().iter().all(|status| status.reconnects() == 1));
    bench.run_until(Time::from_secs(200));
    assert_eq!(bench.engine.census().connected, 0);
    assert_eq!(bench.devices.next_timeout(), None);
}

#[test]
fn a_device_that_is_removed_says_goodbye_and_its_name_is_free() {
    let mut bench = Bench::new();
    let lamp = || {
        Device::new("lamp")
            .count(3)
            .will(DeviceWill::new("w", "x").retained())
    };
    bench.add(lamp());
    assert!(bench.devices.remove(bench.now, "lamp"));
    assert!(!bench.devices.remove(bench.now, "lamp"));
    bench.add(lamp());
    bench.run_secs(1);
    assert_eq!(bench.devices.list().len(), 3);
    bench.devices.clear(bench.now);
    bench.run_secs(1);
    assert!(bench.devices.is_empty());
    assert!(!bench.engine.is_retained("w"));
    assert_eq!(bench.engine.census().connected, 0);
}

#[test]
fn a_template_that_fails_is_told_and_nothing_is_published() {
    let mut bench = Bench::new();
    let device = Device::new("lamp")
        .telemetry("t", Every::secs(5), "{{ 1 / (t - 5) }}")
        .answers(DeviceAnswer::to("cmd").with(Say::new("state", "{{ message.json.on }}")));
    bench.add(device);
    bench.run_secs(12);
    assert_eq!(bench.published().len(), 2);
    let failure = bench.devices.next_failure().unwrap();
    assert_eq!((&*failure.client_id, &*failure.of), ("lamp", r#"device "lamp""#));
    assert!(
        failure.why.starts_with("telemetry[0].payload: line 1, column "),
        "{}",
        failure.why
    );
    bench
        .engine
        .publish(bench.now, Injected::text("cmd", "no JSON"))
        .unwrap();
    bench.run_secs(1);
    let failure = bench.devices.next_failure().unwrap();
    assert!(
        failure.why.starts_with("answer[0].publish[0].payload: "),
        "{}",
        failure.why
    );
    assert!(failure.why.contains("the payload is not JSON"), "{}", failure.why);
    assert_eq!(bench.status("lamp").failed, 2);
    assert!(bench.status("lamp").connected);
}

#[test]
fn one_that_is_disconnected_comes_back_unless_it_stays_away() {
    let mut bench = Bench::new();
    bench.add(Device::new("back").reconnect_secs(3.0, 30.0));
    bench.add(Device::new("away").stays_away());
    for client_id in ["back", "away"] {
        assert!(
            bench
                .engine
                .disconnect(bench.now, client_id, ReasonCode::SERVER_BUSY)
        );
    }
    bench.run_secs(2);
    assert!(!bench.status("back").connected);
    assert_eq!(
        bench.status("back").last_end.as_deref(),
        Some("DISCONNECT: 0x89 Server busy")
    );
    bench.run_secs(2);
    assert!(bench.status("back").connected);
    bench.run_secs(100);
    assert!(!bench.status("away").connected);
}
