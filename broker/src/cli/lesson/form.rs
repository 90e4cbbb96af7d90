//! [`Lesson`]: what a lesson is, as its TOML has it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One lesson.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lesson {
    pub title: String,
    /// What somebody can do after it.
    pub goal: String,
    pub minutes: u16,
    pub needs: Needs,
    /// Why it needs a real broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_broker: Option<String>,
    /// What it does to all others on the same broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
    pub exercise: String,
    /// What puts the broker into the state that the lesson needs, after a reset.
    #[serde(default)]
    pub prepare: Vec<Request>,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    #[serde(rename = "check")]
    pub checks: Vec<Check>,
}

/// Where a lesson can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Needs {
    /// In a browser tab, too.
    Tab,
    /// Only with the program.
    Broker,
}

/// A request of the control API.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What it does, for people.
    pub say: String,
    pub method: Method,
    /// It goes on from `/api/v1/`.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl From<Method> for hyper::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Delete => Self::DELETE,
        }
    }
}

/// What to do: a command for people, and the same as an action for a page that has clients of its own.
// What is unknown lands in `with`, which is looked at then.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Step {
    pub say: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    pub action: Action,
    #[serde(flatten)]
    pub with: With,
}

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Connect,
    Subscribe,
    Unsubscribe,
    Publish,
    Disconnect,
    /// The socket is closed without DISCONNECT.
    Vanish,
    /// A request of the control API.
    Request,
}

/// What an action is done with: the names of the fields of packets, as patterns have them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct With(pub Map<String, Value>);

const CONNECT: &[&str] = &[
    "clean_start",
    "keep_alive",
    "maximum_packet_size",
    "password",
    "properties",
    "receive_maximum",
    "session_expiry_interval",
    "tls",
    "topic_alias_maximum",
    "username",
    "version",
    "will",
];
const SUBSCRIBE: &[&str] = &[
    "no_local",
    "properties",
    "qos",
    "retain_as_published",
    "retain_handling",
    "subscription_identifier",
    "topic_filter",
];
const PUBLISH: &[&str] = &["payload", "properties", "qos", "retain", "topic", "topic_alias"];

impl Action {
    /// What it may be done with, and what it cannot do without.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Connect => (CONNECT, &[]),
            Self::Subscribe => (SUBSCRIBE, &["topic_filter"]),
            Self::Unsubscribe => (&["topic_filter"], &["topic_filter"]),
            Self::Publish => (PUBLISH, &["topic"]),
            Self::Disconnect => (&["properties", "reason_code"], &[]),
            Self::Vanish => (&[], &[]),
            Self::Request => (&["body", "method", "path"], &["method", "path"]),
        }
    }
}

/// One point of what the exercise asks for.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub say: String,
    pub hint: String,
    /// A pattern of the control API.
    pub expect: Value,
    /// How often it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Value>,
    /// It does not come.
    #[serde(default)]
    pub never: bool,
    /// Patterns of what comes behind it.
    #[serde(default)]
    pub then: Vec<Value>,
}

impl Check {
    /// The body of `POST /api/v1/expectations` that says at once whether it is met by what came behind this entry.
    pub(super) fn expectation(&self, after: u64) -> Value {
        let mut first = json!({ "pattern": self.expect });
        if let Some(times) = &self.times {
            first["times"] = times.clone();
        }
        let mut body = if self.never {
            json!({ "never": self.expect })
        } else if self.then.is_empty() {
            first
        } else {
            let more = self.then.iter().map(|pattern| json!({ "pattern": pattern }));
            json!({ "steps": std::iter::once(first).chain(more).collect::<Vec<_>>() })
        };
        body["after"] = json!(after);
        body["timeout_secs"] = json!(0);
        body["unproven_is_enough"] = json!(true);
        body
    }
}

impl Lesson {
    /// Reads a lesson. The error says where it is wrong, and what would be right.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lesson: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if lesson.needs == Needs::Broker && lesson.why_broker.is_none() {
            return Err("needs = \"broker\" wants a why_broker that says why".to_owned());
        }
        if lesson.steps.is_empty() || lesson.checks.is_empty() {
            return Err("a lesson has at least one [[step]] and one [[check]]".to_owned());
        }
        for (number, step) in (1..).zip(&lesson.steps) {
            step.check().map_err(|what| format!("step {number}: {what}"))?;
        }
        for (number, check) in (1..).zip(&lesson.checks) {
            if check.never && (check.times.is_some() || !check.then.is_empty()) {
                return Err(format!("check {number}: never goes with neither times nor then"));
            }
        }
        Ok(lesson)
    }
}

impl Step {
    /// The name of the rule that it makes.
    pub(super) fn rule(&self) -> Option<&str> {
        let makes = self.action == Action::Request && self.with.0.get("path")?.as_str()? == "faults";
        makes.then(|| self.with.0.get("body")?.get("name")?.as_str())?
    }

    fn check(&self) -> Result<(), String> {
        let (may, must) = self.action.keys();
        let unknown = self.with.0.keys().find(|key| !may.contains(&&***key));
        if let Some(unknown) = unknown {
            return Err(format!(
                "{unknown:?} does not go with this action; what does: {}",
                may.join(", ")
            ));
        }
        if let Some(missing) = must.iter().find(|key| !self.with.0.contains_key(**key)) {
            return Err(format!("this action needs {missing:?}"));
        }
        if self.client.is_none() && self.action != Action::Request {
            return Err("this action needs a client".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "t"
goal = "g"
minutes = 1
needs = "tab"
exercise = "e"
[[step]]
say = "s"
client = "foo1"
action = "subscribe"
topic_filter = "a"
[[check]]
say = "c"
hint = "h"
expect = { packet = "PUBLISH" }
times = 2
then = [{ packet = "PUBACK" }]
"#;

    #[test]
    fn a_check_is_an_expectation_that_does_not_wait() {
        let lesson = Lesson::parse(GOOD).expect("it is good");
        assert_eq!(
            lesson.checks[0].expectation(7),
            json!({
                "steps": [{"pattern": {"packet": "PUBLISH"}, "times": 2}, {"pattern": {"packet": "PUBACK"}}],
                "after": 7, "timeout_secs": 0, "unproven_is_enough": true,
            })
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        for (from, to, what) in [
            (
                "minutes",
                "minuts",
                "unknown field `minuts`, expected one of `title`",
            ),
            ("\"tab\"", "\"tub\"", "expected `tab` or `broker`"),
            ("\"tab\"", "\"broker\"", "why_broker"),
            (
                "\"subscribe\"",
                "\"listen\"",
                "unknown variant `listen`, expected one of `connect`",
            ),
            (
                "topic_filter",
                "topic",
                "step 1: \"topic\" does not go with this action; what does: no_local",
            ),
            (
                "topic_filter = \"a\"",
                "",
                "step 1: this action needs \"topic_filter\"",
            ),
            ("client = \"foo1\"", "", "step 1: this action needs a client"),
            ("times", "never = true\ntimes", "check 1: never goes with neither"),
            ("hint", "hnt", "unknown field `hnt`"),
        ] {
            let error = Lesson::parse(&GOOD.replacen(from, to, 1)).expect_err(what);
            assert!(error.contains(what), "{error}");
        }
    }
}
