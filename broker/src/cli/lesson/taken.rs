//! [`Taken`]: a lesson on a broker: prepared, shown, and cleared away.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use hyper::Method;
use serde_json::Value;

use super::form::Lesson;
use super::{arrival, begun, broker, class, show};
use crate::ask_http::escaped;
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::follow::{follow, shown};
use crate::cli::ctl::plan::{ask, delete, get};
use crate::cli::signals::Signals;

/// Who takes which lesson.
#[derive(Debug)]
pub(super) struct Taken {
    pub number: usize,
    /// The name of its page, without the ending.
    pub file: &'static str,
    pub lesson: Lesson,
    /// Of one of several who share the broker.
    pub name: Option<String>,
    /// Whether others may lose by it what they have done.
    pub may_reset: bool,
    /// Of a broker that wants to see one.
    pub token_file: Option<PathBuf>,
    /// The port on which a broker is started, where none is there; `None` where it is none of ours.
    pub start_at: Option<u16>,
    /// Whether the environment names another broker to the clients, as in a class.
    pub is_elsewhere: bool,
}

/// Whether an event says that the broker was reset.
fn is_reset(data: &str) -> bool {
    // Only what may be one is read.
    data.contains("\"reset\"")
        && serde_json::from_str::<Value>(data).is_ok_and(|entry| entry["event"] == "reset")
}

impl Taken {
    /// Takes the lesson, until Ctrl-C. `place` is the broker's for people.
    pub(super) async fn take(&self, client: &Client, place: &str) -> Result<ExitCode, Failure> {
        let mut stop = Signals::catch().map_err(|error| Failure::File(error.to_string()))?;
        let mut own = None;
        let answer = tokio::select! {
            answer = arrival::greeted(client, place) => answer,
            _ = stop.next(|| ()) => return Ok(ExitCode::SUCCESS),
        };
        match (answer, self.start_at) {
            (Ok(()), _) => self.spare_the_others(client).await?,
            (Err(Failure::Unreachable(_)), Some(port)) => {
                let started = broker::start(port).await;
                own = Some(started.map_err(|error| {
                    Failure::Unreachable(format!("no broker on port {port} for this lesson: {error}"))
                })?);
            }
            (Err(failure), _) => return Err(failure),
        }
        // Also where it fails half-way, nothing is left behind.
        let mut made = Vec::new();
        let done = self.go(client, place, own.is_some(), &mut made, &mut stop).await;
        match (own, &self.name) {
            (Some(mut child), _) => {
                // Ctrl-C has reached it, too, unless it came to this process alone.
                let _ = child.start_kill();
                let _ = child.wait().await;
            }
            (None, None) => _ = client.ask(&ask(Method::POST, "reset")).await,
            (None, Some(_)) => {
                for thing in &made {
                    let _ = client.ask(&delete(thing)).await;
                }
            }
        }
        done.map(|()| ExitCode::SUCCESS)
    }

    /// Refuses what would take something from others on the broker, which is not this lesson's own.
    async fn spare_the_others(&self, client: &Client) -> Result<(), Failure> {
        let Self { number, lesson, .. } = self;
        match (&self.name, &lesson.alone) {
            (Some(_), Some(alone)) => Err(Failure::Usage(format!(
                "lesson {number} disturbs everybody on a broker. {alone} Take it on a broker of your own, in terminals without the \
                 variables of the class: unset MQTT_URL CITRONELLA_URL CITRONELLA_TOKEN_FILE; broker lesson {number}"
            ))),
            (None, _) if !self.may_reset => match class::others(client).await? {
                None => Ok(()),
                Some(others) => Err(Failure::Usage(format!(
                    "a lesson resets the broker, and others are on it ({others}); in a class, say --as NAME; to reset it all the same, \
                     say --reset"
                ))),
            },
            _ => Ok(()),
        }
    }

    async fn go(
        &self,
        client: &Client,
        place: &str,
        is_own: bool,
        made: &mut Vec<String>,
        stop: &mut Signals,
    ) -> Result<(), Failure> {
        if self.name.is_none() {
            client.ask(&ask(Method::POST, "reset")).await?;
        }
        let after = begun::end(client).await?;
        if let Some(name) = &self.name {
            match begun::begin(client, self.number, name, after).await {
                // A broker that cannot keep it is judged from its beginning.
                Ok(()) | Err(Failure::Problem(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        for request in &self.lesson.prepare {
            let mut question = ask(request.method.into(), &request.path);
            if let Some(body) = &request.body {
                question = question.with(body);
            }
            let answer = client.ask(&question).await?;
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            // What a PUT sets is there for all: such a lesson is not taken beside others.
            if request.method == super::form::Method::Post
                && let Some(name) = answer["name"].as_str()
            {
                made.push(format!("{}/{}", request.path, escaped(name)));
            }
        }
        show(&self.words(place, is_own));
        let events = get("events").query([("after", after.to_string())]);
        let whose = self.name.as_ref().map(|name| format!("{name}-"));
        let line = |event: &str, data: &str| {
            if is_reset(data) {
                self.disarmed()
            } else {
                shown(event, data, whose.as_deref())
            }
        };
        tokio::select! {
            followed = follow(client, &events, line) => match followed {
                Err(Failure::ReaderGone) | Ok(()) => Ok(()),
                Err(failure) => {
                    let words = failure.words().unwrap_or_default();
                    Err(Failure::Unreachable(format!("the lesson ends, for the broker has ended ({words})")))
                }
            },
            _ = stop.next(|| ()) => Ok(()),
        }
    }

    /// ` --as NAME`, where there is one.
    fn with_name(&self) -> String {
        let name = self.name.as_ref();
        name.map_or_else(String::new, |name| format!(" --as {name}"))
    }

    /// What is said when somebody resets the broker.
    fn disarmed(&self) -> String {
        let (number, with_name) = (self.number, self.with_name());
        let what = if self.lesson.prepare.is_empty() {
            "what you have done does not count any more"
        } else {
            "what this lesson has prepared is gone, and the exercise cannot be done"
        };
        format!(
            "· The broker was reset: {what}. Begin anew: Ctrl-C, then broker lesson {number}{with_name}\n"
        )
    }

    /// The lesson, for people.
    fn words(&self, place: &str, is_own: bool) -> String {
        let Self {
            number, lesson, file, ..
        } = self;
        let mut text = format!("Lesson {number}: {} ({} minutes)\n", lesson.title, lesson.minutes);
        let _ = writeln!(text, "{}\nThe page: docs/lessons/{file}.md\n", lesson.goal);
        let _ = match (is_own, &self.name) {
            (true, _) => writeln!(text, "A broker was started for this lesson: {place}"),
            (false, None) => writeln!(text, "The broker at {place} was reset for this lesson."),
            (false, Some(_)) => writeln!(text, "The broker is {place}."),
        };
        for request in &lesson.prepare {
            let _ = writeln!(text, "{}.", request.say);
        }
        let exports = self.exports(place);
        if !exports.is_empty() {
            let _ = writeln!(text, "In each other terminal, first:\n    export {exports}");
        }
        text.push('\n');
        let mut typed = 0;
        for step in &lesson.steps {
            if let Some(command) = &step.command {
                typed += 1;
                let _ = writeln!(text, "{typed:>2}. {}\n      {command}", step.say);
            } else {
                // It happens by itself, as part of a command.
                let _ = writeln!(text, "    · {}", step.say);
            }
        }
        let with_name = self.with_name();
        let _ = writeln!(text, "\nExercise: {}", lesson.exercise);
        let _ = writeln!(
            text,
            "Is it done? In another terminal: broker lesson {number} --check{with_name}"
        );
        text.push_str(
            "\nPackets, as they come (→ from a client, ← to it, · what happened); Ctrl-C ends the lesson:\n",
        );
        text
    }

    /// What the other terminals have to know of the broker: with these variables the commands work there as they are.
    fn exports(&self, place: &str) -> String {
        let mut exports = Vec::new();
        let authority = place
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'));
        let is_usual = |authority: &&str| *authority == "localhost:1883" && !self.is_elsewhere;
        if let Some(authority) = authority.filter(|authority| !is_usual(authority)) {
            exports.push(format!(
                "MQTT_URL=mqtt://{authority} CITRONELLA_URL=http://{authority}"
            ));
        }
        if let Some(path) = &self.token_file {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let path = path.display().to_string().replace('\'', r"'\''");
            exports.push(format!("CITRONELLA_TOKEN_FILE='{path}'"));
        }
        exports.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::lesson::course;

    #[test]
    fn the_other_terminals_are_told_of_another_place_and_of_the_token() {
        let (file, lesson) = course::lesson(1).expect("there is one");
        let mut taken = Taken {
            number: 1,
            file,
            lesson,
            name: None,
            may_reset: false,
            token_file: None,
            start_at: None,
            is_elsewhere: false,
        };
        assert_eq!(taken.exports("http://localhost:1883"), "");
        assert_eq!(
            taken.exports("http://desk:1883/"),
            "MQTT_URL=mqtt://desk:1883 CITRONELLA_URL=http://desk:1883"
        );
        taken.is_elsewhere = true;
        assert_eq!(
            taken.exports("http://localhost:1883"),
            "MQTT_URL=mqtt://localhost:1883 CITRONELLA_URL=http://localhost:1883"
        );
        taken.is_elsewhere = false;
        taken.token_file = Some(PathBuf::from("/it's/token"));
        assert_eq!(
            taken.exports("http://localhost:1883"),
            r"CITRONELLA_TOKEN_FILE='/it'\''s/token'"
        );
        let words = taken.words("http://localhost:1883", false);
        assert!(words.contains("\n 2. Terminal 2: foo2 publishes"), "{words}");
        assert!(
            words.contains("first:\n    export CITRONELLA_TOKEN_FILE="),
            "{words}"
        );
    }

    #[test]
    fn a_reset_is_told_with_how_to_begin_anew() {
        assert!(is_reset(r#"{"event":"reset","seq":4}"#));
        assert!(!is_reset(r#"{"packet":"PUBLISH","payload":"\"reset\""}"#));
        let (file, lesson) = course::lesson(3).expect("there is one");
        let taken = Taken {
            number: 3,
            file,
            lesson,
            name: Some("ana".to_owned()),
            may_reset: false,
            token_file: None,
            start_at: None,
            is_elsewhere: false,
        };
        let words = taken.disarmed();
        assert!(words.contains("prepared is gone"), "{words}");
        assert!(words.ends_with("broker lesson 3 --as ana\n"), "{words}");
    }
}
