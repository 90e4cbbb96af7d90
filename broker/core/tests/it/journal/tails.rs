//! The journal of a running broker: reading it from outside, following it, and what is left of it at the end.

use std::io::{Read, Write};
use std::net::TcpStream;

use broker::Broker;
use broker::journal::{Entry, Event, Mark, Record};
use broker::pattern::{connack, pingreq, publish};

use super::bench::line;

const CONNECT: &[u8] = b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\x01a";

fn connect(addr: std::net::SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(addr).expect("it connects");
    client.write_all(CONNECT).expect("it writes");
    client.read_exact(&mut [0; 4]).expect("CONNACK comes");
    client
}

/// PINGREQ, and the PINGRESP after which both are in the journal.
fn ping(client: &mut TcpStream, times: usize) {
    for _ in 0..times {
        client.write_all(&[0xC0, 0]).expect("it writes");
        client.read_exact(&mut [0; 2]).expect("PINGRESP comes");
    }
}

fn lines(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(line).collect()
}

#[tokio::test]
async fn a_tail_shows_what_happens_and_ends_with_the_broker() {
    let broker = Broker::start().await.expect("it starts");
    let tail = broker.journal().tail().await.expect("it runs");
    // The tail waits before there is anything.
    let reader = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(entry) = tail.next().await.expect("nothing is missed") {
            seen.push(line(&entry));
        }
        seen
    });
    let mut client = connect(broker.addr());
    ping(&mut client, 1);
    broker.shutdown().await.expect("it stops");
    let seen = reader.await.expect("it ends");
    assert_eq!(
        seen,
        [
            "a → CONNECT",
            "a ← CONNACK",
            "a * Connected",
            "a → PINGREQ",
            "a ← PINGRESP",
            "a * Disconnected",
            "a * SessionEnded",
        ]
    );
}

#[tokio::test]
async fn a_tail_from_the_start_with_a_filter_misses_nothing_of_it() {
    let broker = Broker::start().await.expect("it starts");
    let mut client = connect(broker.addr());
    ping(&mut client, 1000);
    let tail = broker.journal().tail_from(Mark::START).matching(pingreq());
    let mut seqs = Vec::new();
    for _ in 0..1000 {
        seqs.push(
            tail.next()
                .await
                .expect("nothing is missed")
                .expect("it runs")
                .seq,
        );
    }
    assert!(seqs.is_sorted());
    ping(&mut client, 1);
    let last = tail.next().await.expect("nothing is missed").expect("it runs");
    assert_eq!(last.seq, 2004);
}

#[tokio::test]
async fn a_tail_that_falls_behind_is_told_how_much_it_missed_and_goes_on() {
    let broker = Broker::builder()
        .configure(|settings| settings.journal.entries = 10)
        .start()
        .await
        .expect("it starts");
    let tail = broker.journal().tail().await.expect("it runs");
    let mut client = connect(broker.addr());
    ping(&mut client, 100);
    assert_eq!(tail.next().await.unwrap_err().missed(), Some(193));
    for seq in 194..204 {
        let entry = tail.next().await.expect("the rest is there").expect("it runs");
        assert_eq!(entry.seq, seq);
    }
    let excerpt = broker.journal().all().await.expect("it runs");
    assert_eq!((excerpt.missed, excerpt.entries.len()), (193, 10));
}

#[test]
fn a_tail_is_read_without_async_and_is_an_iterator() {
    let broker = Broker::start().wait().expect("it starts");
    let journal = broker.journal();
    let tail = journal.tail().wait().expect("it runs");
    let mut client = connect(broker.addr());
    let first = tail.next().wait().expect("nothing is missed").expect("it runs");
    assert_eq!(line(&first), "a → CONNECT");
    let mark = journal.mark().wait().expect("it runs");
    ping(&mut client, 1);
    let since = journal.since(mark).wait().expect("it runs").entries;
    assert_eq!(lines(&since), ["a → PINGREQ", "a ← PINGRESP"]);
    assert_eq!(
        lines(&journal.matching(connack()).wait().expect("it runs").entries),
        ["a ← CONNACK"]
    );
    journal.clear().wait().expect("it runs");
    assert_eq!(journal.all().wait().expect("it runs").entries, []);
    broker.shutdown().wait().expect("it stops");
    // What the broker leaves can be read, to the end.
    let all = journal.all().wait().expect("it was left in order").entries;
    let Some(Record::Event(Event::SessionEnded { .. })) = all.last().map(|entry| &entry.record) else {
        panic!("not {:?}", lines(&all));
    };
    assert!(journal.clear().wait().is_err(), "there is nobody to clear it");
    // The tail got everything that was there before it was cleared, in the batch that it had fetched, or is told.
    assert!(tail.into_iter().all(|entry| entry.is_ok()));
}

#[test]
fn a_pattern_that_no_entry_can_fit_is_an_error_and_not_an_empty_answer() {
    let broker = broker::Broker::start().wait().expect("it starts");
    let wrong = || publish("a").qos(7);
    let error = broker
        .journal()
        .matching(wrong())
        .wait()
        .expect_err("QoS is never 7");
    assert!(
        error.is_invalid() && error.to_string().contains("qos is never 7"),
        "{error}"
    );
    let tail = broker.journal().tail_from(Mark::START).matching(wrong());
    assert!(tail.next().wait().expect_err("nor here").is_invalid());
}
