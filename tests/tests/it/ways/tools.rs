//! curl and `openssl s_client`: what a person has at hand to look at a port.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use broker::Event;
use broker::wire::{Disconnect, DisconnectProperties, Packet, Version};
use tests::harness::peers::{or_skip, tool};
use tests::harness::way::Reachable;
use tests::harness::{Program, Way, hello};

/// Runs a program to its end, with these bytes on its standard input.
fn pipe(command: &mut Command, bytes: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that needs no more of it may have ended.
    let _ = stdin.write_all(bytes);
    drop(stdin);
    child.wait_with_output().expect("it is our child")
}

/// What curl says, given these arguments.
fn curl(arguments: &[&str]) -> Option<String> {
    let curl = or_skip(tool("curl"))?;
    let mut command = Command::new(curl);
    command
        .args(["--silent", "--show-error", "--max-time", "20"])
        .args(arguments);
    Some(Program::start(&mut command).succeed().join("\n"))
}

#[test]
fn curl_reads_the_page_and_the_ca_on_every_way() {
    let broker = Reachable::start();
    let port = broker.addr().port();
    let ca_file = broker.ca_file(Way::Tls);
    let socket = broker.url(Way::Unix).replacen("unix:", "", 1);
    let places: [&[&str]; 3] = [
        &[&format!("http://127.0.0.1:{port}")],
        &["--cacert", &ca_file, &format!("https://localhost:{port}")],
        &["--unix-socket", &socket, "http://localhost"],
    ];
    for place in &places[..if cfg!(unix) { 3 } else { 2 }] {
        let Some((url, before)) = place.split_last() else {
            continue;
        };
        let Some(page) = curl(&[before, &[&*format!("{url}/")]].concat()) else {
            return;
        };
        assert!(page.contains("MQTT"), "{page}");
        let ca = curl(&[before, &[&*format!("{url}/ca.pem")]].concat()).unwrap_or_default();
        assert_eq!(ca, broker.ca_pem().expect("it has one").trim_end());
    }
}

#[test]
fn curl_is_upgraded_or_told_why_not() {
    let Some(path) = or_skip(tool("curl")) else { return };
    let broker = Reachable::start();
    let url = format!("http://{}/mqtt", broker.addr());
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let ask = |more: &[&str]| {
        let mut command = Command::new(&path);
        command.args([
            "--silent",
            "--include",
            "--no-buffer",
            "--http1.1",
            "--max-time",
            "20",
        ]);
        for header in upgrade.iter().chain(more) {
            command.args(["--header", header]);
        }
        Program::start(command.arg(&url))
    };
    let mut accepted = ask(&["Sec-WebSocket-Protocol: mqtt"]);
    let status = accepted.line();
    assert!(status.starts_with("HTTP/1.1 101"), "{status}");
    accepted.until("the answer to its key", |line| {
        line.ends_with(": s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    });
    accepted.kill();
    for wrong in [
        &["Sec-WebSocket-Protocol: chat"][..],
        &["Sec-WebSocket-Protocol: mqtt", "Origin: https://evil.example"],
    ] {
        let refused = ask(wrong).succeed();
        assert!(refused[0].starts_with("HTTP/1.1 4"), "{refused:#?}");
        assert!(
            refused.last().is_some_and(|line| !line.is_empty()),
            "it says why: {refused:#?}"
        );
    }
}

#[test]
fn curl_publishes_in_its_own_mqtt() {
    let broker = Reachable::start();
    let url = format!("mqtt://{}/from/curl", broker.addr());
    if curl(&["--data", "bar", &url]).is_none() {
        return;
    }
    broker.until(
        "its goodbye",
        |event| matches!(event, Event::Disconnected { client_id, .. } if client_id.starts_with("curl")),
    );
    assert_eq!(broker.stats().publish_received, 1);
}

/// CONNECT, PINGREQ and DISCONNECT.
fn visit(client_id: &str) -> Vec<u8> {
    let goodbye = Disconnect {
        reason: broker::ReasonCode::SUCCESS,
        properties: DisconnectProperties::default(),
    };
    let mut bytes = Vec::new();
    for packet in [
        Packet::Connect(Box::new(hello(Version::V311, client_id))),
        Packet::PingReq,
        Packet::Disconnect(goodbye),
    ] {
        packet.encode(Version::V311, &mut bytes);
    }
    bytes
}

/// `openssl s_client` to this broker.
fn s_client(broker: &Reachable) -> Option<Command> {
    let openssl = or_skip(tool("openssl"))?;
    let mut command = Command::new(openssl);
    let place = format!("localhost:{}", broker.addr().port());
    command.args([
        "s_client",
        "-connect",
        &place,
        "-CAfile",
        &broker.ca_file(Way::Tls),
    ]);
    command.args(["-verify_return_error", "-verify_hostname", "localhost"]);
    Some(command)
}

#[test]
fn openssl_speaks_both_versions_of_tls() {
    let broker = Reachable::start();
    for (flag, version) in [("-tls1_2", "1.2"), ("-tls1_3", "1.3")] {
        let Some(mut command) = s_client(&broker) else {
            return;
        };
        let output = pipe(command.args(["-quiet", flag]), &visit(version));
        assert_eq!(output.stdout, [0x20, 2, 0, 0, 0xD0, 0], "{output:?}");
        broker.until("the version is told", |event| {
            matches!(event, Event::Connected { client_id, tls: Some(tls), .. } if **client_id == *version && tls.version == version)
        });
    }
    let Some(mut command) = s_client(&broker) else {
        return;
    };
    let refused = pipe(command.args(["-quiet", "-tls1_1"]), &visit("old"));
    assert!(!refused.status.success(), "{refused:?}");
}

#[test]
fn openssl_comes_back_with_its_ticket() {
    let broker = Reachable::start();
    for flag in ["-tls1_2", "-tls1_3"] {
        let ticket = broker.folder().file(&format!("ticket{flag}"));
        for (more, expected) in [("-sess_out", "New, "), ("-sess_in", "Reused, ")] {
            let Some(mut command) = s_client(&broker) else {
                return;
            };
            // -ign_eof: until the broker closes, so that the ticket has come by then.
            let output = pipe(
                command.args(["-ign_eof", flag, more]).arg(&ticket),
                &visit("returns"),
            );
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains(expected), "{flag} {more}: {said}");
        }
    }
}

#[test]
fn openssl_may_not_renegotiate() {
    let broker = Reachable::start();
    let Some(mut command) = s_client(&broker) else {
        return;
    };
    // A line with R alone asks it to.
    let output = pipe(command.args(["-tls1_2"]), b"R\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("no renegotiation") || said.contains("RENEGOTIAT"),
        "{output:?}"
    );
    let mut other = tests::harness::Client::new(broker.door(Way::Tls), Version::V5, "other");
    other.ping();
}
