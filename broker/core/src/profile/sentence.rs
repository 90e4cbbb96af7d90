//! What is said of a limit: what passes, what that broker does, and what somebody did who passed it.

use std::borrow::Cow;

use super::kind::Kind;
use super::limit::{Bound, Limit, Outcome};
use super::look::packets;
use crate::wire::PacketType;

/// So many characters of a client identifier are shown.
const MOST_SHOWN: usize = 100;

impl Limit {
    /// What passes: `8 allowed`.
    ///
    /// ```
    /// use broker_core::profile::Profile;
    /// use serde_json::json;
    ///
    /// let limit = json!({"name": "filters_per_subscribe", "max": 8, "outcome": "close", "source": "x", "as_of": "2026-11-28"});
    /// let cloud = json!({"title": "Our cloud", "limit": [limit]});
    /// let read = Profile::from_json_or_all_wrongs("cloud", &cloud).expect("it is right");
    /// assert_eq!(read.limits[0].allowed(), "8 allowed");
    /// ```
    pub fn allowed(&self) -> String {
        let bound = match &self.bound {
            Bound::Range(0, max) if self.kind == Kind::KeepAliveSecs => format!("at most {max}"),
            Bound::Range(0, max) => max.to_string(),
            Bound::Range(min, u64::MAX) => format!("at least {min}"),
            Bound::Range(min, max) => format!("{min} to {max}"),
            Bound::Only(words) => format!("only {}", and(words)),
            Bound::Not(words) => format!("not {}", words.join(", ")),
            Bound::Nothing => String::new(),
        };
        self.kind.doc().allowed.replacen("{}", &bound, 1)
    }

    /// What that broker does, after "would": `close this connection`.
    ///
    /// ```
    /// use broker_core::profile::Profile;
    /// use serde_json::json;
    ///
    /// let limit = json!({"name": "subscribe_qos", "max": 1, "outcome": "ignore", "source": "x", "as_of": "2026-11-28"});
    /// let cloud = json!({"title": "Our cloud", "limit": [limit]});
    /// let read = Profile::from_json_or_all_wrongs("cloud", &cloud).expect("it is right");
    /// assert_eq!(read.limits[0].would(), "not answer");
    /// ```
    pub fn would(&self) -> String {
        let text = match self.outcome {
            Outcome::Close => "close this connection",
            Outcome::Disconnect(reason) => return format!("close this connection with {reason}"),
            Outcome::Answer(reason) => return format!("answer {reason}"),
            Outcome::Ignore => match packets(self.kind) {
                (_, true) => "not send this message",
                ([PacketType::Publish], _) => "ignore this message",
                ([_], _) => "not answer",
                _ => "ignore this packet",
            },
            Outcome::Lose => "acknowledge this message and lose it",
            Outcome::Pause => "read nothing more for a second",
            Outcome::Lower => match self.kind {
                Kind::KeepAliveSecs => "set another Keep Alive",
                Kind::SessionExpirySecs => "end the session sooner",
                Kind::WillDelaySecs => "publish the will sooner",
                Kind::WillTopics => "take this client without its will",
                Kind::PublishRetain => "take this message without RETAIN",
                _ => "grant a lower QoS",
            },
        };
        text.to_owned()
    }

    /// What somebody did who passed it, and what would have been right.
    pub(super) fn passed_by(&self, seen: &str, client_id: &str) -> String {
        let doc = self.kind.doc();
        let did = doc.seen.replacen("{}", seen, 1);
        let (did, right) = match (&self.bound, self.kind) {
            (Bound::Range(_, max), Kind::KeepAliveSecs) if seen == "0" => {
                ("no Keep Alive".to_owned(), format!("{max} s is the longest"))
            }
            (Bound::Range(min, max), Kind::KeepAliveSecs) => {
                let is_short = seen.parse().is_ok_and(|secs: u64| secs < *min);
                let (bound, word) = if is_short {
                    (min, "shortest")
                } else {
                    (max, "longest")
                };
                (did, format!("{bound} s is the {word}"))
            }
            (Bound::Only(words), Kind::UserProperties) => (did, format!("only {} may have one", and(words))),
            (Bound::Not(_), Kind::UserProperties) => (did, "which may have none".to_owned()),
            (Bound::Not(words), _) if words.iter().any(|word| word == seen) => {
                (did, "which is not taken".to_owned())
            }
            (Bound::Only(words) | Bound::Not(words), kind) => {
                let client_id = settings::text::cut(client_id, MOST_SHOWN);
                let words = words.iter().map(|word| word.replace("%c", &client_id));
                let words: Vec<String> = words.collect();
                let verb = if words.len() == 1 { "is" } else { "are" };
                let before = match kind {
                    Kind::DollarTopics | Kind::DollarFilters => "of what begins with $ ",
                    _ => "",
                };
                let words = and(&words);
                let right = match self.bound {
                    Bound::Not(_) => format!("{words} {verb} not taken"),
                    _ => format!("{before}only {words} {verb} taken"),
                };
                (did, right)
            }
            _ => (did, self.allowed()),
        };
        format!("{did}, {right}")
    }
}

/// `a`, `a and b`, `a, b and c`.
fn and(words: &[String]) -> Cow<'_, str> {
    match words {
        [] => Cow::Borrowed(""),
        [one] => Cow::Borrowed(one),
        [others @ .., last] => Cow::Owned(format!("{} and {last}", others.join(", "))),
    }
}
