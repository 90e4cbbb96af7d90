//! A settings file, read into keys and values with their lines: TOML here, a mosquitto.conf in the module of that name.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::layers::Given;
use super::script::{self, ScriptTable};
use super::toml_value::{Lines, entries};
use crate::broker::{SECTIONS, find};
use crate::error::{Origin, Problem, ProblemKind};
use crate::mosquitto::sniff::{is_mosquitto, why_toml};
use crate::mosquitto::{self, Remark, bytes};
use crate::nearest::{closest, distance};
use crate::target::Target;
use crate::value::{Kind, Value};

/// The files that were read.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) paths: Vec<PathBuf>,
    /// The lines of those that are mosquitto's, each with the name of its option.
    pub(crate) options: Vec<(Origin, String)>,
    /// Rules, stubs and devices that stand in them.
    pub(crate) script: Vec<ScriptTable>,
}

/// Reads a file. What is wrong with it goes to `problems`, and what else should be known to `remarks`; it and the files that it
/// includes go to `files`; the rest is returned. `has_port` says that a layer above the files gives `port`.
pub(crate) fn read(
    path: &Path,
    has_port: bool,
    problems: &mut Vec<Problem>,
    remarks: &mut Vec<Remark>,
    files: &mut Files,
) -> Vec<Given> {
    files.paths.push(path.to_owned());
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error));
    let text = bytes
        .as_ref()
        .map_err(String::clone)
        .and_then(|bytes| bytes::text(bytes));
    match text {
        Ok(text) if is_mosquitto(text, path) => {
            let mut read = mosquitto::read(text, path, has_port);
            problems.append(&mut read.problems);
            remarks.append(&mut read.remarks);
            files.paths.append(&mut read.included);
            files.options.append(&mut read.options);
            read.given
        }
        Ok(text) => {
            let before = problems.len();
            let given = parse(text, path, problems, &mut files.script);
            if problems.len() > before
                && let Some((line, why)) = why_toml(text, path)
            {
                let kind = ProblemKind::Line(why);
                let (key, origin) = (String::new(), at(path, Some(line)));
                problems.insert(before, Problem { key, origin, kind });
            }
            given
        }
        Err(why) => {
            problems.push(whole_file(path, ProblemKind::Unreadable(why)));
            Vec::new()
        }
    }
}

/// Why a file cannot be read, and where it was looked for.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    match error.kind() {
        ErrorKind::NotFound if path.is_absolute() => "there is no such file".to_owned(),
        ErrorKind::NotFound => format!("there is no such file; looked for {}", absolute.display()),
        ErrorKind::IsADirectory => "cannot be read: it is a directory; expected a file".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

pub(super) fn whole_file(path: &Path, kind: ProblemKind) -> Problem {
    Problem {
        key: String::new(),
        origin: at(path, None),
        kind,
    }
}

pub(super) fn at(path: &Path, line: Option<usize>) -> Origin {
    Origin::File {
        path: path.to_owned(),
        line,
    }
}

/// The keys and values of a TOML text.
fn parse(text: &str, path: &Path, problems: &mut Vec<Problem>, script: &mut Vec<ScriptTable>) -> Vec<Given> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What follows a fault in the syntax may have been read wrongly: its keys say nothing yet.
        problems.extend(errors.iter().map(|error| syntax(text, &lines, path, error)));
        return Vec::new();
    }
    script.append(&mut script::tables(table.get_ref(), &lines, path, problems));
    let mut given = Vec::new();
    for (name, value) in entries(&lines, table.get_ref()) {
        let origin = at(path, value.line);
        let is_section = SECTIONS
            .iter()
            .any(|section| !section.name.is_empty() && section.name == name);
        match value.kind {
            _ if script::TABLES.contains(&&*name) => {}
            Kind::List(_)
                if (is_section || find(&name).is_none())
                    && let Some(meant) = script::meant(&name) =>
            {
                problems.push(script::misspelt(&name, meant, origin));
            }
            Kind::Table(fields) if is_section => {
                for (field, value) in fields {
                    add(&format!("{name}.{field}"), value, path, &mut given, problems);
                }
            }
            _ if is_section => {
                let expected = format!("a section: [{name}], with its keys on the lines below");
                let kind = ProblemKind::Type {
                    given: value.describe(),
                    expected,
                };
                problems.push(Problem {
                    key: name,
                    origin,
                    kind,
                });
            }
            Kind::Table(_) if find(&name).is_none() => {
                problems.push(Problem {
                    kind: unknown_section(&name),
                    key: format!("[{name}]"),
                    origin,
                });
            }
            _ => add(&name, value, path, &mut given, problems),
        }
    }
    given
}

/// One key of the file, when there is such a key.
fn add(key: &str, value: Value, path: &Path, given: &mut Vec<Given>, problems: &mut Vec<Problem>) {
    let origin = at(path, value.line);
    match Target::find(key, &origin) {
        Ok(target) => given.push((target, value, origin)),
        Err(problem) => problems.push(problem),
    }
}

pub(super) fn syntax(text: &str, lines: &Lines, path: &Path, error: &toml::de::Error) -> Problem {
    let start = error.span().map(|span| span.start.min(text.len()));
    let column = start.map(|start| {
        let before = text.get(..start).unwrap_or_default();
        before
            .chars()
            .rev()
            .take_while(|&character| character != '\n')
            .count()
            + 1
    });
    let origin = at(path, start.map(|start| lines.of(start)));
    let message = error.message().replace('\n', "; ");
    Problem {
        key: String::new(),
        origin,
        kind: ProblemKind::Syntax { column, message },
    }
}

/// The problem that there is no section of this name in a file.
fn unknown_section(name: &str) -> ProblemKind {
    let named = || {
        SECTIONS
            .iter()
            .map(|section| section.name)
            .filter(|name| !name.is_empty())
    };
    let nearest: Vec<String> = closest(named(), name.len(), |section| distance(name, section))
        .into_iter()
        .map(bracketed)
        .collect();
    let hint = nearest.is_empty().then(|| {
        format!(
            "the sections are {}",
            named().map(bracketed).collect::<Vec<_>>().join(", ")
        )
    });
    ProblemKind::UnknownKey { nearest, hint }
}

fn bracketed(section: &str) -> String {
    format!("[{section}]")
}
