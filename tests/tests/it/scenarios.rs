//! Everyday uses of MQTT, each by clients that others wrote, in MQTT 3.1.1 and 5.0. Each scenario has a broker of its own.
//! `engines.rs` runs the same with the other engines.

use tests::harness::Embedded;
use tests::harness::scenarios::{Scenarios, all, settings_for};

/// Runs every scenario of a protocol level.
fn run_all(program: Option<Scenarios>, level: u8) {
    let Some(program) = program else { return };
    let names: Vec<_> = all(level).map(|(name, _)| name).collect();
    // No scenario of the program is left out.
    assert_eq!(program.names(level), names);
    for name in names {
        println!("case: {name}, protocol level {level}");
        let broker = Embedded::start_with(|settings| settings_for(name, settings));
        let finished = program.run(broker.addr(), level, name);
        assert_eq!(finished.stdout, [format!("ok {name}")], "{finished:#?}");
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        // Neither did the broker find fault with what the client sent.
        let stats = broker.stats();
        // Where messages are to expire, one may do so while it waits for its receiver.
        let expired = if name == "message_expiry" {
            stats.dropped_expired
        } else {
            0
        };
        assert_eq!(
            (stats.violations, stats.dropped() - expired),
            (0, 0),
            "{name}: {stats:?}"
        );
    }
}

#[test]
fn paho_2_over_mqtt_3_1_1() {
    run_all(Scenarios::paho(), 4);
}

#[test]
fn paho_2_over_mqtt_5() {
    run_all(Scenarios::paho(), 5);
}

#[test]
fn mqtt_js_over_mqtt_3_1_1() {
    run_all(Scenarios::mqtt_js(), 4);
}

#[test]
fn mqtt_js_over_mqtt_5() {
    run_all(Scenarios::mqtt_js(), 5);
}
