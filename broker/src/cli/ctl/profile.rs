//! `broker ctl profile`: the profile that clients are held against.

use std::fmt::Write as _;

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use settings::text::escaped;

use super::plan::{Plan, Then, delete, get, put};
use super::shown::words;
use crate::cli::profile_text;
use crate::profile::Profile;
use crate::profiles;

/// What is done with the profile.
#[derive(Debug, Subcommand)]
pub(super) enum Profiles {
    /// The profile that clients are held against
    Show,
    /// The profiles that the broker has
    List,
    /// Hold clients against this one
    Set {
        /// Its name, or a file with one's own
        name: String,
        /// What comes of a violation
        #[arg(long, value_enum, default_value = "warn")]
        mode: Mode,
    },
    /// Hold clients against none
    Remove,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Mode {
    /// It is told
    Warn,
    /// It is told, and the broker does what the other would do
    Enforce,
}

impl Profiles {
    pub(super) fn plan(self) -> Result<Plan, String> {
        Ok(match self {
            Self::Show => Plan::from(get("profile")).then(Then::Words(held)),
            Self::List => Plan::from(get("profiles")).then(Then::Columns(&["/name", "/title"])),
            Self::Set { name, mode } => {
                let mode = match mode {
                    Mode::Warn => "warn",
                    Mode::Enforce => "enforce",
                };
                let mut body = json!({ "name": name, "mode": mode });
                // A file lies on this machine.
                if profiles::is_file(&name) {
                    let own = profiles::find(&name).map_err(|wrong| wrong.to_string())?;
                    body = json!({ "name": own.name, "mode": mode, "profile": own.to_json() });
                }
                put("profile", &body).into()
            }
            Self::Remove => delete("profile").into(),
        })
    }
}

/// The profile that clients are held against, with all its limits.
fn held(answer: &Value) -> String {
    let Some(name) = answer["name"].as_str() else {
        return "none: clients are held against no profile\n".to_owned();
    };
    match Profile::from_json_or_all_wrongs(name, &answer["profile"]) {
        Ok(profile) => {
            let mode = answer["mode"].as_str().unwrap_or_default();
            format!("mode: {}\n{}", escaped(mode), profile_text::text_of(&profile))
        }
        // A broker of another version may know limits that this program does not.
        Err(_) => words(answer),
    }
}

/// What clients did: whose it was, then the sentence, whole.
pub(super) fn violations(answer: &Value) -> String {
    let mut text = String::new();
    for row in answer["violations"].as_array().into_iter().flatten() {
        let word = |name: &str| escaped(row[name].as_str().unwrap_or_default());
        let times = match row["count"].as_u64() {
            None | Some(1) => String::new(),
            Some(more) => format!("  {more} times"),
        };
        let enforced = if row["enforced"] == json!(true) {
            "  enforced"
        } else {
            ""
        };
        let _ = writeln!(text, "{}  {}{times}{enforced}", word("client_id"), word("rule"));
        profile_text::put(&mut text, "  ", row["text"].as_str().unwrap_or_default());
    }
    match answer["unlisted"].as_u64() {
        None | Some(0) => {}
        Some(more) => {
            let _ = writeln!(text, "and {more} more");
        }
    }
    if text.is_empty() {
        text.push_str("none\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Outcome;

    #[test]
    fn violations_are_told_whole_in_lines_that_fit() {
        let sentence = "AWS IoT Core would close this connection: a PUBLISH at QoS 2, 1 is the highest (mqtt_client#232, \
            aws-c-mqtt#120, owntracks/talk#5, 2026-11-28)";
        let row = json!({"client_id": "la\u{1b}mp", "rule": "publish_qos", "count": 3, "enforced": true, "text": sentence});
        let one = json!({"client_id": "door", "rule": "will", "count": 1, "enforced": false, "text": "It would not."});
        let said = violations(&json!({"total": 9, "unlisted": 5, "violations": [row, one]}));
        assert_eq!(
            said,
            "la\\u{1b}mp  publish_qos  3 times  enforced\n  \
             AWS IoT Core would close this connection: a PUBLISH at QoS 2, 1 is the highest (mqtt_client#232,\n  \
             aws-c-mqtt#120, owntracks/talk#5, 2026-11-28)\n\
             door  will\n  It would not.\nand 5 more\n"
        );
        assert_eq!(
            violations(&json!({"total": 0, "unlisted": 0, "violations": []})),
            "none\n"
        );
    }

    #[test]
    fn the_profile_in_force_is_told_in_lines_that_fit_with_the_names_of_reasons() {
        for profile in profiles::all() {
            let answer = json!({"name": profile.name, "mode": "warn", "profile": profile.to_json()});
            let said = held(&answer);
            assert!(
                said.starts_with("mode: warn\n") && said.contains(&profile.title),
                "{said}"
            );
            for line in said.lines() {
                assert!(line.chars().count() <= 100 && !line.contains("\\n"), "{line}");
            }
            for limit in &profile.limits {
                if let Outcome::Answer(reason) | Outcome::Disconnect(reason) = limit.outcome {
                    assert!(said.contains(reason.name()), "{reason}\n{said}");
                }
            }
        }
        assert!(held(&json!({"name": null, "mode": "warn", "profile": null})).starts_with("none"));
        let newer = json!({"name": "x", "profile": {"title": "Newer", "limit": [{"name": "unheard_of"}]}});
        assert!(held(&newer).contains("unheard_of"));
    }
}
