//! Where the lines go: files, stderr, topics; which of them, and what they begin with.

use std::fs;

use packets::{Client, subscribe};

use super::program::{Program, addresses, command, said};

/// Set as flags, before which the port is.
fn with<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["-p", "0"];
    for setting in settings {
        args.extend(["--set", setting]);
    }
    args
}

/// The topic and the payload of a PUBLISH of QoS 0 to a 3.1.1 client.
fn message(packet: &[u8]) -> (String, String) {
    let body = &packet[if packet[1] < 0x80 { 2 } else { 3 }..];
    let (topic, payload) = body[2..].split_at(usize::from(u16::from_be_bytes([body[0], body[1]])));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
    (text(topic), text(payload))
}

#[cfg(unix)]
#[test]
fn each_destination_has_every_line_in_a_form_of_its_own() {
    let settings = ["log.destinations=stdout,stderr,file:a.log,file:b.log"];
    let mut command = command("log_destinations", &with(&settings));
    let directory = command.get_current_dir().unwrap().to_owned();
    fs::write(directory.join("b.log"), "what was there\n").unwrap();
    let mut program = Program::spawn(&mut command);
    let banner = program.line();
    assert_eq!(program.error_line(), banner);
    Client::connect(addresses(&banner)[0], "foo1").ping(1);
    let out = program.line_with("  connected  ");
    assert_eq!(program.error_line(), out);
    program.signal("TERM");
    program.exit();
    for (name, before) in [("a.log", ""), ("b.log", "what was there\n")] {
        let content = fs::read_to_string(directory.join(name)).unwrap();
        let mut lines = content.strip_prefix(before).expect("it is added to").lines();
        let (time, rest) = lines.next().expect("a line").split_once(": ").unwrap();
        assert_eq!(
            (time.len(), &time[10..11]),
            ("2026-01-01T00:00:00+00:00".len(), "T")
        );
        assert_eq!(rest, banner);
        let connected = lines.next().expect("a line");
        // The same, behind another time.
        assert!(connected.ends_with(&out[14..]), "{connected}");
    }
}

#[cfg(unix)]
#[test]
fn a_hang_up_opens_the_file_anew_and_what_the_program_says_is_in_it() {
    let args = [&with(&["log.destinations=stdout,file:a.log"])[..], &["--json"]].concat();
    let mut command = command("log_rotated", &args);
    let path = command.get_current_dir().unwrap().join("a.log");
    let old = path.with_extension("1");
    let mut program = Program::spawn(&mut super::stop::hearing_hang_ups(&mut command));
    let listening: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
    let address = listening["addresses"][0].as_str().unwrap().parse().unwrap();
    Client::connect(address, "foo1").ping(1);
    program.line_with("session_ended");
    fs::rename(&path, &old).unwrap();
    program.signal("HUP");
    let note = program.error_line();
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    let events = |path| -> Vec<serde_json::Value> {
        let content = fs::read_to_string(path).unwrap();
        content
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let words = |events: &[serde_json::Value]| -> Vec<String> {
        events
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    };
    let (before, after) = (events(&old), events(&path));
    assert_eq!(
        words(&before),
        ["listening", "connected", "disconnected", "session_ended"]
    );
    assert_eq!(words(&after), ["remark", "stopped"]);
    assert_eq!(after[0]["log_type"], "notice");
    assert_eq!(format!("note: {}", after[0]["text"].as_str().unwrap()), note);
    // JSON on stdout has none of that.
    assert!(program.rest().iter().all(|line| !line.contains("remark")));
}

#[test]
fn a_file_that_cannot_be_opened_is_told_before_anybody_is_served() {
    let mut command = command("log_nowhere", &with(&["log.destinations=file:nowhere/a.log"]));
    let (code, out, err) = said(&mut command);
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(
        err.starts_with("error: cannot write the log to nowhere/a.log: "),
        "{err}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_stops_nobody() {
    let settings = ["log.destinations=file:/dev/full,stdout"];
    let mut program = Program::spawn(&mut command("log_full", &with(&settings)));
    let address = addresses(&program.line())[0];
    for client_id in ["foo1", "foo2", "foo3"] {
        Client::connect(address, client_id).ping(1);
        program.line_with("  disconnected  ");
    }
    program.signal("TERM");
    let (status, err) = program.exit();
    assert_eq!(status.code(), Some(0));
    assert!(
        err.starts_with("error: cannot write to /dev/full: ") && err.lines().count() == 1,
        "{err}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_holds_up_nobody() {
    let mut command = command(
        "log_pipe",
        &with(&["log.destinations=file:pipe,stdout", "log.verbosity=2"]),
    );
    let pipe = command.get_current_dir().unwrap().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("there is a mkfifo").success());
    let mut program = Program::spawn(&mut command);
    Client::connect(addresses(&program.line())[0], "foo1").ping(10_000);
    program.signal("TERM");
    program.line_with("stopped by SIGTERM");
    assert_eq!(program.exit().0.code(), Some(0));
}

#[test]
fn types_and_connection_messages_choose_the_lines() {
    let told = |name: &str, settings: &[&str]| -> Vec<String> {
        let args = [&with(settings)[..], &["--ready-file", "ready", "--json"]].concat();
        let mut program = Program::spawn(&mut command(name, &args));
        let listening: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
        let address = listening["addresses"][0].as_str().unwrap().parse().unwrap();
        let mut client = Client::connect(address, "foo1");
        client.send(&subscribe(1, &["a/#"], 0));
        client.packet();
        // The last one comes when all before it were written.
        client.send(&subscribe(2, &["last"], 0));
        client.packet();
        let mut words = Vec::new();
        loop {
            let event: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
            words.push(event["event"].as_str().unwrap().to_owned());
            if event["filter"] == "last" {
                return words;
            }
        }
    };
    assert_eq!(
        told("log_default", &[]),
        ["connected", "subscribed", "subscribed"]
    );
    assert_eq!(
        told("log_silent_connections", &["log.connection_messages=false"]),
        ["subscribed", "subscribed"]
    );
    let types = "log.types=information,subscribe";
    assert_eq!(told("log_types", &[types]), ["subscribed", "subscribed"]);
    // With debug there are packets, without -v.
    let types = "log.types=information,subscribe,debug";
    let packets = told("log_debug", &[types]);
    assert_eq!(packets[..2], ["packet", "packet"]);
}

#[test]
fn a_format_of_the_time_holds_on_stdout_and_none_is_none() {
    let mut program = Program::spawn(&mut command(
        "log_format",
        &with(&["log.timestamp_format=[at %Y]"]),
    ));
    let banner = program.line();
    let now = jiff::Zoned::now().year();
    assert!(
        banner.starts_with(&format!("[at {now}]: citronella ")),
        "{banner}"
    );
    Client::connect(addresses(&banner)[0], "foo1").ping(1);
    let connected = program.line();
    assert!(
        connected.starts_with(&format!("[at {now}]: foo1 ")),
        "{connected}"
    );
    let mut program = Program::spawn(&mut command("log_no_time", &with(&["log.timestamp=false"])));
    let banner = program.line();
    Client::connect(addresses(&banner)[0], "foo1").ping(1);
    assert!(program.line().starts_with("foo1  "));
}

#[test]
fn topics_have_the_lines_and_never_those_of_themselves() {
    let settings = ["log.destinations=topic,stdout", "log.verbosity=2"];
    let mut program = Program::spawn(&mut command("log_topic", &with(&settings)));
    let address = addresses(&program.line())[0];
    let mut reader = Client::connect(address, "reader");
    reader.send(&subscribe(1, &["$SYS/broker/log/#"], 0));
    assert_eq!(reader.packet(), [0x90, 3, 0, 1, 0]);
    Client::connect(address, "foo1").ping(1);
    let mut seen = Vec::new();
    while seen
        .last()
        .is_none_or(|line: &String| !line.ends_with("foo1 ended the session"))
    {
        let (topic, text) = message(&reader.packet());
        // Without the time, the number and the address.
        let text = text.split_once(": ").expect("a time").1;
        let text = text.split(" #").next().unwrap_or_default();
        seen.push(format!("{topic}: {text}"));
    }
    // That it came was told before it asked for this, or after.
    let first = seen.iter().position(|line| line.ends_with("reader connected"));
    if let Some(first) = first {
        seen.remove(first);
    }
    // Packets and what else comes of a message of the log are not told: that would never end.
    assert_eq!(
        seen,
        [
            "$SYS/broker/log/M/subscribe: reader subscribed $SYS/broker/log/# (QoS 0)",
            "$SYS/broker/log/N: foo1 connected",
            "$SYS/broker/log/N: foo1 disconnected connection lost without DISCONNECT: the peer closed the connection",
            "$SYS/broker/log/N: foo1 ended the session",
        ]
    );
}
