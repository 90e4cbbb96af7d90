//! Bridges to brokers of others and from them, on lines that are cut at any byte.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

use broker::QoS;
use broker::settings::{Bridge, MqttVersion};
use broker::wire::{Packet, Version};
use tests::brokers::peer::{self, Running};
use tests::harness::bridges::{bridged, quick, status, until_connected};
use tests::harness::cuts::Cutter;
use tests::harness::nats::Nats;
use tests::harness::peers::{Missing, or_skip};
use tests::harness::raw::{ack, text};
use tests::harness::{Client, DEADLINE, Embedded, Mosquitto, message};

/// What mosquitto holds back for a bridge that is away is not to be bounded.
const UNBOUNDED: &str = "max_queued_messages 0";

/// How many messages have arrived: who publishes does not run far ahead.
#[derive(Default)]
struct Arrived(Mutex<usize>, Condvar);

impl Arrived {
    fn add(&self) {
        *self.0.lock().expect("nobody panics with it") += 1;
        self.1.notify_all();
    }

    /// Waits until all but a few of `sent` have arrived, or nothing more is to be sent.
    fn until_near(&self, sent: usize, stop: &AtomicBool) {
        let far = |arrived: &mut usize| *arrived + 100 < sent && !stop.load(Ordering::Relaxed);
        let arrived = self.0.lock().expect("nobody panics with it");
        let waited = self
            .1
            .wait_timeout_while(arrived, 3 * DEADLINE, far)
            .expect("nobody panics with it");
        assert!(!waited.1.timed_out(), "nothing arrives any more");
    }
}

/// Publishes numbered messages of these QoS until it is told to stop, and then that these are all; how many of each.
fn publish(client: &mut Client, topic: &str, most: QoS, arrived: &Arrived, stop: &AtomicBool) -> usize {
    let kinds = [(QoS::AtLeastOnce, 'a'), (QoS::ExactlyOnce, 'b')];
    let kinds: Vec<_> = kinds.into_iter().filter(|(qos, _)| *qos <= most).collect();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        for (qos, letter) in &kinds {
            client.publish(&message(topic, &format!("{letter}{n}"), *qos));
        }
        n += 1;
        arrived.until_near(kinds.len() * n, stop);
    }
    let all = format!("all {}", kinds.len() * n);
    client.publish(&message(topic, &all, most));
    n
}

/// All messages, also where some of them come behind the one that says how many they are.
fn receive(client: &mut Client, arrived: &Arrived) -> Vec<String> {
    let (mut got, mut different, mut all) = (Vec::new(), BTreeSet::new(), None);
    while all != Some(different.len()) {
        match client.packet() {
            Packet::Publish(publish) => {
                let payload = text(&publish).to_owned();
                match (publish.qos, publish.packet_id) {
                    (QoS::AtLeastOnce, Some(id)) => client.send(&Packet::PubAck(ack(id))),
                    (QoS::ExactlyOnce, Some(id)) => client.send(&Packet::PubRec(ack(id))),
                    _ => {}
                }
                if let Some(n) = payload.strip_prefix("all ") {
                    all = Some(n.parse::<usize>().expect("a number"));
                    continue;
                }
                if different.insert(payload.clone()) {
                    arrived.add();
                }
                got.push(payload);
            }
            Packet::PubRel(release) => client.send(&Packet::PubComp(ack(release.packet_id))),
            other => panic!("{other:?}"),
        }
    }
    got
}

fn check(got: &[String], sent: usize, most: QoS, way: &str) {
    let of = |letter| got.iter().filter(move |it| it.starts_with(letter));
    for letter in ['a', 'b'].into_iter().take(usize::from(most.bits())) {
        let found: BTreeSet<&String> = of(letter).collect();
        let all = (0..sent).map(|n| format!("{letter}{n}"));
        let lost: Vec<String> = all.filter(|it| !found.contains(it)).collect();
        assert!(lost.is_empty(), "{way}: lost {lost:?}");
    }
    let twos: Vec<&String> = of('b').collect();
    let once: BTreeSet<&&String> = twos.iter().collect();
    assert_eq!(twos.len(), once.len(), "{way}: nothing comes twice at QoS 2");
}

/// A line that is cut, and what crosses it.
struct Flow<'a> {
    near: SocketAddr,
    far: SocketAddr,
    cutter: &'a Cutter,
    cuts: usize,
    /// Bytes from cut to cut, at most.
    most_bytes: u64,
    /// Behind all topics, so that several can be beside each other.
    name: &'a str,
    most: QoS,
}

impl<'a> Flow<'a> {
    fn new(near: SocketAddr, far: SocketAddr, cutter: &'a Cutter, cuts: usize) -> Self {
        let (name, most) = ("", QoS::ExactlyOnce);
        Self {
            near,
            far,
            cutter,
            cuts,
            most_bytes: 8_000,
            name,
            most,
        }
    }

    /// Messages flow both ways between the brokers `near` and `far` while the line between them is cut so often.
    fn run(&self) {
        let (name, most) = (self.name, self.most);
        let of = |who: &str| format!("{who}{name}");
        let mut near_hears = Client::new(self.near, Version::V311, &of("near-hears"));
        near_hears.subscribe(&of("in/x"), most);
        let mut far_hears = Client::new(self.far, Version::V311, &of("far-hears"));
        far_hears.subscribe(&of("out/x"), most);
        let mut near_says = Client::new(self.near, Version::V311, &of("near-says"));
        let mut far_says = Client::new(self.far, Version::V311, &of("far-says"));
        self.cutter.cut(self.cuts, self.most_bytes);
        let stop = AtomicBool::new(false);
        let (out, into) = (Arrived::default(), Arrived::default());
        thread::scope(|scope| {
            let got_out = scope.spawn(|| receive(&mut far_hears, &out));
            let got_in = scope.spawn(|| receive(&mut near_hears, &into));
            let sent_out = scope.spawn(|| publish(&mut near_says, &of("out/x"), most, &out, &stop));
            let sent_in = scope.spawn(|| publish(&mut far_says, &of("in/x"), most, &into, &stop));
            self.cutter.until_whole();
            stop.store(true, Ordering::Relaxed);
            let sent_out = sent_out.join().expect("it publishes");
            let sent_in = sent_in.join().expect("it publishes");
            check(&got_out.join().expect("all of it comes"), sent_out, most, "out");
            check(&got_in.join().expect("all of it comes"), sent_in, most, "in");
            println!(
                "{name} {sent_out} out and {sent_in} in, of each QoS, over {} cuts",
                self.cutter.cuts()
            );
        });
    }
}

/// In 3.1.1. In 5.0 mosquitto 2.0.11 may send PUBLISH again for a message of QoS 2 of which it has sent PUBREL already: that is
/// another message to whoever has answered with PUBCOMP.
#[test]
fn a_line_to_mosquitto_is_cut_a_hundred_times() {
    let Some(far) = Mosquitto::start(UNBOUNDED) else {
        return;
    };
    let cutter = Cutter::to(far.addr(), 1);
    let bridge = quick(cutter.addr(), &["out/# out 2", "in/# in 2"]);
    let near = bridged(bridge);
    until_connected(&near);
    Flow::new(near.addr(), far.addr(), &cutter, 100).run();
    let status = status(&near);
    assert!(status.connects > 30 && status.refused == 0, "{status:?}");
}

/// In 5.0, to a broker of ours.
#[test]
fn a_line_to_another_of_ours_is_cut_a_hundred_times() {
    let far = Embedded::start();
    let cutter = Cutter::to(far.addr(), 2);
    let bridge = Bridge {
        version: MqttVersion::V5,
        ..quick(cutter.addr(), &["out/# out 2", "in/# in 2"])
    };
    let near = bridged(bridge);
    until_connected(&near);
    Flow::new(near.addr(), far.addr(), &cutter, 100).run();
}

/// mosquitto waits for seconds before it comes again. So twenty lines of one mosquitto are cut five times each, beside each other.
///
/// Not before it has sent again what was under way: where its link is lost once more before that, mosquitto 2.0.11 forgets for which
/// messages of QoS 2 it has sent PUBREL, and sends PUBLISH again for them, which `MQTT311-4.3.3-1` forbids.
#[test]
fn twenty_lines_from_mosquitto_are_cut_five_times() {
    // It closes the connection where more are under way to it.
    let far = Embedded::start_with(|settings| settings.session.max_inflight = 20);
    let cutters: Vec<Cutter> = (0..20).map(|nth| Cutter::to(far.addr(), 30 + nth)).collect();
    let mut lines = UNBOUNDED.to_owned();
    for (nth, cutter) in cutters.iter().enumerate() {
        // What both sides may have under way, and as much again.
        cutter.spare(1_500);
        let addr = cutter.addr();
        let _ = write!(
            lines,
            "\nconnection up{nth}\naddress {addr}\nremote_clientid house{nth}\nlocal_clientid local{nth}\n\
             topic out/x{nth} out 2\ntopic in/x{nth} in 2\nrestart_timeout 1"
        );
    }
    let Some(near) = Mosquitto::start(&lines) else {
        return;
    };
    thread::scope(|scope| {
        for (nth, cutter) in cutters.iter().enumerate() {
            let (near, far) = (near.addr(), &far);
            far.block_on(far.wait_subscribed(&format!("house{nth}"), &format!("in/x{nth}")))
                .expect("it subscribes");
            let far = far.addr();
            scope.spawn(move || {
                let name = nth.to_string();
                let flow = Flow {
                    name: &name,
                    most_bytes: 20_000,
                    ..Flow::new(near, far, cutter, 5)
                };
                flow.run();
            });
        }
    });
}

/// NATS speaks 3.1.1, and refuses a client that says that it is a bridge.
#[test]
fn a_line_to_nats_is_cut_a_hundred_times() {
    let Some(far) = Nats::start() else { return };
    let cutter = Cutter::to(far.addr(), 4);
    let bridge = quick(cutter.addr(), &["out/# out 2", "in/# in 2"]);
    let near = bridged(bridge);
    until_connected(&near);
    Flow::new(near.addr(), far.addr(), &cutter, 100).run();
}

/// `RabbitMQ` speaks 3.1.1, and takes no QoS 2.
#[test]
fn a_line_to_rabbitmq_is_cut_a_hundred_times() {
    let Some(far) = rabbitmq() else { return };
    let cutter = Cutter::to(far.addr, 5);
    let bridge = quick(cutter.addr(), &["out/# out 1", "in/# in 1"]);
    let near = bridged(bridge);
    until_connected(&near);
    let most = QoS::AtLeastOnce;
    Flow {
        most,
        ..Flow::new(near.addr(), far.addr, &cutter, 100)
    }
    .run();
    assert_eq!(status(&near).refused, 0);
}

fn rabbitmq() -> Option<Running> {
    let peer = peer::ALL
        .iter()
        .find(|peer| peer.name == "RabbitMQ")
        .expect("it is known");
    or_skip(
        peer.start()
            .map_err(|what| Missing::new(what, "apt-get install rabbitmq-server")),
    )
}
