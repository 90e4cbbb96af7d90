//! What becomes of a handshake, and of a page that sends it.

use super::super::{Rules, Ways};
use super::{ALL, HANDSHAKE, answered, asked, refused, rules, upgrade};

/// The handshake with some of it replaced.
fn but(from: &str, to: &str) -> String {
    assert!(HANDSHAKE.contains(from), "{from}");
    HANDSHAKE.replace(from, to)
}

#[test]
fn a_handshake_is_agreed_on() {
    let expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    assert_eq!(upgrade(asked(HANDSHAKE)), expected);
    for variation in [
        but("Upgrade: websocket", "uPGRADE:   h2c, WebSocket  "),
        but("Connection: Upgrade", "connection: keep-alive, UPGRADE"),
        but(
            "Connection: Upgrade",
            "Connection: keep-alive\r\nConnection: upgrade",
        ),
        but("/mqtt", "/any/path?token=x"),
        but("/mqtt", "/"),
        but("/mqtt", "http://localhost:1883/mqtt"),
        but(
            "Protocol: mqtt\r\n",
            "Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
        ),
        but("Protocol: mqtt", "Protocol: soap, mqtt, mqttv3.1"),
        but("Protocol: mqtt", "Protocol: soap\r\nSec-WebSocket-Protocol: mqtt"),
        but("Host: localhost:1883", "Host: broker.example:9001"),
        but("Host: localhost:1883", "Host: localhost\r\nContent-Length: 0"),
    ] {
        assert_eq!(upgrade(asked(&variation)), expected, "{variation}");
    }
    let v31 = upgrade(asked(&but("Protocol: mqtt", "Protocol: mqttv3.1,mqtt")));
    assert!(v31.contains("Sec-WebSocket-Protocol: mqttv3.1\r\n"), "{v31}");
    let without = upgrade(asked(&but("Sec-WebSocket-Protocol: mqtt\r\n", "")));
    assert!(!without.contains("Sec-WebSocket-Protocol"), "{without}");
    let untidy_key = upgrade(asked(&but(
        "dGhlIHNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZR==",
    )));
    assert!(untidy_key.starts_with("HTTP/1.1 101 "), "{untidy_key}");
}

#[test]
fn a_handshake_that_is_wrong_is_refused() {
    for (head, status, words) in [
        (
            but("GET", "POST"),
            "405",
            "WebSocket begins with GET, not with \"POST\"",
        ),
        (but("HTTP/1.1", "HTTP/1.0"), "400", "proxy_http_version 1.1"),
        (
            but("Connection: Upgrade\r\n", ""),
            "400",
            "without \"Connection: Upgrade\": does a proxy",
        ),
        (
            but("Connection: Upgrade", "Connection: close"),
            "400",
            "without \"Connection: Upgrade\"",
        ),
        (
            but("Upgrade: websocket\r\n", ""),
            "400",
            "without \"Upgrade: websocket\": does a proxy",
        ),
        (
            but("Version: 13", "Version: 8"),
            "426",
            "Sec-WebSocket-Version must be 13, and is \"8\"",
        ),
        (
            but("Sec-WebSocket-Version: 13\r\n", ""),
            "426",
            "Sec-WebSocket-Version must be 13, and is \"\"",
        ),
        (
            but("Version: 13", "Version: 13\r\nSec-WebSocket-Version: 8"),
            "400",
            "Sec-WebSocket-Version stands there more than once",
        ),
        (
            but("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ=="),
            "400",
            "Sec-WebSocket-Key must be 16 bytes in Base64",
        ),
        (
            but("dGhlIHNhbXBsZSBub25jZQ==", "?"),
            "400",
            "Sec-WebSocket-Key must be 16 bytes in Base64",
        ),
        (
            but("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
            "400",
            "Sec-WebSocket-Key must be 16 bytes",
        ),
        (
            but("Protocol: mqtt", "Protocol: chat, MQTT"),
            "400",
            "the subprotocol \"chat, MQTT\": that of MQTT is \"mqtt\"",
        ),
        (
            but("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n"),
            "400",
            "a WebSocket handshake has no body",
        ),
        (
            but("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "400",
            "a WebSocket handshake has no body",
        ),
    ] {
        refused(asked(&head), status, words);
    }
    let response = refused(asked(&but("Version: 13", "Version: 8")), "426", "");
    for line in [
        "Sec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade, close\r\n",
    ] {
        assert!(response.contains(line), "{response}");
    }
}

#[test]
fn a_port_without_websocket_says_which_way_it_takes() {
    let none = Ways {
        ws: false,
        wss: false,
        ..ALL
    };
    let ask = |accepts, encrypted| {
        answered(
            HANDSHAKE.as_bytes(),
            &Rules {
                accepts,
                encrypted,
                ..rules(&[])
            },
        )
    };
    refused(ask(none, false), "403", "this port does not accept ws");
    refused(
        ask(Ways { ws: false, ..ALL }, false),
        "403",
        "does not accept ws; wss it does",
    );
    refused(
        ask(Ways { wss: false, ..ALL }, true),
        "403",
        "does not accept wss; ws it does",
    );
    upgrade(ask(Ways { ws: false, ..ALL }, true));
    upgrade(ask(Ways { wss: false, ..ALL }, false));
}

#[test]
fn pages_of_this_machine_may_connect_and_others_need_the_setting() {
    let from = |origin: &str, host: &str, listed: &[&str]| {
        let origins: Vec<String> = listed.iter().map(|origin| (*origin).to_owned()).collect();
        let to = format!("Host: {host}\r\nOrigin: {origin}");
        answered(but("Host: localhost:1883", &to).as_bytes(), &rules(&origins))
    };
    for (origin, host, listed) in [
        ("http://localhost:3000", "localhost:1883", &[][..]),
        ("https://LOCALHOST", "127.0.0.1:1883", &[]),
        ("http://app.localhost", "localhost:1883", &[]),
        ("http://127.0.0.1:8080", "localhost:1883", &[]),
        ("http://127.9.9.9", "localhost:1883", &[]),
        ("http://[::1]:8080", "localhost:1883", &[]),
        ("capacitor://localhost", "192.0.2.7:1883", &[]),
        ("http://192.0.2.7:3000", "192.0.2.7:9001", &[]),
        ("http://[2001:db8::7]", "[2001:DB8:0::7]:9001", &[]),
        ("https://app.example", "localhost:1883", &["https://app.example"]),
        (
            "https://app.example",
            "localhost:1883",
            &["https://App.Example:443/"],
        ),
        ("https://evil.example", "localhost:1883", &["*"]),
        ("null", "localhost:1883", &["null"]),
        ("file://", "localhost:1883", &["file://"]),
        (
            "chrome-extension://abc",
            "localhost:1883",
            &["chrome-extension://abc"],
        ),
    ] {
        upgrade(from(origin, host, listed));
    }
    for (origin, host, listed) in [
        ("https://evil.example", "localhost:1883", &[][..]),
        ("https://evil.example", "evil.example", &[]),
        ("http://evil.example:1883", "evil.example:1883", &[]),
        ("http://broker:8080", "broker:1883", &[]),
        ("http://192.0.2.8", "192.0.2.7:1883", &[]),
        ("http://localhost.evil.example", "localhost", &[]),
        ("http://evil.example#localhost", "localhost", &[]),
        ("http://localhost@evil.example", "localhost", &[]),
        ("http://127.0.0.1.evil.example", "127.0.0.1", &[]),
        ("http://app.example", "localhost", &["https://app.example"]),
        ("https://app.example:8443", "localhost", &["https://app.example"]),
        ("https://sub.app.example", "localhost", &["https://app.example"]),
        ("null", "localhost:1883", &["https://app.example"]),
        ("file://", "localhost:1883", &[]),
        ("", "localhost:1883", &[]),
        ("localhost", "localhost:1883", &[]),
    ] {
        let response = refused(
            from(origin, host, listed),
            "403",
            &format!("websocket.origins = [\"{origin}\"]"),
        );
        assert!(!response.contains("Upgrade:"), "{response}");
    }
    refused(
        from("http://localhost\r\nOrigin: http://x.example", "localhost", &[]),
        "400",
        "Origin stands there more than once",
    );
}
