//! What a person sees on a terminal, and what a pipe gets instead.

use std::process::Command;

use tests::harness::binaries::program;
use tests::harness::terminal::{OnTerminal, WIDTH};

use super::{broker, client, start, subscriber_and_publisher};

/// A message, as the subscriber shows it on a terminal: its lines, without time and the line that says what is subscribed.
fn shown(subscriber: &[&str], publisher: &[&str]) -> String {
    let broker = broker();
    let arguments = [&["-C", "1"], subscriber].concat();
    let mut command = subscriber_and_publisher(broker.addr(), &arguments, publisher);
    let (code, seen) = OnTerminal::start(&mut command).wait();
    assert_eq!(code, Some(0), "{seen}");
    let (first, message) = seen.split_once('\n').expect("two lines");
    assert!(first.contains("; Ctrl-C ends."), "{seen:?}");
    // HH:MM:SS.mmm, dim or not.
    let message = message.trim_start_matches("\x1b[2m");
    let time: String = message
        .chars()
        .take(12)
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(time, "00:00:00.000", "{seen:?}");
    message[12..].trim_start_matches("\x1b[0m").to_owned()
}

const PLAIN: &[&str] = &["-t", "a/#", "--color", "never"];

#[test]
fn a_message_has_time_and_topic() {
    assert_eq!(shown(PLAIN, &["-t", "a/b", "-m", "bar"]), "  a/b  bar\n");
    // One topic alone needs no name, unless it is asked for.
    assert_eq!(
        shown(&["-t", "a", "--color", "never"], &["-t", "a", "-m", "bar"]),
        "  bar\n"
    );
    assert_eq!(
        shown(&["-t", "a", "--color", "never", "-v"], &["-t", "a", "-m", "bar"]),
        "  a  bar\n"
    );
    assert_eq!(shown(PLAIN, &["-t", "a/b", "-n"]), "  a/b  (empty)\n");
    assert_eq!(
        shown(
            &["-V", "5", "-t", "a/#", "--color", "never", "-q", "1"],
            &[
                "-V",
                "5",
                "-t",
                "a/b",
                "-m",
                "bar",
                "-q",
                "1",
                "-D",
                "publish",
                "content-type",
                "text/plain"
            ],
        ),
        "  a/b  bar  QoS 1\n  content type: text/plain\n"
    );
}

#[test]
fn json_is_laid_out_and_coloured() {
    let json = r#"{"a":[1,true],"b":"x"}"#;
    assert_eq!(
        shown(PLAIN, &["-t", "a/b", "-m", json]),
        "  a/b  {\"a\": [1, true], \"b\": \"x\"}\n"
    );
    let long = format!(r#"{{"text":"{}","list":[1,2]}}"#, "x".repeat(80));
    let expected = format!(
        "  a/b  JSON, {} bytes\n  {{\n    \"text\": \"{}\",\n    \"list\": [1, 2]\n  }}\n",
        long.len(),
        "x".repeat(80)
    );
    assert_eq!(shown(PLAIN, &["-t", "a/b", "-m", &long]), expected);
    let coloured = shown(&["-t", "a/#"], &["-t", "a/b", "-m", json]);
    for part in [
        "\x1b[36ma/b\x1b[0m",
        "\x1b[34m\"a\"\x1b[0m",
        "\x1b[33m1\x1b[0m",
        "\x1b[35mtrue\x1b[0m",
        "\x1b[32m\"x\"\x1b[0m",
    ] {
        assert!(coloured.contains(part), "{part:?} is not in {coloured:?}");
    }
}

#[test]
fn what_is_no_text_is_hexadecimal_and_what_is_long_is_cut() {
    let folder = tests::harness::binaries::target_dir().join("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("terminal-{}", std::process::id()));
    let path = file.to_str().unwrap();
    std::fs::write(&file, b"\xFF\0A").unwrap();
    assert_eq!(shown(PLAIN, &["-t", "a/b", "-f", path]), "  a/b  ff 00 41  ··A\n");
    std::fs::write(&file, vec![0xFF; 1000]).unwrap();
    let seen = shown(PLAIN, &["-t", "a/b", "-f", path]);
    assert!(
        seen.starts_with("  a/b  binary, 1000 bytes\n  000000  ff ff"),
        "{seen}"
    );
    assert!(
        seen.ends_with("  … 744 more bytes; all of it with --layout plain\n"),
        "{seen}"
    );
    std::fs::write(&file, "x".repeat(3000)).unwrap();
    let seen = shown(PLAIN, &["-t", "a/b", "-f", path]);
    let expected = format!(
        "  a/b  {} … 2000 more characters; all of it with --layout plain\n",
        "x".repeat(1000)
    );
    assert_eq!(seen, expected);
    std::fs::write(&file, "line\n".repeat(50)).unwrap();
    let seen = shown(PLAIN, &["-t", "a/b", "-f", path]);
    let expected = format!(
        "  a/b  text, 250 bytes\n{}  … 10 more lines; all of it with --layout plain\n",
        "  line\n".repeat(40)
    );
    assert_eq!(seen, expected);
    std::fs::write(&file, "x".repeat(3000)).unwrap();
    // A pipe gets all of it.
    let broker = broker();
    let all = start(&mut subscriber_and_publisher(
        broker.addr(),
        &["-t", "a", "-C", "1"],
        &["-t", "a", "-f", path],
    ));
    assert_eq!(all.succeed(), ["x".repeat(3000)]);
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_payload_cannot_play_tricks_on_the_terminal() {
    let seen = shown(PLAIN, &["-t", "a/b", "-m", "\x1b[31mred"]);
    assert_eq!(seen, "  a/b  \\u{1b}[31mred\n");
    // A bell drives the terminal as that does; other control characters are no text.
    let seen = shown(PLAIN, &["-t", "a/b", "-m", "\x07"]);
    assert_eq!(seen, "  a/b  \\u{7}\n");
    let seen = shown(PLAIN, &["-t", "a/b", "-m", "\x01"]);
    assert_eq!(seen, "  a/b  01  ·\n");
    let seen = shown(PLAIN, &["-t", "a/b", "-m", "a\u{202e}b\nc"]);
    assert_eq!(seen, "  a/b  text, 7 bytes\n  a\\u{202e}b\n  c\n");
}

#[test]
fn colours_are_for_terminals_and_can_be_refused_and_forced() {
    let broker = broker();
    let run = |arguments: &[&str], change: fn(&mut Command) -> &mut Command| {
        let mut command = subscriber_and_publisher(
            broker.addr(),
            &[&["-t", "a/#", "-C", "1"], arguments].concat(),
            &["-t", "a/b", "-m", "x"],
        );
        change(&mut command);
        command
    };
    let on_terminal = |arguments: &[&str]| OnTerminal::start(&mut run(arguments, |command| command)).wait().1;
    assert!(on_terminal(&[]).contains('\x1b'));
    assert!(!on_terminal(&["--color", "never"]).contains('\x1b'));
    // With --layout plain it is mosquitto_sub's output on a terminal, too.
    assert!(on_terminal(&["--layout", "plain"]).ends_with("x\n"));
    assert!(!on_terminal(&["--layout", "plain"]).contains("a/b"));
    assert_eq!(start(&mut run(&[], |command| command)).succeed(), ["x"]);
    assert_eq!(
        start(&mut run(&["--color", "always"], |command| command)).succeed(),
        ["x"]
    );
    let forced = start(&mut run(
        &["--color", "always", "--layout", "terminal"],
        |command| command,
    ))
    .succeed();
    assert!(forced[0].contains("\x1b[36ma/b\x1b[0m  x"), "{forced:?}");
    // A shell sets the variable for the program alone.
    let mut command = Command::new("sh");
    command
        .args(["-c", "NO_COLOR=1 exec \"$@\"", "sh"])
        .arg(program("subscriber").get_program());
    command
        .env("MQTT_URL", format!("mqtt://{}", broker.addr()))
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .args(["-t", "a/#", "-C", "1", "--"])
        .arg(program("publisher").get_program())
        .args(["-t", "a/b", "-m", "x"]);
    let (_, seen) = OnTerminal::start(&mut command).wait();
    assert!(!seen.contains('\x1b') && seen.contains("  a/b  x\n"), "{seen:?}");
}

#[test]
fn the_trace_is_coloured_and_keeps_to_the_screen() {
    let broker = broker();
    let arguments = ["-t", &"long/".repeat(40), "-m", "x", "-q", "2", "--trace"];
    let (code, seen) = OnTerminal::start(&mut client("publisher", broker.addr(), &arguments)).wait();
    assert_eq!(code, Some(0));
    assert!(seen.contains("\x1b[1;36mPUBREL"), "{seen:?}");
    let (_, seen) = OnTerminal::start(&mut client(
        "publisher",
        broker.addr(),
        &["-t", "a", "-m", "x", "--trace", "--color", "never"],
    ))
    .wait();
    for line in seen.lines() {
        assert!(line.chars().count() <= usize::from(WIDTH), "{line}");
    }
}

#[test]
fn a_long_send_shows_how_far_it_is_and_a_pipe_nothing() {
    let broker = broker();
    // 200 acknowledgements and their pauses take two seconds at least.
    let arguments = [
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "--repeat",
        "200",
        "--repeat-delay",
        "0.01",
    ];
    let mut program = OnTerminal::start(&mut client("publisher", broker.addr(), &arguments));
    let seen = program.until(" s left").to_owned();
    assert!(
        seen.contains(" of 200 sent, ") && seen.contains(" acknowledged, "),
        "{seen:?}"
    );
    let (code, seen) = program.wait();
    assert_eq!(code, Some(0));
    let last = seen
        .lines()
        .last()
        .unwrap()
        .rsplit("\x1b[K")
        .next()
        .unwrap()
        .to_owned();
    assert!(
        last.contains("Sent 200 messages in ") && last.contains("all acknowledged."),
        "{seen:?}"
    );
    let finished = start(&mut client(
        "publisher",
        broker.addr(),
        &[
            "-t",
            "a",
            "-m",
            "x",
            "-q",
            "1",
            "--repeat",
            "60",
            "--repeat-delay",
            "0.01",
        ],
    ))
    .wait();
    assert_eq!(
        (finished.code, finished.stdout.len(), finished.stderr.len()),
        (Some(0), 0, 0),
        "{finished:?}"
    );
}
