//! `broker check`: what is wrong with settings, and what else should be known; and the same settings as TOML.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use settings::mosquitto::Remark;
use settings::{Error, Loaded, Origin, Problem};

use super::flags::loader_of;
use super::log::{complain, remark};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file: TOML, or a mosquitto.conf; repeatable [default: as without `check`]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Starts nothing and changes nothing.
    pub(super) fn run(self) -> ExitCode {
        let (loaded, remarks) = loader_of(self.config).env().check();
        let is_right = loaded.is_ok();
        let text = if self.json {
            format!("{:#}\n", as_json(loaded.as_ref(), &remarks))
        } else {
            for known in &remarks {
                remark(&known.to_string());
            }
            match &loaded {
                Ok(loaded) => as_toml(loaded),
                Err(error) => {
                    complain(&error.to_string());
                    String::new()
                }
            }
        };
        let _ = io::stdout().write_all(text.as_bytes());
        if is_right {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// The settings that a file, a variable or a flag gives.
fn as_toml(loaded: &Loaded) -> String {
    let files: Vec<String> = loaded
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let of = match files.as_slice() {
        [] => "No settings file was found: all settings have their defaults.".to_owned(),
        files => format!(
            "The settings of {}; all others have their defaults.",
            files.join(", ")
        ),
    };
    format!("# {of}\n{}", loaded.print_given())
}

/// `ok`; `problems` and `remarks`, each with its place and its text; `settings` as `--print-config --json` has them, or `null`
/// where something is wrong; and `toml`.
fn as_json(loaded: Result<&Loaded, &Error>, remarks: &[Remark]) -> Value {
    let problems = loaded.err().map(Error::problems).unwrap_or_default();
    let settings = loaded.ok().map(Loaded::print_json);
    let settings: Option<Value> = settings.and_then(|text| serde_json::from_str(&text).ok());
    json!({
        "ok": loaded.is_ok(),
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
        "remarks": remarks,
        "settings": settings,
        "toml": loaded.ok().map(Loaded::print_given),
    })
}

/// A mistake in the form of a remark.
fn problem(problem: &Problem) -> Value {
    let (file, line) = match &problem.origin {
        Origin::File { path, line } => (Some(path.to_string_lossy()), *line),
        _ => (None, None),
    };
    // The place stands beside the text, or is no place in a file, and then the text has it.
    let whole = problem.to_string();
    let place = format!("{}: ", problem.origin);
    let text = if file.is_some() {
        whole.strip_prefix(&place)
    } else {
        None
    };
    json!({ "file": file, "line": line, "text": text.unwrap_or(&whole) })
}
