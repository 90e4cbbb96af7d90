//! What `broker lesson N --check` says: a point in words, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::form::Check;
use super::judge::{Point, State};
use crate::cli::ctl::entry;

/// How a point stands: the same sign wherever it is shown.
pub(super) fn mark(point: &Point) -> char {
    match point.state {
        State::Met => '✓',
        State::NotBegun => '·',
        State::NotMet(_) => '✗',
    }
}

/// For people.
pub(super) fn words(point: &Point) -> String {
    let Check { say, hint, .. } = &point.check;
    let mark = mark(point);
    let mut words = match point.state {
        State::Met => return format!("{mark} {say}\n"),
        State::NotBegun => return format!("{mark} {say} (not begun)\n"),
        State::NotMet(_) => format!("{mark} {say}\n"),
    };
    if let Some(nearest) = point.nearest() {
        let mut shown = nearest.get("entry").unwrap_or(nearest).clone();
        if let Some(members) = shown.as_object_mut() {
            members.remove("at_secs");
        }
        let line = entry::line(&shown);
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let differences = nearest["differences"].as_array().into_iter().flatten();
        let differences = differences.map(told);
        let differences = differences.collect::<Vec<_>>().join("; ");
        let came = if differences.is_empty() { "came" } else { "nearest" };
        let _ = writeln!(words, "    {came}: {line}");
        if !differences.is_empty() {
            let _ = writeln!(words, "      {differences}");
        }
    }
    let _ = writeln!(words, "    hint: {hint}");
    words
}

/// In what a field differs, in words.
fn told(difference: &Value) -> String {
    let text = |name: &str| difference[name].as_str().unwrap_or_default();
    match (text("field"), text("found"), text("wanted")) {
        (field, "", wanted) => format!("no {field}, wanted {wanted}"),
        // What was found says then that it may not be so.
        (field, found, "") => format!("{field} {found}"),
        (field, found, wanted) => format!("{field} {found}, not {wanted}"),
    }
}

/// For programs.
pub(super) fn json(point: &Point) -> Value {
    json!({
        "say": point.check.say,
        "met": point.is_met(),
        "begun": !matches!(point.state, State::NotBegun),
        "hint": point.check.hint,
        "nearest": point.nearest(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_as_such() {
        for (found, wanted, words) in [
            ("1", "2", "qos 1, not 2"),
            ("", "2", "no qos, wanted 2"),
            ("1, which it must not be", "", "qos 1, which it must not be"),
        ] {
            let difference = json!({"field": "qos", "found": found, "wanted": wanted});
            assert_eq!(told(&difference), words);
        }
    }
}
