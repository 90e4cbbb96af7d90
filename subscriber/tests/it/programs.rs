//! The program against Debian's mosquitto, fed by Debian's `mosquitto_pub`.

use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::SUBSCRIBER;
use crate::support::{Background, Mosquitto, have, run, run_with_input, stderr};

/// A broker, or `None` when the test is skipped.
fn broker() -> Option<Mosquitto> {
    if have("mosquitto_pub") {
        Mosquitto::start()
    } else {
        None
    }
}

fn publish(port: &str, arguments: &[&str]) {
    let output = run("mosquitto_pub", &[&["-p", port], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
}

fn terminate(program: &Background, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &program.child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn messages_of_every_qos_in_every_version_are_printed() {
    let Some(mut broker) = broker() else { return };
    let port = broker.port.to_string();
    for version in ["31", "311", "5"] {
        for qos in ["0", "1", "2"] {
            let arguments = [
                "-p", &port, "-V", version, "-q", qos, "-t", "test/#", "-t", "other", "-v", "-C", "2",
            ];
            let watcher = Background::start(SUBSCRIBER, &arguments);
            broker.wait_for("Sending SUBACK");
            publish(&port, &["-t", "test/topic", "-m", "bar", "-q", qos]);
            publish(&port, &["-t", "other", "-m", "baz", "-q", "2"]);
            let output = watcher.finish();
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                "test/topic bar\nother baz\n"
            );
        }
    }
}

#[test]
fn a_pipe_sees_each_message_when_it_arrives() {
    let Some(mut broker) = broker() else { return };
    let port = broker.port.to_string();
    let mut watcher = Background::start(SUBSCRIBER, &["-p", &port, "-t", "a"]);
    broker.wait_for("Sending SUBACK");
    let mut lines = BufReader::new(watcher.child.stdout.take().unwrap()).lines();
    for number in 0..5 {
        publish(&port, &["-t", "a", "-m", &number.to_string()]);
        assert_eq!(lines.next().unwrap().unwrap(), number.to_string());
    }
}

#[test]
fn payloads_are_bytes_of_any_size() {
    let Some(mut broker) = broker() else { return };
    let port = broker.port.to_string();
    let payload: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for version in ["311", "5"] {
        let watcher = Background::start(
            SUBSCRIBER,
            &["-p", &port, "-t", "big", "-C", "1", "-N", "-V", version],
        );
        broker.wait_for("Sending SUBACK");
        let output = run_with_input(
            "mosquitto_pub",
            &["-p", &port, "-t", "big", "-s", "-q", "1"],
            &payload,
        );
        assert!(output.status.success());
        let output = watcher.finish();
        assert!(
            output.stdout == payload,
            "{} bytes, {}",
            output.stdout.len(),
            stderr(&output)
        );
    }
}

#[test]
fn a_session_that_is_kept_brings_what_was_missed() {
    let Some(broker) = broker() else { return };
    let port = broker.port.to_string();
    for version in ["311", "5"] {
        let arguments = [
            "-p", &port, "-V", version, "-c", "-i", version, "-t", "kept", "-q", "2",
        ];
        assert!(
            run(SUBSCRIBER, &[&arguments[..], &["-E"]].concat())
                .status
                .success()
        );
        for (number, qos) in ["1", "2"].into_iter().enumerate() {
            publish(
                &port,
                &["-t", "kept", "-m", &format!("missed {number}"), "-q", qos],
            );
        }
        let output = run(SUBSCRIBER, &[&arguments[..], &["-C", "2"]].concat());
        assert_eq!(String::from_utf8_lossy(&output.stdout), "missed 0\nmissed 1\n");
        // Both are acknowledged to the end: a third run gets nothing.
        let output = run(SUBSCRIBER, &[&arguments[..], &["-W", "1"]].concat());
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(27), b"".as_slice())
        );
    }
}

#[test]
fn time_running_out_is_27() {
    let Some(broker) = broker() else { return };
    let port = broker.port.to_string();
    let output = run(SUBSCRIBER, &["-p", &port, "-t", "a", "-W", "1"]);
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(27), "Error: Timed out\n")
    );
}

#[test]
fn a_signal_ends_with_a_clean_disconnect() {
    let Some(mut broker) = broker() else { return };
    let port = broker.port.to_string();
    for signal in ["-INT", "-TERM"] {
        let watcher = Background::start(SUBSCRIBER, &["-p", &port, "-t", "a", "-i", "me"]);
        broker.wait_for("Sending SUBACK");
        terminate(&watcher, signal);
        broker.wait_for("Received DISCONNECT from me");
        let output = watcher.finish();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[test]
fn retained_messages_are_chosen_and_cleared() {
    let Some(broker) = broker() else { return };
    let port = broker.port.to_string();
    for topic in ["r/a", "r/b"] {
        publish(&port, &["-t", topic, "-m", topic, "-r", "-q", "1"]);
    }
    let watch = |arguments: &[&str]| {
        let output = run(
            SUBSCRIBER,
            &[&["-p", port.as_str(), "-t", "r/+", "-W", "1"], arguments].concat(),
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(watch(&["-T", "+/b"]), "r/a\n");
    assert_eq!(watch(&["-R"]), "");
    assert_eq!(watch(&["--remove-retained", "-T", "r/b", "-C", "1"]), "r/a\n");
    assert_eq!(watch(&[]), "r/b\n");
}

#[test]
fn debug_lines_show_the_exchange() {
    let Some(broker) = broker() else { return };
    let port = broker.port.to_string();
    publish(&port, &["-t", "a", "-m", "abc", "-q", "1", "-r"]);
    let arguments = [
        "-p", &port, "-d", "-i", "me", "-t", "a", "-t", "b", "-q", "1", "-C", "1",
    ];
    let ours = run(SUBSCRIBER, &arguments);
    let theirs = run("mosquitto_sub", &arguments);
    assert_eq!(
        String::from_utf8_lossy(&ours.stdout),
        String::from_utf8_lossy(&theirs.stdout)
    );
}

#[test]
fn the_rate_of_messages_is_told_each_second() {
    let Some(mut broker) = broker() else { return };
    let port = broker.port.to_string();
    let arguments = ["-p", &port, "-t", "a", "-q", "1", "--message-rate", "-W", "3"];
    let watcher = Background::start(SUBSCRIBER, &arguments);
    broker.wait_for("Sending SUBACK");
    publish(&port, &["-t", "a", "-m", "x", "-q", "1", "--repeat", "7"]);
    let output = watcher.finish();
    assert_eq!(output.status.code(), Some(27), "{}", stderr(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts: Vec<u32> = text
        .lines()
        .map(|line| line.strip_suffix(" messages/s").unwrap().parse().unwrap())
        .collect();
    assert!(counts.len() >= 2, "{text}");
    assert_eq!(counts.iter().sum::<u32>(), 7, "{text}");
}

#[test]
fn watching_changes_nothing_in_a_pipe() {
    let Some(broker) = broker() else { return };
    let port = broker.port.to_string();
    publish(&port, &["-t", "a", "-m", "x", "-q", "1", "-r"]);
    let output = run(SUBSCRIBER, &["-p", &port, "-t", "a", "-w", "-v", "-C", "1"]);
    assert_eq!(output.stdout, b"a x\n");
    let output = run(
        SUBSCRIBER,
        &[
            "-p", &port, "-t", "a", "-w", "-v", "-C", "1", "--layout", "terminal",
        ],
    );
    assert!(output.stdout.starts_with(b"\x1b[?7l"), "{output:?}");
    assert!(output.stdout.ends_with(b"\x1b[?7h"), "{output:?}");
}
