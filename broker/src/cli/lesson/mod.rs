//! `broker lesson`: lessons about MQTT, on a broker that shows what happens.
//!
//! | file | what it knows |
//! |---|---|
//! | `form` | what a lesson is, as its TOML has it |
//! | `course` | the lessons that there are |
//! | `mine` | a lesson under the name of one of several who share a broker |
//! | `taken` | a lesson that is taken: prepared, shown, cleared away |
//! | `arrival` | whether there is a broker that answers |
//! | `broker` | a broker for it, where none is there |
//! | `begun` | who of a class has begun, and when |
//! | `judge` | whether the exercise is done |
//! | `verdict` | what is said of that |
//! | `happened` | the ladder of what happened |
//! | `class` | the same for all who share a broker, as a table |

mod arrival;
mod begun;
mod broker;
mod class;
mod course;
mod form;
mod happened;
mod judge;
mod mine;
mod taken;
mod verdict;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::ctl::client::Client;
use super::ctl::failure::Failure;
use super::ctl::target;
use super::log::complain;

const EXAMPLES: &str = "\
Examples:
  broker lesson             which lessons there are
  broker lesson 1           take the first: on the broker that listens here, or else on one of its own
  broker lesson 1 --check   in another terminal: is the exercise done? Exit code 0, or 1
  broker lesson 1 --check --all   a class on one broker: who has done what?

A lesson begins and ends with a reset of the broker, unless --as says that others use it, too.
Where others are on the broker, it asks for --reset first.";

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Lesson {
    /// Which lesson; without it, all are listed
    #[arg(value_name = "NUMBER")]
    number: Option<String>,

    /// Say which points of the exercise are done: exit code 0 if all are, else 1
    #[arg(long, requires = "number")]
    check: bool,

    /// Check everybody who takes the lesson with --as: a line for each of them
    #[arg(long, requires = "check", conflicts_with = "name")]
    all: bool,

    /// Put NAME/ before each topic and NAME- before each client: several share one broker
    #[arg(long = "as", value_name = "NAME", requires = "number", value_parser = name)]
    name: Option<String>,

    /// Take the lesson though others are on the broker: it is reset, and they lose what they have done
    #[arg(long, requires = "number", conflicts_with_all = ["name", "check"])]
    reset: bool,

    /// Print JSON, for programs: the list; a lesson, which is not taken then; what a check found
    #[arg(long)]
    json: bool,

    /// Port of the broker on this machine, or of the one that is started [default: 1883]
    #[arg(short, long, value_name = "PORT", conflicts_with = "url", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    #[command(flatten)]
    target: target::Flags,
}

/// Whether this value of `MQTT_URL` leads clients to another broker than the usual one.
fn names_another_broker(url: Option<&str>) -> bool {
    url.is_some_and(|url| !url.is_empty() && url.trim_end_matches('/') != "mqtt://localhost:1883")
}

/// A name that is good in topics, client identifiers and shells.
fn name(text: &str) -> Result<String, String> {
    let is_good = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if text.is_empty() || text.len() > 20 || !text.chars().all(is_good) {
        return Err("expected 1 to 20 of the letters a to z and A to Z, digits and _".to_owned());
    }
    Ok(text.to_owned())
}

impl Lesson {
    pub(super) fn run(self) -> ExitCode {
        let Some(said) = &self.number else {
            return show(&if self.json { list_json() } else { list() });
        };
        let found = said
            .parse()
            .ok()
            .and_then(|number| Some((number, course::lesson(number)?)));
        let Some((number, (file, lesson))) = found else {
            let said = settings::text::cut(said, 40);
            complain(&format!(
                "there is no lesson {said}; `broker lesson` lists those from 1 to {}",
                course::count()
            ));
            return ExitCode::from(2);
        };
        let lesson = match &self.name {
            Some(name) => mine::lesson(lesson, name),
            None => lesson,
        };
        if self.json && !self.check {
            return show(&format!("{}\n", json!(lesson)));
        }
        let lesson = taken::Taken {
            number,
            file,
            lesson,
            name: self.name.clone(),
            may_reset: self.reset,
            token_file: self.target.token_file(),
            is_elsewhere: names_another_broker(std::env::var("MQTT_URL").ok().as_deref()),
            // Without a word about it, none is started at another place than the usual one.
            start_at: (self.port.is_some() || !self.target.is_named()).then(|| self.port.unwrap_or(1883)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => runtime.block_on(self.do_it(&lesson)),
            Err(error) => Err(Failure::File(error.to_string())),
        };
        done.unwrap_or_else(|failure| {
            if let Some(words) = failure.words() {
                complain(&words);
            }
            failure.code()
        })
    }

    async fn do_it(self, taken: &taken::Taken) -> Result<ExitCode, Failure> {
        let target = match self.port {
            Some(port) => self.target.at_port(port),
            None => self.target,
        };
        let target = target.target()?;
        let words = target.words.clone();
        let client = Client::new(target);
        if self.check {
            arrival::greeted(&client, &words).await?;
        } else {
            return taken.take(&client, &words).await;
        }
        let (number, lesson) = (taken.number, taken.lesson.clone());
        let (is_done, words, found) = if self.all {
            let class = class::Class::judged(&client, number, lesson).await?;
            (class.is_done(), class.words(), class.json())
        } else {
            judge::settle(&client).await?;
            let name = taken.name.as_deref();
            let after = begun::Begun::all(&client).await?.after(number, name);
            let judged = judge::judge(&client, lesson.clone(), name, after).await?;
            let ladder = if self.json {
                String::new()
            } else {
                happened::ladder(&client, &lesson, judged.after).await?
            };
            let found = json!({
                "lesson": number, "as": taken.name, "done": judged.is_done(),
                "points": judged.points.iter().map(verdict::json).collect::<Vec<_>>(),
                "forgotten_entries": judged.missed,
            });
            (judged.is_done(), verdict::all(&judged) + &ladder, found)
        };
        let text = if self.json { format!("{found}\n") } else { words };
        show(&text);
        Ok(ExitCode::from(u8::from(!is_done)))
    }
}

fn list() -> String {
    let mut text = String::new();
    for (number, _, lesson) in course::all() {
        let minutes = lesson.minutes;
        let _ = writeln!(text, "{number:>3}  {} ({minutes} minutes)", lesson.title);
        let _ = writeln!(text, "     {}", lesson.goal);
    }
    text.push_str("\n`broker lesson 1` begins. The pages are in docs/lessons/.\n");
    text
}

fn list_json() -> String {
    let lessons = course::all().map(|(number, file, lesson)| {
        json!({
            "lesson": number, "file": file, "title": lesson.title, "goal": lesson.goal,
            "minutes": lesson.minutes, "needs": lesson.needs,
        })
    });
    format!("{}\n", lessons.collect::<Value>())
}

/// It is no failure if the reader has gone.
fn show(text: &str) -> ExitCode {
    let mut to = io::stdout().lock();
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    ExitCode::SUCCESS
}
