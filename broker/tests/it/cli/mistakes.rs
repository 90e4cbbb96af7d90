//! Wrong flags, wrong settings, taken ports: what is said and with which exit code.

use std::fs;
use std::net::TcpListener;

use super::program::{command, said};

#[test]
fn a_taken_port_is_named_with_a_way_out() {
    let owner = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = owner.local_addr().unwrap();
    let port = address.port().to_string();
    let args = ["-p", &port, "--bind", "127.0.0.1", "--ready-file", "ready"];
    let mut command = command("taken", &args);
    let (code, out, err) = said(&mut command);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        err.starts_with(&format!("error: cannot listen on {address}: the port is taken")),
        "{err}"
    );
    assert!(err.contains("mosquitto") && err.contains("-p 0"), "{err}");
    assert!(!command.get_current_dir().unwrap().join("ready").exists());
}

#[test]
fn what_is_wrong_with_a_further_listener_names_it() {
    let owner = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = owner.local_addr().unwrap().port();
    for (flag, way_out) in [
        (format!("--tls={port}"), "`--tls=0`"),
        (format!("--ws={port}"), "`--ws=0`"),
        (format!("--set=listener={port}"), "`listener[0].port = 0`"),
    ] {
        let args = ["-p", "0", "--bind", "127.0.0.1", &flag];
        let (code, _, err) = said(&mut command("taken_too", &args));
        assert_eq!(code, Some(1), "{err}");
        assert!(
            err.contains("the port is taken") && err.contains(way_out),
            "{err}"
        );
    }
    let own = "listener=[{ port = 0, cert_file = \"gone.pem\", key_file = \"gone.pem\" }]";
    let (code, _, err) = said(&mut command("gone", &["-p", "0", "--set", own]));
    assert_eq!(code, Some(1), "{err}");
    assert!(
        err.starts_with("error: listener[0]: tls.cert_file: cannot read gone.pem: "),
        "{err}"
    );
}

#[test]
fn an_unknown_key_names_file_line_and_the_nearest_key() {
    let mut command = command("unknown_key", &["-c", "mine.toml"]);
    let file = command.get_current_dir().unwrap().join("mine.toml");
    fs::write(file, "port = 0\n[limits]\nmax_conections = 5\n").unwrap();
    let (code, out, err) = said(&mut command);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(
        err,
        "error: mine.toml:3: unknown key `limits.max_conections`; did you mean `limits.max_connections`?"
    );
}

#[test]
fn every_mistake_of_every_layer_is_told_at_once() {
    let mut command = command(
        "all_layers",
        &["-c", "mine.toml", "-p", "65536", "--set", "log.jsno=true"],
    );
    let file = command.get_current_dir().unwrap().join("mine.toml");
    fs::write(file, "port = \"0\"\n").unwrap();
    command.env("CITRONELLA_SESSION__QUEUE_QOS0", "perhaps");
    let (code, _, err) = said(&mut command);
    assert_eq!(code, Some(2));
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(
        lines,
        [
            "error: 4 problems in the settings:",
            "  mine.toml:1: `port` is \"0\"; expected an integer from 0 to 65535, without quotes",
            "  environment CITRONELLA_SESSION__QUEUE_QOS0: `session.queue_qos0` is \"perhaps\"; expected true or false",
            "  flag --set: unknown key `log.jsno`; did you mean `log.json`?",
            "  flag --port: `port` is \"65536\", which is not allowed; expected an integer from 0 to 65535",
        ]
    );
}

#[test]
fn an_unknown_flag_names_the_nearest() {
    let (code, out, err) = said(&mut command("unknown_flag", &["--prot", "0"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("'--prot'") && err.contains("'--port'"), "{err}");
    let (code, _, err) = said(&mut command("set", &["--set", "port"]));
    assert_eq!(code, Some(2));
    assert!(
        err.contains("expected KEY=VALUE, such as limits.max_connections=5"),
        "{err}"
    );
}

#[test]
fn a_missing_file_is_a_wrong_setting() {
    let (code, _, err) = said(&mut command("missing_file", &["-c", "nowhere.toml"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("nowhere.toml"), "{err}");
}

#[test]
fn a_ready_file_that_cannot_be_written_is_an_error_that_names_it() {
    for (test, path) in [
        ("no_directory", "nowhere/ready"),
        ("is_directory", "/"),
        ("empty_name", "."),
    ] {
        let (code, out, err) = said(&mut command(test, &["-p", "0", "--ready-file", path]));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{path}: {err}");
        assert!(
            err.starts_with(&format!("error: cannot write the ready file {path}: ")),
            "{err}"
        );
    }
}

#[test]
fn what_cannot_be_violated_cannot_fail_a_run() {
    let fails = ["--fail-on-violation", "--no-config", "--", "true"];
    let (code, _, err) = said(&mut command("nothing_to_violate", &fails));
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("name it with --profile, --asyncapi, --schema or --sparkplug"),
        "{err}"
    );
    let enforces = ["--profile-mode", "enforce", "--no-config", "--", "true"];
    let (code, _, err) = said(&mut command("mode_of_none", &enforces));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--profile-mode: there is no profile"), "{err}");
    // A variable, or a file, may name it.
    let mut named = command(
        "named_elsewhere",
        &["--fail-on-violation", "--profile-mode", "enforce", "--", "true"],
    );
    named.env("CITRONELLA_PROFILE__NAME", "aws-iot");
    let (code, _, err) = said(&mut named);
    assert_eq!(code, Some(0), "{err}");
}
