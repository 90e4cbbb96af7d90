//! The relay on every way in: layers end here, and the broker behind gets plain MQTT, or TLS that begins anew.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;

use broker::journal::CloseReason;
use broker::settings::{BrokerSettings, EngineKind, Listener, UpstreamTls};
use broker::wire::{Connect, Version};
use broker::{Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::way::{Door, Frames, Way};
use tests::harness::{Client, DEADLINE, Embedded, hello, message, versions};

const CONNECT: &[u8] = b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me";
const CONNACK: &[u8] = &[0x20, 2, 0, 0];

/// What a broker answers to a request for `path`.
fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).expect("it listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it ends well");
    answer
}

/// The authority of the broker that listens there.
fn ca_pem(addr: SocketAddr) -> String {
    let answer = get(addr, "/ca.pem");
    let begin = answer
        .find("-----BEGIN")
        .unwrap_or_else(|| panic!("no certificate: {answer}"));
    answer[begin..].to_owned()
}

fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("citronella-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&place);
    place
}

fn relay_to(addr: SocketAddr) -> Embedded {
    Embedded::start_with(|settings| settings.upstream.url = format!("mqtt://{addr}"))
}

/// A broker with a Unix socket besides its port, and the doors of all ways into it.
fn with_every_door(name: &str, change: impl FnOnce(&mut BrokerSettings)) -> (Embedded, Vec<Door>) {
    let path = place(name);
    let broker = Embedded::start_with(|settings| {
        settings.listener = vec![Listener::socket(&path)];
        change(settings);
    });
    let ca = ca_pem(broker.addr());
    let door = |way: &Way| match way {
        Way::Unix => Door::unix(&path),
        Way::Tls | Way::Wss => Door::new(*way, broker.addr()).trusting(&ca),
        _ => Door::new(*way, broker.addr()),
    };
    let doors = Way::ALL.iter().map(door).collect();
    (broker, doors)
}

/// A subscriber and a publisher come by this door, and a message of some size goes from the one to the other.
fn talk(door: &Door, version: Version) {
    // rumqttd takes no Keep Alive of 0.
    let connect = |client_id| {
        let connect = Connect {
            keep_alive_secs: 60,
            ..hello(version, client_id)
        };
        Client::connect(door, &connect)
    };
    let mut subscriber = connect("subscriber");
    subscriber.subscribe("a", QoS::ExactlyOnce);
    let mut publisher = connect("publisher");
    for payload in ["x".to_owned(), "y".repeat(300_000)] {
        publisher.publish(&message("a", &payload, QoS::ExactlyOnce));
        assert_eq!(text(&subscriber.receive()), payload, "{door:?}");
    }
    publisher.disconnect();
    subscriber.disconnect();
}

fn came(broker: &Embedded, way: Way) {
    let way = way.to_string();
    let is_it = |event: &Event| matches!(event, Event::Connected { way: came, .. } if came.word() == way);
    broker.until(&format!("a client came by {way}"), is_it);
}

#[test]
fn every_way_leads_to_our_own_broker_behind_it() {
    let behind = Embedded::start();
    let (relay, doors) = with_every_door("relay", |settings| {
        settings.upstream.url = format!("mqtt://{}", behind.addr());
    });
    for door in &doors {
        for version in versions() {
            talk(door, version);
        }
        came(&relay, door.way());
    }
    let listener =
        |event: &Event| matches!(event, Event::Connected { tls: Some(tls), .. } if tls.version == "1.3");
    relay.until("what was agreed on in TLS is known", listener);
    // However WebSocket cuts the packets.
    for frames in [Frames::Of(3), Frames::Fragments(1_000)] {
        talk(&Door::new(Way::Ws, relay.addr()).frames(frames), Version::V5);
    }
    let (seen, done) = (relay.stats(), behind.stats());
    assert_eq!(seen.clients_connected, done.clients_connected);
    assert_eq!(
        (seen.bytes_received, seen.bytes_sent),
        (done.bytes_received, done.bytes_sent)
    );
}

#[test]
fn every_way_leads_to_rumqttd() {
    let (relay, doors) = with_every_door("rumqttd", |settings| {
        settings.engine.kind = EngineKind::Rumqttd;
        settings.rumqttd.max_payload_size_bytes = 1_000_000;
    });
    for door in &doors {
        for version in [Version::V311, Version::V5] {
            talk(door, version);
        }
        came(&relay, door.way());
    }
}

#[test]
fn tls_ends_here_and_begins_anew_before_an_mqtts_upstream() {
    let behind = Embedded::start();
    let file = place("ca.pem");
    std::fs::write(&file, ca_pem(behind.addr())).expect("it can be written");
    let (relay, doors) = with_every_door("anew", |settings| {
        settings.upstream.url = format!("mqtts://localhost:{}", behind.addr().port());
        settings.upstream.ca_file = file.display().to_string();
    });
    for door in &doors {
        talk(door, Version::V5);
        came(&relay, door.way());
    }
    came(&behind, Way::Tls);
    let _ = std::fs::remove_file(file);
}

#[test]
fn tls_is_passed_on_unread_while_other_ways_end_here() {
    let behind = Embedded::start();
    let file = place("passed.pem");
    let of_the_upstream = ca_pem(behind.addr());
    std::fs::write(&file, &of_the_upstream).expect("it can be written");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtts://localhost:{}", behind.addr().port());
        settings.upstream.ca_file = file.display().to_string();
        settings.upstream.tls = UpstreamTls::PassThrough;
    });
    for way in [Way::Tls, Way::Wss] {
        talk(
            &Door::new(way, relay.addr()).trusting(&of_the_upstream),
            Version::V311,
        );
        came(&behind, way);
    }
    relay.until("it was passed on unread", |event| {
        matches!(event, Event::PassedThrough { .. })
    });
    let _ = std::fs::remove_file(file);
}

#[test]
fn who_reads_a_page_is_no_client() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    for _ in 0..3 {
        assert!(get(relay.addr(), "/").starts_with("HTTP/1.1 200 "));
    }
    Client::new(relay.addr(), Version::V5, "client").disconnect();
    let end = relay.until("the client ended", |event| {
        matches!(event, Event::Disconnected { .. })
    });
    assert!(matches!(end, Event::Disconnected { client_id, .. } if &*client_id == "client"));
    let stats = relay.stats();
    assert_eq!((stats.connections_opened, stats.handshakes_failed), (4, 0));
    assert_eq!(behind.stats().connections_opened, 1);
}

#[test]
fn what_goes_wrong_before_mqtt_is_told() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    let failed = |of: &str| {
        let is_it = |event: &Event| matches!(event, Event::HandshakeFailed { way, .. } if way.word() == of);
        relay.until(&format!("a handshake of {of} failed"), is_it);
    };
    // A TLS record of a length that there is none of.
    let mut stream = TcpStream::connect(relay.addr()).expect("it listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    stream
        .write_all(b"\x16\x03\x01\xFF\xFFnoise")
        .expect("it is taken");
    let mut alert = Vec::new();
    stream.read_to_end(&mut alert).expect("it ends well");
    assert_eq!(alert.first(), Some(&0x15), "{alert:?}");
    failed("tls");
    // WebSocket with another subprotocol.
    let mut stream = TcpStream::connect(relay.addr()).expect("it listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
    stream.write_all(request).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it ends well");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    failed("ws");
    // A client that does not trust the certificate.
    let stranger = ca_pem(behind.addr());
    let _ = Door::new(Way::Tls, relay.addr()).trusting(&stranger).open();
    relay.until(
        "the client does not know the CA",
        |event| matches!(event, Event::HandshakeFailed { conn, .. } if conn.number() == 3),
    );
    assert_eq!(relay.stats().handshakes_failed, 3);
    // What asked there for the page with the CA.
    assert_eq!(behind.stats().connections_opened, 1);
}

#[test]
fn a_fault_below_mqtt_loses_the_client() {
    let behind = Embedded::start();
    let relay = relay_to(behind.addr());
    let mut client = Client::new(Door::new(Way::Ws, relay.addr()), Version::V311, "texting");
    // A text frame, masked with zeroes.
    let socket = client.layers().socket_mut();
    socket.write_all(b"\x81\x81\0\0\0\0x").expect("it is taken");
    let lost = |event: &Event| {
        matches!(
            event,
            Event::Disconnected {
                cause: CloseReason::HandshakeFailed(_),
                ..
            }
        )
    };
    relay.until("it is lost", lost);
    behind.until_gone("texting");
}

#[test]
fn a_side_that_does_not_read_stops_the_other_side() {
    const MOST: usize = 256 * 1024 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let relay = relay_to(listener.local_addr().expect("it has an address"));
    let ca = ca_pem(relay.addr());
    for way in Way::OVER_TCP {
        let door = Door::new(way, relay.addr()).trusting(&ca);
        let mut client = Client::open(&door, Version::V311);
        client.send_bytes(CONNECT);
        let (mut behind, _) = listener.accept().expect("the relay connects");
        let mut connect = vec![0; CONNECT.len()];
        behind.read_exact(&mut connect).expect("it came");
        behind.write_all(CONNACK).expect("it is taken");
        let timeout = std::time::Duration::from_millis(300);
        behind.set_write_timeout(Some(timeout)).expect("a timeout");
        let mut taken = CONNACK.len();
        while taken < MOST
            && let Ok(n) = behind.write(&[0xD0, 0].repeat(32 * 1024))
        {
            taken += n;
        }
        assert!(
            taken < MOST,
            "{way}: all of {taken} bytes were taken, so they are held somewhere"
        );
        // All of it arrives once it is read, and then the end.
        behind.shutdown(Shutdown::Write).expect("it was open");
        assert_eq!(client.bytes_to_end().len(), taken, "{way}");
    }
}

#[test]
fn an_end_that_the_client_says_in_its_layers_reaches_the_upstream() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let relay = relay_to(listener.local_addr().expect("it has an address"));
    let ca = ca_pem(relay.addr());
    for way in Way::OVER_TCP {
        let door = Door::new(way, relay.addr()).trusting(&ca);
        let mut client = Client::open(&door, Version::V311);
        client.send_bytes(CONNECT);
        client.send_bytes(&[0xC0, 0]);
        client.layers().end().expect("it can be said");
        let (mut behind, _) = listener.accept().expect("the relay connects");
        let mut bytes = Vec::new();
        behind.read_to_end(&mut bytes).expect("it ends well");
        assert_eq!(bytes, [CONNECT, &[0xC0, 0]].concat(), "{way}");
    }
}

#[test]
fn a_proxy_header_is_taken_off_also_before_tls_that_is_passed_on_unread() {
    const HEADER: &[u8] = b"PROXY TCP4 192.0.2.9 192.0.2.1 4000 1883\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let upstream = listener.local_addr().expect("it has an address");
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtts://localhost:{}", upstream.port());
        settings.upstream.tls = UpstreamTls::PassThrough;
        settings.upstream.insecure = true;
        settings.listener = vec![Listener {
            proxy_protocol: true,
            ..Listener::port(0)
        }];
    });
    let addr = relay.listeners()[1].addrs()[0];
    // In one piece, and byte by byte.
    for step in [usize::MAX, 1] {
        let mut client = TcpStream::connect(addr).expect("it listens");
        client.set_nodelay(true).expect("it is open");
        let sent = [HEADER, b"\x16\x03 as if it were TLS"].concat();
        for part in sent.chunks(step.min(sent.len())) {
            client.write_all(part).expect("it is taken");
        }
        client.shutdown(Shutdown::Write).expect("it is open");
        let (mut behind, _) = listener.accept().expect("the relay connects");
        let mut bytes = Vec::new();
        behind.read_to_end(&mut bytes).expect("it ends well");
        assert_eq!(bytes, b"\x16\x03 as if it were TLS");
    }
    relay.until(
        "the address is the one that the proxy tells",
        |event| matches!(event, Event::PassedThrough { peer, .. } if peer == "192.0.2.9:4000"),
    );
}

#[test]
fn a_proxy_header_tells_the_address_of_a_client() {
    let behind = Embedded::start();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{}", behind.addr());
        settings.listener = vec![Listener {
            proxy_protocol: true,
            ..Listener::port(0)
        }];
    });
    let mut client = TcpStream::connect(relay.listeners()[1].addrs()[0]).expect("it listens");
    let header = b"PROXY TCP4 192.0.2.9 192.0.2.1 4000 1883\r\n";
    client
        .write_all(&[header, CONNECT].concat())
        .expect("it is taken");
    let mut connack = [0; 4];
    client.read_exact(&mut connack).expect("it comes");
    assert_eq!(connack, CONNACK);
    relay.until("it is connected", |event| {
        matches!(event, Event::Connected { peer, listener, .. } if peer == "192.0.2.9:4000" && &**listener == "listener-1")
    });
}

#[test]
fn silent_connections_shut_nobody_out_of_the_relay() {
    let behind = Embedded::start();
    let relay = Embedded::start_with(|settings| {
        settings.upstream.url = format!("mqtt://{}", behind.addr());
        settings.limits.max_connections = 3;
        settings.limits.connect_timeout_secs = 86_400;
    });
    // With what has begun a handshake among them.
    let mut silent: Vec<_> = (0..67)
        .map(|number: usize| {
            let mut stream = TcpStream::connect(relay.addr()).expect("it listens");
            if number.is_multiple_of(2) {
                stream
                    .write_all(b"\x16\x03\x01\x02\x00\x01")
                    .expect("it is taken");
            }
            stream
        })
        .collect();
    let clients = ["a", "b", "c"].map(|name| Client::new(relay.addr(), Version::V5, name));
    let (_, connack) = Client::say_hello(relay.addr(), &hello(Version::V5, "d"));
    assert_eq!(connack.reason, ReasonCode::SERVER_BUSY);
    for mut gone in silent.drain(..4) {
        gone.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        // Closed, or reset where something came that nobody read.
        let _ = gone.read_to_end(&mut Vec::new());
    }
    let stats = relay.stats();
    assert_eq!(
        (stats.connections_gave_way, stats.connections_turned_away),
        (4, 0)
    );
    for client in clients {
        client.disconnect();
    }
}
