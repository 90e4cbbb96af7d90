//! mosquitto's acl file: `user NAME`, `topic [read|write|readwrite|deny] FILTER`, `pattern …`.
//!
//! ```text
//! topic read news/#              # no user above it: for clients without a user name
//!
//! user alice
//! topic home/#                   # read and write
//! topic deny home/vault/#        # a deny goes before all that allows
//!
//! pattern write status/%c        # for every client: %c is its identifier, %u its user name
//! ```
//!
//! A comment stands on a line of its own (above they are beside for brevity). Words are parted by spaces, a filter or a user
//! name goes on to the end of its line and may have spaces in it.

use std::sync::Arc;

use settings::AclAccess;
use settings::text::{Quoted, cut};

use super::acl::check_filter;

/// The accesses, as they are told to people.
const ACCESSES: &str = "read, write, readwrite, deny";
/// How much of a line is kept for words.
const LINE_CHARS: usize = 200;
/// So many mistakes are told.
const MOST_MISTAKES: usize = 100;

/// What an acl file says.
#[derive(Debug, Clone, Default)]
pub struct AclFile {
    pub(super) name: Arc<str>,
    pub(super) lines: Vec<Line>,
    /// Lines that are right and may mean something else than was thought: their number, from 1, and why.
    pub hints: Vec<(usize, String)>,
}

/// A `topic` or `pattern` line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Of which user; of clients without one, where there is none. Means nothing in a pattern.
    pub user: Option<Arc<str>>,
    pub is_pattern: bool,
    pub access: AclAccess,
    pub filter: Arc<str>,
    /// The line with its place: `acl.conf:7: topic read home/#`.
    pub words: Arc<str>,
}

impl AclFile {
    /// How many lines with rules it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has none. Then it allows nothing, as in mosquitto.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The users that it names, each once, sorted.
    pub fn users(&self) -> Vec<&str> {
        let mut users: Vec<&str> = self
            .lines
            .iter()
            .filter_map(|line| line.user.as_deref())
            .collect();
        users.sort_unstable();
        users.dedup();
        users
    }
}

/// Reads an acl file. `name` is what its lines are told by: the file's name, mostly.
///
/// # Errors
/// Each mistake: the number of its line, from 1, and what would be right.
///
/// ```
/// use broker_core::access::{Acl, Action, Subject, acl_file};
///
/// let file = acl_file::parse("user alice\ntopic read home/#\n", "acl.conf").unwrap();
/// let mut acl = Acl::builder();
/// acl.file(&file);
/// let acl = acl.build();
///
/// let alice = Subject { client_id: "phone", user: Some("alice") };
/// assert_eq!(acl.ruling(Action::Receive, alice, "home/1").line, Some("acl.conf:2: topic read home/#"));
/// assert_eq!(acl.ruling(Action::Publish, alice, "home/1").why(), "no line of acl.conf allows it");
///
/// let mistakes = acl_file::parse("topci read home/#\n", "acl.conf").unwrap_err();
/// assert_eq!(mistakes[0].0, 1); // the line, and beside it what would be right
/// ```
pub fn parse(bytes: impl AsRef<[u8]>, name: &str) -> Result<AclFile, Vec<(usize, String)>> {
    let bytes = bytes.as_ref();
    if bytes.starts_with(&[0xFF, 0xFE])
        || bytes.starts_with(&[0xFE, 0xFF])
        || bytes.get(..64).unwrap_or(bytes).contains(&0)
    {
        let words =
            "the file is in UTF-16, as PowerShell writes it; save it as UTF-8 (`Out-File -Encoding utf8`)";
        return Err(vec![(1, words.to_owned())]);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut file = AclFile {
        name: Arc::from(name),
        ..AclFile::default()
    };
    let mut user: Option<Arc<str>> = None;
    let mut mistakes = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if mistakes.len() >= MOST_MISTAKES {
            break;
        }
        let read = std::str::from_utf8(line)
            .map_err(|_| "it is not UTF-8; save the file as UTF-8".to_owned())
            .and_then(|line| read_line(line.trim(), number, &mut user, &mut file));
        if let Err(words) = read {
            mistakes.push((number, words));
        }
    }
    if mistakes.is_empty() {
        Ok(file)
    } else {
        Err(mistakes)
    }
}

fn read_line(
    line: &str,
    number: usize,
    user: &mut Option<Arc<str>>,
    file: &mut AclFile,
) -> Result<(), String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let (word, rest) = cut_word(line);
    match word {
        "user" if rest.is_empty() => Err(
            "`user` without a name; lines for clients without a user name stand before the first `user`"
                .to_owned(),
        ),
        "user" => {
            *user = Some(Arc::from(rest));
            Ok(())
        }
        "topic" | "pattern" => {
            let (access, filter) = access_and_filter(word, rest)?;
            check_filter(filter).map_err(|why| bad_filter(filter, &why))?;
            let is_pattern = word == "pattern";
            if !is_pattern && (filter.contains("%u") || filter.contains("%c")) {
                let words =
                    "%u and %c stand for names in `pattern` lines; in a `topic` line they are plain text";
                file.hints.push((number, words.to_owned()));
            }
            file.lines.push(Line {
                user: user.clone(),
                is_pattern,
                access,
                filter: Arc::from(filter),
                words: format!("{}:{number}: {}", file.name, cut(line, LINE_CHARS)).into(),
            });
            Ok(())
        }
        _ => Err(unknown_word(word)),
    }
}

/// The first word, and what comes after it.
fn cut_word(text: &str) -> (&str, &str) {
    match text.split_once([' ', '\t']) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

/// With one word alone, that is the filter.
fn access_and_filter<'l>(word: &str, rest: &'l str) -> Result<(AclAccess, &'l str), String> {
    let (first, filter) = cut_word(rest);
    if first.is_empty() {
        return Err(format!(
            "`{word}` without a topic filter; expected `{word} [read|write|readwrite|deny] FILTER`"
        ));
    }
    if filter.is_empty() {
        return Ok((AclAccess::ReadWrite, first));
    }
    let access = match first {
        "read" => AclAccess::Read,
        "write" => AclAccess::Write,
        "readwrite" => AclAccess::ReadWrite,
        "deny" => AclAccess::Deny,
        _ => {
            let near = nearest(first, &["read", "write", "readwrite", "deny"]);
            let hint = match near {
                Some(near) => format!("did you mean {near}?"),
                None => format!(
                    "a filter with spaces needs one of them before it: `{word} readwrite {}`",
                    cut(rest, 60)
                ),
            };
            return Err(format!("{} is no access ({ACCESSES}); {hint}", Quoted(first, 60)));
        }
    };
    Ok((access, filter))
}

fn bad_filter(filter: &str, why: &str) -> String {
    let comment = if filter.contains(" #") {
        "; a comment needs a line of its own"
    } else {
        ""
    };
    format!("the filter {} is not valid: {why}{comment}", Quoted(filter, 60))
}

fn unknown_word(word: &str) -> String {
    let hint = match nearest(word, &["user", "topic", "pattern"]) {
        Some(near) => format!("; did you mean {near}?"),
        None => String::new(),
    };
    format!(
        "{} is no word of an acl file{hint} A line begins with user, topic, pattern, or # for a comment",
        Quoted(word, 60)
    )
}

fn nearest(given: &str, known: &[&'static str]) -> Option<&'static str> {
    let given = given.trim_end_matches(':').to_lowercase();
    let near = known
        .iter()
        .map(|word| (strsim::osa_distance(&given, word), *word))
        .min()?;
    (near.0 <= 2).then_some(near.1)
}

#[cfg(test)]
mod tests;
