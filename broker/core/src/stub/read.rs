//! A stub from JSON, as a file or a request has it.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value as Json;

use super::form::{Form, brief, invalid};
use super::said::{PRIORITY, Stub, When};
use super::{Payload, Publication};
use crate::fault::{Delay, Invalid, LONGEST_MILLIS};
use crate::pattern::Pattern;

/// Each key, and what it says; the second list is of the keys of a message, the third of its properties.
pub static KEYS: [&[(&str, &str)]; 3] = [
    &[
        (
            "name",
            "what it is called in lists, in events and in expectations",
        ),
        (
            "priority",
            "of all stubs that fit, that with the lowest number answers, of a tie the newest; 5 unless said",
        ),
        (
            "when",
            "what it answers: a [pattern](PATTERNS.md) of a packet that clients send, or of an event",
        ),
        (
            "every_secs",
            "in place of `when`: publishes again and again after so long",
        ),
        (
            "after_secs",
            "in place of `when`: publishes once, so long after it was added",
        ),
        (
            "nth",
            "answers only the nth of what fits, counted for each client apart",
        ),
        ("every", "answers only every nth of what fits"),
        ("first", "answers only the first so many"),
        ("after", "does not answer the first so many"),
        ("max_times", "answers so often at most, all clients together"),
        (
            "scenario",
            "the scenario that it belongs to (WireMock's `scenarioName`)",
        ),
        (
            "required_state",
            "answers only in this state of it (`requiredScenarioState`); every scenario begins in `Started`",
        ),
        (
            "new_state",
            "the state to which it moves the scenario (`newScenarioState`)",
        ),
        ("continue", "`true`: the next stub that fits answers, too"),
        (
            "cycle",
            "`true`: publishes one message at a time, each in its turn, and not all together",
        ),
        ("publish", "a message, or a list of messages"),
    ],
    &[
        ("topic", "the topic name; a template"),
        (
            "reply",
            "`true`: to the Response Topic of the message, with its Correlation Data; `topic` is then for messages without one",
        ),
        ("payload", "a text; a template"),
        (
            "json",
            "JSON; each text in it is a template, and one that is a single `{{ … }}` becomes the value itself",
        ),
        ("base64", "any bytes: a template that makes Base64"),
        ("file", "the bytes of this file"),
        ("qos", "0, 1 or 2"),
        ("retain", "`true`: to be retained"),
        ("properties", "properties of MQTT 5.0"),
        (
            "delay",
            "so many milliseconds late, on the broker's clock (WireMock's `fixedDelayMilliseconds`)",
        ),
        ("jitter", "so many milliseconds more or less"),
        (
            "delayDistribution",
            "as late as is drawn: `{ type = \"lognormal\", median = 80, sigma = 0.4 }` or `{ type = \"uniform\", lower = 50, upper = 150 }`",
        ),
    ],
    &[
        ("payload_format_indicator", "1: the payload is UTF-8 text"),
        ("message_expiry_interval", "in seconds"),
        ("content_type", "a template"),
        ("response_topic", "a template"),
        ("correlation_data", "a template"),
        (
            "user_property",
            "names and values: `{ unit = \"C\" }`, or a list of `{ name = …, value = … }`; the values are templates",
        ),
    ],
];

fn names(list: usize) -> Vec<&'static str> {
    KEYS[list].iter().map(|(name, _)| *name).collect()
}

impl Stub {
    /// Reads a stub.
    ///
    /// # Errors
    /// It cannot be one: the error names the stub, the place and the nearest right thing.
    ///
    /// ```
    /// use broker_core::stub::Stub;
    /// use serde_json::json;
    ///
    /// let stub = json!({
    ///     "name": "echo",
    ///     "when": {"packet": "PUBLISH", "topic": "echo/#"},
    ///     "publish": {"topic": "back/{{ message.wildcards | join('/') }}", "payload": "{{ message.payload }}"},
    /// });
    /// assert_eq!(Stub::from_json(&stub)?.name(), Some("echo"));
    ///
    /// let wrong = json!({"name": "echo", "wen": {"packet": "PUBLISH"}});
    /// let error = Stub::from_json(&wrong).unwrap_err();
    /// assert!(error.to_string().starts_with(r#"stub "echo": wen: there is no such key (did you mean "when"?)"#));
    /// # Ok::<(), broker_core::fault::Invalid>(())
    /// ```
    pub fn from_json(value: &Json) -> Result<Self, Invalid> {
        let name = value.get("name").and_then(Json::as_str);
        let whose = name.map_or_else(|| "a stub".to_owned(), |name| format!("stub {name:?}"));
        let form = Form::of(&whose, "", value, &names(0))?;
        if form.text("name")?.is_some_and(str::is_empty) {
            return Err(form.wrong("name", "a name is not empty"));
        }
        let publications = publications(&whose, &form)?;
        Ok(Self {
            name: name.map(Into::into),
            priority: form
                .whole("priority", 0, u64::from(u32::MAX))?
                .map_or(PRIORITY, |it| it as u32),
            when: when(&form)?,
            nth: form.whole("nth", 1, u64::MAX)?,
            every: form.whole("every", 1, u64::MAX)?,
            first: form.whole("first", 1, u64::MAX)?,
            after: form.whole("after", 0, u64::MAX)?,
            max_times: form.whole("max_times", 1, u64::MAX)?,
            scenario: form.text("scenario")?.map(Into::into),
            required_state: form.text("required_state")?.map(Into::into),
            new_state: form.text("new_state")?.map(Into::into),
            goes_on: form.flag("continue")?.unwrap_or_default(),
            cycle: form.flag("cycle")?.unwrap_or_default(),
            publications,
            files: crate::template::Files::default(),
        })
    }
}

impl<'de> Deserialize<'de> for Stub {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_json(&Json::deserialize(from)?).map_err(de::Error::custom)
    }
}

fn when(form: &Form<'_>) -> Result<When, Invalid> {
    let secs = |key: &str| {
        let secs = form.number(key)?;
        let wrong = |secs| form.wrong(key, format!("{secs} seconds; there may be 0.001 and more"));
        secs.map(|secs| Duration::try_from_secs_f64(secs).map_err(|_| wrong(secs)))
            .transpose()
    };
    match (form.get("when"), secs("every_secs")?, secs("after_secs")?) {
        (Some(pattern), None, None) => {
            let read: Result<Pattern, _> = serde_json::from_value(from_clients(pattern));
            let pattern = read.map_err(|error| form.wrong("when", error.to_string()))?;
            Ok(When::Pattern(Box::new(pattern)))
        }
        (None, Some(every), None) => Ok(When::Every(every)),
        (None, None, Some(after)) => Ok(When::After(after)),
        (None, None, None) => Err(form.wrong(
            "when",
            "a stub says what it answers: when = { packet = \"PUBLISH\", topic = \"cmd/+\" }, or every_secs, or after_secs",
        )),
        _ => Err(form.wrong("when", "a stub has one of when, every_secs and after_secs")),
    }
}

/// A packet is one that a client sends, unless the pattern says more.
fn from_clients(pattern: &Json) -> Json {
    let mut pattern = pattern.clone();
    if let Json::Object(fields) = &mut pattern
        && fields.contains_key("packet")
        && !fields.contains_key("direction")
    {
        fields.insert("direction".to_owned(), "in".into());
    }
    pattern
}

fn publications(whose: &str, form: &Form<'_>) -> Result<Vec<Publication>, Invalid> {
    match form.get("publish") {
        None => Ok(Vec::new()),
        Some(Json::Array(all)) => {
            let one = |(nth, one)| publication(whose, &format!("publish[{nth}]"), one);
            all.iter().enumerate().map(one).collect()
        }
        Some(one) => Ok(vec![publication(whose, "publish", one)?]),
    }
}

fn publication(whose: &str, path: &str, value: &Json) -> Result<Publication, Invalid> {
    let form = Form::of(whose, path, value, &names(1))?;
    let payloads: Vec<&str> = ["payload", "json", "base64", "file"]
        .into_iter()
        .filter(|key| form.get(key).is_some())
        .collect();
    if let [_, second, ..] = payloads[..] {
        let what = format!(
            "a message has one payload, and this one has {}",
            payloads.join(" and ")
        );
        return Err(form.wrong(second, what));
    }
    let payload = if let Some(text) = form.text("payload")? {
        Payload::Text(text.to_owned())
    } else if let Some(json) = form.get("json") {
        Payload::Json(json.clone())
    } else if let Some(text) = form.text("base64")? {
        Payload::Base64(text.to_owned())
    } else if let Some(path) = form.text("file")? {
        Payload::File(path.to_owned())
    } else {
        Payload::Empty
    };
    let mut made = Publication {
        topic: form.text("topic")?.map(str::to_owned),
        reply: form.flag("reply")?.unwrap_or_default(),
        payload,
        qos: form.whole("qos", 0, 2)?.unwrap_or_default() as u8,
        retain: form.flag("retain")?.unwrap_or_default(),
        delay: delay(whose, &form)?,
        ..Publication::default()
    };
    if let Some(of) = form.get("properties") {
        properties(
            &mut made,
            whose,
            &Form::of(whose, &form.path("properties"), of, &names(2))?,
        )?;
    }
    Ok(made)
}

fn properties(made: &mut Publication, whose: &str, form: &Form<'_>) -> Result<(), Invalid> {
    let text = |key: &str| Ok(form.text(key)?.map(str::to_owned));
    made.payload_format = form.whole("payload_format_indicator", 0, 1)?.map(|it| it == 1);
    made.message_expiry_secs = form
        .whole("message_expiry_interval", 0, u64::from(u32::MAX))?
        .map(|secs| secs as u32);
    made.content_type = text("content_type")?;
    made.response_topic = text("response_topic")?;
    made.correlation_data = text("correlation_data")?;
    let path = form.path("user_property");
    match form.get("user_property") {
        None => {}
        Some(Json::Object(pairs)) => {
            for (name, value) in pairs {
                let wrong = || {
                    let what = format!("a value is a text, not {}", brief(value));
                    invalid(whose, &format!("{path}.{name}"), what)
                };
                let value = value.as_str().ok_or_else(wrong)?;
                made.user.push((name.clone(), value.to_owned()));
            }
        }
        Some(Json::Array(pairs)) => {
            for (nth, pair) in pairs.iter().enumerate() {
                let pair = Form::of(whose, &format!("{path}[{nth}]"), pair, &["name", "value"])?;
                let of = |key: &str| {
                    let missing = || pair.wrong(key, "a User Property has a name and a value");
                    pair.text(key)?.map(str::to_owned).ok_or_else(missing)
                };
                made.user.push((of("name")?, of("value")?));
            }
        }
        Some(other) => {
            let what = format!("this is an object of names and values, not {}", brief(other));
            return Err(invalid(whose, &path, what));
        }
    }
    Ok(())
}

fn delay(whose: &str, form: &Form<'_>) -> Result<Option<Delay>, Invalid> {
    let millis = |key: &str| form.whole(key, 0, LONGEST_MILLIS);
    match (form.get("delayDistribution"), millis("delay")?, millis("jitter")?) {
        (None, None, None) => Ok(None),
        (None, Some(latency), jitter) => Ok(Some(Delay::Fixed {
            latency,
            jitter: jitter.unwrap_or_default(),
        })),
        (None, None, Some(_)) => {
            Err(form.wrong("jitter", "it is what a delay is more or less by: say delay, too"))
        }
        (Some(drawn), None, None) => {
            let read = Delay::from_distribution(&form.path("delayDistribution"), drawn);
            read.map(Some).map_err(|(path, what)| invalid(whose, &path, what))
        }
        (Some(_), ..) => Err(form.wrong("delay", "a message has a delay or a delayDistribution")),
    }
}
