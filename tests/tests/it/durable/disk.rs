//! A disk that takes nothing more.

use std::fs;
use std::process::Command;

use broker::wire::{PacketType, Version};
use broker::{Injected, QoS, ReasonCode};
use tests::harness::folder::Folder;
use tests::harness::raw::{resume, text};
use tests::harness::{Client, Embedded, Served, message};

/// A file may have so many kibibytes.
const MOST_KIB: usize = 128;

/// A message that does not fit in such a file.
fn too_large() -> String {
    "x".repeat(2 * MOST_KIB * 1024)
}

fn limit(broker: &Served, bytes: &str) {
    let (pid, fsize) = (
        format!("--pid={}", broker.pid()),
        format!("--fsize={bytes}:unlimited"),
    );
    let done = Command::new("prlimit")
        .args([pid, fsize])
        .status()
        .expect("util-linux is there");
    assert!(done.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_what_cannot_be_kept_is_refused_until_it_has_room() {
    let folder = Folder::new();
    let state_dir = folder.file("state").display().to_string();
    // The system's limit on a file stands for the disk's end. A program that ignores its signal is told as of a full disk.
    let mut broker = Served::start_under(
        &["sh", "-c", r#"trap '' XFSZ; exec "$0" "$@""#],
        &["--state-dir", &state_dir],
    );
    let mut kept = Client::connect(broker.addr(), &resume(Version::V5, "kept"));
    kept.subscribe("kept/#", QoS::AtLeastOnce);
    let mut light = Client::new(broker.addr(), Version::V5, "light");
    light.subscribe("light", QoS::AtMostOnce);
    limit(&broker, &(MOST_KIB * 1024).to_string());

    let large = too_large();
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    let sent = publisher
        .start_publish(&message("kept/large", &large, QoS::AtLeastOnce))
        .expect("QoS 1");
    let failing = broker.until("store", |event| event["state"] == "failing");
    assert!(
        failing["why"].as_str().is_some_and(|why| why.contains("log-")),
        "{failing}"
    );

    // Others are told that what they want kept cannot be.
    let mut other = Client::new(broker.addr(), Version::V5, "other");
    let small = message("kept/small", "x", QoS::AtLeastOnce);
    assert_eq!(other.publish(&small), ReasonCode::QUOTA_EXCEEDED);
    let (_, connack) = Client::say_hello(broker.addr(), &resume(Version::V311, "new"));
    assert!(connack.reason.is_error(), "{connack:?}");
    // 3.1.1 has no answer that says so.
    let mut old = Client::new(broker.addr(), Version::V311, "old");
    old.start_publish(&small);
    old.closed();
    // What need not be kept goes on, at each QoS.
    for (payload, qos) in [
        ("0", QoS::AtMostOnce),
        ("1", QoS::AtLeastOnce),
        ("2", QoS::ExactlyOnce),
    ] {
        assert_eq!(
            other.publish(&message("light", payload, qos)),
            ReasonCode::SUCCESS
        );
        assert_eq!(text(&light.receive()), payload);
    }
    let mut old = Client::new(broker.addr(), Version::V311, "old");
    old.publish(&message("light", "old", QoS::AtLeastOnce));
    assert_eq!(text(&light.receive()), "old");

    limit(&broker, "unlimited");
    broker.until("store", |event| event["state"] == "recovered");
    assert_eq!(
        publisher.await_ack(PacketType::PubAck, sent).reason,
        ReasonCode::SUCCESS
    );
    assert_eq!(kept.receive().payload.len(), large.len());
    assert_eq!(other.publish(&small), ReasonCode::SUCCESS);
    broker.kill();

    let broker = Served::start(&["--state-dir", &state_dir]);
    let (mut kept, connack) = Client::say_hello(broker.addr(), &resume(Version::V5, "kept"));
    assert!(connack.session_present);
    assert_eq!(text(&kept.receive()), "x");
    broker.stop("TERM");
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_bridge_cannot_bring_in_stays_in_the_other_broker() {
    let far = Embedded::start();
    let folder = Folder::new();
    let settings = format!(
        "[[bridge]]\nname = \"up\"\naddresses = [\"mqtt://{}\"]\nclient_id = \"house\"\ntopics = [\"in/# in 2\"]\n\
         restart_min_millis = 1\nrestart_max_millis = 10\n",
        far.addr()
    );
    let (path, state_dir) = (
        folder.file("near.toml"),
        folder.file("state").display().to_string(),
    );
    fs::write(&path, settings).expect("it can be written");
    let mut broker = Served::start_under(
        &["sh", "-c", r#"trap '' XFSZ; exec "$0" "$@""#],
        &["--config", &path.display().to_string(), "--state-dir", &state_dir],
    );
    broker.until("bridge", |event| event["state"] == "connected");
    let mut kept = Client::connect(broker.addr(), &resume(Version::V5, "kept"));
    kept.subscribe("in/#", QoS::ExactlyOnce);
    limit(&broker, &(MOST_KIB * 1024).to_string());
    let large = too_large();
    let mut publisher = Client::new(broker.addr(), Version::V5, "publisher");
    publisher.start_publish(&message("in/large", &large, QoS::AtLeastOnce));
    broker.until("store", |event| event["state"] == "failing");

    for (topic, qos) in [("in/1", QoS::AtLeastOnce), ("in/2", QoS::ExactlyOnce)] {
        far.block_on(far.publish(Injected::text(topic, topic).qos(qos)))
            .expect("it runs");
    }
    broker.until("bridge", |event| {
        event["state"] == "lost"
            && event["why"]
                .as_str()
                .is_some_and(|why| why.contains("the disk refuses"))
    });
    limit(&broker, "unlimited");
    broker.until("store", |event| event["state"] == "recovered");
    assert_eq!(kept.receive().payload.len(), large.len());
    for topic in ["in/1", "in/2"] {
        assert_eq!(text(&kept.receive()), topic);
    }
    kept.nothing_came();
    broker.stop("TERM");
}
