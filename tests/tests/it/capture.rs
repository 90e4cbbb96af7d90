//! The journal as a capture file, read by Wireshark's own decoder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use broker::journal::Pcapng;
use broker::wire::Version;
use broker::{Broker, QoS};
use tests::harness::binaries::target_dir;
use tests::harness::peers::{or_skip, tshark};
use tests::harness::{Client, message};

/// Longer than what fits into one frame.
const LONG: usize = 150_000;

/// Two clients of both versions, one long message, and an end.
async fn talk() -> Vec<u8> {
    let started_at = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let broker = Broker::start().await.expect("it starts");
    let journal = broker.journal();
    let mut old = Client::new(broker.addr(), Version::V311, "foo1");
    old.subscribe("test/#", QoS::ExactlyOnce);
    let mut new = Client::new(broker.addr(), Version::V5, "foo2");
    new.publish(&message("test/topic", "bar", QoS::AtLeastOnce));
    old.receive();
    new.publish(&message("test/long", &"x".repeat(LONG), QoS::AtMostOnce));
    old.receive();
    new.disconnect();
    drop(old);
    broker.shutdown().await.expect("it stops");
    let seen = journal.all().await.expect("it is left behind");
    assert_eq!(seen.missed, 0);
    Pcapng::file(started_at, &seen.entries)
}

/// What tshark says of each frame, field by field. Checksums and sequence numbers are verified on the way.
fn decode(program: &PathBuf, capture: &[u8], name: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let path = target_dir().join(format!("capture-{name}-{}.pcapng", std::process::id()));
    fs::write(&path, capture).expect("it can be written");
    let mut command = Command::new(program);
    command.arg("-r").arg(&path);
    for option in ["tcp.check_checksum:TRUE", "ip.check_checksum:TRUE"] {
        command.args(["-o", option]);
    }
    command.args(["-T", "fields", "-E", "separator=/t"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark runs");
    let _ = fs::remove_file(&path);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn tshark_reads_every_packet_and_finds_nothing_wrong() {
    let Some(program) = or_skip(tshark()) else { return };
    let capture = talk().await;
    let fields = [
        "mqtt.msgtype",
        "mqtt.clientid",
        "mqtt.topic",
        "mqtt.msg",
        "frame.comment",
        "tcp.checksum.status",
        "ip.checksum.status",
        "tcp.analysis.flags",
        "_ws.malformed",
    ];
    let frames = decode(&program, &capture, "packets", &fields);
    let column = |row: &[String], name: &str| {
        let at = fields
            .iter()
            .position(|field| *field == name)
            .expect("it was asked for");
        row.get(at).cloned().unwrap_or_default()
    };
    for row in &frames {
        assert_eq!(column(row, "tcp.checksum.status"), "1", "{row:?}");
        assert_eq!(column(row, "ip.checksum.status"), "1", "{row:?}");
        assert_eq!(column(row, "tcp.analysis.flags"), "", "{row:?}");
        assert_eq!(column(row, "_ws.malformed"), "", "{row:?}");
    }
    let of_type = |number: &str| -> Vec<&Vec<String>> {
        frames
            .iter()
            .filter(|row| column(row, "mqtt.msgtype") == number)
            .collect()
    };
    let (connects, subscribes, publishes) = (of_type("1"), of_type("8"), of_type("3"));
    let ids: Vec<_> = connects.iter().map(|row| column(row, "mqtt.clientid")).collect();
    assert_eq!(ids, ["foo1", "foo2"]);
    assert_eq!(column(subscribes[0], "mqtt.topic"), "test/#");
    let topics: Vec<_> = publishes.iter().map(|row| column(row, "mqtt.topic")).collect();
    assert_eq!(topics, ["test/topic", "test/topic", "test/long", "test/long"]);
    assert_eq!(
        column(publishes[0], "frame.comment"),
        "client foo2; sent to foo1",
        "whose it is, and what was decided"
    );
    let payload = "bar"
        .bytes()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!(column(publishes[0], "mqtt.msg"), payload);
    assert_eq!(
        column(publishes[3], "mqtt.msg").len(),
        2 * LONG,
        "put together from several frames"
    );
}

#[tokio::test]
async fn frames_have_the_time_of_the_broker() {
    let Some(program) = or_skip(tshark()) else { return };
    let broker = Broker::start().await.expect("it starts");
    let journal = broker.journal();
    drop(Client::new(broker.addr(), Version::V5, "c"));
    drop(broker);
    let seen = journal.all().await.expect("it is left behind");
    let capture = Pcapng::file(Duration::from_secs(1_000_000), &seen.entries);
    let frames = decode(&program, &capture, "times", &["frame.time_epoch", "mqtt.msgtype"]);
    let connect = frames
        .iter()
        .find(|row| row.get(1).is_some_and(|kind| kind == "1"));
    let shown = &connect.expect("a CONNECT")[0];
    let at = seen.entries[0].at.as_nanos();
    assert_eq!(
        *shown,
        format!("{}.{:09}", 1_000_000 + at / 1_000_000_000, at % 1_000_000_000)
    );
}
