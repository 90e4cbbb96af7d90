//! `broker play`: a recording is played, to a broker or to a client.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::flags;
use super::log::{complain, warn};
use super::obey;
use crate::recording::{Played, Recording, Rewrite, Speed};
use crate::wire::QoS;

/// Which side of a recording is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// The clients: they connect to a broker, subscribe and publish
    Publishers,
    /// The broker: clients that connect here are answered as it answered
    Broker,
}

// `--help` prints these comments.
#[allow(clippy::doc_markdown)]
#[derive(Debug, Args)]
pub(super) struct Play {
    /// The recording: a file that broker --record or subscriber --record wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The broker to play to, mqtt:// or mqtts:// [default: mqtt://localhost:1883]
    #[arg(value_name = "URL")]
    url: Option<String>,

    /// Which side is played
    #[arg(long, value_enum, default_value = "publishers")]
    side: Side,

    /// How many times as fast as it was recorded, such as 10 or 0.5; max: without pauses
    #[arg(long, value_name = "TIMES", default_value = "1")]
    speed: Speed,

    /// Topics that become others, as 'home/# => test/home/#'; repeatable, the first that fits wins
    #[arg(long, value_name = "FROM => TO")]
    rewrite: Vec<Rewrite>,

    /// Only what this recorded client did; * stands for any characters; repeatable
    #[arg(long, value_name = "ID")]
    client: Vec<String>,

    /// Only messages to topics that fit this filter; repeatable
    #[arg(long, value_name = "FILTER")]
    topic: Vec<String>,

    /// Publish everything with this QoS
    #[arg(long, value_name = "0|1|2", value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: Option<u8>,

    /// Publish everything with or without RETAIN
    #[arg(long, value_name = "true|false")]
    retain: Option<bool>,

    /// One client of this identifier publishes everything
    #[arg(long, value_name = "ID")]
    one_client: Option<String>,

    /// User name for all clients [default: as recorded]
    #[arg(short, long, value_name = "NAME")]
    user: Option<String>,

    /// Password for all clients; the recording has none
    #[arg(short = 'P', long, value_name = "PASSWORD")]
    password: Option<String>,

    /// File with certificates in PEM to trust, for mqtts://
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Trust every certificate
    #[arg(long)]
    insecure: bool,

    /// Print what was played as one JSON object
    #[arg(long)]
    json: bool,

    /// With --side broker: any further flags of the broker, after --
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<String>,
}

/// The recording, with what could not be read said on stderr.
pub(super) fn read(path: &Path) -> Option<Recording> {
    match Recording::open(path) {
        Ok(recording) => {
            for note in &recording.notes {
                warn(&format!("{}, {note}", path.display()));
            }
            Some(recording)
        }
        Err(error) => {
            complain(&format!("cannot read the recording {}: {error}", path.display()));
            None
        }
    }
}

impl Play {
    pub(super) fn run(self) -> ExitCode {
        match self.side {
            Side::Publishers => self.play_clients(),
            Side::Broker => self.play_broker(),
        }
    }

    fn play_clients(self) -> ExitCode {
        if !self.flags.is_empty() {
            complain("flags of the broker, after --, are for `--side broker`");
            return ExitCode::from(2);
        }
        let Some(recording) = read(&self.file) else {
            return ExitCode::FAILURE;
        };
        let is_whole = recording.is_whole();
        let mut play = recording.play().speed(self.speed);
        play = self
            .rewrite
            .into_iter()
            .fold(play, crate::recording::Play::rewrite);
        play = self.client.into_iter().fold(play, crate::recording::Play::client);
        play = self.topic.into_iter().fold(play, crate::recording::Play::topic);
        if let Some(qos) = self.qos.and_then(QoS::from_bits) {
            play = play.qos(qos);
        }
        if let Some(retain) = self.retain {
            play = play.retain(retain);
        }
        if let Some(client_id) = self.one_client {
            play = play.one_client(client_id);
        }
        if let Some(user) = self.user {
            play = play.user(user);
        }
        if let Some(password) = self.password {
            play = play.password(password);
        }
        let upstream = settings::Upstream {
            url: self.url.unwrap_or_else(|| "mqtt://localhost:1883".to_owned()),
            ca_file: self
                .ca_file
                .map(|path| path.to_string_lossy().into_owned())
                .unwrap_or_default(),
            insecure: self.insecure,
            ..settings::Upstream::default()
        };
        let played = match play.against(upstream).wait() {
            Ok(played) => played,
            Err(error) => {
                complain(&error.to_string());
                return ExitCode::from(if error.is_invalid() { 2 } else { 1 });
            }
        };
        for note in &played.notes {
            warn(note);
        }
        let text = if self.json { json(&played) } else { words(&played) };
        let _ = io::stdout().write_all(text.as_bytes());
        if played.messages == 0 && played.left_out > 0 {
            return ExitCode::FAILURE;
        }
        if is_whole && played.left_out == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        }
    }

    /// A broker that answers as the recorded one did.
    fn play_broker(self) -> ExitCode {
        if self.url.is_some() {
            complain(
                "a URL is for `--side publishers`; with `--side broker` clients come here, on port 1883 or as `-- -p PORT` says",
            );
            return ExitCode::from(2);
        }
        let speed = match self.speed {
            Speed::Max => "max".to_owned(),
            Speed::Times(times) => times.to_string(),
        };
        let upstream = format!("recording:{}", self.file.display());
        let speed = format!("upstream.speed={speed}");
        let json = self.json.then(|| "--json".to_owned());
        let own = ["broker", "--upstream", &upstream, "--set", &speed].map(ToOwned::to_owned);
        let flags = match flags::parse(own.into_iter().chain(json).chain(self.flags).map(Into::into)) {
            Ok(flags) => flags,
            Err(error) => {
                let _ = error.print();
                return ExitCode::from(2);
            }
        };
        if flags.is_for_background() {
            complain("-d: `broker play` stays in front; write `broker -d --upstream recording:FILE` instead");
            return ExitCode::from(2);
        }
        obey(flags)
    }
}

fn words(played: &Played) -> String {
    let Played {
        messages,
        connections,
        acknowledged,
        refused,
        left_out,
        received,
        latest,
        ..
    } = played;
    format!(
        "{messages} messages on {connections} connections: {acknowledged} acknowledged, {refused} refused, {left_out} left out; \
         {received} received; at most {latest:.1?} late\n"
    )
}

fn json(played: &Played) -> String {
    let fields = serde_json::json!({
        "messages": played.messages,
        "connections": played.connections,
        "acknowledged": played.acknowledged,
        "refused": played.refused,
        "left_out": played.left_out,
        "received": played.received,
        "latest_secs": played.latest.as_secs_f64(),
        "notes": played.notes,
    });
    format!("{fields}\n")
}
