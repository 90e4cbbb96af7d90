//! `--json`: lines for programs.

use serde_json::Value;
use tests::harness::{Embedded, Finished};

use super::{broker, client, start, subscriber_and_publisher};

fn parsed(lines: &[String]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn events(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["event"].as_str().expect("each has one"))
        .collect()
}

fn publish(broker: &Embedded, arguments: &[&str]) -> Finished {
    start(&mut client(
        "publisher",
        broker.addr(),
        &[arguments, &["--json"]].concat(),
    ))
    .wait()
}

#[test]
fn the_publisher_tells_what_became_of_each_message() {
    let broker = broker();
    let finished = publish(
        &broker,
        &["-V", "5", "-t", "a", "-m", "é", "-q", "2", "--repeat", "2", "-r"],
    );
    assert_eq!((finished.code, finished.stderr.len()), (Some(0), 0));
    let lines = parsed(&finished.stdout);
    let mut names = events(&lines);
    // The second may be sent before the first is acknowledged.
    names[1..5].sort_unstable();
    assert_eq!(
        names,
        [
            "connected",
            "acknowledged",
            "acknowledged",
            "sending",
            "sending",
            "summary"
        ]
    );
    assert_eq!(lines[0]["mqtt_version"], "5.0");
    assert_eq!(lines[0]["session_present"], false);
    assert!(lines[0]["client_id"].as_str().is_some_and(|id| !id.is_empty()));
    let sent = lines.iter().find(|line| line["event"] == "sending").unwrap();
    let expected = serde_json::json!({
        "event": "sending", "at_secs": sent["at_secs"], "dup": false, "topic": "a", "qos": 2, "retain": true, "id": 1, "payload": "é",
    });
    assert_eq!(*sent, expected);
    let acknowledged = lines.iter().find(|line| line["event"] == "acknowledged").unwrap();
    assert_eq!(
        (&acknowledged["id"], &acknowledged["code"]),
        (&1.into(), &0.into())
    );
    assert!(acknowledged["after_ms"].as_f64().is_some_and(|time| time > 0.0));
    assert_eq!((&lines[5]["sent"], &lines[5]["end"]), (&2.into(), &"done".into()));
}

#[test]
fn the_subscriber_tells_what_arrives() {
    let broker = broker();
    let publisher = [
        "-V",
        "5",
        "-t",
        "a/b",
        "-m",
        "x",
        "-D",
        "publish",
        "user-property",
        "k",
        "v",
    ];
    let subscriber = ["-V", "5", "-t", "a/#", "-C", "1", "--json"];
    let finished = start(&mut subscriber_and_publisher(
        broker.addr(),
        &subscriber,
        &publisher,
    ))
    .wait();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let lines = parsed(&finished.stdout);
    assert_eq!(events(&lines), ["connected", "subscribed", "message", "summary"]);
    assert_eq!(
        lines[1]["filters"],
        serde_json::json!([{ "filter": "a/#", "code": 0, "reason": "Granted QoS 0" }])
    );
    let message = &lines[2];
    let expected = serde_json::json!({
        "event": "message", "at_secs": message["at_secs"], "time": message["time"], "topic": "a/b", "qos": 0,
        "retain": false, "payload": "x", "properties": { "user_properties": [["k", "v"]] },
    });
    assert_eq!(*message, expected);
    assert_eq!(
        (&lines[3]["received"], &lines[3]["end"]),
        (&1.into(), &"count".into())
    );
}

#[test]
fn bytes_that_are_no_text_are_in_base64() {
    let broker = broker();
    let file = tests::harness::binaries::target_dir().join(format!("tmp/binary-{}", std::process::id()));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, b"\xFF\0").unwrap();
    let path = file.to_str().unwrap();
    let mut command = subscriber_and_publisher(
        broker.addr(),
        &["-t", "a", "-C", "1", "--json"],
        &["-t", "a", "-f", path],
    );
    let finished = start(&mut command).wait();
    std::fs::remove_file(&file).unwrap();
    let lines = parsed(&finished.stdout);
    assert_eq!(lines[2]["payload_base64"], "/wA=");
    assert_eq!(lines[2].get("payload"), None);
}

#[test]
fn errors_are_lines_too_on_standard_error() {
    let broker = broker();
    for (arguments, kind, code) in [
        (&["-t", "a/#", "-m", "x"][..], "usage", 1),
        (&["-t", "a", "-m", "x", "-d"], "usage", 1),
        (&["-t", "a", "-f", "/nonexistent/file"], "input", 1),
        (
            &["-V", "5", "-q", "1", "-t", "$SYS/x", "-m", "x"],
            "refused",
            0x87,
        ),
        (
            &["-t", "a", "-m", "x", "-h", "127.0.0.1", "-p", "1"],
            "no_broker",
            1,
        ),
    ] {
        let finished = publish(&broker, arguments);
        assert_eq!(finished.code, Some(code), "{finished:#?}");
        let errors = parsed(&finished.stderr);
        assert_eq!(events(&errors), ["error"], "{arguments:?}");
        assert_eq!(
            (&errors[0]["kind"], &errors[0]["exit_code"]),
            (&kind.into(), &code.into())
        );
        assert!(errors[0]["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    let finished = start(&mut client(
        "subscriber",
        broker.addr(),
        &["-t", "a", "-W", "1", "--json"],
    ))
    .wait();
    assert_eq!(finished.code, Some(27));
    assert_eq!(parsed(&finished.stderr)[0]["kind"], "timed_out");
}

#[test]
fn an_expectation_that_fails_says_what_came_instead() {
    let broker = broker();
    start(&mut client(
        "publisher",
        broker.addr(),
        &["-t", "a/b", "-m", "y", "-q", "1", "-r"],
    ))
    .succeed();
    let arguments = ["--expect", "a/+", "--payload", "x", "--within", "300ms", "--json"];
    let finished = start(&mut client("subscriber", broker.addr(), &arguments)).wait();
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let error = &parsed(&finished.stderr)[0];
    assert_eq!(
        (&error["kind"], &error["exit_code"]),
        (&"unsatisfied".into(), &1.into())
    );
    assert_eq!(error["message"], "Expected a message to a/+; none came.");
    let other = &error["others"][0];
    assert_eq!((&other["topic"], &other["payload"]), (&"a/b".into(), &"y".into()));
    assert_eq!(other["why"], "the payload is not \"x\"");
    assert_eq!(
        events(&parsed(&finished.stdout)),
        ["connected", "subscribed", "summary"]
    );
}

#[test]
fn a_wrong_flag_is_one_sentence() {
    let broker = broker();
    let finished = start(&mut client("publisher", broker.addr(), &["--json", "--qso"])).wait();
    let error: Value = serde_json::from_str(&finished.stderr.join("\n")).unwrap();
    assert_eq!(
        error["message"],
        "unexpected argument '--qso' found tip: a similar argument exists: '--qos'"
    );
}

#[test]
fn a_connection_that_is_lost_and_made_again_is_told() {
    for json in [true, false] {
        let broker = broker();
        let arguments = ["-V", "5", "-i", "me", "-t", "a", "-C", "1"];
        let arguments = [&arguments[..], if json { &["--json"] } else { &[] }].concat();
        let mut program = start(&mut client("subscriber", broker.addr(), &arguments));
        broker.until_subscribed("a");
        if json {
            program.until("SUBACK", |line| line.contains("\"subscribed\""));
        }
        assert!(
            broker
                .block_on(broker.disconnect("me", broker::ReasonCode::SERVER_SHUTTING_DOWN))
                .unwrap()
        );
        if json {
            let lost = program.until("the loss", |line| line.contains("\"reconnecting\""));
            let lost: Value = serde_json::from_str(&lost).unwrap();
            assert_eq!(lost["wait_secs"], 1.0);
            assert!(
                lost["error"].as_str().unwrap().contains("Server shutting down"),
                "{lost}"
            );
            // It has subscribed again, too.
            program.until("its end", |line| {
                line.contains("\"reconnected\",\"session_present\":false")
            });
            program.until("SUBACK", |line| line.contains("\"subscribed\""));
        } else {
            program.until_stderr("the loss", |line| line.ends_with("Trying again in 1 s."));
            program.until_stderr("its end", |line| line == "Connected again; subscribed again.");
        }
        start(&mut client(
            "publisher",
            broker.addr(),
            &["-t", "a", "-m", "x", "-q", "1"],
        ))
        .succeed();
        let finished = program.wait();
        assert_eq!(finished.code, Some(0), "{finished:#?}");
    }
}
