//! Broker, publisher and subscriber as real programs.

use tests::harness::binaries::start;
use tests::harness::raw::text;
use tests::harness::{Client, Finished, Program, Served, default_port};

use broker::wire::Version;
use broker::{QoS, ReasonCode};

/// What both programs call the versions and the QoS.
const VERSIONS: [&str; 3] = ["31", "311", "5"];
const QOS: [&str; 3] = ["0", "1", "2"];

fn versions_and_qos() -> impl Iterator<Item = (&'static str, &'static str)> {
    VERSIONS
        .into_iter()
        .flat_map(|version| QOS.map(|qos| (version, qos)))
        .inspect(|(version, qos)| println!("case: -V {version} -q {qos}"))
}

/// Starts one of the clients for this broker.
fn client(name: &str, broker: &Served, arguments: &[&str]) -> Program {
    start(
        name,
        &[&["-p", &broker.addr().port().to_string()], arguments].concat(),
    )
}

fn publish(broker: &Served, arguments: &[&str]) {
    assert!(client("publisher", broker, arguments).succeed().is_empty());
}

#[test]
fn the_three_of_the_readme_on_the_default_port() {
    let port = default_port();
    let mut broker = Served::start_exactly(&[]);
    let mut listens: Vec<String> = broker.addrs().iter().map(ToString::to_string).collect();
    listens.sort();
    assert!(listens.contains(&"127.0.0.1:1883".to_owned()), "{listens:?}");
    let mut subscriber = start("subscriber", &["-t", "test/#", "-v"]);
    broker.until_subscribed("test/#");
    assert!(
        start("publisher", &["-t", "test/topic", "-m", "bar"])
            .succeed()
            .is_empty()
    );
    assert_eq!(subscriber.line(), "test/topic bar");
    subscriber.signal("INT");
    assert_eq!(subscriber.succeed(), ["test/topic bar"]);
    broker.until("disconnected", |event| event["cause"] == "client_disconnect");
    broker.stop("INT");
    drop(port);
}

#[test]
fn a_message_in_every_version_at_every_qos() {
    let mut broker = Served::start(&[]);
    for (version, qos) in versions_and_qos() {
        let common = ["-V", version, "-q", qos];
        broker.forget();
        let subscriber = client(
            "subscriber",
            &broker,
            &[&common[..], &["-t", "test/#", "-v", "-C", "1"]].concat(),
        );
        broker.until_subscribed("test/#");
        publish(
            &broker,
            &[&common[..], &["-t", "test/topic", "-m", "bar"]].concat(),
        );
        assert_eq!(subscriber.succeed(), ["test/topic bar"]);
    }
    let stopped = broker.stop("TERM");
    assert_eq!(
        (
            &stopped["stats"]["violations"],
            &stopped["stats"]["panics_caught"]
        ),
        (&0.into(), &0.into())
    );
}

#[test]
fn retained_messages() {
    let broker = Served::start(&[]);
    for (version, qos) in versions_and_qos() {
        let common = ["-V", version, "-q", qos, "-t", "kept"];
        publish(&broker, &[&common[..], &["-r", "-m", "x"]].concat());
        let reader = client("subscriber", &broker, &[&common[..], &["-v", "-C", "1"]].concat());
        assert_eq!(reader.succeed(), ["kept x"]);
        publish(&broker, &[&common[..], &["-r", "-n"]].concat());
        let mut reader = Client::new(broker.addr(), Version::V311, "reader");
        reader.subscribe("kept", QoS::AtMostOnce);
        reader.nothing_came();
    }
}

#[test]
fn the_will_of_a_killed_publisher() {
    let broker = Served::start(&[]);
    for (version, qos) in versions_and_qos() {
        let mut watcher = Client::new(broker.addr(), Version::V5, "watcher");
        watcher.subscribe("#", QoS::ExactlyOnce);
        let will = [
            "--will-topic",
            "will",
            "--will-payload",
            "gone",
            "--will-qos",
            qos,
            "-V",
            version,
        ];
        // It waits for lines, and publishes each.
        let mut publisher = client("publisher", &broker, &[&will[..], &["-t", "line", "-l"]].concat());
        publisher.input("alive\n");
        assert_eq!(text(&watcher.receive()), "alive");
        publisher.kill();
        let got = watcher.receive();
        assert_eq!(
            (got.topic, text(&got), got.qos.to_string().as_str()),
            ("will", "gone", qos)
        );
        watcher.nothing_came();
        // One that ends by itself leaves none.
        publish(&broker, &[&will[..], &["-t", "line", "-m", "bye"]].concat());
        assert_eq!(text(&watcher.receive()), "bye");
        watcher.nothing_came();
    }
}

#[test]
fn a_session_resumed_with_what_was_queued() {
    let mut broker = Served::start(&[]);
    for (version, qos) in versions_and_qos().filter(|(_, qos)| *qos != "0") {
        let client_id = format!("kept-{version}-{qos}");
        let common = ["-V", version, "-q", qos, "-t", "test/#", "-c", "-i", &client_id];
        client("subscriber", &broker, &[&common[..], &["-E"]].concat()).succeed();
        // Killed while it is connected, too: a session does not need a goodbye.
        broker.forget();
        let subscriber = client("subscriber", &broker, &common);
        broker.until("connected", |event| {
            event["client_id"] == *client_id && event["session_present"] == true
        });
        subscriber.kill();
        broker.until("disconnected", |event| event["client_id"] == *client_id);
        for payload in ["1", "2", "3"] {
            publish(&broker, &["-q", "2", "-t", "test/topic", "-m", payload]);
        }
        let seen = client("subscriber", &broker, &[&common[..], &["-v", "-C", "3"]].concat()).succeed();
        assert_eq!(seen, ["test/topic 1", "test/topic 2", "test/topic 3"]);
    }
}

#[test]
fn a_younger_subscriber_takes_the_name_over() {
    let mut broker = Served::start(&[]);
    let mut older = client("subscriber", &broker, &["-i", "same", "-t", "older", "-V", "5"]);
    broker.until_subscribed("older");
    let _younger = Client::new(broker.addr(), Version::V5, "same");
    broker.until("disconnected", |event| {
        event["client_id"] == "same" && event["reason_code"] == 0x8E
    });
    older.until_stderr("a word about it", |line| {
        line.to_lowercase().contains("taken over")
    });
}

#[test]
fn refusals_are_exit_codes() {
    let set = [
        "--set",
        "auth.allow_anonymous=false",
        "--set",
        "auth.users=alice:secret",
    ];
    let broker = Served::start(&[&set[..], &["--set", "access.deny_publish=forbidden"]].concat());
    let told = |arguments: &[&str]| -> (Option<i32>, Vec<String>) {
        let Finished { code, stderr, .. } = client("publisher", &broker, arguments).wait();
        (code, stderr)
    };
    let message = ["-t", "a", "-m", "x", "-q", "1"];
    for (version, bad_password, not_authorized) in [("31", 4, 5), ("311", 4, 5), ("5", 0x86, 0x87)] {
        let common = [&message[..], &["-V", version]].concat();
        let (code, stderr) = told(&common);
        assert_eq!((code, stderr.len()), (Some(not_authorized), 1), "{stderr:?}");
        let (code, stderr) = told(&[&common[..], &["-u", "alice", "-P", "wrong"]].concat());
        assert_eq!((code, stderr.len()), (Some(bad_password), 1), "{stderr:?}");
        assert_eq!(
            told(&[&common[..], &["-u", "alice", "-P", "secret"]].concat()),
            (Some(0), Vec::new())
        );
    }
    let forbidden = [
        "-u",
        "alice",
        "-P",
        "secret",
        "-V",
        "5",
        "-q",
        "1",
        "-t",
        "forbidden",
        "-m",
        "x",
    ];
    assert_eq!(told(&forbidden).0, Some(0x87));
}

#[test]
fn a_broker_that_is_told_to_stop_says_so_to_its_clients() {
    for signal in ["INT", "TERM"] {
        let broker = Served::start(&[]);
        let mut clients = [Version::V31, Version::V311, Version::V5]
            .map(|version| Client::new(broker.addr(), version, &format!("client {version}")));
        let addr = broker.addr();
        let stopped = broker.stop(signal);
        assert_eq!(
            (&stopped["signal"], &stopped["stats"]["clients_connected"]),
            (&format!("SIG{signal}").into(), &3.into())
        );
        for client in &mut clients {
            client.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
        }
        std::net::TcpStream::connect(addr).expect_err("nobody listens any more");
    }
}

#[test]
fn a_subscriber_finds_the_broker_that_mqtt_url_names() {
    let broker = Served::start(&[]);
    publish(&broker, &["-t", "kept", "-m", "x", "-r"]);
    let mut command = tests::harness::binaries::program("subscriber");
    let url = format!("mqtt://127.0.0.1:{}", broker.addr().port());
    let subscriber = Program::start(command.args(["-t", "kept", "-C", "1"]).env("MQTT_URL", url));
    assert_eq!(subscriber.succeed(), ["x"]);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_broker_says_what_to_type_next_and_its_columns_stand_still() {
    use tests::harness::terminal::OnTerminal;

    let mut command = tests::harness::binaries::program("broker");
    command
        .args(["-p", "0", "-v"])
        .env("NO_COLOR", "1")
        .env_remove("CARGO");
    let mut screen = OnTerminal::start(&mut command);
    let plain = |shown: &str| {
        ["0", "2", "31", "32", "33", "35", "36"]
            .iter()
            .fold(shown.to_owned(), |text, code| {
                text.replace(&format!("\x1b[{code}m"), "")
            })
    };
    let banner = plain(screen.until("-m bar"));
    let port = banner.split("see it in a browser:    http://localhost:").nth(1);
    let port = port
        .and_then(|rest| rest.split('/').next())
        .expect("it is said")
        .to_owned();
    let typed = banner
        .split_once("try in other terminals: ")
        .expect("it is said")
        .1;
    let words: Vec<&str> = typed.lines().next().expect("a line").split_whitespace().collect();
    let console = port;
    let ["subscriber", "-p", port, "-t", "'test/#'", "-v"] = words[..] else {
        panic!("{banner:?}")
    };
    assert_eq!(port, console);
    let addr: std::net::SocketAddr = format!("127.0.0.1:{port}").parse().expect("an address");
    let mut a = Client::new(addr, Version::V5, "a");
    let mut long = Client::new(addr, Version::V5, &"long-".repeat(1_000));
    let payload = r#"{"unit":"C","value":21.5}"#;
    for client in [&mut a, &mut long] {
        client.publish(&tests::harness::message("t", payload, QoS::AtMostOnce));
        client.ping();
    }
    long.disconnect();
    let shown = plain(screen.until("the client said goodbye"));
    assert!(shown.contains(&format!("25 bytes '{payload}'")), "{shown}");
    // Behind when and who stands an arrow, or the three blanks of an event: in the same column on every line.
    for line in shown.lines().skip(4) {
        let behind: String = line.chars().skip(37).take(4).collect();
        let stands = [" → ", " ← ", "   "].iter().any(|mark| behind.starts_with(mark));
        assert!(
            stands && !behind.ends_with(' ') && line.chars().count() <= 250,
            "{line:?} {behind:?}"
        );
    }
}

/// `setsid` makes it the terminal's own session, as a shell would: Ctrl-C reaches all that runs there.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_reaches_the_command_once_and_the_broker_ends_with_it() {
    use tests::harness::terminal::OnTerminal;

    let broker = tests::harness::binaries::program("broker");
    let mut shell = std::process::Command::new("sh");
    let command = "trap 'echo told' INT; echo up at $MQTT_URL; read line; echo read $line; exit 7";
    shell
        .args([
            "-c",
            "exec setsid --ctty --wait \"$0\" --no-config -- sh -c \"$1\" <&1",
        ])
        .arg(broker.get_program())
        .arg(command);
    let mut screen = OnTerminal::start(&mut shell);
    screen.until("up at mqtt://127.0.0.1:");
    screen.press("\x03");
    screen.until("told");
    screen.press("more\n");
    let (code, shown) = screen.wait();
    assert_eq!(code, Some(7), "{shown}");
    assert_eq!(shown.matches("told").count(), 1, "{shown}");
}
