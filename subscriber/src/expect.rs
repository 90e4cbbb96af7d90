//! What a message must be for `--expect`, and whether enough of them came.

use client::packet::QoS;
use client::{Message, UsageError, matches_filter};
use regex_lite::Regex;
use serde_json::Value;

/// Messages that are waited for.
///
/// ```
/// use subscriber::{Expectation, Count};
///
/// let mut wanted = Expectation::new("sensors/+/temperature");
/// wanted.json = Some(serde_json::json!({ "unit": "C" }));
/// wanted.count = Count::AtLeast(2);
/// ```
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The topic must match this.
    pub filter: String,
    /// The payload must be this.
    pub payload: Option<Vec<u8>>,
    /// The payload must be text in which this matches somewhere.
    pub regex: Option<Regex>,
    /// The payload must be JSON that has all of this: of an object these members, of an array these items.
    pub json: Option<Value>,
    /// The payload must be JSON with this value at this JSON pointer (RFC 6901).
    pub at: Vec<(String, Value)>,
    /// The message must be delivered with this QoS.
    pub qos: Option<QoS>,
    /// The message must be retained, or not.
    pub retain: Option<bool>,
    /// How many of them.
    pub count: Count,
}

/// How many messages are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many or more: decided once they are there.
    AtLeast(u64),
    /// Exactly so many: decided when time is up.
    Exactly(u64),
}

impl Count {
    /// `3`: at least 3; `=3`: exactly 3; `0`: no message.
    ///
    /// # Errors
    /// Neither.
    pub fn parse(text: &str) -> Result<Self, UsageError> {
        let (exact, digits) = match text.strip_prefix('=') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        match digits.parse() {
            Ok(0) => Ok(Self::Exactly(0)),
            Ok(count) if exact => Ok(Self::Exactly(count)),
            Ok(count) => Ok(Self::AtLeast(count)),
            Err(_) => Err(UsageError(format!(
                "--expect-count: `{text}` is not a count; write 3 for at least 3, =3 for exactly 3, 0 for none"
            ))),
        }
    }

    pub(crate) fn words(self) -> String {
        let messages = |count| if count == 1 { "message" } else { "messages" };
        match self {
            Self::AtLeast(1) => "a message".to_owned(),
            Self::AtLeast(count) => format!("at least {count} {}", messages(count)),
            Self::Exactly(0) => "no message".to_owned(),
            Self::Exactly(count) => format!("exactly {count} {}", messages(count)),
        }
    }
}

impl Expectation {
    /// Any message to a topic that matches `filter`.
    pub fn new(filter: impl Into<String>) -> Self {
        Self {
            filter: filter.into(),
            payload: None,
            regex: None,
            json: None,
            at: Vec::new(),
            qos: None,
            retain: None,
            count: Count::AtLeast(1),
        }
    }

    /// Whether `message` is one of those waited for; if not, why.
    ///
    /// # Errors
    /// What is different, in words.
    pub fn check(&self, message: &Message) -> Result<(), String> {
        if !matches_filter(&self.filter, &message.topic) {
            return Err(format!("the topic does not match {}", self.filter));
        }
        if let Some(qos) = self.qos
            && qos != message.qos
        {
            return Err(format!("QoS {} instead of {}", message.qos as u8, qos as u8));
        }
        if let Some(retain) = self.retain
            && retain != message.retain
        {
            let is = |retain| if retain { "retained" } else { "not retained" };
            return Err(format!("{} instead of {}", is(message.retain), is(retain)));
        }
        if let Some(payload) = &self.payload
            && payload[..] != message.payload[..]
        {
            return Err(format!(
                "the payload is not {:?}",
                String::from_utf8_lossy(payload)
            ));
        }
        if let Some(regex) = &self.regex
            && !std::str::from_utf8(&message.payload).is_ok_and(|text| regex.is_match(text))
        {
            return Err(format!("the payload does not match /{regex}/"));
        }
        if self.json.is_none() && self.at.is_empty() {
            return Ok(());
        }
        let found: Value =
            serde_json::from_slice(&message.payload).map_err(|_| "the payload is not JSON".to_owned())?;
        if let Some(wanted) = &self.json {
            contains(&found, wanted, &mut String::new())?;
        }
        for (pointer, wanted) in &self.at {
            match found.pointer(pointer) {
                Some(there) if equal(there, wanted) => {}
                Some(there) => return Err(format!("at {pointer} is {there} instead of {wanted}")),
                None => return Err(format!("there is nothing at {pointer}")),
            }
        }
        Ok(())
    }
}

/// Numbers are equal by value: 21 is 21.0.
fn equal(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => found.total_cmp(&wanted).is_eq(),
        _ => found == wanted,
    }
}

/// Whether `found` has all that `wanted` has; `path` is where.
fn contains(found: &Value, wanted: &Value, path: &mut String) -> Result<(), String> {
    let length = path.len();
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for (key, wanted) in wanted {
                path.push('/');
                path.push_str(key);
                let there = found
                    .get(key)
                    .ok_or_else(|| format!("there is nothing at {path}"))?;
                contains(there, wanted, path)?;
                path.truncate(length);
            }
            Ok(())
        }
        (Value::Array(found), Value::Array(items)) => {
            let missing = items.iter().find(|wanted| {
                !found
                    .iter()
                    .any(|found| contains(found, wanted, &mut String::new()).is_ok())
            });
            match missing {
                None => Ok(()),
                Some(item) => Err(format!("{item} is not in the array{}", place(path))),
            }
        }
        _ if equal(found, wanted) => Ok(()),
        _ => Err(format!("{found} instead of {wanted}{}", place(path))),
    }
}

fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at {path}")
    }
}

/// What came, held against what was expected.
#[derive(Debug)]
pub struct Verdict {
    expectation: Expectation,
    matched: u64,
    others: Vec<(Message, String)>,
    /// How many others came, those no longer kept included.
    seen: u64,
    /// Messages may have been missed.
    interrupted: bool,
}

/// Messages that did not match, kept for the report.
const MOST_OTHERS: usize = 20;

impl Verdict {
    /// Nothing has come yet.
    #[must_use]
    pub fn new(expectation: Expectation) -> Self {
        Self {
            expectation,
            matched: 0,
            others: Vec::new(),
            seen: 0,
            interrupted: false,
        }
    }

    /// A message came; whether it is one of those expected.
    pub fn message(&mut self, message: &Message) -> bool {
        match self.expectation.check(message) {
            Ok(()) => self.matched += 1,
            Err(why) => {
                self.seen += 1;
                if self.others.len() < MOST_OTHERS {
                    self.others.push((message.clone(), why));
                }
                return false;
            }
        }
        true
    }

    /// The connection was lost: messages that came meanwhile may have been missed.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Whether [messages may have been missed](Self::interrupt).
    #[must_use]
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether nothing that may still come can change the outcome.
    #[must_use]
    pub fn decided(&self) -> bool {
        match self.expectation.count {
            Count::AtLeast(count) => self.matched >= count,
            Count::Exactly(count) => self.matched > count,
        }
    }

    /// Whether what came is what was expected. If messages may have been missed, it is not known that no more came.
    #[must_use]
    pub fn satisfied(&self) -> bool {
        match self.expectation.count {
            Count::AtLeast(count) => self.matched >= count,
            Count::Exactly(count) => self.matched == count && !self.interrupted,
        }
    }

    /// How many messages matched.
    #[must_use]
    pub fn matched(&self) -> u64 {
        self.matched
    }

    /// What was expected, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        format!(
            "{} to {}",
            self.expectation.count.words(),
            self.expectation.filter
        )
    }

    /// Messages that did not match, each with why, and how many more there were.
    #[must_use]
    pub fn others(&self) -> (&[(Message, String)], u64) {
        (&self.others, self.seen - self.others.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payload: &str) -> Message {
        Message {
            topic: "a/b".to_owned(),
            payload: payload.to_owned().into(),
            qos: QoS::AtLeastOnce,
            retain: false,
            id: 1,
            properties: None,
            property_order: Vec::new(),
        }
    }

    fn json(wanted: &str, payload: &str) -> Result<(), String> {
        let mut expectation = Expectation::new("a/+");
        expectation.json = Some(serde_json::from_str(wanted).unwrap());
        expectation.check(&message(payload))
    }

    #[test]
    fn json_may_have_more_than_is_wanted() {
        let payload = r#"{"a":{"b":1.0,"c":[1,{"d":2}]},"e":null}"#;
        for wanted in [
            "{}",
            r#"{"a":{"b":1}}"#,
            r#"{"a":{"c":[{"d":2}]}}"#,
            r#"{"e":null}"#,
        ] {
            assert_eq!(json(wanted, payload), Ok(()), "{wanted}");
        }
        for (wanted, why) in [
            (r#"{"a":{"b":2}}"#, "1.0 instead of 2 at /a/b"),
            (r#"{"x":1}"#, "there is nothing at /x"),
            (r#"{"a":{"c":[3]}}"#, "3 is not in the array at /a/c"),
            ("[]", "instead of []"),
        ] {
            assert!(json(wanted, payload).unwrap_err().contains(why), "{wanted}");
        }
        assert_eq!(json("{}", "x").unwrap_err(), "the payload is not JSON");
    }

    #[test]
    fn every_condition_counts() {
        let mut wanted = Expectation::new("a/#");
        wanted.regex = Some(Regex::new("^2[0-9]").unwrap());
        wanted.qos = Some(QoS::AtLeastOnce);
        wanted.retain = Some(false);
        wanted.at = vec![(String::new(), 21.5.into())];
        assert_eq!(wanted.check(&message("21.5")), Ok(()));
        assert!(
            wanted
                .check(&message("31.5"))
                .unwrap_err()
                .contains("does not match")
        );
        assert!(
            wanted
                .check(&message("22"))
                .unwrap_err()
                .contains("22 instead of 21.5")
        );
        wanted.qos = Some(QoS::ExactlyOnce);
        assert_eq!(wanted.check(&message("21.5")).unwrap_err(), "QoS 1 instead of 2");
        wanted.qos = None;
        wanted.retain = Some(true);
        assert_eq!(
            wanted.check(&message("21.5")).unwrap_err(),
            "not retained instead of retained"
        );
        wanted.filter = "b".to_owned();
        assert!(wanted.check(&message("21.5")).unwrap_err().contains("topic"));
    }

    #[test]
    fn counts_are_decided_when_they_can_be() {
        let mut verdict = Verdict::new(Expectation::new("a/b"));
        assert!(!verdict.decided() && !verdict.satisfied());
        assert!(verdict.message(&message("x")));
        assert!(verdict.decided() && verdict.satisfied());
        let mut wanted = Expectation::new("a/b");
        wanted.count = Count::parse("=1").unwrap();
        let mut verdict = Verdict::new(wanted);
        verdict.message(&message("x"));
        // One more could still come.
        assert!(!verdict.decided() && verdict.satisfied());
        verdict.message(&message("x"));
        assert!(verdict.decided() && !verdict.satisfied());
        assert_eq!(Count::parse("0").unwrap(), Count::Exactly(0));
        assert!(Count::parse("x").is_err());
    }
}
