//! Everyday uses of MQTT, each by clients that others wrote: paho-mqtt 2 (`tests/data/paho/2/scenarios.py`) and MQTT.js 5
//! (`tests/data/mqttjs/scenarios.mjs`), in MQTT 3.1.1 and 5.0. Each scenario has a broker of its own.

use std::process::Command;

use broker::settings::User;
use tests::harness::binaries::workspace;
use tests::harness::peers::{mqtt_js, or_skip, paho_2};
use tests::harness::{Embedded, Program};

/// What both versions have.
const BOTH: &[&str] = &[
    "messages_in_order",
    "retained",
    "will",
    "persistent_session",
    "takeover",
    "wildcards",
    "overlapping",
    "unsubscribe",
    "login",
    "empty_client_id",
    "large_payload",
];

/// What only MQTT 5.0 has.
const ONLY_5: &[&str] = &[
    "message_properties",
    "request_response",
    "message_expiry",
    "subscription_identifiers",
    "no_local",
    "retain_as_published",
    "retain_handling",
    "shared_subscription",
    "topic_alias",
    "no_matching_subscribers",
    "assigned_client_id",
    "server_keep_alive",
];

/// The broker that this scenario needs.
fn broker(scenario: &str) -> Embedded {
    Embedded::start_with(|settings| match scenario {
        "login" => {
            settings.auth.allow_anonymous = false;
            settings.auth.users = vec![User::new("alice", "secret")];
        }
        "server_keep_alive" => settings.session.max_keep_alive_secs = 60,
        _ => {}
    })
}

/// Runs every scenario of a protocol level with the program that this command starts.
fn run_all(program: impl Fn() -> Command, level: u8) {
    let only_5 = if level == 5 { ONLY_5 } else { &[] };
    let names = [BOTH, only_5].concat();
    // None that the program has is left out.
    let listed = Program::start(program().args(["-", "0", &level.to_string()])).succeed();
    assert_eq!(listed, names);
    for name in names {
        println!("case: {name}, protocol level {level}");
        let broker = broker(name);
        let addr = broker.addr();
        let arguments = [
            &addr.ip().to_string(),
            &addr.port().to_string(),
            &level.to_string(),
        ];
        let said = Program::start(program().args(arguments).arg(name)).succeed();
        assert_eq!(said, [format!("ok {name}")]);
        // Neither did the broker find fault with what the client sent.
        let stats = broker.stats();
        assert_eq!((stats.violations, stats.dropped()), (0, 0), "{name}: {stats:?}");
    }
}

fn with_paho(level: u8) {
    let Some(python) = or_skip(paho_2()) else {
        return;
    };
    let program = workspace().join("tests/data/paho/2/scenarios.py");
    run_all(
        || {
            let mut command = Command::new(&python);
            // Nothing is written beside the sources.
            command.arg("-B").arg(&program);
            command
        },
        level,
    );
}

fn with_mqtt_js(level: u8) {
    let Some((node, home)) = or_skip(mqtt_js()) else {
        return;
    };
    let program = workspace().join("tests/data/mqttjs/scenarios.mjs");
    run_all(
        || {
            let mut command = Command::new(&node);
            command.arg(&program).arg(&home);
            command
        },
        level,
    );
}

#[test]
fn paho_2_over_mqtt_3_1_1() {
    with_paho(4);
}

#[test]
fn paho_2_over_mqtt_5() {
    with_paho(5);
}

#[test]
fn mqtt_js_over_mqtt_3_1_1() {
    with_mqtt_js(4);
}

#[test]
fn mqtt_js_over_mqtt_5() {
    with_mqtt_js(5);
}
