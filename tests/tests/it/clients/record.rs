//! `subscriber --record` and `publisher --replay`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::harness::binaries::{program, target_dir};

use super::{broker, client, start, subscriber_and_publisher};

/// A file of this test's own.
fn file(name: &str) -> PathBuf {
    let folder = target_dir().join("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}-{}.jsonl", std::process::id()))
}

fn lines(path: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Messages without what differs from run to run, by topic: between levels of QoS there is no order.
fn messages(path: &PathBuf) -> Vec<Value> {
    let mut all = lines(path);
    assert_eq!(
        (&all[0]["event"], &all[0]["version"]),
        (&"recording".into(), &1.into())
    );
    all.remove(0);
    for message in &mut all {
        let fields = message.as_object_mut().unwrap();
        for field in ["at_secs", "time", "id"] {
            fields.remove(field);
        }
    }
    all.sort_by_key(|message| message["topic"].to_string());
    all
}

#[test]
fn what_was_recorded_is_published_again_as_it_was() {
    let broker = broker();
    let (first, second) = (file("first"), file("second"));
    let publisher = program("publisher").get_program().to_str().unwrap().to_owned();
    let script = format!(
        "{publisher} -V 5 -t a/text -m 'é \"x\"' -q 2 -D publish user-property k 1 -D publish user-property k 2 \
         -D publish correlation-data z && printf '\\377\\000' | {publisher} -t a/bytes -s -q 1 && {publisher} -t a/empty -n"
    );
    let subscriber = ["-V", "5", "-t", "a/#", "-q", "2", "-C", "3", "--record"];
    let arguments = [
        &subscriber[..],
        &[first.to_str().unwrap(), "--", "sh", "-c", &script],
    ]
    .concat();
    let printed = start(&mut client("subscriber", broker.addr(), &arguments)).wait();
    assert_eq!(printed.code, Some(0), "{printed:#?}");
    let arguments = [&subscriber[..], &[second.to_str().unwrap()]].concat();
    let replay = ["-V", "5", "--replay", first.to_str().unwrap(), "--speed", "max"];
    let finished = start(&mut subscriber_and_publisher(broker.addr(), &arguments, &replay)).wait();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert_eq!(messages(&second), messages(&first));
    assert_eq!(messages(&first)[0]["payload_base64"], "/wA=");
    assert_eq!(messages(&first).len(), 3);
    for path in [first, second] {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn pauses_are_kept_shortened_or_left_out() {
    let broker = broker();
    let path = file("pauses");
    let line = |at: f64| format!("{{\"at_secs\":{at},\"topic\":\"a\",\"qos\":1,\"payload\":\"x\"}}\n");
    std::fs::write(&path, [line(5.0), line(5.2), line(5.6)].concat()).unwrap();
    let took = |speed: &str| {
        let began = Instant::now();
        start(&mut client(
            "publisher",
            broker.addr(),
            &["--replay", path.to_str().unwrap(), "--speed", speed],
        ))
        .succeed();
        began.elapsed()
    };
    assert!(took("1x") >= Duration::from_millis(600));
    assert!(took("2x") >= Duration::from_millis(300));
    // An hour's pause is left out.
    std::fs::write(&path, [line(0.0), line(3600.0)].concat()).unwrap();
    took("max");
    std::fs::remove_file(path).unwrap();
    assert_eq!(broker.stats().publish_received, 8);
}

#[test]
fn lines_of_json_from_standard_input_are_a_recording_too() {
    let broker = broker();
    let mut program = start(&mut client(
        "publisher",
        broker.addr(),
        &["--replay", "-", "--json"],
    ));
    // As `subscriber --json` prints them.
    program.input("{\"at_secs\":0.1,\"event\":\"connected\",\"client_id\":\"x\"}\n");
    program.input("{\"at_secs\":0.2,\"event\":\"message\",\"topic\":\"a/b\",\"qos\":0,\"retain\":false,\"payload\":\"x\"}\n");
    let sent = program.until("the message", |line| line.contains("\"sending\""));
    assert!(
        sent.contains("\"topic\":\"a/b\"") && sent.contains("\"payload\":\"x\""),
        "{sent}"
    );
    assert_eq!(program.wait().code, Some(0));
}

#[test]
fn a_line_that_is_wrong_is_found_before_anything_is_sent() {
    let broker = broker();
    let path = file("wrong");
    std::fs::write(&path, "{\"topic\":\"a\"}\n{\"topic\":\"a\",\"qos\":7}\n").unwrap();
    let finished = start(&mut client(
        "publisher",
        broker.addr(),
        &["--replay", path.to_str().unwrap()],
    ))
    .wait();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(finished.code, Some(1));
    assert_eq!(
        finished.stderr,
        [format!(
            "Error: {}, line 2: `qos` is 7; it is 0, 1 or 2",
            path.display()
        )]
    );
    assert_eq!(broker.stats().connects_received, 0);
}

#[test]
fn a_recording_that_lacks_something_is_published_as_far_as_it_can_be_and_the_exit_code_says_so() {
    let broker = broker();
    let path = file("cut");
    let cut = "{\"topic\":\"a\"}\n{\"topic\":\"a\",\"qo";
    let newer = "{\"event\":\"recording\",\"version\":99}\n{\"topic\":\"a\"}\n";
    for (text, code, told) in [
        (cut.to_owned(), 3, "is cut in line 2"),
        (
            format!("{newer}{{\"topic\":7}}\n"),
            3,
            "line 3 of the recording is passed over",
        ),
        (newer.to_owned(), 0, "is of format 99"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let arguments = ["--replay", path.to_str().unwrap()];
        let finished = start(&mut client("publisher", broker.addr(), &arguments)).wait();
        assert_eq!(finished.code, Some(code), "{text}: {finished:#?}");
        assert!(
            finished.stderr.iter().any(|line| line.contains(told)),
            "{finished:#?}"
        );
    }
    std::fs::remove_file(&path).unwrap();
    broker.expect(broker::expect::publish("a").times(3)).wait();
}

#[test]
fn properties_that_cannot_be_sent_are_told_once() {
    let broker = broker();
    let path = file("properties");
    let line = "{\"topic\":\"a\",\"properties\":{\"content_type\":\"x\"}}\n";
    std::fs::write(&path, line.repeat(2)).unwrap();
    let replay = |version: &str| {
        let arguments = ["-V", version, "--replay", path.to_str().unwrap()];
        start(&mut client("publisher", broker.addr(), &arguments)).wait()
    };
    let finished = replay("311");
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert_eq!(
        finished.stderr,
        ["Warning: the recording has properties, which only version 5 can carry; -V 5 sends them."]
    );
    assert_eq!(replay("5").stderr, [""; 0]);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_recording_can_be_interrupted() {
    let broker = broker();
    let path = file("interrupted");
    let arguments = ["-t", "a", "-i", "me", "--record", path.to_str().unwrap()];
    let mut program = start(&mut client("subscriber", broker.addr(), &arguments));
    broker.until_subscribed("a");
    start(&mut client("publisher", broker.addr(), &["-t", "a", "-m", "x"])).succeed();
    assert_eq!(program.line(), "x");
    program.signal("INT");
    assert_eq!(program.wait().code, Some(0));
    assert_eq!(messages(&path)[0]["payload"], "x");
    std::fs::remove_file(path).unwrap();
}
