//! A thousand waits at the same time. What they cost:
//! `cargo test --release -p tests --test it api::many -- --ignored --nocapture`

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use broker::expect::publish;
use broker::wire::{Packet, Version};
use broker::{Broker, QoS};
use tests::harness::api::{Api, Coming};
use tests::harness::{Client, DEADLINE, message};

use super::start;

const WAITS: usize = 1_000;

/// Waits of all kinds, in turn. None of them is met yet.
fn wait(api: Api, number: usize) -> Coming {
    let (path, body) = match number % 4 {
        0 => (
            "messages/wait".to_owned(),
            format!(r#"{{"pattern": {{"topic": "t/{number}"}}, "timeout_secs": 600}}"#),
        ),
        1 => (
            "expectations".to_owned(),
            format!(
                r#"{{"pattern": {{"packet": "PUBLISH", "topic": "t/{number}/#"}}, "timeout_secs": 600}}"#
            ),
        ),
        2 => (
            "retained/wait".to_owned(),
            format!(r#"{{"topic": "t/{number}", "timeout_secs": 600}}"#),
        ),
        _ => (
            "clients/sub/wait".to_owned(),
            format!(r#"{{"for": "subscribed", "topic_filter": "t/{number}", "timeout_secs": 600}}"#),
        ),
    };
    api.begin("POST", &path, &[], body.as_bytes())
}

/// All that was asked for before has begun.
fn begun(broker: &Broker, api: Api) {
    // Requests of other connections may be behind this one, but their first bytes are not.
    api.get("stats").json(200);
    broker.stats().wait().expect("it runs");
}

#[test]
fn a_thousand_waits_end_each_with_what_it_waits_for() {
    let (broker, api) = start();
    let waits: Vec<Coming> = (0..WAITS).map(|number| wait(api, number)).collect();
    begun(&broker, api);
    let mut sub = Client::new(broker.addr(), Version::V311, "sub");
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    for number in 0..WAITS {
        let topic = format!("t/{number}");
        if number % 4 == 3 {
            sub.subscribe(&topic, QoS::AtMostOnce);
        } else {
            let mut on = message(&topic, "on", QoS::AtLeastOnce);
            on.retain = true;
            lamp.publish(&on);
        }
    }
    for (number, wait) in waits.into_iter().enumerate() {
        let found = wait.end().json(200);
        let topic = format!("t/{number}");
        match number % 4 {
            0 => assert_eq!(found["message"]["topic"], topic),
            1 => assert_eq!(found["packets"][0]["topic_name"], topic),
            2 => assert_eq!(found["topic"], topic),
            _ => assert_eq!(found["client_id"], "sub"),
        }
    }
}

#[test]
fn a_thousand_waits_that_run_out_of_time_together_tell_each_why() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    for _ in 0..200 {
        lamp.publish(&message("t/other", "on", QoS::AtLeastOnce));
    }
    let body = |number: usize| format!(r#"{{"pattern": {{"topic": "t/{number}"}}, "timeout_secs": 0.2}}"#);
    let waits: Vec<Coming> = (0..WAITS)
        .map(|number| api.begin("POST", "messages/wait", &[], body(number).as_bytes()))
        .collect();
    for (number, wait) in waits.into_iter().enumerate() {
        let detail = wait.end().problem(417);
        assert!(detail.contains(&format!("on t/{number}\n")), "{detail}");
    }
}

/// A connection that is kept, on which one request follows the other.
struct Kept(TcpStream);

impl Kept {
    fn to(broker: &Broker) -> Self {
        let stream = TcpStream::connect(broker.addr()).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a socket");
        Self(stream)
    }

    fn ask(&mut self, path: &str, body: &str) {
        let length = body.len();
        let head = format!(
            "POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.0.write_all(head.as_bytes()).expect("it takes the request");
    }

    /// The answer, which comes in one piece.
    fn answer(&mut self) {
        let mut answer = [0; 16_384];
        let read = self.0.read(&mut answer).expect("an answer");
        assert!(
            answer[..read].starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer[..read])
        );
    }
}

fn middle(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[test]
#[ignore = "a measurement"]
fn what_waits_cost() {
    const TIMES: usize = 2_000;
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let on = || Packet::Publish(broker::wire::Publish::new("t", b"on", QoS::AtMostOnce));
    let in_rust: Vec<Duration> = (0..TIMES)
        .map(|_| {
            broker.mark().wait().expect("it runs");
            let waiting = broker.expect(publish("t")).check();
            let begun = Instant::now();
            lamp.send(&on());
            waiting.wait().expect("it came");
            begun.elapsed()
        })
        .collect();
    let mut kept = Kept::to(&broker);
    let over_http: Vec<Duration> = (0..TIMES)
        .map(|_| {
            broker.mark().wait().expect("it runs");
            kept.ask("messages/wait", r#"{"pattern": {"topic": "t"}}"#);
            begun(&broker, api);
            let begun = Instant::now();
            lamp.send(&on());
            kept.answer();
            begun.elapsed()
        })
        .collect();
    let trips = |lamp: &mut Client| -> Vec<Duration> {
        (0..TIMES)
            .map(|_| {
                let begun = Instant::now();
                lamp.publish(&message("other", "on", QoS::AtLeastOnce));
                begun.elapsed()
            })
            .collect()
    };
    let alone = trips(&mut lamp);
    let waits: Vec<Coming> = (0..WAITS).map(|number| wait(api, number)).collect();
    begun(&broker, api);
    let beside = trips(&mut lamp);
    drop(waits);
    for (what, times) in [
        ("from the message to the answer, in Rust", in_rust),
        ("the same over HTTP", over_http),
        ("a PUBLISH of QoS 1 and its PUBACK, no wait", alone),
        ("the same beside 1,000 waits", beside),
    ] {
        let (median, p99) = middle(times);
        println!("{what}: {median:?}, p99 {p99:?}");
    }
}
