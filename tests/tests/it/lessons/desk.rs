//! [`Desk`]: a broker with a lesson on it, and terminals to type commands in.

use std::ffi::OsStr;
use std::process::Command;

use serde_json::json;
use tests::harness::api::Api;
use tests::harness::binaries::program;
use tests::harness::{DEADLINE, Finished, Program, Served};

/// Where a lesson is taken.
pub struct Desk {
    broker: Served,
    number: String,
    /// `broker lesson NUMBER`, which goes on until this is dropped.
    _lesson: Option<Program>,
}

impl Desk {
    /// Begins a lesson on a broker of its own; it is prepared when this returns.
    pub fn lesson(number: usize) -> Self {
        let broker = Served::start(&[]);
        let url = format!("http://{}", broker.addr());
        let number = number.to_string();
        let mut lesson = Program::start(program("broker").args(["lesson", &number, "--url", &url]));
        lesson.until("the lesson", |line| line.starts_with("Exercise: "));
        Self {
            broker,
            number,
            _lesson: Some(lesson),
        }
    }

    /// A broker on which nobody has begun a lesson.
    pub fn shared() -> Self {
        Self::shared_with(&[])
    }

    /// The same, with flags.
    pub fn shared_with(flags: &[&str]) -> Self {
        Self {
            broker: Served::start(flags),
            number: String::new(),
            _lesson: None,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.broker.addr())
    }

    fn api(&self) -> Api {
        Api::at(self.broker.addr())
    }

    /// Runs a program that finds the broker by the environment.
    pub fn run(&self, program: &OsStr, arguments: &[&str]) -> Program {
        let ours = self::program("publisher");
        let folder = std::path::Path::new(ours.get_program())
            .parent()
            .expect("it is in a folder")
            .to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path))).expect("paths");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("PATH", path)
            .env("MQTT_URL", format!("mqtt://{}", self.broker.addr()))
            .env("CITRONELLA_URL", self.url())
            .env("XDG_CONFIG_HOME", "/nonexistent");
        Program::start(&mut command)
    }

    /// Begins a lesson under a name; it goes on until this is dropped.
    pub fn begin(&self, number: usize, name: &str) -> Program {
        let number = number.to_string();
        let mut lesson = self.run("broker".as_ref(), &["lesson", &number, "--as", name]);
        lesson.until("the lesson", |line| line.starts_with("Exercise: "));
        lesson
    }

    /// Runs shell commands, and waits for their end.
    pub fn sh(&self, commands: &str) -> Finished {
        let finished = self.shell(commands).wait();
        // A command that is not there.
        assert_ne!(finished.code, Some(127), "{commands}: {finished:#?}");
        finished
    }

    /// Begins to run shell commands, and waits until so many subscriptions were made.
    pub fn subscribed(&self, subscriptions: usize, commands: &str) -> Program {
        let api = self.api();
        let mark = api.post("mark", &json!({})).json(200)["after"].clone();
        let running = self.shell(commands);
        let wanted = json!({
            "pattern": {"event": "subscribed"}, "times": {"min": subscriptions}, "after": mark,
            "timeout_secs": DEADLINE.as_secs(),
        });
        let answer = api.post("expectations", &wanted);
        assert_eq!(answer.status, 200, "{commands}: {}", answer.text());
        running
    }

    fn shell(&self, commands: &str) -> Program {
        self.run(OsStr::new("bash"), &["--norc", "-c", commands])
    }

    /// Types the blocks of a page, each into a terminal of its own, and waits for the end of all.
    pub fn blocks(&self, blocks: &[String]) {
        let mut running = Vec::new();
        for (n, block) in blocks.iter().enumerate() {
            let subscriptions = block
                .lines()
                .filter(|line| line.starts_with("subscriber "))
                .count();
            if subscriptions == 0 || n + 1 == blocks.len() {
                self.sh(block);
            } else {
                running.push(self.subscribed(subscriptions, block));
            }
        }
        for program in running {
            program.wait();
        }
    }

    /// What happened, without the times.
    pub fn ladder(&self) -> String {
        let api = self.api();
        assert_eq!(api.post("settle", &json!({})).status, 200);
        let answer = api.get("export?format=ladder");
        assert_eq!(answer.status, 200);
        let ladder = answer.text();
        assert!(ladder.lines().count() > 1, "nothing happened: {ladder}");
        let mut timeless = String::new();
        // A lesson begins with a reset, which is none of its steps.
        let lines = ladder
            .lines()
            .filter(|line| !line.contains("· the broker was reset"));
        for line in lines {
            let line: String = line.chars().skip(13).collect();
            timeless.push_str(line.trim_end());
            timeless.push('\n');
        }
        timeless
    }

    /// What `broker lesson NUMBER --check` says.
    pub fn check(&self) -> Finished {
        self.sh(&format!("broker lesson {} --check", self.number))
    }
}
