//! [`Taken`]: a lesson on a broker: prepared, shown, and cleared away.

use std::fmt::Write as _;
use std::process::ExitCode;

use hyper::Method;
use serde_json::Value;

use super::form::Lesson;
use super::{broker, show};
use crate::ask_http::escaped;
use crate::cli::ctl::client::Client;
use crate::cli::ctl::failure::Failure;
use crate::cli::ctl::follow::follow;
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
    /// The port on which a broker is started, where none is there; `None` where it is none of ours.
    pub start_at: Option<u16>,
}

impl Taken {
    /// Takes the lesson, until Ctrl-C. `place` is the broker's for people.
    pub(super) async fn take(&self, client: &Client, place: &str) -> Result<ExitCode, Failure> {
        let mut stop = Signals::catch().map_err(|error| Failure::File(error.to_string()))?;
        let mut own = None;
        match (client.ask(&get("info")).await, self.start_at) {
            (Ok(_), _) => {}
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
        for request in &self.lesson.prepare {
            let mut question = ask(request.method.into(), &request.path);
            if let Some(body) = &request.body {
                question = question.with(body);
            }
            let answer = client.ask(&question).await?;
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            if let Some(name) = answer["name"].as_str() {
                made.push(format!("{}/{}", request.path, escaped(name)));
            }
        }
        show(&self.words(place, is_own));
        let events = get("events");
        tokio::select! {
            followed = follow(client, &events, false) => match followed {
                Err(Failure::ReaderGone) | Ok(()) => Ok(()),
                Err(failure) => Err(failure),
            },
            _ = stop.next(|| ()) => Ok(()),
        }
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
        if let Some(authority) = place
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            && !authority.ends_with(":1883")
        {
            let _ = writeln!(
                text,
                "In each other terminal, first:\n    export MQTT_URL=mqtt://{authority} CITRONELLA_URL=http://{authority}"
            );
        }
        text.push('\n');
        for (number, step) in (1..).zip(&lesson.steps) {
            let _ = writeln!(text, "{number:>2}. {}", step.say);
            if let Some(command) = &step.command {
                let _ = writeln!(text, "      {command}");
            }
        }
        let with_name = self
            .name
            .as_ref()
            .map_or_else(String::new, |name| format!(" --as {name}"));
        let _ = writeln!(text, "\nExercise: {}", lesson.exercise);
        let _ = writeln!(
            text,
            "Is it done? In another terminal: broker lesson {number} --check{with_name}"
        );
        text.push_str("\nPackets, as they come; Ctrl-C ends the lesson:\n");
        text
    }
}
