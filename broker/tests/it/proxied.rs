//! Listeners behind a proxy that says in a PROXY header where each client comes from.

use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use broker::Broker;
use broker::expect::{Is, connected, event};
use broker::settings::Listener;
use packets::{Client, Connect};

/// A broker with a listener behind a proxy, and where that is.
fn start() -> (Broker, SocketAddr) {
    let listener = Listener {
        name: "proxied".to_owned(),
        proxy_protocol: true,
        ..Listener::port(0)
    };
    let broker = Broker::builder()
        .listener(listener)
        .start()
        .wait()
        .expect("it starts");
    let addr = broker.listener("proxied").expect("it is there").addrs()[0];
    (broker, addr)
}

/// Version 2: signature, command, family, length, and the rest.
fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u8::try_from(rest.len()).expect("it is short");
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, family, 0, length][..], rest].concat()
}

const LINE: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\r\n";

#[test]
fn a_client_comes_from_where_the_header_says() {
    let (broker, addr) = start();
    let mut v6 = [0; 36];
    v6[..4].copy_from_slice(&[0x20, 0x01, 0x0D, 0xB8]);
    v6[32..34].copy_from_slice(&50_000u16.to_be_bytes());
    // An addition: a name that the client asked for.
    let v4 = b"\xC0\0\x02\x01\xC0\0\x02\x02\xC3\x50\x07\x5B\x02\0\x04mqtt";
    for (client_id, header, peer) in [
        ("line", LINE.to_vec(), Some("192.0.2.1:50000")),
        ("v4", v2(0x21, 0x11, v4), Some("192.0.2.1:50000")),
        ("v6", v2(0x21, 0x21, &v6), Some("[2001:db8::]:50000")),
        ("unknown", b"PROXY UNKNOWN\r\n".to_vec(), None),
        // The proxy itself, which looks whether the broker lives.
        ("local", v2(0x20, 0, b""), None),
    ] {
        let mut client = Client::open(addr);
        client.send(&[header, Connect::new(4, client_id).bytes()].concat());
        assert_eq!(client.packet(), [0x20, 2, 0, 0], "{client_id}");
        let own = client.stream().local_addr().expect("it is connected").to_string();
        let from = connected().of(client_id).field("peer", peer.unwrap_or(&own));
        broker.expect(from.field("listener", "proxied")).wait();
        client.ping(1);
    }
}

#[test]
fn a_header_may_come_byte_by_byte_and_before_websocket() {
    const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    let (broker, addr) = start();
    let mut client = Client::open(addr);
    let connect = Connect::new(4, "slow").bytes();
    // A mask of zeros.
    let frame = [&[0x82, 0x80 | connect.len() as u8, 0, 0, 0, 0][..], &connect].concat();
    for byte in [LINE, HANDSHAKE, &frame].concat() {
        client.send(&[byte]);
    }
    let from = connected().of("slow").field("peer", "192.0.2.1:50000");
    broker.expect(from.field("way", "ws")).wait();
}

#[test]
fn a_client_without_a_header_or_with_a_wrong_one_is_closed_and_named() {
    let (broker, addr) = start();
    for (bytes, why) in [
        (
            &Connect::new(4, "direct").bytes()[..],
            "the first byte is that of CONNECT",
        ),
        (
            b"GET / HTTP/1.1\r\n",
            "this port waits for a PROXY header first, and an HTTP request came",
        ),
        (
            b"PROXY TCP4 192.0.2.1\r\n",
            "the PROXY header is wrong at byte 21",
        ),
        (
            b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\n",
            "must end with CR LF",
        ),
        (&[b'P'; 200], "at byte 2: 0x50 begins no PROXY header"),
        (&v2(0x21, 0x12, &[0; 12]), "datagrams cannot carry MQTT"),
    ] {
        broker.mark().wait().expect("it runs");
        let mut client = Client::open(addr);
        client.send(bytes);
        let mut rest = Vec::new();
        client.stream().read_to_end(&mut rest).expect("it is closed");
        assert_eq!(rest, [0; 0], "{why}");
        let failed = event("handshake_failed").field("why", Is::containing(why));
        broker.expect(failed.field("listener", "proxied").times(1)).wait();
    }
}

#[test]
fn a_client_may_have_to_come_to_the_proxy_over_tls() {
    let listener = Listener {
        name: "proxied".to_owned(),
        proxy_protocol: true,
        proxy_protocol_v2_require_tls: true,
        ..Listener::port(0)
    };
    let broker = Broker::builder()
        .listener(listener)
        .start()
        .wait()
        .expect("it starts");
    let addr = broker.listener("proxied").expect("it is there").addrs()[0];
    let addresses = b"\xC0\0\x02\x01\xC0\0\x02\x02\xC3\x50\x07\x5B";
    // An ALPN, then SSL: by its first byte the client came over TLS, or did not.
    let with = |client: u8| [&addresses[..], b"\x01\0\x04mqtt\x20\0\x05", &[client], &[0; 4]].concat();
    let connect = Connect::new(4, "inside").bytes();
    let mut client = Client::open(addr);
    client.send(&[v2(0x21, 0x11, &with(1)), connect.clone()].concat());
    assert_eq!(client.packet(), [0x20, 2, 0, 0]);
    for (header, why) in [
        (
            v2(0x21, 0x11, &with(0)),
            "does not say that the client came over TLS",
        ),
        (
            v2(0x21, 0x11, addresses),
            "does not say that the client came over TLS",
        ),
        (
            v2(0x21, 0x11, &[&addresses[..], b"\x20\xFF\xFF\x01"].concat()),
            "does not say",
        ),
        (v2(0x20, 0, b""), "does not say that the client came over TLS"),
        (LINE.to_vec(), "version 1, which cannot say"),
    ] {
        broker.mark().wait().expect("it runs");
        let mut client = Client::open(addr);
        client.send(&[header, connect.clone()].concat());
        // What the broker did not read makes the end a reset.
        let _ = client.stream().read_to_end(&mut Vec::new());
        let failed = event("handshake_failed").field("why", Is::containing(why));
        broker.expect(failed).wait();
    }
}

#[test]
fn a_header_that_nobody_asked_for_is_no_client() {
    let (broker, addr) = start();
    let main = broker.addr();
    for (to, before) in [(main, &b""[..]), (addr, LINE)] {
        broker.mark().wait().expect("it runs");
        let mut client = Client::open(to);
        client.send(&[before, LINE, &Connect::new(4, "twice").bytes()].concat());
        client.expect_end();
        let found = broker.expect(event("disconnected")).wait();
        let words = found[0].words();
        assert!(
            words.contains("a PROXY header came, and this port does not read it"),
            "{words}"
        );
    }
}

#[test]
fn a_header_that_stalls_has_the_time_that_connect_has() {
    let (broker, addr) = start();
    broker.clock().freeze().wait().expect("it runs");
    let mut slow = Client::open(addr);
    slow.send(&LINE[..20]);
    let mut other = Client::connect(broker.addr(), "other");
    other.ping(1);
    broker
        .clock()
        .advance(Duration::from_secs(10))
        .wait()
        .expect("it runs");
    slow.expect_end();
    assert_eq!(broker.stats().wait().expect("it runs").connect_timeouts, 1);
}
