//! Keep alive, and the time that a connection has for its CONNECT.

use std::time::{Duration, Instant};

use broker::wire::{Connect, Packet, Version};
use broker::{QoS, ReasonCode};
use tests::harness::{Client, Embedded, hello, message, versions};

fn with_keep_alive(version: Version, client_id: &str, keep_alive_secs: u16) -> Connect<'_> {
    Connect {
        keep_alive_secs,
        ..hello(version, client_id)
    }
}

#[test]
fn silence_ends_a_connection_after_one_and_a_half_times_keep_alive() {
    let broker = Embedded::start();
    // All at once, so that the test takes 1.5 s once.
    let mut silent: Vec<(Client, Instant)> = versions()
        .map(|version| {
            let client_id = format!("silent {version}");
            let before = Instant::now();
            (
                Client::connect(broker.addr(), &with_keep_alive(version, &client_id, 1)),
                before,
            )
        })
        .collect();
    let mut without: Vec<Client> = versions()
        .map(|version| {
            Client::connect(
                broker.addr(),
                &with_keep_alive(version, &format!("without {version}"), 0),
            )
        })
        .collect();
    let mut patient = Client::connect(broker.addr(), &with_keep_alive(Version::V5, "patient", 3600));
    for (client, before) in &mut silent {
        client.ended_with(ReasonCode::KEEP_ALIVE_TIMEOUT);
        let silence = before.elapsed().as_millis();
        assert!(
            (1500..10_000).contains(&silence),
            "cut off after {silence} ms of silence"
        );
    }
    // Clients without a keep alive, or with a longer one, are still there after the same silence.
    without.iter_mut().for_each(Client::nothing_came);
    patient.nothing_came();
    assert_eq!(broker.stats().keep_alive_timeouts, 3);
}

#[test]
fn any_packet_counts_and_not_only_pings() {
    let broker = Embedded::start();
    let mut busy: Vec<Client> = versions()
        .map(|version| {
            Client::connect(
                broker.addr(),
                &with_keep_alive(version, &format!("busy {version}"), 1),
            )
        })
        .collect();
    // A silent client is the clock: the others talk until it is cut off, which is after they would have been.
    let clock = Client::connect(broker.addr(), &with_keep_alive(Version::V5, "clock", 1));
    let pause = Duration::from_millis(100);
    clock
        .stream()
        .set_read_timeout(Some(pause))
        .expect("a read timeout");
    for round in 0.. {
        if clock.stream().peek(&mut [0]).is_ok() {
            break;
        }
        for client in &mut busy {
            match round % 2 {
                0 => client.ping(),
                _ => drop(client.publish(&message("a", "x", QoS::AtLeastOnce))),
            }
        }
    }
    busy.iter_mut().for_each(Client::nothing_came);
}

#[test]
fn the_broker_may_ask_for_a_shorter_keep_alive() {
    let broker = Embedded::start_with(|settings| settings.session.max_keep_alive_secs = 30);
    for (asked, told) in [(0, Some(30)), (29, None), (30, None), (31, Some(30))] {
        let (_client, connack) =
            Client::say_hello(broker.addr(), &with_keep_alive(Version::V5, "client", asked));
        assert_eq!(
            connack.properties.server_keep_alive_secs, told,
            "asked for {asked}"
        );
    }
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let broker = Embedded::start_with(|settings| settings.limits.connect_timeout_secs = 1);
    let mut connected = Client::new(broker.addr(), Version::V311, "connected");
    let before = Instant::now();
    let mut mute = Client::open(broker.addr(), Version::V5);
    let mut slow = Client::open(broker.addr(), Version::V5);
    // The beginning of a CONNECT is no CONNECT.
    let mut bytes = Vec::new();
    Packet::Connect(Box::new(hello(Version::V5, "slow"))).encode(Version::V5, &mut bytes);
    slow.send_bytes(&bytes[..bytes.len() - 1]);
    mute.closed();
    slow.closed();
    assert!(before.elapsed().as_millis() >= 1000);
    // The time is for CONNECT alone.
    connected.nothing_came();
    let stats = broker.stats();
    assert_eq!((stats.connect_timeouts, stats.clients_connected), (2, 1));
}
