//! Our publisher and subscriber, over each way: as programs, with the flags that people type.

use tests::harness::Way;
use tests::harness::binaries::start;
use tests::harness::way::Reachable;

use super::{all_went_well, said_goodbye};

/// The flags that lead there.
fn flags(broker: &Reachable, way: Way) -> Vec<String> {
    let port = broker.addr().port();
    let mut flags = match way {
        Way::Unix => vec!["--unix".to_owned(), broker.url(way).replacen("unix:", "", 1)],
        way => vec![
            "-L".to_owned(),
            format!("{}://127.0.0.1:{port}/talk", way.scheme()),
        ],
    };
    if way == Way::Unix {
        flags.extend(["-t".to_owned(), "talk".to_owned()]);
    }
    if way.has_tls() {
        flags.extend(["--cafile".to_owned(), broker.ca_file(way)]);
    }
    flags
}

#[test]
fn our_programs_go_every_way() {
    let broker = Reachable::start();
    let big = broker.folder().write("big", &"0123456789".repeat(30_000));
    for way in Way::ALL {
        for version in ["31", "311", "5"] {
            for qos in ["0", "1", "2"] {
                let case = format!("{way}-{version}-{qos}");
                let (hears, says) = (format!("{case}-hears"), format!("{case}-says"));
                let place = flags(&broker, *way);
                let common: Vec<&str> = place
                    .iter()
                    .map(String::as_str)
                    .chain(["-V", version, "-q", qos])
                    .collect();
                let hear = [
                    "-i",
                    &hears,
                    "-C",
                    "2",
                    "-F",
                    "%q %l %r",
                    "--will-topic",
                    &format!("gone/{hears}"),
                    "--will-retain",
                ];
                let subscriber = start("subscriber", &[&common[..], &hear].concat());
                broker.until(&format!("{hears} is subscribed"), |event| {
                    matches!(event, broker::Event::Subscribed { client_id, .. } if **client_id == *hears)
                });
                let say = ["-i", &says, "-m", "bar"];
                start("publisher", &[&common[..], &say].concat()).succeed();
                let big = big.display().to_string();
                start("publisher", &[&common[..], &["-i", &says, "-f", &big]].concat()).succeed();
                assert_eq!(
                    subscriber.succeed(),
                    [format!("{qos} 3 0"), format!("{qos} 300000 0")],
                    "{case}"
                );
                said_goodbye(&broker, &hears, &way.to_string());
                said_goodbye(&broker, &says, &way.to_string());
            }
        }
    }
    all_went_well(&broker);
}
