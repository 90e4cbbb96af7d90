//! Stock rumqttd behind the front door: killed in the two ways that it is known to die of, under load from other clients,
//! and what these notice; what it leaves behind when it is stopped.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use broker::wire::{Connect, Packet, PublishProperties, Version};
use broker::{EngineName, Event, QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, DEADLINE, Embedded, hello, message};

/// Others may not start a rumqttd while threads are counted.
static ALONE: std::sync::RwLock<()> = std::sync::RwLock::new(());

fn rumqttd() -> Embedded {
    Embedded::start_with(|settings| {
        settings.engine.kind = broker::settings::EngineKind::Rumqttd;
        settings.rumqttd.connack_timeout_millis = 500;
    })
}

/// rumqttd takes nobody without a keep alive.
fn alive(version: Version, client_id: &str) -> Connect<'_> {
    Connect {
        keep_alive_secs: 60,
        ..hello(version, client_id)
    }
}

fn connect(broker: &Embedded, version: Version, client_id: &str) -> Client {
    Client::connect(broker.addr(), &alive(version, client_id))
}

/// Others, who publish and receive all the time.
struct Others {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u32>>,
}

impl Others {
    /// Two pairs of each version; all are at work when this returns.
    fn start(broker: &Embedded) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (ready, are_ready) = std::sync::mpsc::channel();
        let threads = [Version::V311, Version::V5, Version::V311, Version::V5]
            .into_iter()
            .enumerate()
            .map(|(number, version)| {
                let name = format!("other{number}");
                let mut client = connect(broker, version, &name);
                client.subscribe(&name, QoS::AtLeastOnce);
                let (stop, ready) = (stop.clone(), ready.clone());
                std::thread::spawn(move || {
                    let mut rounds = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let sent = rounds.to_string();
                        client.publish(&message(&name, &sent, QoS::AtLeastOnce));
                        assert_eq!(text(&client.receive()), sent, "{name}");
                        rounds += 1;
                        if rounds == 10 {
                            let _ = ready.send(());
                        }
                    }
                    // Never disconnected: it is still the connection of the beginning.
                    client.nothing_came();
                    rounds
                })
            })
            .collect();
        for _ in 0..4 {
            are_ready.recv_timeout(DEADLINE).expect("they are at work");
        }
        Self { stop, threads }
    }

    /// How many round trips each of them made, without missing a message or its connection.
    fn stop(self) -> Vec<u32> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads
            .into_iter()
            .map(|thread| thread.join().expect("it noticed nothing"))
            .collect()
    }
}

/// Waits for the renewal of the listener of this version.
fn until_renewed(broker: &Embedded, version: &str) {
    broker.until("the failure is told", |event| {
        matches!(event, Event::EngineFailed { engine: "rumqttd", part, .. } if part.ends_with(version))
    });
    broker.until("the listener is renewed", |event| {
        matches!(event, Event::EngineRenewed { engine: "rumqttd", part, connections_kept: true }
            if part.ends_with(version))
    });
}

#[test]
fn it_serves_both_versions_on_one_port_and_refuses_the_oldest() {
    let _shared = ALONE.read();
    let broker = rumqttd();
    assert_eq!(broker.engine(), EngineName::Rumqttd);
    let mut old = connect(&broker, Version::V311, "old");
    old.subscribe("a/#", QoS::AtLeastOnce);
    let mut new = connect(&broker, Version::V5, "new");
    new.subscribe("a/#", QoS::AtLeastOnce);
    new.publish(&message("a/b", "x", QoS::AtLeastOnce));
    assert_eq!((text(&old.receive()), text(&new.receive())), ("x", "x"));

    let (mut oldest, connack) = Client::say_hello(broker.addr(), &alive(Version::V31, "oldest"));
    assert_eq!(connack.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
    oldest.closed();
}

#[test]
fn killed_by_a_property_for_an_old_subscriber_under_load() {
    let _shared = ALONE.read();
    let broker = rumqttd();
    let others = Others::start(&broker);
    let mut victim = connect(&broker, Version::V311, "victim");
    victim.subscribe("poison", QoS::AtMostOnce);
    let mut publisher = connect(&broker, Version::V5, "publisher");
    let mut poison = message("poison", "x", QoS::AtMostOnce);
    poison.properties = PublishProperties {
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    };
    publisher.send(&Packet::Publish(poison));
    // Its task in rumqttd panics, and its connection with it.
    while victim.packet_or_end().is_some() {}
    until_renewed(&broker, "3.1.1");

    // With rumqttd alone this is what kills the listener for everybody.
    let mut again = connect(&broker, Version::V311, "victim");
    again.subscribe("healthy", QoS::AtMostOnce);
    let mut newcomer = connect(&broker, Version::V311, "newcomer");
    newcomer.publish(&message("healthy", "y", QoS::AtLeastOnce));
    assert_eq!(text(&again.receive()), "y");
    let rounds = others.stop();
    println!("others' round trips meanwhile: {rounds:?}; none lost a message or its connection");
    let journal = broker.block_on(broker.journal().all()).unwrap();
    assert!(
        journal.entries.iter().any(|entry| matches!(
            &entry.record,
            broker::journal::Record::Event(Event::EngineFailed { .. })
        )),
        "it is in the journal, too"
    );
}

#[test]
fn killed_by_a_malformed_packet_of_5_0_under_load() {
    let _shared = ALONE.read();
    let broker = rumqttd();
    let others = Others::start(&broker);
    let mut attacker = connect(&broker, Version::V5, "attacker");
    // A CONNACK with a reason code that there is not. Its decoder calls it unreachable.
    attacker.send_bytes(&[0x20, 3, 0, 0xFF, 0]);
    while attacker.packet_or_end().is_some() {}
    until_renewed(&broker, "5.0");

    let mut again = connect(&broker, Version::V5, "attacker");
    again.subscribe("healthy", QoS::AtMostOnce);
    let mut newcomer = connect(&broker, Version::V5, "newcomer");
    newcomer.publish(&message("healthy", "y", QoS::AtLeastOnce));
    assert_eq!(text(&again.receive()), "y");
    let rounds = others.stop();
    println!("others' round trips meanwhile: {rounds:?}; none lost a message or its connection");
}

/// Threads of this process by the beginning of their names.
#[cfg(target_os = "linux")]
fn threads(prefix: &str) -> usize {
    std::fs::read_dir("/proc/self/task")
        .expect("there is /proc")
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with(prefix))
        .count()
}

/// Memory of this process that is in use, in kilobytes.
#[cfg(target_os = "linux")]
fn resident_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is /proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).expect("it is told")
}

#[test]
#[cfg(target_os = "linux")]
fn stopped_it_leaves_its_routers_thread_and_nothing_else() {
    const TIMES: usize = 20;
    let _alone = ALONE.write();
    // What the first one takes once and for all is not counted. A thread that has answered has its name.
    let first = rumqttd();
    drop(connect(&first, Version::V5, "a"));
    first.shutdown();
    let (routers, listeners) = (threads("router-"), threads("rumqttd-"));
    let before = resident_kilobytes();
    for _ in 0..TIMES {
        let broker = rumqttd();
        let addr = broker.addr();
        let client = connect(&broker, Version::V5, "a");
        assert_eq!(threads("rumqttd-"), listeners + 2);
        broker.shutdown();
        TcpListener::bind(addr).expect("the port is free");
        drop(client);
    }
    assert_eq!(threads("rumqttd-"), listeners);
    // What docs/ENGINES.md says: rumqttd's router cannot be told to end.
    assert_eq!(threads("router-"), routers + TIMES);
    let left = (resident_kilobytes().saturating_sub(before)) / TIMES;
    println!("each leaves {left} kB of memory");
    assert!(left < 16_384, "each leaves {left} kB of memory");
}

#[test]
fn a_client_that_comes_as_another_says_goodbye_is_left_alone() {
    let _shared = ALONE.read();
    let broker = Embedded::start_with(|settings| {
        settings.engine.kind = broker::settings::EngineKind::Rumqttd;
        settings.rumqttd.next_connection_delay_millis = 0;
    });
    for round in 0..300 {
        let [first, second] = ["leaving", "coming"].map(|name| format!("{name}{round}"));
        let mut leaving = connect(&broker, Version::V5, &first);
        let mut coming = Client::open(broker.addr(), Version::V5);
        // The connection ends a moment after its DISCONNECT: the next client's CONNECT comes in between.
        leaving.send_bytes(&[0xE0, 0]);
        coming.send(&Packet::Connect(Box::new(alive(Version::V5, &second))));
        drop(leaving);
        assert!(matches!(coming.packet(), Packet::ConnAck(_)));
        coming.subscribe("a", QoS::AtLeastOnce);
        coming.ping();
    }
}
