//! MQTT.js with our broker. Its programs are in `tests/data/mqttjs/`.

use std::process::Command;

use broker::QoS;
use broker::wire::Version;
use tests::harness::binaries::workspace;
use tests::harness::peers::{mqtt_js, or_skip};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Program, QOS};

/// Protocol levels that it can speak.
const LEVELS: [u8; 3] = [3, 4, 5];

/// Starts one of the programs; `None` where there is no MQTT.js.
fn start(program: &str, broker: &Embedded) -> Option<Program> {
    let (node, home) = or_skip(mqtt_js())?;
    let program = workspace().join("tests/data/mqttjs").join(program);
    Some(Program::start(
        Command::new(node).arg(program).arg(home).arg(broker.url()),
    ))
}

/// Every level with every QoS.
fn cases() -> impl Iterator<Item = (u8, QoS)> {
    LEVELS.into_iter().flat_map(|level| QOS.map(|qos| (level, qos)))
}

#[test]
fn its_clients_talk_through_our_broker() {
    let broker = Embedded::start();
    let Some(program) = start("talk.mjs", &broker) else {
        return;
    };
    let expected: Vec<String> = cases()
        .flat_map(|(level, qos)| {
            let from = if level == 5 { "MQTT.js" } else { "-" };
            [
                format!("{level} {qos}: subscribed to test/# at QoS {qos}"),
                format!(
                    "{level} {qos}: topic test/topic | payload bar | qos {qos} | retain false | from {from}"
                ),
                format!("{level} {qos}: topic test/last | payload  | qos {qos} | retain false | from -"),
            ]
        })
        .collect();
    assert_eq!(program.succeed(), expected);
    let stats = broker.stats();
    assert_eq!(
        (stats.clients_connected, stats.violations, stats.dropped()),
        (18, 0, 0)
    );
}

#[test]
fn the_wills_of_its_killed_clients_are_published() {
    let broker = Embedded::start();
    let Some(mut program) = start("will.mjs", &broker) else {
        return;
    };
    let mut watcher = Client::new(broker.addr(), Version::V5, "watcher");
    watcher.subscribe("will", QoS::ExactlyOnce);
    assert_eq!(program.line(), "connected");
    watcher.nothing_came();
    program.kill();
    // In whichever order the broker notices.
    let mut wills: Vec<_> = cases()
        .map(|_| watcher.receive())
        .map(|will| (text(&will).to_owned(), will.qos))
        .collect();
    wills.sort();
    let expected: Vec<_> = cases()
        .map(|(level, qos)| (format!("{level} {qos}"), qos))
        .collect();
    assert_eq!(wills, expected);
    watcher.nothing_came();
}
