//! `docs/CLI.md`, from the definitions of the flags of publisher and subscriber.

mod examples;
mod mosquitto;

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory};
use client::{Line, reason_words};

pub use examples::{EXAMPLES, Example};
use mosquitto::{ABSENT, DIFFERS, FLAGS, In};

/// A line of a recording, as the page shows it.
pub const RECORDED: &str = r#"{"at_secs":1.250117,"event":"message","time":"2026-01-31T12:00:01.250117Z","topic":"home/hall","qos":1,"retain":false,"id":1,"payload":"{\"on\":true}","properties":{"content_type":"application/json"}}"#;

/// The page.
pub fn markdown() -> String {
    let mut out = String::from(
        "<!-- Generated from the definitions of the flags; `UPDATE_DOCS=1 cargo test -p tests --test it cli_page` writes it anew. -->\n\n\
         # The programs `publisher` and `subscriber`\n\n\
         They take the flags of `mosquitto_pub` and `mosquitto_sub` 2.1, so that\n\
         `alias mosquitto_pub=publisher mosquitto_sub=subscriber` goes on working, and some of their own. In a pipe their output\n\
         is that of mosquitto's clients, byte for byte; on a terminal it is for people.\n\n\
         | | |\n|---|---|\n\
         | [Examples](#examples) | what they can do, to try |\n\
         | [publisher](#publisher), [subscriber](#subscriber) | every flag, and how it compares |\n\
         | [Not there](#not-there) | flags of mosquitto's clients that ours lack |\n\
         | [On a terminal](#on-a-terminal) | layout, colours, progress |\n\
         | [Expectations](#expectations) | `--expect` in full |\n\
         | [Exit codes](#exit-codes) | what a script can tell from them |\n\
         | [Lines of `--json`](#lines-of---json) | their schema |\n\
         | [Recordings](#recordings) | the file of `--record` and `--replay` |\n\n",
    );
    examples(&mut out);
    program(&mut out, &publisher::Flags::command(), In::Pub);
    program(&mut out, &subscriber::Flags::command(), In::Sub);
    not_there(&mut out);
    terminal(&mut out);
    expectations(&mut out);
    exit_codes(&mut out);
    json(&mut out);
    recordings(&mut out);
    out
}

fn examples(out: &mut String) {
    out.push_str(
        "## Examples\n\nEach is run by a test. The broker is `MQTT_URL`'s, or the one at port 1883.\n\n",
    );
    for example in EXAMPLES {
        writeln!(out, "{}\n\n```sh\n{}\n```\n", example.what, example.commands).ok();
    }
}

/// Short or long name, as the table of mosquitto's flags has it.
fn names(arg: &Arg) -> Vec<String> {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long).collect()
}

fn program(out: &mut String, command: &Command, which: In) {
    let name = command.get_name();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(
        out,
        "## {name}\n\n{about}.\n\n    {name} FLAGS\n\n\
         *same*: mosquitto_{} has it, with the same meaning and default; *ours*: it has not.\n",
        if which == In::Pub { "pub" } else { "sub" }
    )
    .ok();
    let mut headings: Vec<&str> = command
        .get_arguments()
        .filter_map(Arg::get_help_heading)
        .collect();
    let mut seen = std::collections::HashSet::new();
    headings.retain(|heading| seen.insert(*heading));
    for heading in headings {
        writeln!(
            out,
            "### {name}: {heading}\n\n| flag | what it does | |\n|---|---|---|"
        )
        .ok();
        for arg in command
            .get_arguments()
            .filter(|arg| arg.get_help_heading() == Some(heading))
        {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(
                out,
                "| {} | {} | {} |",
                usage(arg),
                cell(&help),
                compared(arg, which)
            )
            .ok();
        }
        out.push('\n');
    }
}

fn usage(arg: &Arg) -> String {
    let mut text = names(arg).join(", ");
    if arg.is_positional() {
        text.push_str("-- ");
    }
    if arg.is_positional() || arg.get_action().takes_values() {
        let values = arg.get_value_names().unwrap_or_default();
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        let space = if arg.is_positional() { "" } else { " " };
        write!(text, "{space}{}", values.join(" ")).ok();
    }
    format!("`{}`", text.replace('|', "\\|"))
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace("$XDG", "`$XDG")
        .replace("_HOME/", "_HOME/`")
}

fn compared(arg: &Arg, which: In) -> String {
    let names = names(arg);
    let theirs = FLAGS.iter().find(|(flag, program)| {
        names.iter().any(|name| name == flag) && (*program == In::Both || *program == which)
    });
    let Some((flag, _)) = theirs else {
        return "ours".to_owned();
    };
    match DIFFERS.iter().find(|(differs, _)| differs == flag) {
        // What is said there about publisher is not about mosquitto_sub's flag.
        Some((_, how)) if !how.starts_with("publisher has it") => format!("differs: {how}"),
        _ => "same".to_owned(),
    }
}

fn not_there(out: &mut String) {
    let mut rows = String::new();
    let commands = [
        (publisher::Flags::command(), In::Pub),
        (subscriber::Flags::command(), In::Sub),
    ];
    for (flag, of) in FLAGS {
        let lacking = commands.iter().any(|(command, which)| {
            (*of == In::Both || of == which)
                && !command
                    .get_arguments()
                    .any(|arg| names(arg).iter().any(|name| name == flag))
        });
        if !lacking {
            continue;
        }
        let why = ABSENT
            .iter()
            .find(|(absent, _)| absent == flag)
            .map(|(_, why)| *why);
        let why = why.unwrap_or_else(|| panic!("{flag} of mosquitto is not there: say why in ABSENT"));
        let programs = match of {
            In::Pub => "mosquitto_pub",
            In::Sub => "mosquitto_sub",
            In::Both => "both",
        };
        writeln!(rows, "| `{flag}` | {programs} | {why} |").ok();
    }
    // With nothing to explain there is nothing to say.
    if !rows.is_empty() {
        write!(
            out,
            "## Not there\n\n| flag | of | why |\n|---|---|---|\n{rows}\n"
        )
        .ok();
    }
}

fn terminal(out: &mut String) {
    out.push_str(
        "## On a terminal\n\n\
         When standard output is a terminal, subscriber prints for people: time, topic (with `-v`, or where more than one can\n\
         come), payload, QoS and retain where they are not the usual, and version 5's properties below. JSON is indented and\n\
         coloured, bytes that are no text are hexadecimal, what is long is cut and says so, and control characters of a\n\
         payload are shown escaped. `--layout plain` turns that off; `-F` and `-N` do, too. In a pipe nothing of it happens.\n\n\
         Colours: on a terminal, not with `NO_COLOR` or `TERM=dumb`; `--color always` and `--color never` decide.\n\n\
         `--trace` prints on standard error, in a pipe without colours and without line breaks.\n\n\
         A send that takes longer than half a second shows on a terminal's standard error how many messages (of a single large\n\
         one: bytes) are sent and acknowledged, how many a second, and what is left; at the end it is summed up. Not with\n\
         `--quiet`, `-d`, `--trace` or `--json`, and not in a pipe.\n\n\
         A connection that is lost is made again after 1 s, 2 s, 4 s and so on up to 30 s, and a line on standard error says so:\n\
         by subscriber always, which subscribes again unless the broker kept the session; by publisher with `-l`, `--replay` and\n\
         `--response-topic`, which sends again what was not acknowledged, and at QoS 0 nothing, since nobody can say what arrived.\n\
         A replay goes on where it was, with its pauses; a request subscribes to its answer first, and `-W` counts on.\n\n",
    );
}

fn expectations(out: &mut String) {
    out.push_str(
        "## Expectations\n\n\
         `subscriber --expect FILTER` subscribes, at QoS 2 unless `-q` says otherwise, and waits for a message to a topic that\n\
         matches and that is all of what the other flags say. It ends with 0 as soon as that is certain, with 1 when time is up\n\
         or it is certain that it is not; then standard error has each message that came, and why it was not the one.\n\n\
         - Time counts from the subscription's acknowledgement. What stands behind `--` is run then, so it can publish what is\n  \
           expected; if it fails, the exit code is 1 although what was expected came.\n\
         - Retained messages count, too: `-R` or `--expect-retain no` leaves those out that were there before.\n\
         - `--payload-json` takes more than it says: of an object the members given, of an array the items given, in any order;\n  \
           numbers are equal by value. `--payload-at` is for a single value; one that is not JSON is text.\n\
         - Messages that match are printed as always, so `-F`, `-v` and `--json` say how.\n\n",
    );
}

fn exit_codes(out: &mut String) {
    out.push_str(
        "## Exit codes\n\nThose of mosquitto's clients, but for three:\n\n\
         - A refusal of version 5 is its reason code, and what fails in TLS is 8, so that a script can tell them from a lost\n  \
           connection.\n\
         - What fails with a proxy is 1. mosquitto's clients end with 1, 4, 11 or 16, by what the proxy said; but 4 means also\n  \
           that the broker refused the user name or the password, and a proxy is one more way on which no connection came\n  \
           about. What it was is in the message; `kind` of `--json` is `proxy`.\n\n\
         | code | when |\n|---|---|\n\
         | 0 | everything was done; at QoS 1 and 2: acknowledged. subscriber: also when a signal ended it |\n\
         | 1 | wrong flags; no connection, be it for the host's name, the network, a proxy or WebSocket; a message that the broker \
         cannot take; `--expect`: what was expected did not come; the command behind `--` failed |\n\
         | 1 to 5 | CONNACK's return code (3.1, 3.1.1) |\n\
         | 2 | the peer sent something that is not MQTT |\n\
         | 3 | publisher `--replay`: a part of the recording could not be read; the rest was published |\n\
         | 7 | the connection was lost |\n\
         | 8 | TLS failed, or a certificate was refused |\n\
         | 27 | time ran out: connecting, `-W`, no SUBACK within `--within` |\n",
    );
    for code in [0x80_u8, 0x87, 0x97] {
        writeln!(
            out,
            "| {code} | reason code 0x{code:02X} of version 5: {} |",
            reason_words(code)
        )
        .ok();
    }
    out.push_str(
        "| 128 to 162 | any other reason code of version 5, of CONNACK, PUBACK, PUBREC or DISCONNECT; 128 also: every filter refused |\n\
         | 130, 143 | publisher was ended by SIGINT, SIGTERM |\n\n",
    );
}

fn json(out: &mut String) {
    out.push_str(
        "## Lines of `--json`\n\n\
         One JSON object a line on standard output; errors on standard error. Every one has `at_secs`, the seconds since the\n\
         program began, and `event`, its name; names of other fields end in their unit, where there is one. New events and new\n\
         fields may come; those here stay.\n\n| event | when | fields |\n|---|---|---|\n",
    );
    for (event, when, fields) in Line::SCHEMA {
        writeln!(out, "| `{event}` | {when} | {fields} |").ok();
    }
    out.push('\n');
}

fn recordings(out: &mut String) {
    writeln!(
        out,
        "## Recordings\n\n\
         `subscriber --record FILE` writes and `publisher --replay FILE` reads lines of JSON: the `message` lines of `--json`, so\n\
         that the output of `subscriber --json` is a recording, too, and so is what `broker --record` writes: docs/RECORDINGS.md has all\n\
         of the format. The first line is of the event `recording`, with `format`, `version` (1), `minor` (1), `by` and `time`. Lines\n\
         of events other than `message` are passed over, and so are fields that are not listed here. A recording that is cut, or of a\n\
         newer format, is read as far as it can be, and a warning says so.\n\n\
         ```json\n{RECORDED}\n```\n\n\
         | field | what it is | if it is not there |\n|---|---|---|\n\
         | `event` | `message` | `message` |\n\
         | `at_secs` | seconds since the recording began | 0 |\n\
         | `topic` | topic name | an error |\n\
         | `payload` | the payload, if it is UTF-8 | see next |\n\
         | `payload_base64` | the payload in base64 | an empty payload |\n\
         | `qos` | 0, 1 or 2 | 0 |\n\
         | `retain` | whether it is to be retained | false |\n\
         | `properties` | version 5's: `payload_format_indicator`, `message_expiry_interval_secs`, `content_type`, `response_topic`, \
         `correlation_data_base64`, `user_properties` (a list of pairs) | none |\n\
         | `time`, `id`, `subscription_identifiers`, `topic_alias` | for the reader; not published again | |\n\n\
         A replay's time counts from its first message. `--speed 2x` halves the pauses, `--speed max` leaves them out. Properties\n\
         are sent with version 5 (`-V 5`) only. A file is checked to its end before anything is sent; standard input (`-`) is\n\
         read line by line. Messages of one QoS arrive in their order; between levels of QoS, MQTT promises none."
    )
    .ok();
}
