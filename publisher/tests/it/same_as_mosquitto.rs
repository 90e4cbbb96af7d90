//! The same command lines through `mosquitto_pub` and `publisher`: standard output, exit code and what a subscriber
//! sees must be equal.

use std::io::{BufRead, BufReader, Lines};
use std::process::ChildStdout;

use crate::PUBLISHER;
use crate::support::servers::Server;
use crate::support::{Background, Directory, Mosquitto, have, run, run_with_input, stderr};

/// What a subscriber sees of a message; the separators would show any difference in what is missing.
const SEEN: &str = "%t|%q|%r|%l|%x|%C|%D|%F|%P|%R";

/// Command lines; `{file}` is a file of 5 lines.
const LINES: &[&[&str]] = &[
    &["-t", "a", "-m", "x"],
    &["-t", "a/b/c", "-m", "x y z", "-q", "1"],
    &["-t", "a", "-m", "x", "-q", "2"],
    &["-t", "a", "-m", "", "-q", "1"],
    &["-t", "a", "-m", "-5", "-q", "1"],
    &["-t", "-a", "-m", "x", "-q", "1"],
    &["-t", "/", "-m", "x", "-q", "1"],
    &["-t", "ünï", "-m", "cödé", "-q", "1"],
    &["-t", "a", "-n", "-q", "1"],
    &["-t", "a", "-f", "{file}", "-q", "1"],
    &["-t", "a", "-s", "-q", "1"],
    &["-t", "a", "-l", "-q", "1"],
    &["-t", "a", "-l", "-q", "2"],
    &["-t", "a", "-l", "-q", "1", "-V", "5"],
    &["-t", "a", "-m", "x", "-q", "1", "-M", "1"],
    &["-t", "a", "-m", "x", "--repeat", "3", "-q", "1"],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "--repeat",
        "2",
        "--repeat-delay",
        "0.1",
        "-q",
        "1",
    ],
    &["-t", "a", "-m", "x", "--repeat", "3", "-q", "2", "-V", "5"],
    &["-t", "a", "-m", "x", "-V", "5", "-q", "1"],
    &["-t", "a", "-m", "x", "-V", "mqttv5", "-q", "2"],
    &["-t", "a", "-m", "x", "-V", "311", "-q", "1"],
    &["-t", "a", "-m", "x", "-V", "31", "-q", "1"],
    &["-t", "a", "-m", "x", "-V", "mqttv31", "-q", "2"],
    &["-t", "a", "-m", "x", "-q", "1", "-i", "me"],
    &["-t", "a", "-m", "x", "-q", "1", "-I", "prefix-"],
    &["-t", "a", "-m", "x", "-q", "1", "-c", "-i", "me"],
    &["-t", "a", "-m", "x", "-q", "1", "-c", "-i", "me", "-V", "5"],
    &["-t", "a", "-m", "x", "-q", "1", "-x", "5", "-V", "5"],
    &["-t", "a", "-m", "x", "-q", "1", "-x", "∞", "-V", "5", "-i", "me"],
    &["-t", "a", "-m", "x", "-q", "1", "-k", "5"],
    &["-t", "a", "-m", "x", "-q", "1", "-u", "user", "-P", "password"],
    &["-t", "a", "-m", "x", "-q", "1", "-u", "user"],
    &["-t", "a", "-m", "x", "-q", "1", "-A", "127.0.0.1", "--nodelay"],
    &["-t", "a", "-m", "x", "-q", "1", "--quiet"],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "--will-topic",
        "w",
        "--will-payload",
        "gone",
    ],
    &["-L", "mqtt://127.0.0.1:{port}/a/b", "-m", "x", "-q", "1"],
    &[
        "-L",
        "mqtt://user:password@127.0.0.1:{port}/a/b",
        "-m",
        "x",
        "-q",
        "1",
    ],
    &["-t", "a", "-m", "x", "-d", "-i", "me"],
    &["-t", "a", "-m", "x", "-d", "-i", "me", "-q", "1"],
    &["-t", "a", "-m", "x", "-d", "-i", "me", "-q", "2"],
    &["-t", "a", "-m", "x", "-d", "-i", "me", "-q", "2", "-V", "5"],
    &[
        "-t", "a", "-m", "x", "-d", "-i", "me", "-q", "1", "-V", "31", "--repeat", "1",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "content-type",
        "text/plain",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "PUBLISH",
        "Content-Type",
        "text/plain",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "correlation-data",
        "some data",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "payload-format-indicator",
        "1",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "response-topic",
        "r/t",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "user-property",
        "k",
        "v",
        "-D",
        "publish",
        "user-property",
        "k",
        "-w",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "topic-alias",
        "4",
        "--repeat",
        "3",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "publish",
        "message-expiry-interval",
        "1000",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "connect",
        "user-property",
        "k",
        "v",
        "-D",
        "disconnect",
        "user-property",
        "k",
        "v",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "connect",
        "session-expiry-interval",
        "5",
        "-D",
        "disconnect",
        "session-expiry-interval",
        "1",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-D",
        "will",
        "will-delay-interval",
        "5",
        "--will-topic",
        "w",
    ],
];

/// Flags that are wrong: both say so, publish nothing, and end with the same code. (Without a topic or a message
/// `mosquitto_pub` also prints its help on standard output; `publisher` says what is missing.)
const WRONG: &[&[&str]] = &[
    &["-t"],
    &["--nonsense"],
    &["-t", "a", "-m", "x", "-m", "y"],
    &["-t", "a", "-m", "x", "-n"],
    &["-t", "a", "-l", "-s"],
    &["-t", "a", "-f", "/nonexistent/file"],
    &["-t", "a+", "-m", "x"],
    &["-t", "a/#", "-m", "x"],
    &["-t", "a", "-m", "x", "-q", "3"],
    &["-t", "a", "-m", "x", "-q", "-1"],
    &["-t", "a", "-m", "x", "-V", "4"],
    &["-t", "a", "-m", "x", "-p", "70000"],
    &["-t", "a", "-m", "x", "-p", "0"],
    &["-t", "a", "-m", "x", "-c"],
    &["-t", "a", "-m", "x", "-i", "a", "-I", "b"],
    &["-t", "a", "-m", "x", "-P", "password"],
    &["-t", "a", "-m", "x", "--repeat", "0"],
    &["-t", "a", "-m", "x", "--repeat-delay", "-1"],
    &["-t", "a", "-m", "x", "-M", "0"],
    &["-t", "a", "-m", "x", "-M", "x"],
    &["-t", "a", "-m", "x", "-x", "soon"],
    &["-t", "a", "-m", "x", "-h"],
    &["-t", "a", "-m", "x", "--will-payload", "p"],
    &["-t", "a", "-m", "x", "--will-topic", "a/+"],
    &["-t", "a", "-m", "x", "-L", "nonsense"],
    &["-t", "a", "-m", "x", "-D", "publish"],
    &["-t", "a", "-m", "x", "-D", "publish", "nonsense", "x"],
    &["-t", "a", "-m", "x", "-D", "nonsense", "content-type", "x"],
    &["-t", "a", "-m", "x", "-D", "puback", "user-property", "a", "b"],
    &["-t", "a", "-m", "x", "-D", "auth", "user-property", "a", "b"],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-D",
        "publish",
        "subscription-identifier",
        "4",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-D",
        "publish",
        "message-expiry-interval",
        "-1",
    ],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-D",
        "publish",
        "payload-format-indicator",
        "256",
    ],
    &["-t", "a", "-m", "x", "-D", "publish", "topic-alias", "0"],
    &["-t", "a", "-m", "x", "-D", "connect", "receive-maximum", "0"],
    &[
        "-t",
        "a",
        "-m",
        "x",
        "-D",
        "publish",
        "content-type",
        "a",
        "-D",
        "publish",
        "content-type",
        "b",
    ],
    &["-t", "a", "-m", "x", "-D", "connect", "user-property", "a"],
    &["-t", "a", "-m", "x", "-A", "nonsense.invalid"],
    &["-t", "a", "-m", "x", "-h", "nonsense.invalid"],
    &["-t", "a", "-m", "x", "--unix", "/nonexistent/socket"],
    &["-t", "a", "-m", "x", "-p", "1", "-h", "127.0.0.1"],
    &["-t", "a", "-m", "x", "-p", "1", "-h", "127.0.0.1", "--quiet"],
];

/// Everything a subscriber to `#` saw up to a message that says `end`.
fn seen(port: &str, lines: &mut Lines<BufReader<ChildStdout>>) -> Vec<String> {
    assert!(
        run(
            "mosquitto_pub",
            &["-p", port, "-t", "end", "-m", "end", "-q", "2"]
        )
        .status
        .success()
    );
    let mut seen = Vec::new();
    loop {
        match lines.next() {
            Some(Ok(line)) if line.starts_with("end|") => return seen,
            Some(Ok(line)) => seen.push(line),
            _ => panic!("the subscriber is gone; until then it saw {seen:?}"),
        }
    }
}

fn compare_all(table: &[&[&str]]) {
    if have("mosquitto_pub") && have("mosquitto_sub") {
        for server in Server::one_of_each() {
            compare_on(&server, table);
        }
    }
}

fn compare_on(server: &Server, table: &[&[&str]]) {
    let port = server.port();
    let directory = Directory::new();
    let input = "one\ntwo\n\nfour\nfive";
    let file = directory.file("lines", input);
    let ready = run(
        "mosquitto_pub",
        &["-p", &port, "-r", "-t", "ready", "-m", "x", "-q", "1"],
    );
    assert!(ready.status.success());
    let mut watcher = Background::start(
        "mosquitto_sub",
        &["-p", &port, "-V", "5", "-t", "#", "-q", "2", "-F", SEEN],
    );
    let mut lines = BufReader::new(watcher.child.stdout.take().unwrap()).lines();
    // The retained message comes with the subscription.
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("ready|"), "{first}");
    let mut differences = Vec::new();
    for arguments in table {
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| word.replace("{port}", &port).replace("{file}", &file))
            .collect();
        let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if !words.contains(&"-p") && !words.contains(&"-L") {
            words.extend(["-p", &port]);
        }
        let mut outcome = |program: &str| {
            let output = run_with_input(program, &words, input.as_bytes());
            let outcome = (
                output.status.code(),
                String::from_utf8_lossy(&output.stdout).into_owned(),
            );
            (outcome, seen(&port, &mut lines), stderr(&output))
        };
        let theirs = outcome("mosquitto_pub");
        let ours = outcome(PUBLISHER);
        if (&theirs.0, &theirs.1) != (&ours.0, &ours.1) {
            differences.push(format!("{words:?}\n  theirs {theirs:?}\n  ours   {ours:?}"));
        }
        if theirs.2.is_empty() != ours.2.is_empty() {
            differences.push(format!(
                "{words:?}: one of them is silent\n  theirs {}\n  ours {}",
                theirs.2, ours.2
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{}: {} of {} differ:\n{}",
        server.name(),
        differences.len(),
        table.len(),
        differences.join("\n")
    );
}

#[test]
fn right_flags() {
    compare_all(LINES);
}

#[test]
fn wrong_flags() {
    compare_all(WRONG);
}

#[test]
fn option_files_give_defaults() {
    if !have("mosquitto_pub") {
        return;
    }
    let Some(mut broker) = Mosquitto::start() else {
        return;
    };
    let directory = Directory::new();
    let port = broker.port;
    directory.file(
        "mosquitto_pub",
        &format!("# ours\n-p {port}\n-t from/file\n-q 1\n-D publish user-property a b c\n"),
    );
    let port = port.to_string();
    let watcher = Background::start(
        "mosquitto_sub",
        &["-p", &port, "-V", "5", "-t", "#", "-C", "2", "-F", "%t %p %P"],
    );
    broker.wait_for("Sending SUBACK");
    for topic in [&[][..], &["-t", "from/flag"]] {
        let output = std::process::Command::new(PUBLISHER)
            .args(["-m", "x"])
            .args(topic)
            .env("XDG_CONFIG_HOME", &directory.path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(
        String::from_utf8_lossy(&watcher.finish().stdout),
        "from/file x a:b c\nfrom/flag x a:b c\n"
    );
}
