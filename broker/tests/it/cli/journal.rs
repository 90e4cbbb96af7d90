//! `--journal`: the journal as a file, in each of its forms.
#![cfg(unix)]

use std::fs;

use packets::{Client, publish, subscribe};

use super::program::{Program, addresses, command, said};

/// What is in the file after a client subscribed, published to itself and the program was stopped.
fn journal(name: &str) -> Vec<u8> {
    let mut command = command(&format!("journal_{name}"), &["-p", "0", "--journal", name]);
    let file = command.get_current_dir().expect("it has one").join(name);
    let mut program = Program::spawn(&mut command);
    let mut client = Client::connect(addresses(&program.line())[0], "foo1");
    client.send(&subscribe(1, &["test/#"], 0));
    client.packet();
    client.send(&publish("test/topic", 0, false, 0, b"bar"));
    client.packet();
    program.signal("TERM");
    client.expect_end();
    let (status, err) = program.exit();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    fs::read(file).expect("it is there")
}

fn text(name: &str) -> String {
    String::from_utf8(journal(name)).expect("a text")
}

#[test]
fn json_lines_go_from_the_first_packet_to_the_end() {
    let text = text("a.jsonl");
    let objects: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let told: Vec<String> = objects
        .iter()
        .map(|object| {
            let what = object.get("packet").or(object.get("event"));
            what.and_then(|what| what.as_str())
                .expect("one of them")
                .to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            "CONNECT",
            "CONNACK",
            "connected",
            "SUBSCRIBE",
            "subscribed",
            "SUBACK",
            "PUBLISH",
            "PUBLISH",
            "disconnected",
            "session_ended"
        ]
    );
    assert_eq!(objects[6]["topic_name"], "test/topic");
    assert_eq!(objects[6]["payload"], "bar");
    assert_eq!(
        objects[6]["decisions"],
        serde_json::json!([{"decision": "sent", "client_id": "foo1"}])
    );
    let numbers: Vec<u64> = objects
        .iter()
        .filter_map(|object| object["seq"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

#[test]
fn json_lines_grow_as_things_happen() {
    let mut command = command("journal_grows", &["-p", "0", "--journal", "grows.jsonl"]);
    let file = command.get_current_dir().expect("it has one").join("grows.jsonl");
    let mut program = Program::spawn(&mut command);
    let address = addresses(&program.line())[0];
    let client = Client::connect(address, "foo1");
    // Nothing tells from outside when a file has grown; looking again and again is all there is.
    while !fs::read_to_string(&file).is_ok_and(|text| text.contains("\"connected\"")) {
        std::thread::yield_now();
    }
    drop(client);
}

#[test]
fn a_ladder_and_a_sequence_diagram_are_drawn_at_the_end() {
    let ladder = text("a.txt");
    let published = ladder.lines().find(|line| line.contains("PUBLISH"));
    let published = published.expect("it is in it");
    assert!(
        published.contains("foo1 ── PUBLISH test/topic \"bar\" ─") && published.contains("│ sent to foo1"),
        "{published}"
    );
    let diagram = text("a.mmd");
    assert!(
        diagram.starts_with("sequenceDiagram\n    participant c0 as foo1\n"),
        "{diagram}"
    );
    assert!(
        diagram.contains("    c0->>broker: PUBLISH test/topic \"bar\"\n"),
        "{diagram}"
    );
}

#[test]
fn a_capture_begins_as_one_and_has_the_packets_in_it() {
    let capture = journal("a.pcapng");
    assert_eq!(capture[..4], [0x0A, 0x0D, 0x0D, 0x0A]);
    let packet = publish("test/topic", 0, false, 0, b"bar");
    let found = capture
        .windows(packet.len())
        .filter(|window| *window == packet)
        .count();
    assert_eq!(found, 2, "in and out");
}

#[test]
fn a_name_of_no_known_form_is_refused_and_so_is_a_file_that_cannot_be() {
    let (code, _, err) = said(&mut command("journal_form", &["-p", "0", "--journal", "a.pcap"]));
    assert_eq!(code, Some(2));
    assert_eq!(
        err,
        "error: flag --journal: `journal.file` is \"a.pcap\"; expected a name that ends in .jsonl, .pcapng, .txt or \
         .mmd"
    );
    let args = ["-p", "0", "--journal", "not/there/a.txt"];
    let (code, _, err) = said(&mut command("journal_path", &args));
    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("error: cannot write the journal to not/there/a.txt: "),
        "{err}"
    );
}

/// The numbers of the entries in a file of JSON lines; a gap in it is a failure.
fn numbers(file: &std::path::Path) -> Vec<u64> {
    let text = fs::read_to_string(file).expect("it is there");
    let lines = text.lines().map(|line| {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        object["seq"].as_u64().unwrap_or_else(|| panic!("a gap: {line}"))
    });
    lines.collect()
}

#[test]
fn a_hundred_thousand_packets_in_one_write_leave_no_gap() {
    const PACKETS: u64 = 100_000;
    let mut command = command("journal_burst", &["-p", "0", "--journal", "burst.jsonl"]);
    let file = command.get_current_dir().expect("it has one").join("burst.jsonl");
    let mut program = Program::spawn(&mut command);
    let address = addresses(&program.line())[0];
    let mut reader = Client::connect(address, "reader");
    reader.send(&subscribe(1, &["t"], 0));
    reader.packet();
    let publisher = std::thread::spawn(move || {
        let mut publisher = Client::connect(address, "publisher");
        publisher.send(&publish("t", 0, false, 0, b"x").repeat(PACKETS as usize));
        publisher.ping(1);
        publisher
    });
    for _ in 0..PACKETS {
        reader.packet();
    }
    let publisher = publisher.join().expect("all was taken");
    program.signal("TERM");
    let (status, err) = program.exit();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    drop((publisher, reader));
    let numbers = numbers(&file);
    assert!(numbers.len() as u64 > 2 * PACKETS);
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

fn pipe(test: &str, name: &str) -> (std::process::Command, std::path::PathBuf) {
    let command = command(test, &["-p", "0", "--journal", name]);
    let path = command.get_current_dir().expect("it has one").join(name);
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("there is mkfifo").success());
    (command, path)
}

#[test]
fn a_pipe_that_nobody_reads_on_holds_up_neither_clients_nor_the_end() {
    let (mut command, path) = pipe("journal_pipe", "pipe.jsonl");
    let opened = std::thread::spawn(move || fs::File::open(path).expect("somebody writes"));
    let mut program = Program::spawn(&mut command);
    let address = addresses(&program.line())[0];
    let _unread = opened.join().expect("it opens");
    let mut client = Client::connect(address, "foo1");
    // More than the pipe holds, and more than the journal does.
    for _ in 0..20 {
        client.ping(10_000);
    }
    program.signal("TERM");
    let (status, err) = program.exit();
    assert_eq!(status.code(), Some(0));
    let said = err.lines().last().unwrap_or_default();
    assert!(
        said.starts_with("error: pipe.jsonl lacks the last ")
            && said.ends_with(" entries of the journal: nobody read them in time"),
        "{err}"
    );
}

#[test]
fn a_pipe_without_a_reader_is_waited_for_and_a_signal_ends_that() {
    let (mut command, _) = pipe("journal_pipe_alone", "alone.jsonl");
    let mut program = Program::spawn(&mut command);
    assert_eq!(
        program.error_line(),
        "note: alone.jsonl is a pipe: the broker starts once somebody reads it"
    );
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
}

#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut command = command("journal_mode", &["-p", "0", "--journal", "a.pcapng"]);
    let file = command.get_current_dir().expect("it has one").join("a.pcapng");
    let mut program = Program::spawn(&mut command);
    program.line();
    let mode = fs::metadata(file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
