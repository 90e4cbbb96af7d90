//! What happens when nobody reads any more what a program prints.

use std::process::Command;

use tests::harness::binaries::program;

use super::{broker, client, start};

/// Runs it with a reader that takes one line and goes: its exit code, and what it said on standard error.
#[cfg(unix)]
fn before_head(broker: &tests::harness::Embedded, name: &str, arguments: &str) -> Vec<String> {
    let program = program(name).get_program().to_str().unwrap().to_owned();
    let script = format!("{{ {{ {program} {arguments}; echo \"code $?\" >&3; }} | head -n 1 >&2; }} 3>&1");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("MQTT_URL", format!("mqtt://{}", broker.addr()));
    let finished = start(&mut command).wait();
    assert_eq!(finished.stdout, ["code 0"], "{name} {arguments}: {finished:#?}");
    finished.stderr
}

#[cfg(unix)]
#[test]
fn a_publisher_finishes_its_work() {
    let broker = broker();
    for (arguments, line) in [
        ("-t a -m b -q 2 --repeat 500 -d", "Client "),
        ("-t a -m b -q 2 --repeat 500 --json", "{"),
        ("-t a -m b -q 2 --repeat 500 --trace 2>&1", "   0."),
        ("--load --repeat 10", "1 client"),
    ] {
        let said = before_head(&broker, "publisher", arguments);
        assert!(
            said.len() == 1 && said[0].starts_with(line),
            "{arguments}: {said:#?}"
        );
    }
    assert_eq!(broker.stats().publish_received, 1510);
}

#[cfg(unix)]
#[test]
fn a_subscriber_ends_quietly() {
    let broker = broker();
    let publisher = program("publisher").get_program().to_str().unwrap().to_owned();
    for arguments in ["", "-v", "--json", "-d", "--layout terminal"] {
        // It would wait for more than there are.
        let arguments = format!("-t a -C 1000 {arguments} -- {publisher} -t a -m x -q 1 --repeat 500");
        let said = before_head(&broker, "subscriber", &arguments);
        assert_eq!(said.len(), 1, "{arguments}: {said:#?}");
    }
}

#[test]
fn the_nearest_flag_is_offered_and_no_other() {
    let broker = broker();
    for (name, flag, nearest) in [
        ("publisher", "--qso", Some("--qos")),
        ("publisher", "--retian=x", Some("--retain")),
        ("publisher", "--capeth", Some("--capath")),
        ("subscriber", "--retained-onyl", Some("--retained-only")),
        ("subscriber", "--nothing-like-it", None),
        ("publisher", "--foo", None),
    ] {
        let finished = start(&mut client(name, broker.addr(), &["-t", "a", flag])).wait();
        assert_eq!(
            (finished.code, finished.stdout.len()),
            (Some(1), 0),
            "{finished:#?}"
        );
        let tips: Vec<&String> = finished
            .stderr
            .iter()
            .filter(|line| line.contains("tip:"))
            .collect();
        match nearest {
            Some(nearest) => assert!(
                tips.len() == 1 && tips[0].ends_with(&format!("'{nearest}'")),
                "{flag}: {finished:#?}"
            ),
            None => assert!(tips.is_empty(), "{flag}: {finished:#?}"),
        }
    }
}
