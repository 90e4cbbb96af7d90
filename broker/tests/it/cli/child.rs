//! The program as a child: it ends with its parent, says little, and can be started a hundred at a time.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use packets::{Client, Connect};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use serde_json::{Value, json};

use super::program::{Program, addresses, command, said};

const BROKERS: usize = 100;

fn json_of(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// A process that lives until it is killed, or until its input ends.
fn parent() -> std::process::Child {
    Command::new("cat")
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a cat")
}

#[test]
fn it_ends_with_a_parent_that_is_killed_and_says_so() {
    let mut parent = parent();
    let pid = parent.id().to_string();
    let args = ["-p", "0", "--json", "--ready-file", "ready", "--parent-pid", &pid];
    let mut command = command("parent_killed", &args);
    let ready = command.get_current_dir().unwrap().join("ready");
    let mut program = Program::spawn(&mut command);
    let listening = json_of(&program.line());
    let address = listening["addresses"][0].as_str().unwrap().parse().unwrap();
    let mut client = Client::with(address, &Connect::new(5, "foo1"));
    assert!(ready.exists());

    parent.kill().unwrap();
    // Nobody has asked about it yet: it is a zombie.
    let last_packet = client.packet();
    assert_eq!(
        (last_packet[0], last_packet[2]),
        (0xE0, 0x8B),
        "Server shutting down"
    );
    client.expect_end();
    let stopped = json_of(program.rest().last().expect("a last line"));
    assert_eq!(
        [
            &stopped["event"],
            &stopped["cause"],
            &stopped["signal"],
            &stopped["why"]
        ],
        [
            &json!("stopped"),
            &json!("parent_ended"),
            &json!(null),
            &json!(format!("its parent, process {pid}, has ended"))
        ]
    );
    let (status, err) = program.exit();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    assert!(!ready.exists());
    parent.wait().unwrap();
}

#[test]
fn in_text_it_says_so_too() {
    let mut parent = parent();
    let pid = parent.id().to_string();
    let mut program = Program::spawn(&mut command("parent_text", &["-p", "0", "--parent-pid", &pid]));
    program.line();
    drop(parent.stdin.take());
    parent.wait().unwrap();
    let last = program.rest().pop().expect("a last line");
    assert!(
        last.starts_with(&format!("stopped (its parent, process {pid}, has ended) after ")),
        "{last}"
    );
    assert_eq!(program.exit().0.code(), Some(0));
}

#[test]
fn a_parent_that_is_gone_already_is_told() {
    let start = |pid: &str| {
        let args = ["-p", "0", "--ready-file", "ready", "--parent-pid", pid];
        let (code, out, err) = said(&mut command("parent_gone", &args));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert_eq!(
            err,
            format!(
                "error: --parent-pid: there is no process {pid} here: it has ended, or it is one outside of this container"
            )
        );
    };
    let mut parent = parent();
    let pid = parent.id().to_string();
    parent.kill().unwrap();
    let left = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_child(&parent)), left).unwrap();
    // A zombie.
    start(&pid);
    parent.wait().unwrap();
    start(&pid);
}

#[test]
fn a_wrong_number_of_a_parent_is_told_with_what_would_be_right() {
    for wrong in ["0", "-5", "pytest"] {
        let (code, _, err) = said(&mut command("parent_wrong", &["-p", "0", "--parent-pid", wrong]));
        assert_eq!(code, Some(2));
        assert!(
            err.starts_with(&format!(
                "error: --parent-pid: \"{wrong}\" is no number of a process;"
            )) && err.contains("`$$` in a shell"),
            "{err}"
        );
    }
    // A shell that becomes the broker gives its own.
    let mut own = Command::new("sh");
    own.args([
        "-c",
        "exec \"$0\" -p 0 --no-config --parent-pid $$",
        env!("CARGO_BIN_EXE_broker"),
    ])
    .stdin(Stdio::null());
    let (code, _, err) = said(&mut own);
    assert!(
        code == Some(2) && err.contains("is this broker itself; give the process that it is to end with"),
        "{code:?} {err}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_is_told_with_its_process() {
    let own = std::process::id();
    let thread = std::thread::spawn(|| {
        let own = std::fs::read_link("/proc/thread-self").unwrap();
        let thread = own.file_name().unwrap().to_str().unwrap().to_owned();
        said(&mut command(
            "parent_thread",
            &["-p", "0", "--parent-pid", &thread],
        ))
        .2
    });
    let err = thread.join().unwrap();
    assert!(
        err.ends_with(&format!(" is a thread of process {own}; give {own}")),
        "{err}"
    );
}

#[test]
fn quiet_leaves_the_first_line_and_in_json_the_last() {
    let session = |test: &str, flags: &[&str]| {
        let args = [&["-p", "0", "--bind", "127.0.0.1", "-q"], flags].concat();
        let mut program = Program::spawn(&mut command(test, &args));
        let first = program.line();
        let address = addresses(&first)
            .first()
            .copied()
            .unwrap_or_else(|| json_of(&first)["addresses"][0].as_str().unwrap().parse().unwrap());
        let mut client = Client::with(address, &Connect::new(5, "foo1"));
        client.ping(1);
        drop(client);
        program.signal("TERM");
        let rest = program.rest();
        let (status, err) = program.exit();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
        rest
    };
    assert_eq!(session("quiet_text", &[]), [""; 0]);
    let rest = session("quiet_json", &["--json"]);
    assert_eq!(rest.len(), 1, "{rest:?}");
    let stopped = json_of(&rest[0]);
    assert_eq!([&stopped["event"], &stopped["cause"]], ["stopped", "signal"]);
    assert_eq!(stopped["stats"]["clients_connected"], 1);
}

#[test]
fn a_quiet_one_says_what_is_wrong_and_warns_wherever_its_lines_go() {
    for destinations in ["stdout", "stderr"] {
        let lines = format!("log.destinations={destinations}");
        let args = [
            "-p",
            "0",
            "--bind",
            "127.0.0.1,192.0.2.1",
            "-q",
            "--set",
            &lines,
            "--set",
            "auth.allow_anonymous_remotely=true",
        ];
        let mut command = command("quiet_warns", &args);
        command.args(["--set", "listener=[{ port = 0, bind = \"0.0.0.0\" }]"]);
        let mut program = Program::spawn(&mut command);
        let warning = loop {
            let line = program.error_line();
            if !line.contains("listening on") && !line.starts_with("  ") {
                break line;
            }
        };
        assert!(
            warning.starts_with("warning: everybody who can reach "),
            "{warning}"
        );
        program.signal("TERM");
        let (status, err) = program.exit();
        assert_eq!(status.code(), Some(0));
        // That an address is not there is a note.
        assert!(!err.contains("note: ") && !err.contains("stopped"), "{err}");
    }
}

#[test]
fn quiet_and_verbose_do_not_go_together() {
    let (code, out, err) = said(&mut command("quiet_verbose", &["-q", "-v"]));
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (
            Some(2),
            "",
            "error: -q: is beside -v, which says the opposite; leave one of them out"
        )
    );
    let settings = ["--set", "log.quiet=true", "--set", "log.verbosity=1"];
    let (code, _, err) = said(&mut command("quiet_settings", &settings));
    assert!(
        code == Some(2) && err.contains("`log.quiet` is true, but `log.verbosity` is above 0"),
        "{err}"
    );
}

#[test]
fn without_a_settings_file_neither_the_directory_nor_the_environment_names_one() {
    let start = |flags: &[&str]| {
        let mut command = command(
            "no_config",
            &[&["--json", "-q", "--print-config"], flags].concat(),
        );
        let directory = command.get_current_dir().unwrap().to_owned();
        std::fs::write(directory.join("citronella.toml"), "port = 7\n").unwrap();
        std::fs::write(directory.join("other.toml"), "port = 8\n").unwrap();
        command.env("CITRONELLA_CONFIG", "other.toml");
        said(&mut command)
    };
    assert_eq!(json_of(&start(&[]).1)["port"]["value"], 8);
    assert_eq!(json_of(&start(&["--no-config"]).1)["port"]["value"], 1883);
    let (code, _, err) = start(&["--no-config", "-c", "other.toml"]);
    assert!(
        code == Some(2) && err.starts_with("error: --no-config: is beside -c, which names a file;"),
        "{err}"
    );
}

/// All of them hold the other end of one pipe: it ends when the last of them has.
#[test]
fn a_hundred_started_at_once_end_when_their_parent_is_killed_and_leave_nothing() {
    let script = "for i in $(seq $1); do \
                  \"$0\" -p 0 --bind 127.0.0.1 --no-config --json -q --ready-file ready-$i --parent-pid $$ & \
                  done; wait";
    let like = command("hundred", &[]);
    let directory = like.get_current_dir().unwrap().to_owned();
    let mut parent = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_broker"), &BROKERS.to_string()])
        .current_dir(&directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    let mut lines = BufReader::new(parent.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let listening: Vec<Value> = lines.by_ref().take(BROKERS).map(|line| json_of(&line)).collect();
    assert!(listening.iter().all(|line| line["event"] == "listening"));
    let places: BTreeSet<&str> = listening
        .iter()
        .map(|line| line["addresses"][0].as_str().unwrap())
        .collect();
    assert_eq!(places.len(), BROKERS);
    for place in &places {
        Client::connect(place.parse().unwrap(), "foo1").ping(1);
    }
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), BROKERS);

    parent.kill().unwrap();
    let stopped: Vec<Value> = lines.map(|line| json_of(&line)).collect();
    assert_eq!(stopped.len(), BROKERS);
    assert!(stopped.iter().all(|line| line["cause"] == "parent_ended"));
    parent.wait().unwrap();
    assert_eq!(
        std::fs::read_dir(&directory).unwrap().count(),
        0,
        "no ready file is left"
    );
}
