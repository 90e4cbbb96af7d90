//! Which of its jobs the program is asked to do, checked.

use std::path::PathBuf;
use std::time::Duration;

use client::{
    Connection, Kind, UsageError, Version, parse_duration, parse_number, parse_qos, validate_topic,
};

use crate::flags::Flags;
use crate::load::Load;
use crate::plan::{Payload, Plan};
use crate::replay::{Recording, Replay};
use crate::request::Request;

/// A job.
#[derive(Debug)]
pub(crate) enum Mode {
    Publish(Plan),
    Request(Request),
    Replay(Replay),
    Load(Load),
}

impl Mode {
    pub(crate) fn from_flags(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UsageError> {
        contradictions(flags)?;
        if let Some(file) = &flags.replay {
            return replay(flags, file, environment).map(Self::Replay);
        }
        if flags.load {
            return load(flags, environment).map(Self::Load);
        }
        let plan = Plan::from_flags(flags, environment)?;
        let Some(topic) = &flags.response_topic else {
            return Ok(Self::Publish(plan));
        };
        request(flags, plan, topic).map(Self::Request)
    }

    pub(crate) fn connection(&self) -> &Connection {
        match self {
            Self::Publish(plan) => &plan.connection,
            Self::Request(request) => &request.plan.connection,
            Self::Replay(replay) => &replay.connection,
            Self::Load(load) => &load.connection,
        }
    }

    /// Whether messages come from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        match self {
            Self::Publish(plan) => matches!(plan.payload, Payload::Stdin | Payload::StdinLines),
            Self::Request(request) => matches!(request.plan.payload, Payload::Stdin | Payload::StdinLines),
            Self::Replay(replay) => replay.recording == Recording::Stdin,
            Self::Load(_) => false,
        }
    }

    /// How many messages there will be, if that is known.
    pub(crate) fn total(&self) -> Option<u64> {
        match self {
            Self::Publish(plan) if plan.payload != Payload::StdinLines => Some(plan.repeat),
            Self::Load(load) => load.count,
            _ => None,
        }
    }
}

/// The flag that gives a payload, if there is one. Jobs that bring their own messages refuse it.
fn payload_flag(flags: &Flags) -> Option<&'static str> {
    let given = [
        (!flags.message.is_empty(), "-m"),
        (!flags.file.is_empty(), "-f"),
        (flags.stdin_line, "-l"),
        (flags.stdin_file, "-s"),
        (flags.null_message, "-n"),
    ];
    given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
}

fn contradictions(flags: &Flags) -> Result<(), UsageError> {
    let jobs = [
        (flags.replay.is_some(), "--replay"),
        (flags.load, "--load"),
        (flags.response_topic.is_some(), "--response-topic"),
    ];
    let mut jobs = jobs.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag);
    let job = jobs.next();
    if let (Some(one), Some(other)) = (job, jobs.next()) {
        return Err(UsageError(format!(
            "{one} and {other} are two different jobs; give one of them."
        )));
    }
    if let Some(job @ ("--replay" | "--load")) = job {
        if let Some(flag) = payload_flag(flags) {
            return Err(UsageError(format!(
                "{job} brings its own messages; leave {flag} out."
            )));
        }
        if flags.repeat_delay.is_some() {
            let instead = if job == "--load" { "--rate" } else { "--speed" };
            return Err(UsageError(format!(
                "--repeat-delay does not go with {job}; {instead} sets the pace."
            )));
        }
    }
    if flags.replay.is_some() {
        let given = [
            (flags.topic.is_some(), "-t"),
            (flags.qos.is_some(), "-q"),
            (flags.retain, "-r"),
            (flags.repeat.is_some(), "--repeat"),
        ];
        if let Some((_, flag)) = given.into_iter().find(|(given, _)| *given) {
            return Err(UsageError(format!(
                "--replay publishes each message as it was recorded; leave {flag} out."
            )));
        }
    }
    let output = &flags.response;
    if flags.response_topic.is_none() {
        let given = [
            (output.verbose, "-v"),
            (output.format.is_some(), "-F"),
            (output.no_line_feed, "-N"),
            (output.pretty, "--pretty"),
        ];
        if let Some((_, flag)) = given.into_iter().find(|(given, _)| *given) {
            return Err(UsageError(format!(
                "{flag} says how an answer is printed, and without --response-topic no answer comes."
            )));
        }
    }
    Ok(())
}

fn request(flags: &Flags, plan: Plan, topic: &str) -> Result<Request, UsageError> {
    validate_topic(topic).map_err(|error| UsageError(format!("--response-topic: {error}")))?;
    if plan
        .properties
        .as_ref()
        .is_some_and(|all| all.response_topic.is_some())
    {
        return Err(UsageError::new(
            "--response-topic sends the property Response Topic itself; leave -D publish response-topic out.",
        ));
    }
    let mut request = Request::new(plan, topic);
    request.plan.reconnect = true;
    if let Some(text) = &flags.timeout {
        let seconds: f64 = parse_number("-W", text, "seconds, more than 0")?;
        request.timeout = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|time| !time.is_zero())
            .ok_or_else(|| UsageError::new("-W: give seconds, more than 0"))?;
    }
    Ok(request)
}

fn replay(
    flags: &Flags,
    file: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Replay, UsageError> {
    let (connection, ..) = Connection::from_flags(Kind::Publisher, &flags.connection, environment)?;
    let recording = match file {
        "-" => Recording::Stdin,
        path => Recording::File(PathBuf::from(path)),
    };
    let mut replay = Replay::new(connection, recording);
    replay.reconnect = true;
    replay.speed = match flags.speed.as_deref() {
        None => Some(1.0),
        Some("max") => None,
        Some(text) => {
            let factor = text.strip_suffix('x').unwrap_or(text).parse::<f64>();
            let factor = factor.ok().filter(|factor| (0.001..=1e6).contains(factor));
            Some(factor.ok_or_else(|| {
                UsageError(format!(
                    "--speed: `{text}` is not a speed; write 2x for twice as fast, 0.5x for half, max for no pauses"
                ))
            })?)
        }
    };
    Ok(replay)
}

fn load(flags: &Flags, environment: impl Fn(&str) -> Option<String>) -> Result<Load, UsageError> {
    let (connection, properties, url_topic) =
        Connection::from_flags(Kind::Publisher, &flags.connection, environment)?;
    if connection.version != Version::V5 && connection.client_id.is_empty() {
        return Err(UsageError::new(
            "--load gives each client an identifier of its own; leave -i '' out.",
        ));
    }
    let topic = flags
        .topic
        .clone()
        .or(url_topic)
        .unwrap_or_else(|| "load".to_owned());
    validate_topic(&topic)?;
    let mut load = Load::new(connection, topic);
    load.properties = properties.publish;
    load.retain = flags.retain;
    let whole = |flag: &str, text: &Option<String>, least: u64, most: u64, default: u64| match text {
        None => Ok(default),
        Some(text) => match text.parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(UsageError(format!(
                "{flag}: `{text}`: give a whole number from {least} to {most}"
            ))),
        },
    };
    load.qos = flags
        .qos
        .as_deref()
        .map_or(Ok(load.qos), |text| parse_qos("-q", text))?;
    load.clients = whole("--clients", &flags.clients, 1, 10_000, 1)? as usize;
    load.size_bytes = whole("--size", &flags.size, 8, 268_000_000, load.size_bytes as u64)? as usize;
    if flags.rate.is_some() {
        load.rate = Some(whole("--rate", &flags.rate, 1, 100_000_000, 1)?);
    }
    if flags.repeat.is_some() {
        load.count = Some(whole("--repeat", &flags.repeat, 1, u64::MAX, 1)?);
        load.duration = None;
    }
    if let Some(text) = &flags.duration {
        load.duration = Some(parse_duration("--duration", text)?);
    }
    load.receive = !flags.send_only;
    Ok(load)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn mode(arguments: &[&str]) -> Result<Mode, String> {
        let flags =
            Flags::try_parse_from([&["publisher"], arguments].concat()).map_err(|error| error.to_string())?;
        Mode::from_flags(&flags, |_| None).map_err(|error| error.to_string())
    }

    #[test]
    fn each_job_has_its_flags() {
        assert!(matches!(mode(&["-t", "a", "-m", "b"]).unwrap(), Mode::Publish(_)));
        let Mode::Request(request) = mode(&["-t", "a", "-m", "b", "-e", "c", "-W", "0.5"]).unwrap() else {
            panic!("not a request")
        };
        assert_eq!(
            (request.response_topic.as_str(), request.timeout.as_millis()),
            ("c", 500)
        );
        for (speed, factor) in [("2x", Some(2.0)), ("0.5", Some(0.5)), ("max", None)] {
            let Mode::Replay(replay) = mode(&["--replay", "f", "--speed", speed]).unwrap() else {
                panic!("not a replay")
            };
            assert_eq!(replay.speed, factor);
        }
        let Mode::Load(load) = mode(&["--load", "--clients", "3", "--repeat", "10", "-q", "1"]).unwrap()
        else {
            panic!("not a load")
        };
        assert_eq!((load.clients, load.count, load.duration), (3, Some(10), None));
    }

    #[test]
    fn contradictions_are_explained() {
        for (arguments, words) in [
            (vec!["--replay", "f", "--load"], "two different jobs"),
            (vec!["--replay", "f", "-m", "x"], "leave -m out"),
            (vec!["--replay", "f", "-t", "x"], "leave -t out"),
            (vec!["--load", "-l"], "leave -l out"),
            (vec!["--load", "--repeat-delay", "1"], "--rate sets the pace"),
            (vec!["-t", "a", "-m", "b", "-v"], "without --response-topic"),
            (vec!["-t", "a", "-m", "b", "-e", "c/#"], "--response-topic: "),
            (vec!["-t", "a", "-m", "b", "-e", "c", "-W", "0"], "more than 0"),
            (
                vec![
                    "-t",
                    "a",
                    "-m",
                    "b",
                    "-e",
                    "c",
                    "-D",
                    "publish\u{1f}response-topic\u{1f}x",
                ],
                "leave -D",
            ),
            (vec!["--replay", "f", "--speed", "fast"], "2x for twice"),
            (vec!["--load", "--size", "7"], "from 8 to"),
            (vec!["--load", "--clients", "0"], "from 1 to"),
            (vec!["-t", "a", "-m", "b", "--rate", "3"], "--load"),
        ] {
            let error = mode(&arguments).unwrap_err();
            assert!(error.contains(words), "{arguments:?}: {error}");
        }
    }
}
