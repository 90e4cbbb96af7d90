//! mosquitto's clients, which know TCP, TLS and, as they are packaged today, Unix sockets.

use std::process::Command;

use broker::Event;
use tests::harness::peers::{mosquitto, or_skip};
use tests::harness::way::Reachable;
use tests::harness::{Program, Way};

use super::{all_went_well, said_goodbye};

fn flags(broker: &Reachable, way: Way) -> Vec<String> {
    let port = broker.addr().port().to_string();
    match way {
        Way::Unix => vec!["--unix".to_owned(), broker.url(way).replacen("unix:", "", 1)],
        Way::Tls => ["-h", "localhost", "-p", &port, "--cafile", &broker.ca_file(way)]
            .map(str::to_owned)
            .to_vec(),
        _ => ["-h", "127.0.0.1", "-p", &port].map(str::to_owned).to_vec(),
    }
}

#[test]
fn mosquittos_clients_go_three_ways() {
    let Some(publisher) = or_skip(mosquitto("mosquitto_pub")) else {
        return;
    };
    let Some(subscriber) = or_skip(mosquitto("mosquitto_sub")) else {
        return;
    };
    let broker = Reachable::start();
    let big = broker.folder().write("big", &"0123456789".repeat(30_000));
    let big = big.display().to_string();
    for way in [Way::Tcp, Way::Tls, Way::Unix] {
        for version in ["31", "311", "5"] {
            for qos in ["0", "1", "2"] {
                let case = format!("{way}-{version}-{qos}");
                let (hears, says) = (format!("{case}-h"), format!("{case}-s"));
                let place = flags(&broker, way);
                let common: Vec<&str> = place
                    .iter()
                    .map(String::as_str)
                    .chain(["-V", version, "-q", qos, "-t", "talk"])
                    .collect();
                let will = format!("gone/{hears}");
                let hear = [
                    "-i",
                    &hears,
                    "-C",
                    "2",
                    "-F",
                    "%q %l %r",
                    "--will-topic",
                    &will,
                    "--will-retain",
                ];
                let hearing = Program::start(Command::new(&subscriber).args(&common).args(hear));
                broker.until(
                    &format!("{hears} is subscribed"),
                    |event| matches!(event, Event::Subscribed { client_id, .. } if **client_id == *hears),
                );
                for say in [["-m", "bar"], ["-f", &big]] {
                    Program::start(
                        Command::new(&publisher)
                            .args(&common)
                            .args(["-i", &says])
                            .args(say),
                    )
                    .succeed();
                }
                assert_eq!(
                    hearing.succeed(),
                    [format!("{qos} 3 0"), format!("{qos} 300000 0")],
                    "{case}"
                );
                said_goodbye(&broker, &hears, &way.to_string());
                said_goodbye(&broker, &says, &way.to_string());
            }
        }
        // Retained, and found.
        let place = flags(&broker, way);
        let kept = format!("kept/{way}");
        Program::start(
            Command::new(&publisher)
                .args(&place)
                .args(["-t", &kept, "-m", "kept", "-r", "-q", "1"]),
        )
        .succeed();
        let found = Program::start(
            Command::new(&subscriber)
                .args(&place)
                .args(["-t", &kept, "-C", "1", "-F", "%p %r"]),
        );
        assert_eq!(found.succeed(), ["kept 1"]);
        // Killed, and missed.
        let stayer = format!("{way}-stayer");
        let will = format!("gone/{stayer}");
        let stays = [
            "-i",
            &stayer,
            "-t",
            "x",
            "--will-topic",
            &will,
            "--will-payload",
            "x",
            "--will-retain",
        ];
        let staying = Program::start(Command::new(&subscriber).args(&place).args(stays));
        broker.until(
            "it is subscribed",
            |event| matches!(event, Event::Subscribed { client_id, .. } if **client_id == *stayer),
        );
        staying.kill();
        broker.until_gone(&stayer);
        assert!(
            broker
                .state()
                .wait()
                .expect("it runs")
                .retained_message(&will)
                .is_some(),
            "{will}"
        );
    }
    all_went_well(&broker);
}
