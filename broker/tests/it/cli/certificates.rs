//! `broker ca` and `broker cert`.
#![cfg(feature = "tls")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Program, addresses, command, first_line, said};

/// The program in the directory that another command has, as it is left.
fn again(first: &Command, args: &[&str]) -> Command {
    let directory: PathBuf = first.get_current_dir().unwrap().to_owned();
    let mut next = command("certificates_again", args);
    next.current_dir(directory);
    next
}

#[test]
fn a_ca_is_made_once_and_signs_clients() {
    let mut first = command("certificates", &["ca", "--state-dir", "state"]);
    let (code, pem, err) = said(&mut first);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let directory = first.get_current_dir().unwrap().to_owned();
    let run = |args: &[&str]| said(&mut again(&first, args));
    let state = ["--state-dir", "state"];

    assert_eq!(run(&["ca", state[0], state[1]]).1, pem);
    let (_, path, _) = run(&["ca", "--path", state[0], state[1]]);
    assert_eq!(fs::read_to_string(directory.join(path)).unwrap().trim_end(), pem);
    let (_, list, _) = run(&["ca", "--crl", state[0], state[1]]);
    assert!(list.starts_with("-----BEGIN X509 CRL-----"), "{list}");

    let make = ["cert", "den/lamp", "--out", "out", state[0], state[1]];
    let (code, out, err) = run(&make);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out, "out/den_lamp.pem\nout/den_lamp-key.pem");
    let made = fs::read_to_string(directory.join("out/den_lamp.pem")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = fs::metadata(directory.join("out/den_lamp-key.pem")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    // What it made itself it makes anew, and nothing else.
    assert_eq!(run(&make).0, Some(0));
    assert_ne!(
        fs::read_to_string(directory.join("out/den_lamp.pem")).unwrap(),
        made
    );
    fs::write(directory.join("out/den_lamp.pem"), "mine").unwrap();
    let (code, _, err) = run(&make);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("is there, and is not a certificate that `broker cert` made"),
        "{err}"
    );
    assert_eq!(
        fs::read_to_string(directory.join("out/den_lamp.pem")).unwrap(),
        "mine"
    );
}

#[test]
fn what_is_wrong_is_said() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    for (args, code, words) in [
        (
            &["ca", "-p", "0"][..],
            2,
            "error: which broker's? One on a free port is found by the port that it got",
        ),
        (&["ca", "-p", &port], 1, "error: there is no broker on port "),
        (
            &["cert", "lamp", "-p", &port],
            1,
            "error: there is no broker on port ",
        ),
        (
            &["cert", "lamp", "--state-dir", "state", "--preset", "expird"],
            2,
            "error: flag --preset: `tls.preset` is \"expird\", which is not allowed",
        ),
        (
            &["cert", "lamp", "--state-dir", "state", "--preset", "wrong_host"],
            2,
            "error: `wrong_host` is for servers",
        ),
        (
            &["cert", "", "--state-dir", "state"],
            2,
            "error: the name in a certificate has 1 to 64 characters",
        ),
        (
            &["cert", "ca", "--state-dir", "st", "--out", "st"],
            2,
            "error: a client of the name `ca` would have the file ca.pem, and so has a CA; give the client another name",
        ),
        (
            &["cert", "CRL", "--state-dir", "state"],
            2,
            "error: a client of the name `CRL` would have the file CRL.pem",
        ),
        (
            &["cert", "Ca-Key", "--state-dir", "state"],
            2,
            "error: a client of the name `Ca-Key` would have the file Ca-Key.pem",
        ),
        (&["ca", "-p", "x"], 2, "error: flag --port: `port` is \"x\""),
        (&["certs"], 2, "error: unrecognized subcommand 'certs'"),
    ] {
        let (found, out, err) = said(&mut command("certificates_wrong", args));
        assert_eq!((found, out.as_str()), (Some(code), ""), "{args:?}: {err}");
        assert!(err.starts_with(words), "{args:?}: {err}");
    }
}

#[cfg(unix)]
#[test]
fn a_running_broker_is_found_by_its_port() {
    let mut first = command("certificates_shared", &["-p", "0", "--tls", "--json"]);
    let directory = first.get_current_dir().unwrap().to_owned();
    let mut program = Program::spawn(first.env("XDG_RUNTIME_DIR", &directory));
    let listening: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
    let address: std::net::SocketAddr = listening["addresses"][0].as_str().unwrap().parse().unwrap();
    let port = address.port().to_string();
    let ca_file = PathBuf::from(listening["ca_file"].as_str().unwrap());
    assert!(ca_file.starts_with(&directory), "{ca_file:?}");
    let run = |args: &[&str]| said(again(&first, args).env("XDG_RUNTIME_DIR", &directory));

    let pem = fs::read_to_string(&ca_file).unwrap();
    assert_eq!(run(&["ca", "-p", &port]).1, pem.trim_end());
    assert_eq!(
        run(&["ca", "--path", "-p", &port]).1,
        ca_file.display().to_string()
    );
    assert_eq!(run(&["cert", "lamp", "-p", &port]).1, "lamp.pem\nlamp-key.pem");

    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    assert!(!ca_file.parent().unwrap().exists(), "nothing is left");
}

#[cfg(unix)]
#[test]
fn a_broker_that_was_not_asked_for_tls_gives_its_ca_to_everybody_and_its_key_to_nobody() {
    let mut first = command("certificates_in_memory", &["-p", "0"]);
    let directory = first.get_current_dir().unwrap().to_owned();
    let mut program = Program::spawn(first.env("XDG_RUNTIME_DIR", &directory));
    let port = addresses(&program.line())[0].port().to_string();
    let run = |args: &[&str]| said(again(&first, args).env("XDG_RUNTIME_DIR", &directory));
    let (code, pem, err) = run(&["ca", "-p", &port]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let (code, _, err) = run(&["cert", "lamp", "-p", &port]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("keeps its CA in memory, and gives its key to nobody"),
        "{err}"
    );
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0, "nothing is written");
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
}

/// Starts a broker whose directory for this run is below its own; with its port.
#[cfg(unix)]
fn with_a_runtime_directory(command: &mut Command) -> (Program, String) {
    let directory = command.get_current_dir().unwrap().to_owned();
    let mut program = Program::spawn(command.env("XDG_RUNTIME_DIR", &directory));
    let port = addresses(&program.line())[0].port().to_string();
    (program, port)
}

/// The directories of ports below that of the user.
#[cfg(unix)]
fn ports(directory: &Path) -> Vec<String> {
    let user = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let user = user.filter(|entry| entry.file_name().to_string_lossy().starts_with("citronella-"));
    let ports = user.flat_map(|user| fs::read_dir(user.path()).unwrap());
    let names = ports.map(|port| port.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "lock").collect()
}

#[cfg(unix)]
#[test]
fn a_broker_with_a_state_directory_is_found_by_its_port_too() {
    let mut first = command("certificates_kept", &["-p", "0", "--state-dir", "s2"]);
    let directory = first.get_current_dir().unwrap().to_owned();
    let (mut program, port) = with_a_runtime_directory(&mut first);
    let elsewhere = directory.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let run = |args: &[&str]| {
        let mut next = again(&first, args);
        said(next.current_dir(&elsewhere).env("XDG_RUNTIME_DIR", &directory))
    };
    let pem = fs::read_to_string(directory.join("s2/ca.pem")).unwrap();
    assert_eq!(run(&["ca", "-p", &port]).1, pem.trim_end());
    assert_eq!(
        run(&["ca", "--path", "-p", &port]).1,
        directory.join("s2/ca.pem").display().to_string()
    );
    assert_eq!(run(&["cert", "lamp", "-p", &port]).1, "lamp.pem\nlamp-key.pem");

    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    assert!(ports(&directory).is_empty(), "nothing is left");
    assert!(directory.join("s2/ca-key.pem").exists(), "this is kept");
}

#[cfg(unix)]
#[test]
fn what_a_killed_broker_left_is_not_used_and_goes_with_the_next_start() {
    let mut first = command("certificates_killed", &["-p", "0", "--tls"]);
    let directory = first.get_current_dir().unwrap().to_owned();
    let (mut killed, port) = with_a_runtime_directory(&mut first);
    let (_alive, other_port) = with_a_runtime_directory(&mut again(&first, &["-p", "0", "--tls"]));
    killed.kill();
    killed.exit();
    assert!(ports(&directory).contains(&port));
    let run = |args: &[&str]| said(again(&first, args).env("XDG_RUNTIME_DIR", &directory));
    for args in [&["ca", "-p", &port][..], &["cert", "lamp", "-p", &port]] {
        let (code, _, err) = run(args);
        let words = format!("error: there is no broker on port {port} that has a CA");
        assert!(code == Some(1) && err.starts_with(&words), "{code:?} {err}");
    }

    let (_next, next_port) = with_a_runtime_directory(&mut again(&first, &["-p", "0", "--tls"]));
    let mut left = ports(&directory);
    left.sort();
    let mut alive = vec![other_port, next_port];
    alive.sort();
    assert_eq!(left, alive);
}

#[cfg(unix)]
#[test]
fn a_second_signal_leaves_no_key() {
    let args = ["-p", "0", "--tls", "-v", "--ready-file", "ready"];
    let mut command = command("certificates_second", &args);
    let directory = command.get_current_dir().unwrap().to_owned();
    let (mut program, mut stdout) = Program::spawn_unread(command.env("XDG_RUNTIME_DIR", &directory));
    let address = addresses(&first_line(&mut stdout))[0];
    assert_eq!(ports(&directory), [address.port().to_string()]);
    let mut client = packets::Client::with(address, &packets::Connect::new(5, "foo1"));
    // So much that stdout, which nobody reads, holds up the last lines.
    client.ping(10_000);
    program.signals(["TERM", "INT"]);
    let code = program.exit().0.code();
    assert!(matches!(code, Some(130 | 143)), "{code:?}");
    assert!(ports(&directory).is_empty());
    assert!(!directory.join("ready").exists());
}
