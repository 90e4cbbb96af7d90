//! What `broker lesson N --check` says: a point in words, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::form::Check;
use super::judge::{Judged, Point, State};
use crate::cli::ctl::entry;

/// How a point stands: the same sign wherever it is shown.
pub(super) fn mark(point: &Point) -> char {
    match point.state {
        State::Met => '✓',
        State::NotBegun => '·',
        State::NotMet(_) => '✗',
        State::Forgotten => '?',
    }
}

/// What is to be known where the journal has forgotten so many entries; empty where it has none.
pub(super) fn forgotten(missed: u64) -> String {
    if missed == 0 {
        return String::new();
    }
    format!(
        "\n? The journal has forgotten {missed} packets and events of this time, and perhaps what was done. Do it again, or start the \
         broker with a longer journal: --set journal.entries=1000000 --set journal.bytes=268435456\n"
    )
}

/// For people: all that is said of a lesson.
pub(super) fn all(judged: &Judged) -> String {
    let words: String = judged.points.iter().map(words).collect();
    words + &forgotten(judged.missed)
}

/// For people.
fn words(point: &Point) -> String {
    let Check { say, hint, .. } = &point.check;
    let mark = mark(point);
    let mut words = match point.state {
        State::Met => return format!("{mark} {say}\n"),
        State::NotBegun => return format!("{mark} {say} (not begun)\n"),
        State::NotMet(_) | State::Forgotten => format!("{mark} {say}\n"),
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
        // The packet is shown with its filters.
        ("topic_filters", _, wanted) => format!("topic_filters without {}", one_filter(wanted)),
        (field, found, wanted) => format!("{field} {found}, not {wanted}"),
    }
}

/// The topic filter alone, where what is wanted says no more.
fn one_filter(wanted: &str) -> String {
    let value: Option<Value> = serde_json::from_str(wanted).ok();
    let filter = value.as_ref().and_then(|value| value["topic_filter"].as_str());
    filter.unwrap_or(wanted).to_owned()
}

/// For programs.
pub(super) fn json(point: &Point) -> Value {
    json!({
        "say": point.check.say,
        "met": point.is_met(),
        "begun": !matches!(point.state, State::NotBegun),
        "forgotten": matches!(point.state, State::Forgotten),
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

    #[test]
    fn a_filter_that_is_missing_is_told_alone() {
        let difference = json!({"field": "topic_filters", "found": r#"[{"no_local":false,"topic_fil…"#,
            "wanted": r#"{"topic_filter":"$share/cleaners/floor/dirt"}"#});
        assert_eq!(
            told(&difference),
            "topic_filters without $share/cleaners/floor/dirt"
        );
    }
}
