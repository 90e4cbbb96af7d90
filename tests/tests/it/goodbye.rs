//! A clean goodbye stays clean when it comes while the broker writes to the client: its last message is delivered and
//! its will is not. `TEST_ROUNDS=200` runs more of each.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use broker::Broker;
use broker::QoS;
use broker::wire::{
    Connect, Disconnect, DisconnectProperties, Packet, PacketId, Publish, Version, Will, WillProperties,
};
use tests::harness::cases::rounds;
use tests::harness::peers::{Missing, or_skip, paho_1, paho_2};
use tests::harness::steered::paho_as_it_comes;
use tests::harness::{Client, DEADLINE, hello, message};

/// A broker whose calls wait as long as a test does: a flood beside other tests may take a slow machine for seconds.
fn start() -> Broker {
    Broker::builder()
        .deadline(DEADLINE)
        .start()
        .wait()
        .expect("it starts")
}

/// Publishes to `flow` at full speed, until it is dropped.
struct Flood {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    fn start(addr: SocketAddr) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let until = over.clone();
        let thread = std::thread::spawn(move || {
            let mut client = Client::new(addr, Version::V311, "flood");
            let mut bytes = Vec::new();
            for _ in 0..20 {
                let payload = "x".repeat(100);
                Packet::Publish(message("flow", &payload, QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
            }
            while !until.load(Ordering::Relaxed) {
                client.send_bytes(&bytes);
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What became of the goodbyes.
#[derive(Debug, Default, PartialEq)]
struct Count {
    wills: usize,
    lost: usize,
}

impl Count {
    /// `name` has said goodbye: what the broker made of it.
    fn add(&mut self, broker: &Broker, name: &str) {
        broker.wait_disconnected(name).wait().expect("it has closed");
        let state = broker.state().wait().expect("it runs");
        self.wills += usize::from(state.retained_message(&format!("gone/{name}")).is_some());
        self.lost += usize::from(state.retained_message(&format!("last/{name}")).is_none());
    }
}

/// A client with a will that has subscribed to the flow.
fn with_a_will(addr: SocketAddr, name: &str) -> Client {
    let gone = format!("gone/{name}");
    let will = Will {
        topic: &gone,
        payload: b"x",
        qos: QoS::AtMostOnce,
        retain: true,
        properties: WillProperties::default(),
    };
    let connect = Connect {
        will: Some(will),
        ..hello(Version::V311, name)
    };
    let mut client = Client::connect(addr, &connect);
    // Its own kernel would throw away what it holds back when it closes with something unread: nobody could know of that.
    client.stream().set_nodelay(true).expect("TCP_NODELAY");
    client.subscribe("flow", QoS::AtMostOnce);
    client
}

/// Says its last words in one write, and closes with much unread.
fn leave(mut client: Client, name: &str) {
    let mut bytes = Vec::new();
    let topic = format!("last/{name}");
    let last = Publish {
        retain: true,
        packet_id: PacketId::new(1000),
        ..message(&topic, "x", QoS::AtLeastOnce)
    };
    Packet::Publish(last).encode(Version::V311, &mut bytes);
    let goodbye = Disconnect {
        reason: broker::ReasonCode::SUCCESS,
        properties: DisconnectProperties::default(),
    };
    Packet::Disconnect(goodbye).encode(Version::V311, &mut bytes);
    client.send_bytes(&bytes);
}

/// Goodbyes to `addr`, which is that of the broker or of a relay before it.
fn goodbyes_in_a_flow(broker: &Broker, addr: SocketAddr, rounds: usize) {
    let flood = Flood::start(addr);
    let mut count = Count::default();
    for round in 0..rounds {
        let name = format!("leaver-{round}");
        let mut leaver = with_a_will(addr, &name);
        for _ in 0..10 {
            leaver.receive();
        }
        leave(leaver, &name);
        count.add(broker, &name);
    }
    drop(flood);
    assert_eq!(count, Count::default());
}

#[test]
fn a_goodbye_in_a_flow_is_clean() {
    let broker = start();
    goodbyes_in_a_flow(&broker, broker.addr(), rounds(40));
}

#[test]
fn a_goodbye_in_a_flow_is_clean_behind_a_relay() {
    let broker = start();
    let relay = Broker::builder()
        .upstream(&broker.url())
        .start()
        .wait()
        .expect("it starts");
    goodbyes_in_a_flow(&broker, relay.addr(), rounds(5));
}

/// Publishes to somebody who takes nothing, until it is not read from any more: it is being held back.
fn publish_until_held_back(broker: &Broker, client: &mut Client) {
    let mut bytes = Vec::new();
    let payload = "x".repeat(1000);
    for _ in 0..32 {
        Packet::Publish(message("heavy", &payload, QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
    }
    let received = || broker.stats().wait().expect("it runs").bytes_received;
    // Enough for every buffer on the way.
    for _ in 0..1000 {
        let before = received();
        client.send_bytes(&bytes);
        let sent = Instant::now();
        while received() < before + bytes.len() as u64 {
            if sent.elapsed() > Duration::from_millis(20) {
                return;
            }
        }
    }
}

/// A client with a will that is held back, and its name; and the one that takes nothing, for whose sake it is.
fn held_back(broker: &Broker, round: usize) -> (Client, String, Client) {
    let mut takes_nothing = Client::new(broker.addr(), Version::V311, &format!("takes-nothing-{round}"));
    takes_nothing.subscribe("heavy", QoS::AtMostOnce);
    let name = format!("leaver-{round}");
    let mut leaver = with_a_will(broker.addr(), &name);
    publish_until_held_back(broker, &mut leaver);
    (leaver, name, takes_nothing)
}

#[test]
fn a_goodbye_of_one_that_is_held_back_is_clean() {
    let broker = start();
    let mut teller = Client::new(broker.addr(), Version::V311, "teller");
    let mut count = Count::default();
    for round in 0..rounds(5) {
        let (leaver, name, _takes_nothing) = held_back(&broker, round);
        // Unread where it closes, so that the next one is answered with a reset.
        teller.publish(&message("flow", "1", QoS::AtMostOnce));
        leave(leaver, &name);
        teller.publish(&message("flow", "2", QoS::AtMostOnce));
        teller.publish(&message("flow", "3", QoS::AtMostOnce));
        count.add(&broker, &name);
    }
    assert_eq!(count, Count::default());
}

#[test]
fn a_goodbye_comes_before_the_next_connection_of_the_same_client() {
    let broker = start();
    let mut count = Count::default();
    for round in 0..rounds(5) {
        let (leaver, name, _takes_nothing) = held_back(&broker, round);
        leave(leaver, &name);
        Client::new(broker.addr(), Version::V311, &name).disconnect();
        count.add(&broker, &name);
    }
    assert_eq!(count, Count::default());
}

fn paho_leaves(python: Result<PathBuf, Missing>) {
    let Some(python) = or_skip(python) else { return };
    let broker = start();
    let mut paho = paho_as_it_comes(&python, broker.addr());
    let flood = Flood::start(broker.addr());
    let mut count = Count::default();
    for round in 0..rounds(10) {
        let name = format!("leaver-{round}");
        paho.input(&format!("leave {name} {}\n", 50 + 37 * (round % 20)));
        assert_eq!(paho.line(), "done");
        count.add(&broker, &name);
    }
    drop(flood);
    assert_eq!(count.wills, 0);
}

#[test]
fn paho_1_leaves_a_flow_clean() {
    paho_leaves(paho_1());
}

#[test]
fn paho_2_leaves_a_flow_clean() {
    paho_leaves(paho_2());
}

#[test]
fn a_goodbye_of_a_client_that_is_owed_too_much_is_heard() {
    let narrow = Broker::builder().configure(|settings| settings.limits.max_outbox_bytes = 1024);
    let broker = narrow.start().wait().expect("it starts");
    let client = with_a_will(broker.addr(), "owed");
    // More than fits into its outbox and every buffer on the way.
    let payload = "x".repeat(1 << 20);
    for _ in 0..16 {
        let message = broker::Injected::text("flow", payload.clone());
        broker.publish(message).wait().expect("it runs");
    }
    leave(client, "owed");
    let mut count = Count::default();
    count.add(&broker, "owed");
    assert_eq!(count, Count::default());
}
