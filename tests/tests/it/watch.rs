//! `broker --watch`: the console in a terminal, with real clients and real keys.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use tests::harness::binaries::program;
use tests::harness::peers::or_skip;
use tests::harness::program::{Program, hang_ups_are_heard};
use tests::harness::terminal::OnTerminal;

/// The end of the view: the screen from before is back.
const GIVEN_BACK: &str = "\x1b[?1049l";

fn watch(arguments: &[&str]) -> Command {
    let mut command = program("broker");
    command
        .args(["--no-config", "-p", "0", "--watch"])
        .args(arguments)
        .env("NO_COLOR", "1");
    command
}

/// The view, and the port of its broker, once it is drawn.
fn watched(arguments: &[&str]) -> (OnTerminal, String) {
    let mut screen = OnTerminal::with_keys(&mut watch(arguments));
    screen.until_screen("No client has come yet");
    let seen = screen.until_screen("-m");
    let port = seen
        .split("mqtt://127.0.0.1:")
        .nth(1)
        .expect("it says where it is");
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    (screen, port)
}

fn publish(port: &str, arguments: &[&str]) {
    let mut command = program("publisher");
    let publisher = Program::start(command.args(["-p", port]).args(arguments));
    publisher.succeed();
}

#[test]
fn a_message_of_a_real_client_is_seen_in_ladder_clients_and_topics_and_q_stops_the_broker() {
    let (mut screen, port) = watched(&[]);
    publish(
        &port,
        &["-i", "foo2", "-t", "test/topic", "-m", "bar-1", "-q", "1", "-r"],
    );
    for seen in ["PUBLISH", "test/topic", "\"bar-1\"", "PUBACK", "DISCONNECT"] {
        screen.until_screen(seen);
    }
    screen.press("\t");
    screen.until_screen("Clients");
    screen.until_screen("said");
    screen.press("\t");
    screen.until_screen("retained");
    // Back in the ladder the filter leaves the one packet, which is read.
    screen.press("\x1b[Z\x1b[Z/type:publish\r");
    screen.until_screen("/type:publish");
    screen.press("g\r");
    screen.until_screen("publishes");
    screen.until_screen("subscription");
    assert!(!screen.is_as_before());
    screen.press("q");
    screen.until(GIVEN_BACK);
    screen.until("its view was closed");
    assert!(screen.is_as_before());
    let (code, seen) = screen.wait();
    assert_eq!(code, Some(0));
    // Nothing is drawn behind the end.
    let end = seen.rsplit(GIVEN_BACK).next().expect("a rest");
    assert!(!end.contains("\x1b["), "{end:?}");
}

#[test]
fn a_signal_ctrl_c_and_another_size_do_what_they_do_elsewhere() {
    let (mut screen, port) = watched(&[]);
    screen.resize(120, 40);
    publish(&port, &["-i", "foo2", "-t", "a", "-m", "b"]);
    // So wide, the lists stand beside the ladder.
    screen.until_screen("Topics");
    screen.press("\x03");
    screen.until("its view was closed");
    assert_eq!(screen.wait().0, Some(0));

    let (mut screen, _) = watched(&[]);
    let pid = Pid::from_raw(screen.pid().cast_signed()).expect("a process");
    kill_process(pid, Signal::TERM).expect("it runs");
    screen.until(GIVEN_BACK);
    screen.until("stopped by SIGTERM");
    assert!(screen.is_as_before());
    assert_eq!(screen.wait().0, Some(0));
}

#[test]
fn what_the_program_says_is_a_line_of_the_view() {
    let Some(()) = or_skip(hang_ups_are_heard()) else {
        return;
    };
    let (mut screen, _) = watched(&[]);
    let pid = Pid::from_raw(screen.pid().cast_signed()).expect("a process");
    kill_process(pid, Signal::HUP).expect("it runs");
    screen.until_screen("SIGHUP:");
    screen.press("q");
    let (code, seen) = screen.wait();
    assert_eq!(code, Some(0));
    assert!(!seen.contains("\nnote: SIGHUP"), "{seen:?}");
}

#[test]
fn without_a_terminal_or_beside_lines_it_is_refused() {
    let refused = |command: &mut Command| {
        let output = command.output().expect("it runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, said) = refused(&mut watch(&[]));
    assert_eq!(code, Some(2));
    assert!(said.contains("standard output is not a terminal"), "{said}");
    let (code, said) = refused(&mut watch(&["-d"]));
    assert_eq!(code, Some(2));
    assert!(said.contains("is beside -d or a command"), "{said}");
    for flag in ["-v", "-q", "--json"] {
        let (code, said) = OnTerminal::with_keys(&mut watch(&[flag])).wait();
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--watch: is beside -v, -q or --json"), "{said}");
    }
    // Without keys.
    let (code, said) = OnTerminal::start(&mut watch(&[])).wait();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("standard input is not a terminal"), "{said}");
}
