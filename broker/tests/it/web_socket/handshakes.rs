//! Handshakes, requests that ask for something else, and pages.

use std::time::Duration;

use ::packets::Client;
use broker::Broker;
use broker::expect::{Is, event};

use super::{HANDSHAKE, Raw, start};

/// Sends all of it and reads to the end.
fn response(broker: &Broker, request: &str) -> String {
    let mut raw = Raw::open(broker);
    raw.send(request.as_bytes());
    String::from_utf8(raw.rest()).expect("it is text")
}

#[test]
fn a_browser_and_curl_get_a_page_and_are_no_clients() {
    let broker = start();
    let addr = broker.addr();
    let page = response(
        &broker,
        &format!("GET / HTTP/1.1\r\nHost: {addr}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"),
    );
    assert!(
        page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with("</html>\n"),
        "{page}"
    );
    let page = response(&broker, &format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
    let command = format!("mosquitto_sub -h 127.0.0.1 -p {} -t", addr.port());
    assert!(page.contains(&command), "{page}");
    let head = response(&broker, &format!("HEAD / HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
    assert!(page.starts_with(&head) && head.ends_with("\r\n\r\n"), "{head}");
    // Nothing of this is an event: nobody connected, and nothing failed.
    broker.settle().wait().expect("nothing is going on");
    let seen = broker.journal().all().wait().expect("it is on").entries;
    assert!(seen.iter().all(|entry| entry.conn.is_none()), "{seen:?}");
    assert!(broker.state().wait().expect("it runs").sessions.is_empty());
}

#[test]
fn requests_that_are_wrong_are_answered_and_told_of() {
    let broker = start();
    let mut other = Client::connect(broker.addr(), "other");
    let upgrade = |from: &str, to: &str| HANDSHAKE.replace(from, to);
    for (request, status, why) in [
        (
            upgrade("Version: 13", "Version: 8"),
            "426",
            "Sec-WebSocket-Version must be 13",
        ),
        (
            upgrade("dGhlIHNhbXBsZSBub25jZQ==", "short"),
            "400",
            "Sec-WebSocket-Key must be 16 bytes",
        ),
        (
            upgrade("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n"),
            "403",
            "websocket.origins",
        ),
        (
            upgrade("Host: localhost\r\n", ""),
            "400",
            "the header Host is missing",
        ),
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "403",
            "websocket.origins",
        ),
        (
            "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "404",
            "there is no page \"/nothing\"",
        ),
        (
            "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "405",
            "pages here are only read",
        ),
        (
            "GET / HTTP/1.1\nHost: localhost\n\n".to_owned(),
            "400",
            "line 1, byte 15: a line must end with CR LF",
        ),
        (
            format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000)),
            "431",
            "websocket.max_header_bytes",
        ),
        (
            format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000)),
            "431",
            "websocket.max_header_bytes",
        ),
        (
            "GET / HTTP/1.1\r\nHost: localhost\r\nA\0: x\r\n\r\n".to_owned(),
            "400",
            "line 3, byte 2: byte 0x00",
        ),
    ] {
        broker.mark().wait().expect("it runs");
        let response = response(&broker, &request);
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
        assert!(response.contains(why), "{response}");
        assert!(response.contains("Connection: "), "{response}");
        broker
            .expect(
                event("handshake_failed")
                    .field("why", Is::containing(why))
                    .times(1),
            )
            .wait();
    }
    other.ping(1);
}

#[test]
fn the_setting_lets_other_pages_in_and_bounds_heads() {
    let configured = Broker::builder().configure(|settings| {
        settings.websocket.origins = vec!["https://app.example".to_owned()];
        settings.websocket.max_header_bytes = 512;
    });
    let broker = configured.start().wait().expect("it starts");
    let from = |origin: &str| HANDSHAKE.replace("\r\n\r\n", &format!("\r\nOrigin: {origin}\r\n\r\n"));
    let mut raw = Raw::open(&broker);
    raw.send(from("https://app.example").as_bytes());
    assert!(raw.head().starts_with("HTTP/1.1 101 "));
    let refused = response(&broker, &from("https://other.example"));
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    assert!(
        refused.contains("websocket.origins = [\"https://other.example\"]"),
        "{refused}"
    );
    let refused = response(
        &broker,
        &HANDSHAKE.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "x".repeat(512))),
    );
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    assert!(refused.contains("longer than the 512 bytes"), "{refused}");
}

#[test]
fn a_handshake_that_stalls_has_the_time_that_connect_has() {
    let configured = Broker::builder().configure(|settings| settings.limits.connect_timeout_secs = 60);
    let broker = configured.start().wait().expect("it starts");
    broker.clock().freeze().wait().expect("it runs");
    let mut other = Client::connect(broker.addr(), "other");
    let mut slow: Vec<Raw> = [&HANDSHAKE[..1], &HANDSHAKE[..40], HANDSHAKE]
        .into_iter()
        .map(|part| {
            let mut raw = Raw::open(&broker);
            raw.send(part.as_bytes());
            raw
        })
        .collect();
    let last = slow.last_mut().expect("there are three");
    assert!(last.head().starts_with("HTTP/1.1 101 "));
    other.ping(1);
    broker
        .clock()
        .advance(Duration::from_secs(59))
        .wait()
        .expect("it runs");
    // A byte more is no reason to wait longer.
    slow[0].send(b"E");
    other.ping(1);
    broker
        .clock()
        .advance(Duration::from_secs(1))
        .wait()
        .expect("it runs");
    let ends: Vec<Vec<u8>> = slow.iter_mut().map(Raw::rest).collect();
    assert!(ends.iter().all(|end| end.len() < 200), "{ends:?}");
    other.ping(1);
    assert_eq!(broker.stats().wait().expect("it runs").connect_timeouts, 3);
}

#[test]
fn noise_in_place_of_a_request_harms_nobody() {
    let broker = start();
    let mut other = Client::connect(broker.addr(), "other");
    for noise in [
        &b"GET "[..],
        b"GET / HTTP/1.1\r\n\xFF\xFE",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\0",
        b"OPTIONS * RTSP/1.0\r\n",
    ] {
        let mut raw = Raw::open(&broker);
        raw.send(noise);
        raw.0.shutdown(std::net::Shutdown::Write).expect("it is open");
        raw.rest();
    }
    other.ping(1);
    let panics = broker.stats().wait().expect("it runs").panics_caught;
    assert_eq!(panics, 0);
    // Half a method is nothing that a request is; the four others are requests that failed, or noise.
    broker.expect(event("handshake_failed").times(4)).wait();
}

#[test]
#[cfg(feature = "tls")]
fn the_certificate_of_an_authority_is_given_out_where_it_is_of_use() {
    let get = |broker: &Broker| response(broker, "GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let broker = start();
    let given = get(&broker);
    let pem = given.split("\r\n\r\n").nth(1).unwrap_or_default();
    assert_eq!(pem, broker.ca_pem().expect("it makes one"));
    assert!(
        pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("KEY"),
        "{pem}"
    );
    let file = |name: &str| format!("{}/../tests/data/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let configured = Broker::builder().configure(|settings| {
        settings.tls.cert_file = file("localhost.pem");
        settings.tls.key_file = file("localhost.key");
    });
    let broker = configured.start().wait().expect("it starts");
    let refused = get(&broker);
    assert!(refused.starts_with("HTTP/1.1 404 "), "{refused}");
    assert!(
        refused.contains("no authority was made for this port"),
        "{refused}"
    );
    let page = response(&broker, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(
        page.contains("mqtts://localhost:80") && !page.contains("ca.pem\n"),
        "{page}"
    );
}
