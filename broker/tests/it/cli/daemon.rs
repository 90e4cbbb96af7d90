//! `broker -d`: it comes back when clients can connect, and goes on in the background.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Stdio};

use packets::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::program::{addresses, command, said};

/// A broker in the background; killed when this is dropped.
struct Background(Pid);

impl Background {
    fn of(pid: u64) -> Self {
        Self(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap())
    }

    /// Stops it, and waits until it has ended.
    fn end(self) {
        kill_process(self.0, Signal::TERM).expect("it runs");
        self.ended();
    }

    #[cfg(target_os = "linux")]
    fn ended(&self) {
        use rustix::event::{PollFd, PollFlags, poll};
        use rustix::process::{PidfdFlags, pidfd_open};
        let Ok(file) = pidfd_open(self.0, PidfdFlags::empty()) else {
            return;
        };
        let limit = super::program::HANG.try_into().unwrap();
        let ended = poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&limit));
        assert_eq!(ended, Ok(1), "it runs on");
    }

    #[cfg(not(target_os = "linux"))]
    fn ended(&self) {
        while rustix::process::test_kill_process(self.0).is_ok() {
            std::thread::yield_now();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

#[test]
fn it_comes_back_when_clients_can_connect_and_says_how_it_is_stopped() {
    let args = [
        "-p",
        "0",
        "--bind",
        "127.0.0.1",
        "-d",
        "--ready-file",
        "ready",
        "--set",
        "pid_file=pid",
    ];
    let mut command = command("daemon_text", &args);
    let directory = command.get_current_dir().unwrap().to_owned();
    // What it prints is all that it prints: nobody who reads it waits for the broker in the background.
    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let pid = fs::read_to_string(directory.join("pid"))
        .unwrap()
        .trim()
        .to_owned();
    let background = Background::of(pid.parse().unwrap());
    assert!(
        out.ends_with(&format!("; process {pid}, which `kill {pid}` stops")),
        "{out}"
    );
    assert!(directory.join("ready").exists());
    let address = addresses(&out)[0];
    let mut client = Client::connect(address, "foo1");
    background.end();
    client.expect_end();
}

#[test]
fn it_is_in_a_session_of_its_own_and_holds_nothing_of_its_caller() {
    let mut command = command("daemon_session", &["-dqp", "0", "--json", "--bind", "127.0.0.1"]);
    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let listening: Value = serde_json::from_str(&out).expect("one line of JSON");
    assert_eq!(listening["event"], "listening");
    let pid = listening["pid"].as_u64().unwrap();
    let background = Background::of(pid);
    let session = rustix::process::getsid(Some(background.0)).unwrap();
    assert_eq!(session, background.0);
    #[cfg(target_os = "linux")]
    for file in [0, 1, 2] {
        let open = fs::read_link(format!("/proc/{pid}/fd/{file}")).unwrap();
        assert_eq!(open.to_str(), Some("/dev/null"));
    }
    background.end();
}

#[test]
fn an_error_of_the_start_comes_back_with_its_exit_code() {
    let owner = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = owner.local_addr().unwrap().port().to_string();
    let (code, out, err) = said(&mut command(
        "daemon_taken",
        &["-d", "-p", &port, "--bind", "127.0.0.1"],
    ));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("the port is taken"), "{err}");
    let (code, out, err) = said(&mut command("daemon_wrong", &["--daemon", "--set", "prot=1"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(err.matches("unknown key `prot`").count(), 1, "{err}");
}

#[test]
fn its_log_goes_where_the_settings_say() {
    let args = [
        "-d",
        "-p",
        "0",
        "--bind",
        "127.0.0.1",
        "--set",
        "log.destinations=stdout,file:log",
    ];
    let mut command = command("daemon_log", &args);
    let directory = command.get_current_dir().unwrap().to_owned();
    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let pid = out
        .rsplit("`kill ")
        .next()
        .unwrap()
        .split('`')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let background = Background::of(pid);
    let address = addresses(&out)[0];
    Client::connect(address, "foo1").ping(1);
    background.end();
    let log = fs::read_to_string(directory.join("log")).unwrap();
    assert!(log.contains("foo1") && log.contains("listening on"), "{log}");
}

/// As a step of CI does it: what the shell goes on with finds a broker.
#[test]
fn the_next_command_of_a_shell_finds_it_ready() {
    let steps = "set -e; out=$(\"$0\" -d -p 0 --bind 127.0.0.1 --json --parent-pid $$); echo \"$out\"; \"$0\" health \
                 \"$(echo \"$out\" | sed 's/.*\"url\":\"\\([^\"]*\\)\".*/\\1/')\"";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", steps, env!("CARGO_BIN_EXE_broker")])
        .stdin(Stdio::null());
    let (code, out, err) = said(&mut shell);
    assert_eq!(code, Some(0), "{out}\n{err}");
    let listening: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    // The shell has ended, and so does the broker.
    Background::of(listening["pid"].as_u64().unwrap()).ended();
}
