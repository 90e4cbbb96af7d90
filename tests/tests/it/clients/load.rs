//! `publisher --load`: the figures add up.

use tests::harness::Embedded;

use super::{broker, client, start};

fn load(broker: &Embedded, arguments: &[&str]) -> serde_json::Value {
    let arguments = [&["--load", "--json"], arguments].concat();
    let finished = start(&mut client("publisher", broker.addr(), &arguments)).wait();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    serde_json::from_str(finished.stdout.last().expect("a line")).expect("JSON")
}

#[test]
fn what_is_sent_arrives_from_every_client_at_every_qos() {
    for qos in ["0", "1", "2"] {
        for version in ["311", "5"] {
            let broker = broker();
            let figures = load(
                &broker,
                &[
                    "--clients",
                    "3",
                    "--repeat",
                    "1000",
                    "-q",
                    qos,
                    "-V",
                    version,
                    "--size",
                    "100",
                ],
            );
            assert_eq!(
                (&figures["event"], &figures["sent"]),
                (&"load".into(), &1000.into())
            );
            assert_eq!(figures["received"], 1000, "{figures}");
            assert_eq!(figures["acknowledged"].as_u64(), (qos != "0").then_some(1000));
            assert!(figures["latency"]["p50_ms"].as_f64() <= figures["latency"]["max_ms"].as_f64());
            let stats = broker.stats();
            assert_eq!(stats.publish_received, 1000, "{stats:?}");
        }
    }
}

#[test]
fn a_rate_is_kept_to_and_a_time_ends_it() {
    let broker = broker();
    // 300 a second for a tenth of one: 30, and one more that is due at the very end. A slow machine sends fewer.
    let figures = load(
        &broker,
        &[
            "--rate",
            "300",
            "--duration",
            "100ms",
            "--clients",
            "2",
            "--send-only",
        ],
    );
    let sent = figures["sent"].as_u64().unwrap();
    assert!(sent <= 33, "{figures}");
    assert!(figures["received"].is_null() && figures["latency"].is_null());
}

#[test]
fn people_get_a_table() {
    let broker = broker();
    let arguments = ["--load", "--repeat", "1200", "-q", "1"];
    let table = start(&mut client("publisher", broker.addr(), &arguments)).succeed();
    assert!(
        table[0].starts_with("1 client, QoS 1, 64 bytes each, "),
        "{table:#?}"
    );
    let row = |name: &str| {
        let row = table.iter().find(|row| row.trim_start().starts_with(name));
        row.unwrap_or_else(|| panic!("{name}: {table:#?}"))
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    assert_eq!(row("sent")[1], "1,200");
    assert_eq!(row("acknowledged")[1], "1,200");
    assert_eq!(row("received")[1], "1,200");
    assert_eq!(row("lost"), ["lost", "0"]);
    assert_eq!(row("99 %")[3], "ms");
}
