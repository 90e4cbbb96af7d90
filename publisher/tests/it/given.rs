//! What the program is given: flags, files, standard input; what is wrong with it, and bytes of every kind.

use crate::PUBLISHER;
use crate::support::{CONNACK, CONNACK_V5, Directory, run, run_with_input, scripted, stderr};

#[test]
fn wrong_flags_get_the_nearest_right_one() {
    let output = run(PUBLISHER, &["-t", "a", "--mesage", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("'--message'"), "{}", stderr(&output));
}

#[test]
fn who_comes_from_other_programs_gets_a_hint() {
    for (arguments, hint) in [
        (
            &["-h"][..],
            "-h is the host, as with mosquitto's clients; help is --help.",
        ),
        (
            &["-t", "a", "-m", "x", "-V"],
            "this program's version is --version.",
        ),
        (
            &["-t", "a", "-m", "hello", "world"],
            "one of several words stands in quotes.",
        ),
    ] {
        let output = run(PUBLISHER, arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr(&output).ends_with(&format!("{hint}\n")),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn wrong_flags_are_a_line_of_json_if_the_others_are() {
    for arguments in [&["--json", "--mesage", "x"][..], &["--json", "-D", "publish"]] {
        let said = stderr(&run(PUBLISHER, arguments));
        let line: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((&line["kind"], &line["exit_code"]), (&"usage".into(), &1.into()));
        assert!(!line["message"].as_str().unwrap().contains('\n'), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn payloads_and_passwords_are_any_bytes() {
    use std::os::unix::ffi::OsStrExt;

    let (sender, seen) = std::sync::mpsc::channel();
    let port = scripted(move |_, mut peer| {
        let connect = peer.expect(1);
        let v5 = connect.get(6) == Some(&5);
        peer.send(if v5 { CONNACK_V5 } else { CONNACK });
        sender.send((connect, peer.expect(3))).ok();
        peer.expect(14);
    });
    let bytes = std::ffi::OsStr::from_bytes(b"\xFFz\xFE");
    for version in ["31", "311", "5"] {
        let status = std::process::Command::new(PUBLISHER)
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-V",
                version,
                "-t",
                "a",
                "-u",
                "me",
                "-m",
            ])
            .arg(bytes)
            .arg("-P")
            .arg(bytes)
            .args(["--will-topic", "w", "--will-payload"])
            .arg(bytes)
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .status()
            .unwrap();
        assert!(status.success());
        let (connect, message) = seen.recv().unwrap();
        assert!(
            connect.ends_with(b"\0\x03\xFFz\xFE\0\x02me\0\x03\xFFz\xFE"),
            "{connect:02X?}"
        );
        assert!(message.ends_with(b"\xFFz\xFE"), "{message:02X?}");
    }
}

#[test]
fn nothing_on_standard_input_is_an_error() {
    let output = run_with_input(PUBLISHER, &["-t", "a", "-s"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("it is empty; -n sends an empty payload"));
}

#[test]
fn two_option_files_are_both_read() {
    let directory = Directory::new();
    let (one, two) = (
        directory.file("one", "-q 3\n"),
        directory.file("two", "-t a\n-m x\n"),
    );
    let output = run(PUBLISHER, &["-o", &one, "-o", &two]);
    assert!(
        stderr(&output).contains("Invalid QoS given: 3"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn errors_have_one_form() {
    for arguments in [&["--qso"][..], &["-t", "a"], &["-t", "#", "-m", "x"]] {
        let said = stderr(&run(PUBLISHER, arguments));
        assert!(said.starts_with("Error: "), "{said}");
    }
}
