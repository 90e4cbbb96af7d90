//! The program against Debian's mosquitto, received by Debian's `mosquitto_sub`.

use crate::PUBLISHER;
use crate::support::{Background, Directory, Mosquitto, have, run, run_with_input, stderr};

/// Publishes with `arguments` while `mosquitto_sub` listens on `#` for `count` messages; returns what it printed.
fn received(arguments: &[&str], input: &[u8], count: usize) -> Option<Vec<u8>> {
    if !have("mosquitto_sub") {
        return None;
    }
    let mut broker = Mosquitto::start()?;
    let (port, count) = (broker.port.to_string(), count.to_string());
    let watcher = Background::start(
        "mosquitto_sub",
        &["-p", &port, "-t", "#", "-q", "2", "-v", "-C", &count],
    );
    broker.wait_for("Sending SUBACK");
    let output = run_with_input(PUBLISHER, &[&["-p", port.as_str()], arguments].concat(), input);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    Some(watcher.finish().stdout)
}

#[test]
fn a_message_of_every_qos_in_every_version_arrives() {
    for version in ["31", "311", "5"] {
        for qos in ["0", "1", "2"] {
            let arguments = ["-V", version, "-q", qos, "-t", "test/topic", "-m", "bar"];
            let Some(seen) = received(&arguments, b"", 1) else {
                return;
            };
            assert_eq!(
                String::from_utf8_lossy(&seen),
                "test/topic bar\n",
                "version {version}, QoS {qos}"
            );
        }
    }
}

#[test]
fn each_line_of_standard_input_is_a_message() {
    let lines: Vec<String> = (0..3000).map(|number| format!("line {number}")).collect();
    for qos in ["0", "1", "2"] {
        let Some(seen) = received(&["-t", "a", "-l", "-q", qos], lines.join("\n").as_bytes(), 3000) else {
            return;
        };
        let expected: Vec<String> = lines.iter().map(|line| format!("a {line}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&seen), expected.concat(), "QoS {qos}");
    }
}

#[test]
fn payloads_are_bytes_of_any_size() {
    let payload: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    for version in ["311", "5"] {
        let Some(seen) = received(&["-V", version, "-t", "big", "-s", "-q", "1"], &payload, 1) else {
            return;
        };
        assert_eq!(seen.len(), payload.len() + "big \n".len());
        assert_eq!(&seen[4..seen.len() - 1], payload);
    }
}

#[test]
fn a_file_is_a_message_and_repeats_are_counted() {
    let directory = Directory::new();
    let file = directory.file("payload", "from a file");
    let arguments = ["-t", "f", "-f", &file, "--repeat", "3", "--repeat-delay", "0.01"];
    let Some(seen) = received(&arguments, b"", 3) else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&seen), "f from a file\n".repeat(3));
}

#[test]
fn a_retained_message_stays_and_an_empty_one_clears_it() {
    if !have("mosquitto_sub") {
        return;
    }
    let Some(broker) = Mosquitto::start() else { return };
    let port = broker.port.to_string();
    let stays = || {
        run(
            "mosquitto_sub",
            &["-p", &port, "-t", "r", "-W", "1", "-v", "-C", "1"],
        )
        .stdout
    };
    assert!(
        run(
            PUBLISHER,
            &["-p", &port, "-t", "r", "-m", "kept", "-r", "-q", "1"]
        )
        .status
        .success()
    );
    assert_eq!(stays(), b"r kept\n");
    assert!(
        run(PUBLISHER, &["-p", &port, "-t", "r", "-n", "-r", "-q", "1"])
            .status
            .success()
    );
    assert_eq!(stays(), b"");
}

#[test]
fn the_broker_can_be_named_by_the_environment_or_a_url() {
    let Some(broker) = Mosquitto::start() else { return };
    let url = format!("mqtt://127.0.0.1:{}", broker.port);
    let output = std::process::Command::new(PUBLISHER)
        .args(["-t", "a", "-m", "b", "-q", "1"])
        .env("MQTT_URL", &url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let output = run(PUBLISHER, &["-L", &format!("{url}/a"), "-m", "b", "-q", "1"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn the_wrong_password_is_refused_with_connacks_code() {
    let Some(broker) = Mosquitto::start_with("allow_anonymous false\n") else {
        return;
    };
    let port = broker.port.to_string();
    for (version, code, words) in [("311", 5, "not authorised"), ("5", 135, "Not authorized")] {
        let output = run(
            PUBLISHER,
            &[
                "-p", &port, "-V", version, "-t", "a", "-m", "b", "-u", "x", "-P", "y",
            ],
        );
        assert_eq!(output.status.code(), Some(code));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn debug_lines_show_the_exchange() {
    let Some(broker) = Mosquitto::start() else { return };
    let port = broker.port.to_string();
    let output = run(
        PUBLISHER,
        &["-p", &port, "-d", "-i", "me", "-t", "a", "-m", "abc", "-q", "2"],
    );
    let expected = "Client me sending CONNECT
Client me received CONNACK (0)
Client me sending PUBLISH (d0, q2, r0, m1, 'a', ... (3 bytes))
Client me received PUBREC (Mid: 1)
Client me sending PUBREL (m1)
Client me received PUBCOMP (Mid: 1, RC:0)
Client me sending DISCONNECT
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}
