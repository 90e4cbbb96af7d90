//! Connections to the control API: every way and every engine, kept ones, half-closed ones, those that are too many, too large
//! or too slow, and what becomes of them when the broker goes away or ends.

use std::io::{Read, Write};

use broker::settings::{BrokerSettings, EngineKind};
use broker::wire::Version;
use broker::{Cut, QoS, Restart};
use serde_json::Value;
use tests::harness::way::{Door, Reachable, Stream, Way};
use tests::harness::{Client, Embedded, hello, message};

/// The ways to the control API.
pub(super) const WAYS: &[Way] = if cfg!(unix) {
    &[Way::Tcp, Way::Tls, Way::Unix]
} else {
    &[Way::Tcp, Way::Tls]
};

pub(super) fn open(door: &Door) -> Stream {
    door.open().expect("it listens")
}

pub(super) fn send(stream: &mut Stream, bytes: impl AsRef<[u8]>) {
    stream.write_all(bytes.as_ref()).expect("it is taken");
    stream.flush().expect("it is taken");
}

/// A request without a body.
pub(super) fn request(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

pub(super) fn get(path: &str) -> String {
    request("GET", path, "")
}

pub(super) fn publish(body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    request("POST", "/api/v1/publish", &length) + body
}

/// The next answer on a connection: its head, and its body, which has a length.
pub(super) fn answer(stream: &mut Stream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let n = stream.read(&mut byte).expect("an answer in time");
        assert_eq!(
            n,
            1,
            "it ends within a head: {:?}",
            String::from_utf8_lossy(&head)
        );
        head.push(byte[0]);
    }
    let head = String::from_utf8(head)
        .expect("a head is text")
        .to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.expect("a length").parse().expect("a number")];
    stream.read_exact(&mut body).expect("the body in time");
    (head, String::from_utf8(body).expect("text"))
}

/// The answer to one request on a connection of its own.
pub(super) fn asked(door: &Door, request: &str) -> (String, String) {
    let mut stream = open(door);
    send(&mut stream, request);
    answer(&mut stream)
}

#[track_caller]
pub(super) fn is(answer: &(String, String), status: u16, words: &str) {
    let (head, body) = answer;
    assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}{body}");
    assert!(body.contains(words), "{body}");
}

/// The connection ends, and the client sees nothing more.
fn ends(stream: &mut Stream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("it ends well");
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

/// What another engine needs of the settings.
type Change<'a> = &'a dyn Fn(&mut BrokerSettings);

#[test]
fn every_way_and_engine_leads_there_and_keeps_the_connection() {
    let behind = Embedded::start();
    let engines: [(&str, Change<'_>); 3] = [
        ("native", &|_| {}),
        ("rumqttd", &|settings| settings.engine.kind = EngineKind::Rumqttd),
        ("relay", &|settings| {
            settings.upstream.url = format!("mqtt://{}", behind.addr());
        }),
    ];
    for (engine, change) in engines {
        let broker = Reachable::start_with(change);
        for way in WAYS {
            let mut stream = open(&broker.door(*way));
            // Two at once, then one more.
            send(&mut stream, get("/api/v1/info") + &get("/livez"));
            let info = answer(&mut stream);
            is(&info, 200, "\"name\":\"citronella\"");
            let info: Value = serde_json::from_str(&info.1).expect("JSON");
            assert_eq!(info["engine"], engine, "{way}");
            is(&answer(&mut stream), 200, "ok");
            send(&mut stream, get("/"));
            is(&answer(&mut stream), 200, "An MQTT broker is on this port");
            send(&mut stream, get("/api/v1/nothing"));
            is(&answer(&mut stream), 404, "there is no route GET");
            send(&mut stream, get("/api/v1/cleints"));
            is(&answer(&mut stream), 404, "did you mean /api/v1/clients?");
        }
        assert_eq!(broker.stats().clients_connected, 0, "{engine}");
    }
}

#[test]
fn messages_are_published_beside_clients() {
    let broker = Reachable::start();
    let mut lamp = Client::connect(broker.addr(), &hello(Version::V5, "lamp"));
    lamp.subscribe("lamp/set", QoS::AtMostOnce);
    for way in WAYS {
        let door = broker.door(*way);
        is(
            &asked(&door, &publish(r#"{"topic": "lamp/set", "payload": "on"}"#)),
            200,
            r#"{"sessions":1}"#,
        );
        assert_eq!(lamp.receive().payload, b"on");
        // However a body is cut.
        let chunked = request("POST", "/api/v1/publish", "Transfer-Encoding: chunked\r\n")
            + "10\r\n{\"topic\": \"lamp/\r\n5\r\nset\"}\r\n0\r\n\r\n";
        is(&asked(&door, &chunked), 200, r#"{"sessions":1}"#);
        assert_eq!(lamp.receive().payload, b"");
    }
    broker
        .settle()
        .wait()
        .expect("connections to the API are no clients");
}

#[test]
fn a_client_that_has_ended_its_side_gets_its_answer() {
    let broker = Reachable::start();
    for way in WAYS {
        for first in ["", &get("/livez")] {
            let mut stream = open(&broker.door(*way));
            if !first.is_empty() {
                send(&mut stream, first);
                is(&answer(&mut stream), 200, "ok");
            }
            send(&mut stream, get("/readyz"));
            stream.end().expect("it is there");
            is(&answer(&mut stream), 200, "ok");
            ends(&mut stream);
        }
    }
}

#[test]
fn an_older_client_and_one_that_asks_first_are_served() {
    let broker = Reachable::start();
    let mut old = open(&broker.door(Way::Tcp));
    send(&mut old, "GET /livez HTTP/1.0\r\n\r\n");
    let (head, body) = answer(&mut old);
    assert!(head.starts_with("http/1.0 200 "), "{head}");
    assert_eq!(body, "ok\n");
    ends(&mut old);

    let body = r#"{"topic": "a"}"#;
    let mut careful = open(&broker.door(Way::Tcp));
    let headers = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", body.len());
    send(&mut careful, request("POST", "/api/v1/publish", &headers));
    let mut go_on = [0; 25];
    careful.read_exact(&mut go_on).expect("a word in time");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    send(&mut careful, body);
    is(&answer(&mut careful), 200, "sessions");
}

#[test]
fn a_body_that_is_too_large_is_refused_and_that_is_read() {
    let broker = Reachable::start_with(|settings| settings.http.max_body_bytes = 100_000);
    for way in WAYS {
        let door = broker.door(*way);
        // What is announced is not waited for.
        let announced = request("POST", "/api/v1/publish", "Content-Length: 100001\r\n");
        is(
            &asked(&door, &announced),
            413,
            "more than 100000 bytes; the setting http.max_body_bytes",
        );

        // A client that sends it all before it reads sees the answer, and not a reset.
        let mut stream = open(&door);
        send(
            &mut stream,
            request("POST", "/api/v1/publish", "Transfer-Encoding: chunked\r\n"),
        );
        let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000));
        for _ in 0..30 {
            send(&mut stream, &chunk);
        }
        is(&answer(&mut stream), 413, "http.max_body_bytes");
    }
}

#[test]
fn what_is_deep_or_long_is_told_shortly() {
    let broker = Reachable::start();
    let door = broker.door(Way::Tcp);
    let deep = format!("{{\"json\": {}", "[".repeat(100_000));
    let long = format!("{{\"{}\": 1}}", "x".repeat(100_000));
    let text = format!("{{\"topic\": \"a\", \"qos\": \"{}\"}}", "x".repeat(100_000));
    for (body, status, words) in [
        (deep, 400, "recursion limit"),
        (long, 422, "unknown field"),
        (text, 422, "qos"),
    ] {
        let answered = asked(&door, &publish(&body));
        is(&answered, status, words);
        assert!(answered.1.len() < 2_000, "{}", answered.1.len());
    }
}

#[test]
fn half_a_request_costs_nobody_else_anything() {
    let broker = Reachable::start();
    let mut halves: Vec<Stream> = WAYS
        .iter()
        .flat_map(|way| {
            [
                get("/livez")[..20].to_owned(),
                request("POST", "/api/v1/publish", "Content-Length: 1000\r\n") + "{\"topic\"",
                get("/livez") + &get("/livez")[..20],
            ]
            .map(|half| {
                let mut stream = open(&broker.door(*way));
                send(&mut stream, half);
                stream
            })
        })
        .collect();
    for way in WAYS {
        is(&asked(&broker.door(*way), &get("/readyz")), 200, "ok");
    }
    // Some go, some stay until the broker ends: it does not wait for them.
    halves.truncate(5);
    is(&asked(&broker.door(Way::Tcp), &get("/readyz")), 200, "ok");
    drop(broker);
}

#[test]
fn websocket_does_not_begin_behind_another_request() {
    let broker = Reachable::start();
    let mut stream = open(&broker.door(Way::Tcp));
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n";
    send(&mut stream, get("/livez") + &request("GET", "/mqtt", upgrade));
    is(&answer(&mut stream), 200, "ok");
    is(
        &answer(&mut stream),
        400,
        "must begin with the first request of a connection",
    );
    // With the first it does, whatever path it asks for.
    let mut stream = open(&broker.door(Way::Tcp));
    send(&mut stream, request("GET", "/api/v1/info", upgrade));
    let mut switching = [0; 32];
    stream.read_exact(&mut switching).expect("an answer");
    assert_eq!(&switching, b"HTTP/1.1 101 Switching Protocols");
}

#[test]
fn one_connection_too_many_is_told_so() {
    let broker = Reachable::start_with(|settings| settings.http.max_connections = 2);
    let door = broker.door(Way::Tcp);
    let kept = [(); 2].map(|()| {
        let mut stream = open(&door);
        send(&mut stream, get("/livez"));
        is(&answer(&mut stream), 200, "ok");
        stream
    });
    for way in WAYS {
        let mut third = open(&broker.door(*way));
        send(&mut third, get("/livez"));
        let refused = answer(&mut third);
        is(&refused, 429, "http.max_connections");
        assert_eq!(
            serde_json::from_str::<Value>(&refused.1).expect("JSON")["status"],
            429
        );
        ends(&mut third);
    }
    drop(kept);
    // They are gone once the broker has seen it.
    while asked(&door, &get("/livez")).0.starts_with("http/1.1 429") {}
}

#[test]
fn a_connection_that_is_over_ends_though_its_client_holds_it() {
    let broker = Reachable::start();
    for way in WAYS {
        let mut stream = open(&broker.door(*way));
        send(&mut stream, request("GET", "/livez", "Connection: close\r\n"));
        is(&answer(&mut stream), 200, "ok");
        // The client says nothing of its own end. What it sends once the broker has let go cannot be delivered.
        while stream.socket_mut().write_all(b"x").is_ok() {}
    }
}

#[test]
fn a_port_for_the_api_alone_stays_while_the_broker_is_away() {
    let broker = Reachable::start_with(|settings| settings.http.listen = true);
    let alone = broker.listener("http").expect("it is there").addrs()[0];
    assert_eq!(broker.api_url(), Some(format!("http://{alone}/api/v1")));
    let (main, alone) = (broker.door(Way::Tcp), Door::from(alone));
    let mut kept = open(&main);
    send(&mut kept, get("/livez"));
    is(&answer(&mut kept), 200, "ok");

    let away = broker
        .outage(Restart::KeepState, Cut::Reset)
        .wait()
        .expect("it goes");
    assert!(main.open().is_err());
    is(&asked(&alone, &get("/livez")), 200, "ok");
    is(&asked(&alone, &get("/readyz")), 503, "an outage is under way");
    // A program that steers the broker keeps its connection.
    send(&mut kept, get("/livez"));
    is(&answer(&mut kept), 200, "ok");
    away.end().wait().expect("it returns");

    let down = broker
        .faults()
        .listener_down("http")
        .wait()
        .expect("it is its name");
    is(&asked(&alone, &get("/readyz")), 200, "ok");
    down.up().wait().expect("it is there");

    // No client of MQTT comes in there.
    let mut client = open(&alone);
    send(&mut client, b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me");
    ends(&mut client);
}

#[test]
fn a_broker_without_the_api_has_pages_alone() {
    let broker = Reachable::start_with(|settings| settings.http.enabled = false);
    assert_eq!(broker.api_url(), None);
    let refused = asked(&broker.door(Way::Tcp), &get("/api/v1/info"));
    is(&refused, 404, "there is no page \"/api/v1/info\"");
    let mut client = Client::connect(broker.addr(), &hello(Version::V5, "a"));
    client.publish(&message("a", "x", QoS::AtLeastOnce));
}
