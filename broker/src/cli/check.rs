//! `broker check`: what is wrong with settings, and what else should be known; and the same settings as TOML.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use settings::mosquitto::Remark;
use settings::{Loaded, Loader, Origin, Problem};

use super::flags::{loader_of, with_scripts};
use super::log::{complain, remark, warn};
use super::words;
use crate::builder::Builder;
use crate::front::StartError;
use crate::script::Misread;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file: TOML, or a mosquitto.conf; repeatable [default: as without `check`]
    #[arg(short, long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// A file with rules, stubs and devices; repeatable [default: those of the settings]
    #[arg(long, value_name = "FILE")]
    script: Vec<PathBuf>,

    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

/// All that was found.
struct Found {
    loaded: Option<Loaded>,
    problems: Vec<Value>,
    /// The same in words.
    complaints: Vec<String>,
    remarks: Vec<Remark>,
    warnings: Vec<String>,
    /// How many rules, stubs and devices were read.
    read: [(usize, &'static str); 3],
}

impl Check {
    /// Starts nothing and changes nothing.
    pub(super) fn run(self) -> ExitCode {
        let found = Found::of(with_scripts(loader_of(self.config), &self.script));
        let text = if self.json {
            format!("{:#}\n", found.as_json())
        } else {
            found.remarks.iter().for_each(|known| remark(&known.to_string()));
            found.warnings.iter().for_each(|warning| warn(warning));
            found.complaints.iter().for_each(|complaint| complain(complaint));
            found.as_toml()
        };
        let _ = io::stdout().write_all(text.as_bytes());
        if found.complaints.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl Found {
    /// Looks at what a broker with these settings would look at before it listens.
    fn of(loader: Loader) -> Self {
        let (loaded, remarks) = loader.env().check();
        let mut found = Self {
            loaded: None,
            problems: Vec::new(),
            complaints: Vec::new(),
            remarks,
            warnings: Vec::new(),
            read: Default::default(),
        };
        match loaded {
            Err(error) => {
                found.problems = error.problems().iter().map(problem).collect();
                found.complaints = vec![error.to_string()];
            }
            Ok(loaded) => {
                let builder = Builder::default()
                    .settings(loaded.settings.clone())
                    .tables(loaded.script.clone());
                let (ready, wrong, warnings) = builder.look();
                found.warnings = warnings;
                found.read = ready.counts();
                for wrong in &wrong {
                    let line = words::of_mosquitto(wrong, &loaded);
                    let text = line
                        .as_ref()
                        .map_or_else(|| wrong.to_string(), ToString::to_string);
                    match (&line, wrong) {
                        (Some(line), _) => found.problems.push(problem(line)),
                        (None, StartError::Settings(error)) => {
                            found.problems.extend(error.problems().iter().map(problem));
                        }
                        (None, StartError::Tables(all)) => found.problems.extend(all.0.iter().map(misread)),
                        (None, _) => found
                            .problems
                            .push(json!({ "file": null, "line": null, "text": text })),
                    }
                    found.complaints.push(text);
                }
                found.loaded = Some(loaded);
            }
        }
        found
    }

    /// `ok`; `problems` and `remarks`, each with its place and its text; `warnings`; how many `rules`, `stubs` and `devices` were read; `settings` as `--print-config --json` has
    /// them, or `null` where they are wrong; and `toml`.
    fn as_json(&self) -> Value {
        let loaded = self.loaded.as_ref();
        let settings = loaded.map(Loaded::print_json);
        let settings: Option<Value> = settings.and_then(|text| serde_json::from_str(&text).ok());
        json!({
            "ok": self.complaints.is_empty(),
            "problems": self.problems,
            "remarks": self.remarks,
            "warnings": self.warnings,
            "rules": self.read[0].0,
            "stubs": self.read[1].0,
            "devices": self.read[2].0,
            "settings": settings,
            "toml": loaded.map(Loaded::print_given),
        })
    }

    /// The settings that a file, a variable or a flag gives, and how much else was read.
    fn as_toml(&self) -> String {
        let Some(loaded) = &self.loaded else {
            return String::new();
        };
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
        let is_right = self.complaints.is_empty();
        let read = if is_right && self.read.iter().any(|(count, _)| *count > 0) {
            let plural = |&(count, word): &(usize, &str)| match count {
                1 => format!("1 {word}"),
                count => format!("{count} {word}s"),
            };
            let [rules, stubs, devices] = self.read.each_ref().map(plural);
            format!("# Read without a mistake, too: {rules}, {stubs} and {devices}.\n")
        } else {
            String::new()
        };
        format!("# {of}\n{read}{}", loaded.print_given())
    }
}

/// A mistake in a rule, a stub or a device in the form of a remark.
fn misread(misread: &Misread) -> Value {
    json!({ "file": misread.path.to_string_lossy(), "line": misread.line, "text": misread.invalid.to_string() })
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
