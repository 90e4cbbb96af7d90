//! The lines of a mosquitto.conf, and those of the files that it includes.

use std::path::Path;

use super::table::{MosquittoOption, Takes, option, options};
use super::told::Told;
use super::{bytes, world};
use crate::error::Origin;
use crate::nearest::{closest, distance};

/// One line that sets an option.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The option.
    pub(super) option: &'static MosquittoOption,
    /// Its name, as it stands there: more than the table has where that stands for many.
    pub(super) name: String,
    /// What stands behind it, without blanks around it.
    pub(super) rest: String,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// What a file holds, in its order.
pub(super) enum Item {
    Line(Line),
    /// The lines of a file that it includes. A listener, a plugin or a bridge of one file ends with that file.
    File(Vec<Item>),
}

/// The lines of the main file.
pub(super) fn read(text: &str, path: &Path, told: &mut Told) -> Vec<Item> {
    lines(text, path, true, told)
}

fn lines(text: &str, path: &Path, is_main: bool, told: &mut Told) -> Vec<Item> {
    let mut items = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let origin = Origin::File {
            path: path.to_owned(),
            line: Some(number + 1),
        };
        let Some(line) = parse(line, origin, told) else {
            continue;
        };
        if line.option.name != "include_dir" {
            items.push(Item::Line(line));
        } else if is_main {
            include(&line, path, told, &mut items);
        } else {
            told.wrong(
                &line.origin,
                "`include_dir` counts in the main file only; put it there",
            );
        }
    }
    items
}

/// One line, where it names an option that there is.
fn parse(line: &str, origin: Origin, told: &mut Told) -> Option<Line> {
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim();
    if let Some(option) = option(word)
        && !rest.starts_with('=')
    {
        let (name, rest) = (word.to_owned(), rest.to_owned());
        told.options.push((origin.clone(), name.clone()));
        return Some(Line {
            option,
            name,
            rest,
            origin,
        });
    }
    // `listener: 1883`, `listener=1883`, `listener = 1883`.
    let end = line.find([' ', '\t', ':', '=']).unwrap_or(line.len());
    let (name, behind) = line.split_at(end);
    let behind = behind.trim_start();
    let value = behind.trim_start_matches([':', '=']).trim();
    match (option(name), behind.chars().next()) {
        (Some(known), Some(mark @ (':' | '='))) => {
            let value = match known.takes {
                Takes::Secret => "VALUE",
                _ if value.is_empty() => "VALUE",
                _ => value,
            };
            told.wrong(
                &origin,
                format!(
                    "between an option and its value stands a blank, and no `{mark}`: write `{name} {value}`"
                ),
            );
        }
        _ => told.wrong(&origin, unknown(word)),
    }
    None
}

/// That there is no such option, and which were probably meant.
fn unknown(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let nearest = closest(options(), word.len(), |option| distance(&lower, option.name));
    let names: Vec<String> = nearest
        .iter()
        .map(|option| format!("`{}`", option.name))
        .collect();
    if names.is_empty() {
        format!("unknown option `{word}`; no mosquitto up to 2.1 has one of such a name")
    } else {
        format!("unknown option `{word}`; did you mean {}?", names.join(" or "))
    }
}

/// The files of a directory, in mosquitto's order.
fn include(line: &Line, main: &Path, told: &mut Told, items: &mut Vec<Item>) {
    if line.rest.is_empty() {
        told.wrong(
            &line.origin,
            "`include_dir` has no value; expected the path of a directory",
        );
        return;
    }
    let Some(directory) = world::directory(line, main, told) else {
        return;
    };
    for (path, read) in world::files_in(&directory, line, told) {
        let whole = Origin::File {
            path: path.clone(),
            line: None,
        };
        match read
            .as_ref()
            .map_err(String::clone)
            .and_then(|read| bytes::text(read))
        {
            Ok(text) => {
                told.included.push(path.clone());
                items.push(Item::File(lines(text, &path, false, told)));
            }
            Err(why) => told.wrong(&whole, format!("{why}; {} includes it", line.origin)),
        }
    }
}
