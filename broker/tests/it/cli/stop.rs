//! Signals: what clients are told, how fast the program ends, and what is left.
#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use packets::{Client, Connect};

use super::program::{Program, addresses, command};

/// The program promises a second; the machine that runs the tests may be busy.
const SOON: Duration = Duration::from_secs(3);

#[test]
fn sigterm_tells_5_0_clients_and_exits_with_0() {
    let args = ["-p", "0", "--ready-file", "ready"];
    let mut command = command("sigterm", &args);
    let ready = command.get_current_dir().unwrap().join("ready");
    let mut program = Program::spawn(&mut command);
    let address = addresses(&program.line())[0];
    // This client never sends anything. It connected first, so it is in when the others are.
    let mut silent = Client::open(address);
    let mut new = Client::with(address, &Connect::new(5, "new"));
    let mut old = Client::connect(address, "old");
    assert!(ready.exists());

    let asked = Instant::now();
    program.signal("TERM");
    let last_packet = new.packet();
    assert_eq!(
        (last_packet[0], last_packet[2]),
        (0xE0, 0x8B),
        "Server shutting down"
    );
    new.expect_end();
    // 3.1.1 has no DISCONNECT for that.
    old.expect_end();
    silent.expect_end();
    let lines = program.rest();
    let (status, err) = program.exit();
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    assert!(!ready.exists(), "the ready file is removed");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("disconnected") && line.contains("shutting down"))
    );
    let last = lines.last().expect("a summary");
    assert!(
        last.starts_with("stopped by SIGTERM after ")
            && last.ends_with(": 2 clients, 0 messages in, 0 out, 0 dropped"),
        "{last}"
    );
}

#[test]
fn sigint_does_the_same() {
    let mut program = Program::spawn(&mut command("sigint", &["-p", "0", "--json"]));
    program.line();
    program.signal("INT");
    let stopped: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
    assert_eq!(
        (&stopped["event"], &stopped["signal"]),
        (&"stopped".into(), &"SIGINT".into())
    );
    assert_eq!(stopped["stats"]["clients_connected"], 0);
    let (status, _) = program.exit();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
}

#[test]
fn another_brokers_ready_file_is_left_alone() {
    let mut command = command("other_ready", &["-p", "0", "--ready-file", "ready"]);
    let ready = command.get_current_dir().unwrap().join("ready");
    let mut program = Program::spawn(&mut command);
    program.line();
    std::fs::write(&ready, "127.0.0.1:1\n").unwrap();
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    assert!(ready.exists());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut program, mut stdout) = Program::spawn_unread(&mut command("second", &["-p", "0", "-v"]));
    let address = addresses(&super::program::first_line(&mut stdout))[0];
    let mut client = Client::with(address, &Connect::new(5, "foo1"));
    // So much that stdout, which nobody reads, holds up the last lines.
    client.ping(10_000);
    program.signals(["TERM", "INT"]);
    let code = program.exit().0.code();
    assert!(matches!(code, Some(130 | 143)), "{code:?}");
}

/// The same command, with hang-ups as by default: a program that is started without them (by `nohup`, say) leaves it so.
pub(super) fn hearing_hang_ups(command: &mut Command) -> Command {
    let mut heard = Command::new("env");
    if cfg!(target_os = "linux") {
        heard.arg("--default-signal=HUP");
    }
    heard.arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        heard.current_dir(directory);
    }
    for (name, _) in command.get_envs() {
        heard.env_remove(name);
    }
    heard.stdin(Stdio::null());
    heard
}

#[cfg(feature = "tls")]
#[test]
fn a_hang_up_with_files_that_do_not_fit_leaves_all_as_it_was() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/tls");
    let args = [
        "-p",
        "0",
        "--set",
        "tls.cert_file=cert.pem",
        "--set",
        "tls.key_file=key.pem",
    ];
    let mut command = command("hang_up_wrong", &args);
    let directory = command.get_current_dir().expect("it has one").to_owned();
    std::fs::copy(format!("{data}/localhost.pem"), directory.join("cert.pem")).unwrap();
    std::fs::copy(format!("{data}/localhost.key"), directory.join("key.pem")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(directory.join("key.pem"), mode).unwrap();
    let mut program = Program::spawn(&mut hearing_hang_ups(&mut command));
    let address = addresses(&program.line())[0];
    assert_eq!(
        program.error_line(),
        "warning: key.pem: other users of this machine may read it; `chmod 600 key.pem` keeps them out"
    );
    std::fs::write(directory.join("key.pem"), "nonsense").unwrap();
    program.signal("HUP");
    let said = program.error_line();
    assert!(
        said.starts_with("error: SIGHUP: tls.key_file: key.pem has no private key")
            && said.ends_with("; all certificates stay as they were"),
        "{said}"
    );
    Client::connect(address, "foo1").ping(1);
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
}

#[test]
fn a_hang_up_without_a_terminal_reads_files_again_and_says_so() {
    let mut command = command("hang_up", &["-p", "0", "--ready-file", "ready"]);
    let ready = command.get_current_dir().expect("it has one").join("ready");
    let mut program = Program::spawn(&mut hearing_hang_ups(&mut command));
    let address = addresses(&program.line())[0];
    program.signal("HUP");
    assert_eq!(
        program.error_line(),
        if cfg!(feature = "tls") {
            "note: SIGHUP: read again: certificates, keys and revocation lists; users and access control lists (nothing has \
             changed). Settings stay as they were at the start; SIGTERM stops the broker"
        } else {
            "note: SIGHUP: read again: users and access control lists (nothing has changed). Settings stay as they were at the \
             start; SIGTERM stops the broker"
        }
    );
    Client::connect(address, "foo1").ping(1);
    assert!(ready.exists());
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    assert!(!ready.exists());
}
