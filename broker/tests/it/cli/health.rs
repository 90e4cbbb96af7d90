//! `broker health`, against brokers and against others.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use super::program::{Program, addresses, command, said};

/// `broker health …` in the directory of a broker that runs there.
fn health(of: &Command, args: &[&str]) -> (Option<i32>, String, String) {
    let mut asked = Command::new(env!("CARGO_BIN_EXE_broker"));
    for (name, _) in of.get_envs() {
        asked.env_remove(name);
    }
    asked.current_dir(of.get_current_dir().expect("it has one"));
    said(asked.arg("health").args(args))
}

/// A broker, and what the check says of it.
fn checked(test: &str, settings: &[&str], args: &[&str]) -> (Option<i32>, String, String) {
    let mut flags = vec!["-p", "0", "--bind", "127.0.0.1", "--ready-file", "ready"];
    for setting in settings {
        flags.extend(["--set", setting]);
    }
    let mut command = command(test, &flags);
    let mut program = Program::spawn(&mut command);
    program.line();
    health(&command, args)
}

#[test]
fn a_broker_that_answers_is_healthy_whether_or_not_it_lets_one_in() {
    let by_file = ["--ready-file", "ready"];
    let (code, out, err) = checked("health", &[], &by_file);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        out.starts_with("healthy: mqtt://127.0.0.1:") && out.ends_with(" answers: 0x00 Success"),
        "{out}"
    );
    for (test, setting, answer) in [
        (
            "health_password",
            "auth.allow_anonymous=false",
            "0x87 Not authorized",
        ),
        (
            "health_version",
            "listener=[{ port = 0, mqtt_versions = [\"3.1.1\"] }]",
            "",
        ),
    ] {
        let (code, out, err) = checked(test, &[setting], &by_file);
        assert_eq!((code, &*err), (Some(0), ""));
        assert!(out.ends_with(answer), "{out}");
    }
}

#[cfg(unix)]
#[test]
fn every_way_in_can_be_asked() {
    let one = |way: &str| format!("listener=[{{ port = 0, bind = \"127.0.0.1\", accepts = \"{way}\" }}]");
    for (way, scheme) in [("ws", "ws"), ("tls", "mqtts"), ("wss", "wss")] {
        if cfg!(not(feature = "tls")) && way != "ws" {
            continue;
        }
        let test = format!("health_{way}");
        let (code, out, err) = checked(&test, &["listen=false", &one(way)], &["--ready-file", "ready"]);
        assert_eq!((code, &*err), (Some(0), ""), "{way}");
        assert!(
            out.starts_with(&format!("healthy: {scheme}://127.0.0.1:")),
            "{out}"
        );
    }
    let socket = "listener=[{ socket = \"mqtt.sock\" }]";
    let (code, out, err) = checked("health_socket", &[socket], &["mqtt.sock"]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert_eq!(out, "healthy: mqtt.sock answers: 0x00 Success");
}

#[cfg(feature = "tls")]
#[test]
fn a_broker_that_wants_a_certificate_is_healthy() {
    let listener =
        "listener=[{ port = 0, bind = \"127.0.0.1\", accepts = \"tls\", require_certificate = true }]";
    let settings = ["listen=false", listener];
    let (code, out, err) = checked("health_mtls", &settings, &["--ready-file", "ready"]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(out.ends_with(" answers: TLS alert CertificateRequired"), "{out}");
}

#[test]
fn the_file_of_settings_says_where_it_is() {
    let mut command = command("health_settings", &["-c", "a.toml"]);
    let directory = command.get_current_dir().unwrap().to_owned();
    // A port that was free a moment ago: the file must name one.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!(
        "port = {}\nbind = \"0.0.0.0\"\nauth.allow_anonymous_remotely = true\n",
        free.port()
    );
    std::fs::write(directory.join("a.toml"), text).unwrap();
    let mut program = Program::spawn(&mut command);
    assert_eq!(addresses(&program.line())[0].port(), free.port());
    let (code, out, err) = health(&command, &["-c", "a.toml"]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        out.starts_with(&format!("healthy: mqtt://{free} answers")),
        "{out}"
    );
}

#[test]
fn what_is_no_broker_is_not_healthy_and_one_line_says_why() {
    let command = command("health_not", &[]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, out, err) = health(&command, &[&format!("mqtt://{free}")]);
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(
        err.starts_with(&format!("error: mqtt://{free}: ")) && err.lines().count() == 1,
        "{err}"
    );
    // Somebody who answers something else, hangs up, or says that nobody is served.
    for (answer, part) in [
        (
            &b"SSH-2.0"[..],
            "it answers CONNECT with a packet that begins with 0x53",
        ),
        (b"", "it closes the connection without an answer"),
        (b"\x20\x03\0\x88\0", "0x88 Server unavailable"),
        (b"\x20\x02\0\x03", "return code 3 of MQTT 3.1.1"),
        (b"\x20\xff\xff\xff\x7f", "it answers CONNECT with 268435455 bytes"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut connect = [0; 1];
            stream.read_exact(&mut connect).unwrap();
            stream.write_all(answer).unwrap();
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let (code, _, err) = health(&command, &[&format!("mqtt://{address}")]);
        assert_eq!((code, err), (Some(1), format!("error: mqtt://{address}: {part}")));
        other.join().unwrap();
    }
    let (code, _, err) = health(&command, &["http://localhost"]);
    assert!(
        code == Some(1) && err.contains("is no place of a broker"),
        "{err}"
    );
    let (code, _, err) = health(&command, &["--ready-file", "none"]);
    assert!(
        code == Some(1) && err.starts_with("error: the ready file none: "),
        "{err}"
    );
}
