//! The output while it runs: for people, for programs, and for nobody.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use packets::{Client, Connect, DISCONNECT, publish, subscribe, unsubscribe};

#[cfg(feature = "generate")]
use super::program::said;
use super::program::{Program, addresses, command, first_line};

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn json_lines_tell_the_story_of_a_client() {
    let mut program = Program::spawn(&mut command("json", &["-p", "0", "--json"]));
    let listening = json(&program.line());
    assert_eq!(listening["event"], "listening");
    assert_eq!(listening["version"], env!("CARGO_PKG_VERSION"));
    let address = listening["addresses"][0].as_str().unwrap();
    assert_eq!(listening["url"], format!("mqtt://{address}"));
    let main = &listening["listeners"][0];
    assert_eq!((&main["name"], &main["socket"]), (&"main".into(), &Value::Null));
    assert_eq!(main["addresses"], listening["addresses"]);
    let urls = serde_json::json!({
        "tcp": format!("mqtt://{address}"),
        "tls": format!("mqtts://{address}"),
        "ws": format!("ws://{address}/mqtt"),
        "wss": format!("wss://{address}/mqtt"),
        "http": format!("http://{address}"),
        "https": format!("https://{address}"),
    });
    assert_eq!(main["urls"], urls);

    let connect = Connect {
        keep_alive_secs: 60,
        ..Connect::new(4, "foo1")
    };
    let mut client = Client::with(address.parse().unwrap(), &connect);
    client.send(&subscribe(1, &["test/#"], 1));
    assert_eq!(client.packet(), [0x90, 3, 0, 1, 1]);
    client.send(&publish("test/topic", 0, false, 0, b"bar"));
    assert_eq!(client.packet(), publish("test/topic", 0, false, 0, b"bar"));
    client.send(&unsubscribe(2, "test/#"));
    assert_eq!(client.packet(), [0xB0, 2, 0, 2]);
    client.send(&DISCONNECT);
    client.expect_end();

    let events: Vec<Value> = (0..5).map(|_| json(&program.line())).collect();
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "connected",
            "subscribed",
            "unsubscribed",
            "disconnected",
            "session_ended"
        ]
    );
    let times: Vec<f64> = events
        .iter()
        .map(|event| event["at_secs"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted() && times[0] > 0.0, "{times:?}");
    assert!(events.iter().all(|event| event["client_id"] == "foo1"));
    assert_eq!(events[0]["mqtt_version"], "3.1.1");
    assert_eq!(events[0]["keep_alive_secs"], 60);
    assert_eq!(events[0]["user"], Value::Null);
    assert_eq!(
        (&events[1]["filter"], &events[1]["qos"]),
        (&"test/#".into(), &1.into())
    );
    assert_eq!(events[3]["cause"], "client_disconnect");
    assert_eq!(events[3]["reason_code"], 0);
}

#[test]
fn json_lines_tell_refusals() {
    let args = [
        "-p",
        "0",
        "--json",
        "--set",
        "auth.allow_anonymous=false",
        "--set",
        "auth.users=alice:secret",
    ];
    let mut program = Program::spawn(&mut command("refused", &args));
    let address = json(&program.line())["addresses"][0].as_str().unwrap().to_owned();
    let mut client = Client::open(address.parse().unwrap());
    client.send(&Connect::new(4, "foo1").bytes());
    assert_eq!(client.packet(), [0x20, 2, 0, 5]);
    let refused = json(&program.line());
    assert_eq!(refused["event"], "refused");
    assert_eq!(refused["client_id"], "foo1");
    assert_eq!(
        (&refused["reason_code"], &refused["reason"]),
        (&0x87.into(), &"Not authorized".into())
    );
}

#[test]
fn packets_are_shown_with_v_and_only_then() {
    let mut program = Program::spawn(&mut command("packets", &["-p", "0", "-v"]));
    let address = addresses(&program.line())[0];
    let mut client = Client::connect(address, "foo1");
    client.send(&subscribe(1, &["test/#"], 0));
    client.packet();
    client.send(&publish("test/topic", 0, false, 0, b"bar"));
    client.packet();
    // The first line of all is that of the first packet: nothing is missed between listening and looking on.
    let first = program.line();
    assert!(
        first.contains("  foo1 ") && first.contains(" → CONNECT("),
        "{first}"
    );
    program.line_with(" ← CONNACK(");
    program.line_with(" → SUBSCRIBE(");
    let published = program.line_with(" → PUBLISH(");
    assert!(
        published.contains("foo1") && published.contains("test/topic"),
        "{published}"
    );
    let delivered = program.line_with(" ← PUBLISH(");
    assert!(!delivered.contains('\x1b'), "no colours in a pipe: {delivered:?}");

    let mut program = Program::spawn(&mut command("no_packets", &["-p", "0"]));
    let address = addresses(&program.line())[0];
    let mut client = Client::connect(address, "foo1");
    client.ping(1);
    drop(client);
    assert!(program.line().contains("connected"));
    assert!(program.line().contains("disconnected"));
}

#[test]
fn a_closed_stdout_harms_nobody() {
    for args in [&["-p", "0", "-v"][..], &["-p", "0", "-v", "--json"]] {
        let (mut program, mut stdout) = Program::spawn_unread(&mut command("closed", args));
        let banner = first_line(&mut stdout);
        drop(stdout);
        let address = if banner.starts_with('{') {
            json(&banner)["addresses"][0].as_str().unwrap().parse().unwrap()
        } else {
            addresses(&banner)[0]
        };
        for client_id in ["foo1", "foo2", "foo3"] {
            Client::connect(address, client_id).ping(1000);
        }
        #[cfg(unix)]
        {
            program.signal("TERM");
            let (status, err) = program.exit();
            assert_eq!((status.code(), err.as_str()), (Some(0), ""));
        }
        #[cfg(not(unix))]
        program.kill();
    }
}

#[test]
fn a_reader_that_stops_reading_holds_up_nobody_and_is_told_what_it_missed() {
    const PINGS: usize = 20_000;
    let (mut program, mut stdout) =
        Program::spawn_unread(&mut command("unread", &["-p", "0", "-v", "--json"]));
    let banner = json(&first_line(&mut stdout));
    let address = banner["addresses"][0].as_str().unwrap().parse().unwrap();
    // Far more than a pipe holds and than may lie behind; every one is answered all the same.
    Client::connect(address, "foo1").ping(PINGS);

    let mut seen = 0;
    let mut missed = 0;
    for line in BufReader::new(stdout).lines() {
        let event = json(&line.expect("a line"));
        match event["event"].as_str().unwrap() {
            "missed" => missed += event["events"].as_u64().unwrap(),
            // What came last is there.
            "disconnected" => break,
            _ => seen += 1,
        }
    }
    assert!(missed > 0, "{seen} were all");
    // CONNECT, CONNACK, connected; then all pings, each with its answer.
    assert_eq!(seen + missed, 3 + 2 * PINGS as u64);
    program.kill();
}

#[cfg(feature = "generate")]
#[test]
fn completions_and_the_manual_page_have_every_flag_and_command() {
    let generated = |what: &str| {
        let (code, out, err) = said(&mut command("generate", &["--generate", what]));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{what}");
        out
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = generated(shell);
        for name in ["parent-pid", "no-config", "passwd", "near-misses"] {
            assert!(script.contains(name), "{name} for {shell}");
        }
    }
    // Here is where they are looked for.
    for looks in [&["--help"][..], &["completions", "bash"]] {
        let (_, out, err) = said(&mut command("generate_told", looks));
        assert!(format!("{out}{err}").contains("--generate bash"), "{out}{err}");
    }
    let page = generated("man");
    assert!(page.starts_with(".TH broker 1 "), "{page}");
    for part in [
        "\n\\fB\\-\\-parent\\-pid PID\\fR\n",
        "\n\\fB\\-\\-engine ENGINE\\fR\n",
        "\n\\fBbroker ctl fault add WORDS\\fR\n",
        "\n.SH EXIT STATUS\n",
    ] {
        assert!(page.contains(part), "{part:?} in {page}");
    }
    assert!(!page.contains("detached"), "{page}");
    // A line that begins so is an order to roff.
    let orders = [".TH", ".SH", ".TP", ".RS", ".RE", ".br"];
    for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
        assert!(orders.iter().any(|order| line.starts_with(order)), "{line}");
    }
}
