//! Examples as stubs: what the application sends by a document is published by the broker, until the application is there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::document::{Channel, Document, Message, Operation, Side};
use crate::place::Place;
use crate::place::Told;

/// So many messages does one stub publish.
const MOST_MESSAGES: usize = 16;

/// A stub that was made of examples, and where the first of these stands.
#[derive(Debug)]
pub struct ExampleStub {
    /// An object as a `[[stub]]` of a script is.
    pub stub: Json,
    /// Where the examples stand.
    pub place: Place,
}

impl Document {
    /// A stub for each channel on which the application sends and that has examples, which are published when somebody subscribes
    /// to a topic of it; and for each request that has an example of its answer. They are objects as a `[[stub]]` of a script is.
    ///
    /// # Errors
    /// Examples that break their own schema.
    ///
    /// ```
    /// use broker_contract::Document;
    ///
    /// let text = "\
    /// asyncapi: 3.0.0
    /// channels:
    ///   state:
    ///     address: lamps/{lampId}/state
    ///     parameters: {lampId: {examples: [hall]}}
    ///     messages: {on: {payload: {type: boolean}, examples: [{payload: true}]}}
    /// ";
    /// let document = Document::read("lamps.yaml", &mut |_| Ok(text.to_owned())).unwrap();
    /// let stubs = document.stubs().unwrap();
    /// assert_eq!(stubs[0].stub["publish"][0]["topic"], "lamps/hall/state");
    /// let wrong = Document::read("lamps.yaml", &mut |_| Ok(text.replace("payload: true", "payload: 1"))).unwrap();
    /// assert_eq!(wrong.stubs().unwrap_err()[0].to_string(), "lamps.yaml:6: the example breaks its schema: 1 is not of type \"boolean\" (lamps.yaml:6)");
    /// ```
    pub fn stubs(&self) -> Result<Vec<ExampleStub>, Vec<Told>> {
        let mut stubs = Vec::new();
        let mut wrong = Vec::new();
        // A channel of answers alone has messages for those who ask.
        let operations = self.channels.iter().flat_map(|channel| &channel.operations);
        let replies = operations.filter_map(|operation| operation.reply.as_ref()?.channel.as_deref());
        let answers: BTreeSet<&str> = replies.collect();
        for channel in &self.channels {
            let topic = channel.filled();
            if channel.operations.is_empty() && !answers.contains(channel.name.as_str()) {
                let made = publications(&channel.messages, None, &topic, false, &mut wrong);
                stubs.extend(on_subscribe(channel, None, made));
            }
            for operation in &channel.operations {
                if operation.side == Side::Sends {
                    let made = publications(&operation.messages, Some(operation), &topic, false, &mut wrong);
                    stubs.extend(on_subscribe(channel, Some(operation), made));
                }
                if let (Side::Receives, Some(reply)) = (operation.side, &operation.reply) {
                    let is_it = |channel: &&Channel| Some(&channel.name) == reply.channel.as_ref();
                    let to = self.channels.iter().find(is_it).map(Channel::filled);
                    let made = publications(&reply.messages, None, &to.unwrap_or_default(), true, &mut wrong);
                    stubs.extend(on_request(channel, operation, made));
                }
            }
        }
        wrong.sort();
        wrong.dedup();
        if wrong.is_empty() { Ok(stubs) } else { Err(wrong) }
    }
}

impl Channel {
    /// A topic of it, with a value for each parameter.
    pub(crate) fn filled(&self) -> String {
        let value = |name: &str| {
            let parameter = self.parameters.get(name);
            parameter.and_then(|parameter| parameter.example.clone())
        };
        self.address
            .filled(|name| value(name).unwrap_or_else(|| name.to_owned()))
    }
}

fn called(channel: &Channel, operation: Option<&Operation>) -> String {
    let name = operation.and_then(|operation| operation.name.as_deref());
    format!("example: {}", name.unwrap_or(&channel.name))
}

fn on_subscribe(channel: &Channel, operation: Option<&Operation>, publish: Vec<Json>) -> Option<ExampleStub> {
    if publish.is_empty() {
        return None;
    }
    let when = json!({"event": "subscribed", "filter": {"matches": filters_of(&channel.filled())}});
    Some(ExampleStub {
        stub: json!({"name": called(channel, operation), "when": when, "continue": true, "publish": publish}),
        place: channel.place.clone(),
    })
}

fn on_request(channel: &Channel, operation: &Operation, publish: Vec<Json>) -> Option<ExampleStub> {
    if publish.is_empty() {
        return None;
    }
    let when = json!({"packet": "PUBLISH", "topic": channel.address.filter()});
    Some(ExampleStub {
        stub: json!({
            "name": called(channel, Some(operation)), "when": when, "continue": true, "cycle": true, "publish": publish,
        }),
        place: channel.place.clone(),
    })
}

/// A regular expression for the filters that this topic fits.
fn filters_of(topic: &str) -> String {
    let mut pattern = String::new();
    let levels: Vec<&str> = topic.split('/').collect();
    for (number, level) in levels.iter().enumerate() {
        let slash = if number == 0 { "" } else { "/" };
        let _ = write!(pattern, "(?:{slash}#|{slash}(?:\\+|{})", escaped(level));
    }
    // Below the last level `#` stands for nothing.
    format!("^{pattern}(?:/#)?{}$", ")".repeat(levels.len()))
}

/// A text as a regular expression that finds it.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for one in text.chars() {
        if one.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(one);
    }
    pattern
}

/// The examples of these messages, as they are published.
fn publications(
    messages: &[std::sync::Arc<Message>],
    operation: Option<&Operation>,
    topic: &str,
    is_reply: bool,
    wrong: &mut Vec<Told>,
) -> Vec<Json> {
    let mut made = Vec::new();
    for message in messages {
        for example in &message.examples {
            let flaws = message
                .payload
                .as_ref()
                .map(|schema| schema.flaws(&example.payload));
            if let Some(flaw) = flaws.unwrap_or_default().into_iter().next() {
                let path = if flaw.path.is_empty() {
                    String::new()
                } else {
                    format!("{}: ", flaw.path)
                };
                wrong.push(Told {
                    place: example.place.clone(),
                    what: format!(
                        "the example breaks its schema: {path}{} ({})",
                        flaw.what, flaw.place
                    ),
                });
                continue;
            }
            if made.len() < MOST_MESSAGES {
                made.push(publication(message, &example.payload, operation, topic, is_reply));
            }
        }
    }
    made
}

fn publication(
    message: &Message,
    payload: &Json,
    operation: Option<&Operation>,
    topic: &str,
    is_reply: bool,
) -> Json {
    let mut made = json!({});
    if !topic.is_empty() {
        made["topic"] = literal(topic).into();
    }
    if is_reply {
        made["reply"] = true.into();
    }
    let is_text = message
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with("text/"));
    let text = match payload {
        Json::String(text) if is_text => text.clone(),
        other => other.to_string(),
    };
    made["payload"] = literal(&text).into();
    if let Some(operation) = operation {
        if let Some((qos, _)) = &operation.binding.qos {
            made["qos"] = (*qos).into();
        }
        if let Some((retain, _)) = &operation.binding.retain {
            made["retain"] = (*retain).into();
        }
    }
    if let Some(kind) = &message.content_type {
        made["properties"] = json!({"content_type": kind});
    }
    made
}

/// A template that makes just this text.
fn literal(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match (one, rest.peek()) {
            ('{', Some('{' | '%' | '#')) => made += "{{ '{' }}",
            _ => made.push(one),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_a_topic_fits_are_found() {
        let pattern = regex::Regex::new(&filters_of("a/b.c/d")).unwrap();
        for filter in ["a/b.c/d", "#", "a/#", "+/+/+", "a/b.c/#", "a/b.c/d/#", "a/+/d"] {
            assert!(pattern.is_match(filter), "{filter}");
        }
        for filter in [
            "a",
            "a/b.c",
            "a/bxc/d",
            "+",
            "a/b.c/d/e",
            "x/#",
            "a/b.c/d#",
            "a/b.c/dd",
        ] {
            assert!(!pattern.is_match(filter), "{filter}");
        }
    }
}
