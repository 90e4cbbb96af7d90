//! The command line before clap sees it: option files come first, and each `-D` with its two or three words becomes
//! one argument, because clap's options cannot have a number of values that depends on the values.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, Command};
use strsim::osa_distance;

use crate::error::UsageError;

/// Stands between the words of one `-D` (the ASCII unit separator).
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The bytes of an argument, which need not be text.
#[must_use]
pub fn argument_bytes(argument: &OsStr) -> Vec<u8> {
    // On Unix these are the argument's own bytes; elsewhere text, as UTF-8.
    argument.as_encoded_bytes().to_vec()
}

/// Puts the option file's lines before the arguments, and joins the words of each `-D`.
pub(crate) fn prepare(
    command: &Command,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<OsString>, UsageError> {
    let mut arguments = arguments.into_iter();
    let program = arguments.next().unwrap_or_default();
    let mut words = Vec::new();
    let mut given_files = Vec::new();
    let mut rest: std::collections::VecDeque<OsString> = arguments.collect();
    while let Some(argument) = rest.pop_front() {
        match argument.to_str() {
            Some("--") => {
                // What follows is a command of its own.
                words.push(argument);
                words.append(&mut rest.drain(..).collect());
            }
            Some("-D" | "--property") => words.push(join_property(&mut rest)?),
            Some("-o") => {
                given_files.push(PathBuf::from(
                    rest.pop_front()
                        .ok_or_else(|| UsageError::new("-o needs the name of a file"))?,
                ));
            }
            Some(text) if takes_value(command, text) => {
                words.push(argument);
                // The next argument is the value, even if it looks like a flag.
                words.extend(rest.pop_front());
            }
            _ => words.push(argument),
        }
    }
    let mut all = vec![program];
    let mut files = Vec::new();
    if given_files.is_empty() {
        files.extend(option_file(command.get_name(), environment));
    }
    for path in given_files {
        let text = std::fs::read_to_string(&path).map_err(|error| {
            UsageError(format!("cannot read the option file {}: {error}", path.display()))
        })?;
        files.push((text, path));
    }
    for (text, path) in files {
        for (number, line) in text.lines().enumerate() {
            let wrong = |error| UsageError(format!("{}, line {}: {error}", path.display(), number + 1));
            all.extend(option_line(command, line).map_err(wrong)?);
        }
    }
    all.extend(words);
    Ok(all)
}

/// Whether `argument` is a flag whose value is the next argument.
fn takes_value(command: &Command, argument: &str) -> bool {
    let find = |matches: &dyn Fn(&clap::Arg) -> bool| {
        command
            .get_arguments()
            .find(|candidate| matches(candidate))
            .is_some_and(|found| found.get_action().takes_values())
    };
    if let Some(long) = argument.strip_prefix("--") {
        return find(&|candidate| candidate.get_long() == Some(long));
    }
    let Some(shorts) = argument.strip_prefix('-') else {
        return false;
    };
    let mut shorts = shorts.chars().peekable();
    while let Some(short) = shorts.next() {
        if find(&|candidate| candidate.get_short() == Some(short)) {
            // -ta: the value is attached. -dt a: it is the next argument.
            return shorts.peek().is_none();
        }
    }
    false
}

fn join_property(rest: &mut std::collections::VecDeque<OsString>) -> Result<OsString, UsageError> {
    let few = || UsageError::new("--property argument given but not enough arguments specified.");
    let mut joined = String::from("--property=");
    let mut missing = 3;
    let mut position = 0;
    while missing > 0 {
        let word = rest.pop_front().ok_or_else(few)?;
        let word = word
            .to_str()
            .ok_or_else(|| UsageError::new("--property takes UTF-8 text only"))?
            .to_owned();
        if position == 1 && word.eq_ignore_ascii_case("user-property") {
            // A pair: its name, then its value.
            missing += 1;
        }
        if position > 0 {
            joined.push(SEPARATOR);
        }
        joined.push_str(&word);
        (missing, position) = (missing - 1, position + 1);
    }
    Ok(joined.into())
}

/// `$XDG_CONFIG_HOME/publisher`, or if that is not there `mosquitto_pub`, so that its users keep their defaults.
fn option_file(program: &str, environment: impl Fn(&str) -> Option<OsString>) -> Option<(String, PathBuf)> {
    let directory = match environment("XDG_CONFIG_HOME").filter(|directory| !directory.is_empty()) {
        Some(directory) => PathBuf::from(directory),
        None => PathBuf::from(environment("HOME")?).join(".config"),
    };
    let theirs = if program == "publisher" {
        "mosquitto_pub"
    } else {
        "mosquitto_sub"
    };
    [program, theirs].into_iter().find_map(|name| {
        let path = directory.join(name);
        // The user did not name this file. So it is no error if it is a directory, or if we may not read it.
        std::fs::read_to_string(&path).ok().map(|text| (text, path))
    })
}

/// The flag that was probably meant by `given`, which is not a flag.
pub(crate) fn nearest_flag(command: &Command, given: &str) -> Option<String> {
    let given = given.trim_start_matches('-');
    let longs = command.get_arguments().filter_map(Arg::get_long);
    let (distance, long) = longs.map(|long| (osa_distance(given, long), long)).min()?;
    // In a short name two slips make another word.
    (distance <= (given.len() / 3).max(1)).then(|| format!("--{long}"))
}

/// Checks that `flag` exists and has the value it needs. clap would not name the file in its error, and it would take
/// the next flag for a missing value.
fn check_line(command: &Command, flag: &str, value: Option<&str>) -> Result<(), UsageError> {
    let long = flag.strip_prefix("--");
    let known = match long {
        // Several short ones may stand together.
        None => flag.starts_with('-'),
        Some(long) => {
            let name = long.split('=').next();
            command.get_arguments().any(|known| known.get_long() == name)
        }
    };
    if !known {
        let nearest = nearest_flag(command, flag).map(|flag| format!("; did you mean {flag}?"));
        return Err(UsageError(format!(
            "there is no flag `{flag}`{}",
            nearest.unwrap_or_default()
        )));
    }
    if value.is_none() && takes_value(command, flag) {
        return Err(UsageError(format!(
            "{flag} needs a value; it stands behind the flag, on the same line"
        )));
    }
    Ok(())
}

/// One line of an option file: `-flag value`, where the value may hold spaces; `#` begins a comment line.
fn option_line(command: &Command, line: &str) -> Result<Vec<OsString>, UsageError> {
    let line = line.trim_end_matches('\r');
    if line.starts_with('#') || line.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Some((flag, value)) = line.split_once([' ', '\t']) else {
        check_line(command, line, None)?;
        return Ok(vec![line.into()]);
    };
    check_line(command, flag, Some(value))?;
    if matches!(flag, "-D" | "--property") {
        let mut words: Vec<&str> = value.splitn(3, ' ').collect();
        if let Some(last) = words.pop_if(|_| words_are_pair(value)) {
            words.extend(last.splitn(2, ' '));
        }
        let mut words = words.into_iter().map(OsString::from).collect();
        return Ok(vec![join_property(&mut words)?]);
    }
    Ok(vec![flag.into(), value.into()])
}

fn words_are_pair(value: &str) -> bool {
    value
        .split(' ')
        .nth(1)
        .is_some_and(|name| name.eq_ignore_ascii_case("user-property"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ArgAction;

    fn command() -> Command {
        Command::new("publisher")
            .arg(Arg::new("topic").short('t').long("topic"))
            .arg(Arg::new("message").short('m'))
            .arg(Arg::new("property").short('D').long("property"))
            .arg(Arg::new("debug").short('d').action(ArgAction::SetTrue))
    }

    fn prepared(arguments: &[&str]) -> Vec<String> {
        let arguments = ["publisher"].iter().chain(arguments).map(OsString::from);
        let words = prepare(&command(), arguments, |_| None).unwrap();
        words
            .into_iter()
            .skip(1)
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn properties_become_one_argument() {
        assert_eq!(
            prepared(&[
                "-D",
                "publish",
                "content-type",
                "x",
                "-d",
                "-D",
                "connect",
                "user-property",
                "k",
                "-v"
            ]),
            [
                "--property=publish\u{1f}content-type\u{1f}x",
                "-d",
                "--property=connect\u{1f}user-property\u{1f}k\u{1f}-v"
            ]
        );
    }

    #[test]
    fn a_value_that_looks_like_a_flag_is_a_value() {
        assert_eq!(prepared(&["-t", "-D", "-d"]), ["-t", "-D", "-d"]);
        assert_eq!(prepared(&["-dt", "-D", "x"]), ["-dt", "-D", "x"]);
        assert_eq!(prepared(&["--topic", "-D"]), ["--topic", "-D"]);
    }

    #[test]
    fn a_command_keeps_its_words() {
        assert_eq!(
            prepared(&["-t", "a", "--", "publisher", "-D", "x", "-o", "y"]),
            ["-t", "a", "--", "publisher", "-D", "x", "-o", "y"]
        );
    }

    #[test]
    fn lines_of_a_file_are_a_flag_and_the_rest() {
        let line = |text| option_line(&command(), text).unwrap();
        assert_eq!(line("-m hello  world"), ["-m", "hello  world"]);
        assert_eq!(line("-t\ta"), ["-t", "a"]);
        assert_eq!(line("-d"), ["-d"]);
        assert!(line("# -d").is_empty() && line("  ").is_empty());
        assert_eq!(
            line("-D publish user-property a b c"),
            ["--property=publish\u{1f}user-property\u{1f}a\u{1f}b c"]
        );
        assert_eq!(
            line("-D publish content-type a b"),
            ["--property=publish\u{1f}content-type\u{1f}a b"]
        );
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let wrong = |text| option_line(&command(), text).unwrap_err().to_string();
        assert_eq!(
            wrong("--topci a"),
            "there is no flag `--topci`; did you mean --topic?"
        );
        assert_eq!(
            wrong("topic a"),
            "there is no flag `topic`; did you mean --topic?"
        );
        assert_eq!(wrong("--nothing-like-it"), "there is no flag `--nothing-like-it`");
        assert!(wrong("-t").starts_with("-t needs a value"));
    }

    #[test]
    fn a_property_that_is_too_short_is_refused() {
        let arguments = ["publisher", "-D", "publish", "user-property", "k"].map(OsString::from);
        assert!(
            prepare(&command(), arguments, |_| None)
                .unwrap_err()
                .to_string()
                .contains("not enough")
        );
    }
}
