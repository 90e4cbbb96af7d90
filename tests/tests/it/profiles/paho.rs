//! A client of a real library that works here, and would not in production: found by a profile, in the broker and in the relay.

use std::path::Path;
use std::process::Command;

use broker::Broker;
use broker::expect::{no_violations, publish, violation};
use broker::profile::Mode;
use tests::harness::binaries::workspace;
use tests::harness::peers::{or_skip, paho_2};
use tests::harness::{Finished, Program};

const SENTENCE: &str =
    "AWS IoT Core would close this connection: 9 topic filters in one SUBSCRIBE, 8 allowed";

/// Runs the device until it ends.
fn device(python: &Path, broker: &Broker) -> Finished {
    let program = workspace().join("tests/data/paho/2/nine_filters.py");
    Program::start(
        Command::new(python)
            .arg(program)
            .arg(broker.addr().port().to_string()),
    )
    .wait()
}

/// Holds the device against the profile in both modes: first told, then cut off. Nothing of the second gets to `behind`.
fn found(python: &Path, mode: impl Fn(Mode) -> Broker, behind: Option<&Broker>) {
    let warned = mode(Mode::Warn);
    let finished = device(python, &warned);
    assert_eq!(finished.stdout, ["granted 9, reported"], "{finished:?}");
    let rule = || violation().of("lamp").field("rule", "filters_per_subscribe");
    let told = warned.expect(rule()).wait();
    assert!(told[0].words().contains(SENTENCE), "{}", told[0].words());

    let enforced = mode(Mode::Enforce);
    let since = behind.map(|behind| behind.mark().wait().unwrap());
    let finished = device(python, &enforced);
    assert_eq!(
        (finished.stdout.as_slice(), finished.code),
        (&["cut off".to_owned()][..], Some(1)),
        "{finished:?}"
    );
    enforced.expect(rule().field("enforced", true)).wait();
    if let (Some(behind), Some(since)) = (behind, since) {
        behind
            .expect(publish("devices/lamp/report"))
            .since(since)
            .never()
            .wait();
    }
}

#[test]
fn a_device_that_works_here_and_fails_there_is_found() {
    let Some(python) = or_skip(paho_2()) else { return };
    let plain = Broker::start().wait().unwrap();
    assert_eq!(device(&python, &plain).stdout, ["granted 9, reported"]);
    plain.expect(no_violations()).wait();
    let held = |mode| {
        Broker::builder()
            .profile("aws-iot")
            .profile_mode(mode)
            .start()
            .wait()
            .unwrap()
    };
    found(&python, held, None);
}

#[test]
fn the_same_device_is_found_on_its_way_to_another_broker() {
    let Some(python) = or_skip(paho_2()) else { return };
    let real = Broker::start().wait().unwrap();
    let relay = |mode| {
        let relay = Broker::builder().upstream(&real.url());
        relay
            .profile("aws-iot")
            .profile_mode(mode)
            .start()
            .wait()
            .unwrap()
    };
    found(&python, relay, Some(&real));
}
