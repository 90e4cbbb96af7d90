//! `broker health`: whether a broker answers, for what watches over containers and services.

mod place;
mod talk;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use settings::BrokerSettings;

use super::flags::loader_of;
use super::log::complain;

use place::Place;

#[derive(Debug, Args)]
pub(super) struct Health {
    /// Where: mqtt://HOST:PORT, mqtts://, ws://, wss:// or the path of a Unix socket [default: as the settings say]
    #[arg(value_name = "URL")]
    place: Option<String>,

    /// The broker's settings file; repeatable [default: as without health]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// The broker's ready file, which says where it listens
    #[arg(long, value_name = "PATH")]
    ready_file: Option<PathBuf>,
}

impl Health {
    /// 0 where it answers, 1 where it does not: Docker knows no other code.
    pub(super) fn run(self) -> ExitCode {
        let answered = self.place().and_then(|place| {
            let answer = talk::ask(&place).map_err(|why| format!("{place}: {why}"))?;
            Ok(format!("{place} answers: {answer}"))
        });
        match answered {
            Ok(text) => {
                // It is no failure if the reader has gone.
                let _ = std::io::Write::write_all(
                    &mut std::io::stdout(),
                    format!("healthy: {text}\n").as_bytes(),
                );
                ExitCode::SUCCESS
            }
            Err(error) => {
                complain(&error);
                ExitCode::FAILURE
            }
        }
    }

    /// Where the broker is.
    fn place(self) -> Result<Place, String> {
        if let Some(place) = self.place {
            return Place::parse(&place);
        }
        if let Some(path) = self.ready_file {
            return told(&path);
        }
        let loaded = loader_of(self.config).env().load();
        let settings = loaded.map_err(|error| error.to_string())?.settings;
        if settings.ready_file.is_empty() {
            planned(&settings)
        } else {
            told(Path::new(&settings.ready_file))
        }
    }
}

/// Where the ready file says that it is.
fn told(ready_file: &Path) -> Result<Place, String> {
    let text = std::fs::read_to_string(ready_file);
    let text = text.map_err(|error| format!("the ready file {}: {error}", ready_file.display()))?;
    // `NAME URL` or `NAME PATH`, behind the addresses of the main port.
    let places = text.lines().filter_map(|line| line.split_once(' '));
    let places = places.filter(|(name, _)| *name != "ca_file");
    let places = places.filter_map(|(_, place)| Place::parse(place).ok());
    places
        .min_by_key(Place::effort)
        .ok_or_else(|| format!("the ready file {} names no place", ready_file.display()))
}

/// Where the settings say that it is.
fn planned(settings: &BrokerSettings) -> Result<Place, String> {
    let plans = settings.listeners();
    let places = plans.iter().filter(|plan| !plan.proxy_protocol);
    places.flat_map(Place::of).min_by_key(Place::effort).ok_or_else(|| {
        "the settings name no place that is the same at each start and takes clients without a proxy; name a URL, or the \
         broker's ready file (--ready-file)"
            .to_owned()
    })
}
