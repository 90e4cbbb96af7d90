//! `broker ctl` acts: the clock, rules, stubs, clients that are cut off, what is kept, further brokers.

use std::io::Read as _;

use packets::{Client, Connect};

use super::Asked;

#[test]
fn the_clock_is_stopped_and_moved() {
    let asked = Asked::start("ctl_clock", &[]);
    asked.done(&["clock", "freeze"]);
    let before = asked.json(&["clock"]);
    assert_eq!(before["frozen"], true);
    let after = asked.json(&["clock", "advance", "1h30m"]);
    let secs = |clock: &serde_json::Value| clock["now_secs"].as_f64().expect("a number");
    assert!(
        (secs(&after) - secs(&before) - 5400.0).abs() < 1e-6,
        "{before} {after}"
    );
    assert!(asked.done(&["clock", "resume"]).contains("frozen    no"));
}

#[test]
fn one_client_is_cut_off_for_a_while() {
    let asked = Asked::start("ctl_interrupt", &[]);
    let lamp = asked.client("lamp");
    let mut other = asked.client("other");
    asked.done(&["clock", "freeze"]);
    asked.done(&["interrupt", "lamp", "30s"]);
    // By a reset, or in good order.
    let end = lamp.stream().read(&mut [0]);
    assert!(!end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    asked.done(&["clock", "advance", "31s"]);
    asked.client("lamp");
    other.ping(1);
    asked.done(&["disconnect", "other", "--reason", "0x98"]);
    assert_eq!(other.packet()[2], 0x98);
    assert_eq!(asked.ctl(&["disconnect", "other"]).0, Some(4));
}

#[test]
fn rules_and_stubs_are_words_json_and_files() {
    let asked = Asked::start("ctl_rules", &[]);
    let words = [
        "fault",
        "add",
        "name=lost it",
        "when.packet=PUBACK",
        "when.direction=out",
        "first=1",
        "action=drop",
    ];
    asked.done(&words);
    assert_eq!(asked.ctl(&words).0, Some(4), "the name is taken");
    let (code, _, err) = asked.ctl(&["fault", "add", "name=x", "client=lamp", "type=latncy"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("latency"), "{err}");
    let script = "[[fault]]\nname = \"slow\"\nclient = \"lamp\"\ntype = \"latency\"\nattributes = { latency = 1 }\n\n\
                  [[stub]]\nname = \"rows\"\nwhen = { packet = \"PUBLISH\", topic = \"ask\" }\n\
                  publish = { topic = \"answer\", payload = \"{{ file('rows.csv')[0].n }}\" }\n";
    std::fs::write(asked.directory.join("script.toml"), script).expect("it is written");
    std::fs::write(asked.directory.join("rows.csv"), "n\n7\n").expect("it is written");
    assert_eq!(asked.ctl(&["fault", "add", "@script.toml"]).0, Some(0));
    let list = asked.done(&["fault", "list"]);
    assert!(list.contains("lost it") && list.contains("slow"), "{list}");
    assert!(asked.done(&["fault", "show", "lost it"]).contains("PUBACK"));
    assert!(asked.done(&["fault", "disable", "lost it"]).contains("no"));
    let one = asked.done(&["fault", "show", "lost it", "--json"]);
    assert!(one.contains(r#""enabled":false"#), "{one}");
    asked.done(&["fault", "enable", "lost it"]);
    asked.done(&["fault", "reset", "lost it"]);
    let one = asked.done(&["fault", "show", "lost it", "--json"]);
    assert!(one.contains(r#""enabled":true"#), "{one}");
    asked.done(&["fault", "remove", "lost it"]);
    asked.done(&["fault", "clear"]);
    assert_eq!(asked.done(&["fault", "list"]), "none");
    // All or nothing: the second is wrong.
    let two = "[[fault]]\nname = \"a\"\nclient = \"x\"\ntype = \"timeout\"\n[[fault]]\nname = \"b\"\ntype = \"latncy\"\n";
    std::fs::write(asked.directory.join("two.toml"), two).expect("it is written");
    assert_eq!(asked.ctl(&["fault", "add", "@two.toml"]).0, Some(2));
    assert_eq!(asked.done(&["fault", "list"]), "none");
    // The file that the stub reads goes along; what else is there is told.
    let (code, _, err) = asked.ctl(&["stub", "add", "@script.toml"]);
    assert!(
        code == Some(0) && err.contains("1 of other kinds are left out"),
        "{err}"
    );
    let mut lamp = asked.client("lamp");
    lamp.send(b"\x82\x0c\0\x01\0\0\x06answer\0");
    lamp.packet();
    lamp.send(b"\x30\x06\0\x03ask\0");
    assert_eq!(lamp.packet(), b"\x30\x0a\0\x06answer\x007");
    assert!(asked.done(&["stub", "list"]).contains("rows"));
    let (code, _, err) = asked.ctl(&["device", "add", "@script.toml"]);
    assert!(code == Some(2) && err.contains("has no [[device]]"), "{err}");
    asked.done(&["scenario", "set", "door", "open"]);
    assert!(asked.done(&["scenario", "list"]).contains("open"));
    asked.done(&["scenario", "reset"]);
}

#[test]
fn what_outlives_connections_is_saved_and_put_back() {
    let asked = Asked::start("ctl_snapshot", &[]);
    asked.done(&["publish", "kept", "x", "-r"]);
    asked.done(&["snapshot", "save", "s.json"]);
    asked.done(&["reset"]);
    assert_eq!(asked.done(&["retained"]), "none");
    asked.done(&["snapshot", "restore", "s.json"]);
    assert!(asked.done(&["retained"]).contains("kept"));
    asked.done(&["restart"]);
    assert!(asked.done(&["retained"]).contains("kept"));
    asked.done(&["crash", "--lose-state"]);
    assert_eq!(asked.done(&["retained"]), "none");
    std::fs::write(asked.directory.join("wrong.json"), "{\"version\": 1}").expect("it is written");
    assert_eq!(asked.ctl(&["snapshot", "restore", "wrong.json"]).0, Some(2));
    assert_eq!(asked.ctl(&["snapshot", "restore", "none.json"]).0, Some(2));
}

#[test]
fn sessions_are_recorded_and_played() {
    let asked = Asked::start("ctl_recording", &[]);
    asked.done(&["recording", "start"]);
    let mut lamp = asked.client("lamp");
    lamp.send(b"\x31\x08\0\x04kept\0x");
    lamp.ping(1);
    lamp.send(b"\xe0\0");
    lamp.expect_end();
    asked.done(&["recording", "stop", "r.jsonl"]);
    asked.done(&["reset"]);
    asked.done(&["recording", "play", "r.jsonl", "--speed", "max"]);
    assert!(asked.done(&["retained"]).contains("kept"));
}

#[test]
fn further_brokers_begin_and_end() {
    let asked = Asked::start("ctl_brokers", &[]);
    let new = asked.json(&["broker", "new", "session.max_inflight=1"]);
    let url = new["url"].as_str().expect("a URL");
    let info = asked.json(&["info", "--url", url]);
    assert_eq!(info["url"], new["url"]);
    let address = url.trim_start_matches("mqtt://").parse().expect("an address");
    let mut client = Client::with(address, &Connect::new(5, "lamp"));
    let id = new["id"].as_str().expect("an id");
    assert!(asked.done(&["broker", "list"]).contains(url));
    asked.done(&["broker", "end", id]);
    // 5.0: Server shutting down.
    assert_eq!(client.packet()[2], 0x8B);
    assert_eq!(asked.ctl(&["info", "--url", url]).0, Some(3));
}

#[test]
fn users_come_and_go() {
    let asked = Asked::start("ctl_users", &[]);
    let mut command = asked.command(&["user", "set", "ann"]);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), b"pencil\n").expect("it reads");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(asked.done(&["user", "list"]), "ann");
    asked.done(&["access", "anonymous", "no"]);
    let login = Connect {
        login: Some(("ann", "pencil")),
        ..Connect::new(5, "lamp")
    };
    Client::with(asked.address, &login).ping(1);
    asked.done(&["user", "remove", "ann"]);
    assert_eq!(asked.ctl(&["user", "remove", "ann"]).0, Some(4));
}

#[test]
fn what_is_wrong_is_told_in_the_words_of_the_command_line() {
    let asked = Asked::start("ctl_words", &[]);
    let fails = |words: &[&str], code: i32| {
        let (found, _, err) = asked.ctl(words);
        assert_eq!(found, Some(code), "{words:?}: {err}");
        err
    };
    let err = fails(&["api", "FOO", "packets"], 2);
    assert!(err.contains("expected GET, POST, PUT or DELETE"), "{err}");
    let err = fails(&["api", "POST", "publish", "topic=a", "retian=true"], 2);
    assert!(
        err.contains("did you mean `retain`?") && !err.contains("at line"),
        "{err}"
    );
    let err = fails(&["recording", "stop"], 4);
    assert!(err.contains("broker ctl recording start begins"), "{err}");

    asked.done(&["interrupt", "lamp", "30s"]);
    let lamp = asked.done(&["clients", "lamp"]);
    let how = "broker ctl api DELETE faults/interruption%20of%20%22lamp%22";
    assert!(lamp.contains(how), "{lamp}");
    asked.done(&["api", "DELETE", how.rsplit(' ').next().expect("a path")]);
    assert!(!asked.done(&["clients"]).contains("interruption"));
}

#[test]
fn a_snapshot_that_is_too_large_names_the_setting_to_raise() {
    let asked = Asked::start("ctl_large", &["--set", "http.max_body_bytes=100000"]);
    let payload = "x".repeat(90_000);
    for topic in ["a", "b"] {
        asked.done(&["publish", topic, &payload, "--retain"]);
    }
    asked.done(&["snapshot", "save", "large.json"]);
    let (code, _, err) = asked.ctl(&["snapshot", "restore", "large.json"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--set http.max_body_bytes="), "{err}");
}
