//! `broker ctl` asks: expectations, waits, what was recorded.

use serde_json::json;

use super::Asked;
use crate::cli::program::Program;
#[cfg(unix)]
use crate::cli::program::first_line;

/// A PUBLISH at QoS 0 of 5.0.
fn publish(topic: &str, payload: &str) -> Vec<u8> {
    let length = topic.len() + payload.len() + 3;
    let mut bytes = vec![0x30, length as u8, 0, topic.len() as u8];
    bytes.extend(topic.as_bytes());
    bytes.push(0);
    bytes.extend(payload.as_bytes());
    bytes
}

#[test]
fn expect_exits_with_0_or_with_1_and_what_came_nearest() {
    let asked = Asked::start("ctl_expect", &[]);
    let mut lamp = asked.client("lamp");
    lamp.send(&publish("lamp/state", "on"));
    let met = asked.done(&[
        "expect",
        "PUBLISH",
        "in",
        "topic=lamp/+",
        "payload~=^o",
        "--times",
        "1",
    ]);
    assert!(met.contains("→ PUBLISH lamp/state payload=\"on\""), "{met}");
    asked.done(&["expect", "CONNECT", "from=lamp", "then", "PUBLISH", "from=lamp"]);
    asked.done(&["expect", "PUBLISH", "topic=alarm/#", "--never"]);
    let (code, out, err) = asked.ctl(&[
        "expect",
        "PUBLISH",
        "topic=lamp/state",
        "payload=off",
        "--timeout",
        "0",
    ]);
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(
        err.contains("nearest:") && err.contains("payload \"on\", not \"off\""),
        "{err}"
    );
    assert_eq!(asked.ctl(&["expect", "PUBLISH", "--never"]).0, Some(1));
    // Behind a mark nothing has come.
    let mark = asked.done(&["mark"]);
    assert!(mark.parse::<u64>().is_ok(), "{mark}");
    asked.done(&["expect", "PUBLISH", "topic=lamp/#", "--never", "--after", &mark]);
    let (code, _, err) = asked.ctl(&["expect", "PUBLISH", "topik=a"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean \"topic\"?"), "{err}");
    // A whole expectation in JSON.
    let steps =
        json!({"steps": [{"pattern": {"packet": "PUBLISH", "direction": "in"}, "times": 1}]}).to_string();
    assert_eq!(asked.json(&["expect", "--after", "0", &steps])["count"], 1);
    let (code, _, err) = asked.ctl(&["--json", "expect", "PUBLISH", "topic=b", "--timeout", "0"]);
    let problem: serde_json::Value = serde_json::from_str(&err).expect("JSON");
    assert_eq!((code, &problem["status"]), (Some(1), &417.into()));
    assert!(problem["failure"].is_object(), "{problem}");
}

#[test]
fn waits_end_when_it_comes() {
    let asked = Asked::start("ctl_wait", &[]);
    let mut waiting = Program::spawn(&mut asked.command(&["wait", "message", "topic=a", "--timeout", "30s"]));
    let mut lamp = asked.client("lamp");
    asked.done(&["wait", "connected", "lamp"]);
    lamp.send(&publish("a", "1"));
    assert!(waiting.line().contains("lamp") && waiting.exit().0.success());
    assert_eq!(
        asked.json(&["wait", "message", "--count", "1"])["messages"][0]["payload"],
        "1"
    );
    lamp.send(b"\x82\x07\0\x01\0\0\x01a\0");
    asked.done(&["wait", "subscribed", "lamp", "a"]);
    asked.done(&["settle"]);
    asked.done(&["publish", "kept", "x", "-r"]);
    asked.done(&["wait", "retained", "kept"]);
    drop(lamp);
    asked.done(&["wait", "disconnected", "lamp"]);
    asked.done(&["wait", "session-ended", "lamp"]);
    let (code, _, err) = asked.ctl(&["wait", "connected", "lmap", "--timeout", "10ms"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("lamp"), "{err}");
}

#[test]
fn what_was_recorded_is_read_page_by_page_drawn_and_followed() {
    let asked = Asked::start("ctl_journal", &[]);
    let mut following =
        Program::spawn(&mut asked.command(&["journal", "--follow", "--after", "0", "PUBLISH"]));
    let mut lamp = asked.client("la\u{7}mp");
    for n in ["1", "2", "3"] {
        lamp.send(&publish("a/b", n));
        let line = following.line();
        assert!(line.contains(&format!("→ PUBLISH a/b payload=\"{n}\"")), "{line}");
        assert!(line.contains("la\\u{7}mp"), "{line}");
    }
    following.kill();
    let messages = asked.done(&["messages", "topic=a/+", "--limit", "2"]);
    assert_eq!(messages.lines().count(), 2, "{messages}");
    let page = asked.json(&["packets", "PUBLISH", "in", "--limit", "2"]);
    let next = page["meta"]["next"].to_string();
    let rest = asked.json(&["packets", "PUBLISH", "in", "--after", &next]);
    assert_eq!(rest["packets"][0]["payload"], "3");
    assert!(asked.done(&["packets", "connected"]).contains("· connected"));
    assert!(asked.done(&["journal"]).contains("PUBLISH a/b"));
    asked.done(&["journal", "--format", "pcapng", "-o", "a.pcapng"]);
    let capture = std::fs::read(asked.directory.join("a.pcapng")).expect("it is there");
    assert!(capture.starts_with(b"\n\r\r\n"));
    let lines = asked.done(&["journal", "--json", "PUBLISH"]);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    asked.done(&["forget", "journal"]);
    assert_eq!(asked.json(&["messages"])["messages"], json!([]));
}

#[test]
fn how_things_stand_is_shown_in_words() {
    let asked = Asked::start("ctl_state", &[]);
    let mut lamp = asked.client("lamp");
    lamp.send(b"\x82\x0a\0\x01\0\0\x04lamp\0");
    lamp.packet();
    asked.done(&["publish", "kept", "x", "-r"]);
    let clients = asked.done(&["clients"]);
    assert!(clients.contains("lamp") && clients.contains("yes"), "{clients}");
    assert!(asked.done(&["subscriptions"]).contains("lamp"));
    assert!(asked.done(&["sessions"]).contains("lamp"));
    assert!(asked.done(&["retained"]).contains("kept"));
    assert!(asked.done(&["retained", "kept"]).contains('x'));
    assert_eq!(asked.ctl(&["retained", "none"]).0, Some(4));
    assert!(asked.done(&["stats"]).contains("publish_"));
    drop(lamp);
    asked.done(&["wait", "disconnected", "lamp"]);
    // Why, and what to do about it.
    let gone = asked.done(&["clients", "lamp"]);
    assert!(gone.contains("connection_lost"), "{gone}");
    assert_eq!(asked.ctl(&["clients", "nobody"]).0, Some(4));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_ends_it_quietly() {
    let asked = Asked::start("ctl_pipe", &[]);
    let _lamp = asked.client("lamp");
    let mut command = asked.command(&["journal", "--follow", "--after", "0", "connected"]);
    let (mut following, mut stdout) = Program::spawn_unread(&mut command);
    assert!(first_line(&mut stdout).contains("lamp"));
    // No further event has to come.
    drop(stdout);
    let (status, err) = following.exit();
    assert_eq!((status.code(), &*err), (Some(0), ""));
}
