//! The end of `broker … -- COMMAND` where clients are held to something: all that the command sent counts, and is told.

use broker::wire::{Packet, Version};
use broker::{Broker, QoS};
use tests::harness::page::Place;
use tests::harness::raw::{hello, message};

/// So many messages are right before one is wrong: more than the broker reads at once.
const RIGHT: usize = 20_000;

const LAMP: &str = "# lamp.yaml\nenum: ['on', 'off']\n";

/// What a client sends whose program ends when all has left it: the CONNECT, and messages.
fn written(place: &Place, payloads: impl Iterator<Item = &'static str>) -> String {
    let mut first = Vec::new();
    Packet::Connect(Box::new(hello(Version::V311, "lamp"))).encode(Version::V311, &mut first);
    let mut rest = Vec::new();
    for payload in payloads {
        Packet::Publish(message("lamp", payload, QoS::AtMostOnce)).encode(Version::V311, &mut rest);
    }
    for (name, bytes) in [("connect", first), ("publishes", rest)] {
        std::fs::write(place.path().join(name), bytes).expect("the folder can be written");
    }
    "exec 3<>/dev/tcp/$MQTT_HOST/$MQTT_PORT; cat connect >&3; head -c 4 <&3 >/dev/null; cat publishes >&3"
        .to_owned()
}

#[cfg(unix)]
#[test]
fn what_a_command_sent_before_its_end_counts_also_at_qos_0() {
    let place = Place::new("contracts_judged");
    place.write(LAMP);
    let client = written(&place, std::iter::repeat_n("on", RIGHT).chain(["dim"]));
    let behind = Broker::start().wait().unwrap();
    for upstream in ["", "--upstream"] {
        let upstream = if upstream.is_empty() {
            String::new()
        } else {
            format!("{upstream} {}", behind.url())
        };
        let line = format!(
            "broker -p 0 --quiet {upstream} --schema lamp=lamp.yaml --fail-on-violation -- bash -c '{client}'"
        );
        for _ in 0..3 {
            let finished = place.shell(&line).wait();
            assert_eq!(finished.code, Some(4), "{line}\n{finished:#?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn each_thing_that_is_wrong_has_its_row_and_of_very_many_the_first() {
    let place = Place::new("contracts_rows");
    place.write(LAMP);
    let wrong = ["\"dim\"", "\"dark\"", "\"dim\"", "\"on\""];
    let client = written(&place, wrong.into_iter());
    let line =
        format!("broker -p 0 --quiet --schema lamp=lamp.yaml --fail-on-violation -- bash -c '{client}'");
    let finished = place.shell(&line).wait();
    assert_eq!(finished.code, Some(4), "{finished:#?}");
    let said = finished.stderr.join("\n");
    for row in ["\"dim\" is not one of", "(2 times)", "\"dark\" is not one of"] {
        assert!(said.contains(row), "{row}: {said}");
    }
}
