//! `broker -- COMMAND`: the command gets a broker of its own, and the broker ends with it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use packets::Client;

use super::program::{Program, command, said};

/// The program with these flags, and a script for a shell after them.
fn script(test: &str, flags: &[&str], script: &str) -> Command {
    command(
        test,
        &[&["--bind", "127.0.0.1"], flags, &["--", "sh", "-c", script]].concat(),
    )
}

/// What variables of the command say, one a line.
fn variables(test: &str, flags: &[&str]) -> Vec<String> {
    let names = [
        "MQTT_URL",
        "MQTT_HOST",
        "MQTT_PORT",
        "CITRONELLA_URL",
        "CITRONELLA_CA_FILE",
    ];
    let print: Vec<String> = names
        .iter()
        .map(|name| format!("echo ${{{name}-none}}"))
        .collect();
    let mut command = script(test, flags, &print.join(";"));
    // Those of another broker.
    command
        .env("MQTT_URL", "mqtt://gone:1")
        .env("CITRONELLA_CA_FILE", "gone.pem");
    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    out.lines().map(str::to_owned).collect()
}

#[test]
fn the_command_learns_where_the_broker_is_and_its_output_is_its_own() {
    let found = variables("task_free", &[]);
    let port = found[2].clone();
    assert_eq!(
        found,
        [
            format!("mqtt://127.0.0.1:{port}"),
            "127.0.0.1".to_owned(),
            port.clone(),
            format!("http://127.0.0.1:{port}"),
            "none".to_owned()
        ]
    );
    assert!(!["0", "1883"].contains(&&*port), "a free one: {port}");
}

#[test]
fn a_port_that_somebody_chose_is_taken() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    assert_eq!(variables("task_port", &["-p", &port])[2], port);
    let set = format!("port={port}");
    assert_eq!(variables("task_set", &["--set", &set])[2], port);
}

#[cfg(feature = "http")]
#[test]
fn it_may_be_asked_and_steered_by_the_command() {
    let steer = "\"$BROKER\" ctl publish test/topic bar -r >/dev/null && \"$BROKER\" ctl retained";
    let mut command = script("task_ctl", &[], steer);
    command.env("BROKER", env!("CARGO_BIN_EXE_broker"));
    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("test/topic") && out.contains("bar"), "{out}");
}

#[cfg(feature = "tls")]
#[test]
fn with_tls_it_learns_whom_to_trust() {
    let (code, out, err) = said(&mut script("task_tls", &["--tls"], "cat \"$CITRONELLA_CA_FILE\""));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("-----BEGIN CERTIFICATE-----"), "{out}");
}

#[test]
fn its_exit_code_is_that_of_the_command() {
    for (ends, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let (found, out, err) = said(&mut script("task_code", &[], ends));
        assert_eq!(
            (found, out.as_str(), err.as_str()),
            (Some(code), "", ""),
            "{ends}"
        );
    }
}

#[test]
fn a_command_that_cannot_be_run_is_told_as_a_shell_does() {
    let mut like = command("task_not_there", &["--", "no-such-command"]);
    assert_eq!(
        said(&mut like),
        (
            Some(127),
            String::new(),
            "error: cannot run \"no-such-command\": there is no such command".to_owned()
        )
    );
    let mut command = command("task_not_executable", &["--", "./script"]);
    let path = command.get_current_dir().unwrap().join("script");
    fs::write(&path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = said(&mut command);
    assert!(
        code == Some(126)
            && err.starts_with("error: cannot run \"./script\": it may not be executed; `chmod +x`"),
        "{code:?} {err}"
    );
}

#[test]
fn the_flags_of_the_command_are_its_own() {
    let (code, out, _) = said(&mut command(
        "task_flags",
        &["--", "echo", "--tls", "8884", "-p", "1"],
    ));
    assert_eq!((code, out.as_str()), (Some(0), "--tls 8884 -p 1"));
}

#[test]
fn with_v_what_the_broker_says_is_on_stderr() {
    let (code, out, err) = said(&mut script("task_verbose", &["-v"], "echo mine"));
    assert_eq!((code, out.as_str()), (Some(0), "mine"));
    assert!(err.contains("listening on 127.0.0.1:"), "{err}");
    assert!(
        err.lines()
            .last()
            .unwrap()
            .starts_with("stopped (its command has ended with 0) after "),
        "{err}"
    );
}

/// The broker is there once the command says so, and this gives where.
fn begun(program: &mut Program) -> std::net::SocketAddr {
    let line = program.line();
    line.strip_prefix("mqtt://")
        .expect("its URL")
        .parse()
        .expect("an address")
}

/// Away from the terminal that the tests may run on, which would tell the command of Ctrl-C by itself.
fn in_background(command: &mut Command) -> &mut Command {
    std::os::unix::process::CommandExt::process_group(command, 0)
}

#[test]
fn a_signal_is_passed_on_to_the_command_and_to_all_that_it_has_started() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        // All of them hold the other end of stdout: that it ends means that nothing is left. A shell's own background does not
        // hear INT.
        let waits = if signal == "INT" {
            "echo $MQTT_URL; exec sleep 1000"
        } else {
            "sh -c 'echo $MQTT_URL; exec sleep 1000' & wait"
        };
        let mut program = Program::spawn(in_background(&mut script("task_signal", &[], waits)));
        let mut client = Client::connect(begun(&mut program), "foo1");
        program.signal(signal);
        client.expect_end();
        assert_eq!(program.rest(), [""; 0]);
        assert_eq!(program.exit().0.code(), Some(code), "{signal}");
    }
}

#[test]
fn a_hang_up_without_a_terminal_means_the_broker_alone() {
    let mut like = script("task_hang_up", &[], "echo $MQTT_URL; exec sleep 1000");
    let mut program = Program::spawn(in_background(&mut super::stop::hearing_hang_ups(&mut like)));
    let address = begun(&mut program);
    program.signal("HUP");
    Client::connect(address, "foo1").ping(1);
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(143));
}

#[test]
fn a_command_that_puts_its_end_off_has_its_broker_until_then() {
    let waits = "mkfifo hold; trap 'echo wait; read line < hold; exit 4' TERM; sh -c 'echo $MQTT_URL; exec sleep 1000' & wait";
    let mut like = script("task_late", &[], waits);
    let hold = like.get_current_dir().unwrap().join("hold");
    let mut program = Program::spawn(in_background(&mut like));
    let address = begun(&mut program);
    program.signal("TERM");
    assert_eq!(program.line(), "wait");
    Client::connect(address, "foo1").ping(1);
    fs::write(hold, "go\n").unwrap();
    assert_eq!(program.rest(), [""; 0]);
    assert_eq!(program.exit().0.code(), Some(4));
}

#[test]
fn when_its_parent_ends_the_command_ends_too() {
    let mut parent = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let pid = parent.id().to_string();
    let mut program = Program::spawn(&mut script(
        "task_parent",
        &["--parent-pid", &pid],
        "echo $MQTT_URL; sleep 1000",
    ));
    begun(&mut program);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(program.rest(), [""; 0]);
    // It was ended halfway, and is no success.
    assert_eq!(program.exit().0.code(), Some(143));
}

#[test]
fn a_command_of_no_words_is_refused() {
    for flags in [&["--"][..], &["-p", "0", "--"], &["-d", "--"]] {
        let (code, out, err) = said(&mut command("task_empty", flags));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{flags:?}");
        assert!(err.starts_with("error: --: no command after --; "), "{err}");
    }
}

#[test]
fn what_is_wrong_at_the_start_is_told_and_the_command_is_not_run() {
    let (code, out, err) = said(&mut script("task_wrong", &["--set", "no.such=1"], "echo ran"));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("unknown key `no.such`"), "{err}");
    let (code, _, err) = said(&mut script("task_daemon", &["-d"], "echo ran"));
    assert_eq!(
        (code, err.as_str()),
        (
            Some(2),
            "error: -d: is beside a command after --, for which the broker waits; leave one of them out"
        )
    );
}

#[test]
fn a_file_may_choose_the_port_too() {
    let mut command = command("task_file", &["--", "sh", "-c", "echo $MQTT_PORT"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let directory: PathBuf = command.get_current_dir().unwrap().to_owned();
    fs::write(
        directory.join("citronella.toml"),
        format!("port = {port}\nbind = \"127.0.0.1\"\n"),
    )
    .unwrap();
    assert_eq!(said(&mut command).1, port.to_string());
}
