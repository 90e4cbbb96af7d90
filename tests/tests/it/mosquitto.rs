//! Debian's mosquitto: its clients with our broker, and our clients with its broker.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use broker::wire::Version;
use broker::{Event, QoS};
use tests::harness::binaries::start;
use tests::harness::peers::{mosquitto, or_skip};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, Mosquitto, Program, QOS, message};

/// What both programs call the versions and the QoS.
const CASES: [(&str, &str); 9] = [
    ("31", "0"),
    ("31", "1"),
    ("31", "2"),
    ("311", "0"),
    ("311", "1"),
    ("311", "2"),
    ("5", "0"),
    ("5", "1"),
    ("5", "2"),
];

/// `mosquitto_pub` and `mosquitto_sub`.
struct Clients {
    publisher: PathBuf,
    subscriber: PathBuf,
}

impl Clients {
    fn find() -> Option<Self> {
        let publisher = or_skip(mosquitto("mosquitto_pub"))?;
        let subscriber = or_skip(mosquitto("mosquitto_sub"))?;
        Some(Self {
            publisher,
            subscriber,
        })
    }

    fn publisher(&self, addr: SocketAddr, arguments: &[&str]) -> Program {
        Program::start(
            Command::new(&self.publisher)
                .args(["-p", &addr.port().to_string()])
                .args(arguments),
        )
    }

    fn publish(&self, addr: SocketAddr, arguments: &[&str]) {
        self.publisher(addr, arguments).succeed();
    }

    fn subscriber(&self, addr: SocketAddr, arguments: &[&str]) -> Program {
        Program::start(
            Command::new(&self.subscriber)
                .args(["-p", &addr.port().to_string()])
                .args(arguments),
        )
    }
}

#[test]
fn its_clients_talk_through_our_broker() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start();
    for (version, qos) in CASES {
        println!("case: -V {version} -q {qos}");
        // A filter of its own, so that its subscription can be waited for.
        let filter = format!("{version}/{qos}/#");
        let common = ["-V", version, "-q", qos];
        let watch = [&common[..], &["-t", &filter, "-C", "2", "-F", "%t %p %q %r"]].concat();
        let subscriber = clients.subscriber(broker.addr(), &watch);
        broker.until_subscribed(&filter);
        let topic = format!("{version}/{qos}/topic");
        clients.publish(
            broker.addr(),
            &[&common[..], &["-t", &topic, "-m", "bar"]].concat(),
        );
        clients.publish(broker.addr(), &[&common[..], &["-t", &topic, "-n"]].concat());
        assert_eq!(
            subscriber.succeed(),
            [format!("{topic} bar {qos} 0"), format!("{topic}  {qos} 0")]
        );
    }
    let stats = broker.stats();
    assert_eq!(
        (stats.violations, stats.clients_refused, stats.panics_caught),
        (0, 0, 0)
    );
}

#[test]
fn what_its_client_retained_its_client_finds() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start();
    for (version, qos) in CASES {
        println!("case: -V {version} -q {qos}");
        let common = ["-V", version, "-q", qos, "-t", "kept"];
        clients.publish(broker.addr(), &[&common[..], &["-r", "-m", "x"]].concat());
        let watch = [&common[..], &["-C", "1", "-F", "%t %p %q %r"]].concat();
        let seen = clients.subscriber(broker.addr(), &watch).succeed();
        assert_eq!(seen, [format!("kept x {qos} 1")]);
        clients.publish(broker.addr(), &[&common[..], &["-r", "-n"]].concat());
        // Nothing retained is left: what comes is the first message that is not.
        let mut reader = Client::new(broker.addr(), Version::V311, "reader");
        reader.subscribe("kept", QoS::AtMostOnce);
        reader.nothing_came();
    }
}

#[test]
fn the_will_of_its_killed_client_is_published() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start();
    for (version, qos) in CASES {
        println!("case: -V {version} -q {qos}");
        let mut watcher = Client::new(broker.addr(), Version::V5, "watcher");
        watcher.subscribe("will", QoS::ExactlyOnce);
        let filter = format!("up/{version}/{qos}");
        let will = [
            "-V",
            version,
            "-t",
            &filter,
            "--will-topic",
            "will",
            "--will-payload",
            "gone",
            "--will-qos",
            qos,
        ];
        let subscriber = clients.subscriber(broker.addr(), &will);
        broker.until_subscribed(&filter);
        watcher.nothing_came();
        subscriber.kill();
        let got = watcher.receive();
        assert_eq!((text(&got), got.qos.to_string().as_str()), ("gone", qos));
        watcher.nothing_came();
    }
}

#[test]
fn its_client_goes_on_with_its_session() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start();
    for (version, qos) in CASES.into_iter().filter(|(_, qos)| *qos != "0") {
        println!("case: -V {version} -q {qos}");
        let client_id = format!("fixed-{version}-{qos}");
        // In 5.0 a session lasts as long as is asked for.
        let expiry: &[&str] = if version == "5" { &["-x", "3600"] } else { &[] };
        let common = [
            &["-V", version, "-q", qos, "-t", "test/#", "-c", "-i", &client_id],
            expiry,
        ]
        .concat();
        clients
            .subscriber(broker.addr(), &[&common[..], &["-E"]].concat())
            .succeed();
        for payload in ["1", "2", "3"] {
            clients.publish(broker.addr(), &["-q", "2", "-t", "test/topic", "-m", payload]);
        }
        let seen = clients
            .subscriber(broker.addr(), &[&common[..], &["-v", "-C", "3"]].concat())
            .succeed();
        assert_eq!(seen, ["test/topic 1", "test/topic 2", "test/topic 3"]);
    }
}

#[test]
fn two_of_its_clients_with_one_identifier() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start();
    let first = clients.subscriber(broker.addr(), &["-V", "5", "-i", "same", "-t", "first", "-d"]);
    broker.until_subscribed("first");
    let second = clients.subscriber(broker.addr(), &["-V", "5", "-i", "same", "-t", "second"]);
    broker.until_subscribed("second");
    broker.until("the takeover", |event| {
        matches!(
            event,
            Event::Disconnected {
                cause: broker::journal::CloseReason::TakenOver,
                ..
            }
        )
    });
    drop((first, second));
}

#[test]
fn our_refusals_are_exit_codes_of_its_clients() {
    let Some(clients) = Clients::find() else { return };
    let broker = Embedded::start_with(|settings| settings.auth.allow_anonymous = false);
    for (version, code) in [("31", 5), ("311", 5), ("5", 0x87)] {
        let finished = clients
            .publisher(broker.addr(), &["-V", version, "-t", "a", "-m", "x"])
            .wait();
        assert_eq!(finished.code, Some(code), "-V {version}: {finished:?}");
    }
}

#[test]
fn our_programs_talk_through_its_broker() {
    let Some(broker) = Mosquitto::start("") else {
        return;
    };
    let port = broker.addr().port().to_string();
    for (version, qos) in CASES {
        println!("case: -V {version} -q {qos}");
        let common = ["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", qos];
        let watch = ["-t", "test/#", "-v", "-C", "2", "-d"];
        let mut subscriber = start("subscriber", &[&common[..], &watch].concat());
        subscriber.until("SUBACK", |line| line.contains("received SUBACK"));
        let ours = start(
            "publisher",
            &[&common[..], &["-t", "test/topic", "-m", "bar"]].concat(),
        );
        assert!(ours.succeed().is_empty());
        let mut raw = Client::new(broker.addr(), Version::V311, "raw");
        // At the same QoS: one that needs fewer steps may overtake.
        let level = QOS
            .into_iter()
            .find(|level| level.to_string() == qos)
            .expect("0, 1 or 2");
        raw.publish(&message("test/other", "baz", level));
        let printed = subscriber.succeed();
        let messages: Vec<_> = printed.iter().filter(|line| line.starts_with("test/")).collect();
        assert_eq!(messages, ["test/topic bar", "test/other baz"]);
    }
}
