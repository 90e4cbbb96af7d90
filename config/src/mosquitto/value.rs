//! What stands behind an option, held against what it takes.

use super::line::Line;
use super::table::Takes;
use super::told::Told;
use crate::nearest::{closest, distance};

/// The first word of a line whose option takes one. What follows is told of, unless it is a comment.
pub(super) fn word<'a>(line: &'a Line, told: &mut Told) -> Option<&'a str> {
    let (word, behind) = first(&line.rest);
    if word.is_empty() {
        told.wrong(
            &line.origin,
            format!(
                "`{}` has no value; expected {}",
                line.name,
                line.option.takes.describe()
            ),
        );
        return None;
    }
    if !behind.is_empty() && !behind.starts_with('#') {
        let hint = if matches!(line.option.name, "log_dest" | "log_type") {
            "; give each a line of its own"
        } else {
            ""
        };
        told.remark(
            &line.origin,
            format!(
                "`{}` takes one word, {word:?}: {behind:?} is passed over, as mosquitto passes it over{hint}",
                line.name
            ),
        );
    }
    Some(word)
}

/// A text without its first word, and that word. A comment stands behind a word only.
pub(super) fn first(text: &str) -> (&str, &str) {
    let (word, behind) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    if word.starts_with('#') {
        ("", text)
    } else {
        (word, behind.trim_start())
    }
}

/// `true` or `false`.
pub(super) fn boolean(line: &Line, told: &mut Told) -> Option<bool> {
    match word(line, told)? {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        other => {
            let meant = match other.to_ascii_lowercase().as_str() {
                "yes" | "on" | "enabled" | "y" => vec!["true"],
                "no" | "off" | "disabled" | "n" => vec!["false"],
                lower => closest(["true", "false"].into_iter(), lower.len(), |word| {
                    distance(lower, word)
                }),
            };
            let hint = meant
                .first()
                .map_or(String::new(), |word| format!("; did you mean `{word}`?"));
            told.wrong(
                &line.origin,
                format!("`{}` is {other:?}; expected true or false{hint}", line.name),
            );
            None
        }
    }
}

/// An integer within the bounds of the option.
pub(super) fn integer(line: &Line, told: &mut Told) -> Option<i64> {
    let word = word(line, told)?;
    let Takes::Integer { min, max } = line.option.takes else {
        return None;
    };
    match word
        .parse::<i64>()
        .ok()
        .filter(|number| (min..=max).contains(number))
    {
        Some(number) => Some(number),
        None => wrong(line, word, told),
    }
}

/// One of the words that the option takes.
pub(super) fn one_of<'a>(line: &'a Line, told: &mut Told) -> Option<&'a str> {
    let word = word(line, told)?;
    let Takes::OneOf(words) = line.option.takes else {
        return None;
    };
    if words.contains(&word) {
        return Some(word);
    }
    let lower = word.to_ascii_lowercase();
    let meant = closest(words.iter(), word.len(), |known| distance(&lower, known));
    let hint = meant
        .first()
        .map_or(String::new(), |word| format!("; did you mean `{word}`?"));
    told.wrong(
        &line.origin,
        format!(
            "`{}` is {word:?}; expected {}{hint}",
            line.name,
            line.option.takes.describe()
        ),
    );
    None
}

/// The whole rest of the line.
pub(super) fn text<'a>(line: &'a Line, told: &mut Told) -> Option<&'a str> {
    if line.rest.is_empty() {
        told.wrong(
            &line.origin,
            format!(
                "`{}` has no value; expected {}",
                line.name,
                line.option.takes.describe()
            ),
        );
        return None;
    }
    if line.rest.contains(" #") && matches!(line.option.takes, Takes::Text) {
        told.remark(
            &line.origin,
            format!(
                "the value of `{}` is {:?}, `#` and all: in this place it begins no comment, as in mosquitto",
                line.name, line.rest
            ),
        );
    }
    Some(&line.rest)
}

/// Not what the option takes.
pub(super) fn wrong<T>(line: &Line, given: &str, told: &mut Told) -> Option<T> {
    told.wrong(
        &line.origin,
        format!(
            "`{}` is {given:?}; expected {}",
            line.name,
            line.option.takes.describe()
        ),
    );
    None
}

/// A time such as `14d`, in seconds.
pub(super) fn duration(line: &Line, told: &mut Told) -> Option<i64> {
    const DAY: i64 = 86_400;
    let word = word(line, told)?;
    let unit = match word.chars().next_back() {
        Some('s') => 1,
        Some('h') => 3_600,
        Some('d') => DAY,
        Some('w') => 7 * DAY,
        Some('m') => 30 * DAY,
        Some('y') => 365 * DAY,
        _ => return wrong(line, word, told),
    };
    let count = word
        .get(..word.len() - 1)
        .and_then(|count| count.parse::<i64>().ok());
    match count.filter(|&count| count > 0) {
        Some(count) => Some(count.saturating_mul(unit)),
        None => wrong(line, word, told),
    }
}
