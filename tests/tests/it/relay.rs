//! The relay: what it passes on, what it shows of it, and its answer when there is no upstream.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use broker::journal::CloseReason;
use broker::journal::{Direction, Record};
use broker::wire::{Packet, PacketType, Version};
use broker::{Broker, Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, Embedded, QOS, VERSIONS, free_port, hello, message, versions};

/// A relay to this address.
fn relay_to(addr: SocketAddr) -> Embedded {
    Embedded::start_with(|settings| settings.upstream.url = format!("mqtt://{addr}"))
}

/// An upstream that does what a test says, with its first connection.
fn upstream<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it has an address");
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the relay connects");
        stream.set_read_timeout(Some(DEADLINE)).expect("a read timeout");
        stream.set_write_timeout(Some(DEADLINE)).expect("a write timeout");
        serve(stream)
    });
    (addr, thread)
}

fn read_exactly(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).expect("so many bytes come");
    bytes
}

fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the stream ends well");
    bytes
}

/// CONNECT of 3.1.1 with client identifier `me`, and a CONNACK.
const CONNECT: &[u8] = b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me";
const CONNACK: &[u8] = &[0x20, 2, 0, 0];

#[test]
fn every_client_of_every_version_talks_through_it() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    for version in versions() {
        for qos in QOS {
            let (topic, name) = (format!("{version}/{qos}"), format!("s{}{qos}", version.level()));
            let mut subscriber = Client::new(relay.addr(), version, &name);
            assert_eq!(subscriber.subscribe(&topic, qos), ReasonCode(qos.bits()));
            let mut publisher = Client::new(relay.addr(), version, "p");
            publisher.publish(&message(&topic, "x", qos));
            let received = subscriber.receive();
            assert_eq!((text(&received), received.qos), ("x", qos));
            publisher.disconnect();
            subscriber.disconnect();
        }
    }
    let (seen, done) = (relay.stats(), behind.stats());
    assert_eq!(seen.clients_connected, 18);
    assert_eq!(
        (seen.bytes_received, seen.bytes_sent),
        (done.bytes_received, done.bytes_sent)
    );
    assert_eq!(
        (seen.packets_received, seen.packets_sent),
        (done.packets_received, done.packets_sent)
    );
    assert_eq!((seen.publish_received, seen.publish_sent), (9, 9));
}

#[test]
fn bytes_are_passed_on_untouched_even_those_that_are_no_packets() {
    // A Remaining Length in five bytes, then anything.
    let noise: Vec<u8> = [0x30, 0x80, 0x80, 0x80, 0x80, 1]
        .into_iter()
        .chain(0..=255)
        .collect();
    let answer = [CONNACK, &[0, 0, 0xFF], &noise].concat();
    let sent = [CONNECT, &[0xC0, 0], &noise].concat();
    let (addr, upstream) = upstream({
        let (answer, expected) = (answer.clone(), sent.len());
        move |mut stream| {
            let bytes = read_exactly(&mut stream, expected);
            stream.write_all(&answer).expect("the relay takes it");
            bytes
        }
    });
    let relay = relay_to(addr);
    let mut client = Client::open(relay.addr(), Version::V311);
    // Cut wherever it may be.
    for part in sent.chunks(7) {
        client.send_bytes(part);
    }
    assert_eq!(client.bytes_to_end(), answer);
    assert_eq!(upstream.join().unwrap(), sent);
    relay.until_gone("me");

    let journal = relay.block_on(relay.journal().all()).unwrap();
    let of = |wanted: Direction| -> Vec<u8> {
        journal
            .entries
            .iter()
            .filter_map(|entry| match &entry.record {
                Record::Packet { direction, bytes, .. } if *direction == wanted => Some(bytes.to_vec()),
                _ => None,
            })
            .flatten()
            .collect()
    };
    assert_eq!((of(Direction::In), of(Direction::Out)), (sent, answer));
    let malformed = journal
        .entries
        .iter()
        .filter(|entry| matches!(entry.packet(), Some(Err(_))));
    assert!(malformed.count() >= 2, "{journal:#?}");
    let first = &journal.entries[0];
    assert_eq!(
        (first.packet_type(), &*first.client_id),
        (Some(PacketType::Connect), "me")
    );
}

#[test]
fn the_journal_names_topics_that_an_alias_stands_for() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    let mut client = Client::new(relay.addr(), Version::V5, "aliased");
    let mut publish = message("a/b", "1", QoS::AtMostOnce);
    publish.properties.topic_alias = Some(1);
    client.publish(&publish);
    publish.topic = "";
    client.publish(&publish);
    let journal = relay.block_on(relay.journal().all()).unwrap();
    let topics: Vec<_> = journal
        .entries
        .iter()
        .filter(|entry| entry.packet_type() == Some(PacketType::Publish))
        .map(|entry| entry.topic().map(str::to_owned))
        .collect();
    assert_eq!(topics, [Some("a/b".to_owned()), Some("a/b".to_owned())]);
}

#[test]
fn an_upstream_that_dies_takes_its_clients_with_it() {
    for version in versions() {
        let behind = Embedded::start();
        let relay = relay_to(behind.addr());
        let mut client = Client::new(relay.addr(), version, "orphan");
        behind.shutdown();
        // What it says at last is its own word, and all that comes.
        client.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
        let said = version.is_v5().then_some(ReasonCode::SERVER_SHUTTING_DOWN);
        relay.until("why it ended", |event| {
            matches!(event, Event::Disconnected { cause: CloseReason::ByUpstream(code), .. } if *code == said)
        });
    }
}

#[test]
fn a_half_closed_connection_still_carries_the_answer() {
    let (addr, upstream) = upstream(|mut stream| {
        let bytes = read_to_end(&mut stream);
        // Only now, after the client's end came through.
        stream.write_all(CONNACK).expect("it is still taken");
        stream.write_all(&[0xD0, 0]).expect("it is still taken");
        bytes
    });
    let relay = relay_to(addr);
    let mut client = Client::open(relay.addr(), Version::V311);
    client.send_bytes(CONNECT);
    client.send_bytes(&[0xC0, 0]);
    client.stream().shutdown(Shutdown::Write).expect("it was open");
    assert_eq!(client.bytes_to_end(), [CONNACK, &[0xD0, 0]].concat());
    assert_eq!(upstream.join().unwrap(), [CONNECT, &[0xC0, 0]].concat());
}

#[test]
fn a_goodbye_reaches_the_upstream_though_the_client_reads_no_more() {
    // Otherwise the upstream would publish the will of a client that left as it should.
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    let mut watcher = Client::new(relay.addr(), Version::V311, "watcher");
    watcher.subscribe("will", QoS::AtMostOnce);
    let mut connect = hello(Version::V311, "polite");
    connect.will = Some(broker::wire::Will {
        topic: "will",
        payload: b"gone",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: broker::wire::WillProperties::default(),
    });
    let mut client = Client::connect(relay.addr(), &connect);
    client.subscribe("flood", QoS::AtMostOnce);
    let payload = "x".repeat(100_000);
    for _ in 0..20 {
        watcher.publish(&message("flood", &payload, QoS::AtMostOnce));
    }
    client.send(&Packet::Disconnect(broker::wire::Disconnect {
        reason: ReasonCode::SUCCESS,
        properties: broker::wire::DisconnectProperties::default(),
    }));
    // With bytes unread: the relay's next write meets a reset.
    client.vanish();
    behind.until_gone("polite");
    behind.until("it left as it should", |event| {
        matches!(event, Event::Disconnected { client_id, cause: CloseReason::ClientDisconnect(_), .. }
            if &**client_id == "polite")
    });
    watcher.nothing_came();
}

/// Writes until nothing more is taken for a while; gives what was.
fn write_until_it_jams(mut stream: &TcpStream, piece: &[u8], most: usize) -> usize {
    stream
        .set_write_timeout(Some(std::time::Duration::from_millis(500)))
        .expect("a write timeout");
    let mut taken = 0;
    while taken < most {
        match stream.write(piece) {
            Ok(n) => taken += n,
            Err(_) => break,
        }
    }
    taken
}

#[test]
fn a_side_that_does_not_read_stops_the_other_side() {
    const MOST: usize = 256 * 1024 * 1024;
    let piece = vec![0xFF; 64 * 1024];
    // The upstream takes nothing: the client is stopped, though it writes more than the kernel holds.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let relay = relay_to(listener.local_addr().expect("it has an address"));
    let client = Client::open(relay.addr(), Version::V311);
    let mut stream = client.stream();
    stream.write_all(CONNECT).expect("it is taken");
    let (mut behind, _) = listener.accept().expect("the relay connects");
    let taken = write_until_it_jams(stream, &piece, MOST);
    assert!(
        taken < MOST,
        "all of {taken} bytes were taken, so they are held somewhere"
    );
    // And all of it arrives once it is read.
    stream.shutdown(Shutdown::Write).expect("it was open");
    assert_eq!(read_to_end(&mut behind).len(), CONNECT.len() + taken);

    // The client takes nothing: the upstream is stopped.
    let mut client = Client::open(relay.addr(), Version::V311);
    client.send_bytes(CONNECT);
    let (behind, _) = listener.accept().expect("the relay connects");
    let taken = write_until_it_jams(&behind, &piece, MOST);
    assert!(
        taken < MOST,
        "all of {taken} bytes were taken, so they are held somewhere"
    );
    behind.shutdown(Shutdown::Write).expect("it was open");
    assert_eq!(client.bytes_to_end().len(), taken);
}

#[test]
fn waits_and_events_work_from_what_passes_by() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    for version in VERSIONS {
        let mut client = Client::new(relay.addr(), version, "seen");
        relay.block_on(relay.wait_connected("seen")).unwrap();
        client.subscribe("a/+", QoS::AtLeastOnce);
        relay.block_on(relay.wait_subscribed("seen", "a/+")).unwrap();
        client.unsubscribe("a/+");
        relay.until("it unsubscribed", |event| {
            matches!(event, Event::Unsubscribed { .. })
        });
        client.disconnect();
        relay.block_on(relay.wait_disconnected("seen")).unwrap();
    }
}

#[test]
fn a_relay_to_itself_does_not_start() {
    let port = free_port().port();
    for host in ["127.0.0.1", "localhost"] {
        let builder = Broker::builder()
            .port(port)
            .upstream(&format!("mqtt://{host}:{port}"));
        let error = builder.start().wait().unwrap_err().to_string();
        assert!(
            error.starts_with("cannot start the engine relay: ") && error.contains("itself"),
            "{error}"
        );
    }
    let error = Broker::builder().upstream("nowhere").start().wait().unwrap_err();
    assert!(error.to_string().contains("mqtt://HOST:PORT"), "{error}");
}

#[test]
fn more_connections_than_allowed_are_refused_as_busy() {
    let behind = Embedded::start();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{}", behind.addr());
        settings.limits.max_connections = 2;
    });
    for version in versions() {
        let first = Client::new(relay.addr(), version, "1");
        let second = Client::new(relay.addr(), version, "2");
        let (mut third, connack) = Client::say_hello(relay.addr(), &hello(version, "3"));
        let expected = if version.is_v5() {
            ReasonCode::SERVER_BUSY
        } else {
            ReasonCode::SERVER_UNAVAILABLE
        };
        assert_eq!(connack.reason, expected);
        third.closed();
        first.disconnect();
        second.disconnect();
        // Its task ends after the client has seen the end.
        relay.block_on(relay.wait_disconnected("1")).unwrap();
        relay.block_on(relay.wait_disconnected("2")).unwrap();
    }
}
