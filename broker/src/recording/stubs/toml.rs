//! Stubs as the text of a TOML file.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::find::{Answer, Answers, Found, Series};
use crate::recording::message::Message;
use crate::recording::read::Recording;

pub(super) fn text(recording: &Recording, found: &Found<'_>) -> String {
    let mut text = String::from("# Stubs made of a recording by `broker stubs`");
    let head = &recording.head;
    if !head.time.is_empty() {
        let _ = write!(text, ", recorded at {}", head.time.replace(char::is_control, " "));
    }
    text.push_str(
        ". Payloads are as they were recorded;\n# `{{ … }}` makes them of the question: see docs/STUBS.md.\n",
    );
    let mut names = Vec::new();
    for answers in &found.answers {
        let name = name(&mut names, answers.client_id, answers.topic);
        answer(&mut text, &name, answers);
    }
    for series in &found.series {
        let name = name(&mut names, series.client_id, series.topic);
        every(&mut text, &name, series);
    }
    text
}

/// A name that no stub has yet.
fn name(names: &mut Vec<String>, client_id: &str, topic: &str) -> String {
    let plain = format!("{client_id}: {topic}");
    let mut name = plain.clone();
    let mut number = 1;
    while names.contains(&name) {
        number += 1;
        name = format!("{plain} ({number})");
    }
    names.push(name.clone());
    name
}

fn answer(text: &mut String, name: &str, answers: &Answers<'_>) {
    let topic = quoted(answers.topic);
    let payload = match answers.payload {
        None => String::new(),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(payload) => format!(", payload = {}", quoted(payload)),
            Err(_) => format!(
                ", payload = {{ base64 = {} }}",
                quoted(&BASE64_STANDARD.encode(bytes))
            ),
        },
    };
    let _ = write!(
        text,
        "\n[[stub]]\nname = {}\nwhen = {{ packet = \"PUBLISH\", topic = {topic}{payload} }}\n",
        quoted(name)
    );
    let of = |Answer { message, delay }: &Answer<'_>| publication(message, answers.is_reply, *delay);
    publish(text, answers.all.iter().map(of).collect());
}

fn every(text: &mut String, name: &str, series: &Series<'_>) {
    let secs = (series.every.as_secs_f64() * 1_000.0).round() / 1_000.0;
    let _ = write!(text, "\n[[stub]]\nname = {}\nevery_secs = {secs}\n", quoted(name));
    let of = |message: &&Message| publication(message, false, Duration::ZERO);
    publish(text, series.messages.iter().map(of).collect());
}

/// The messages, one after the other where there are several.
fn publish(text: &mut String, messages: Vec<String>) {
    match &messages[..] {
        [one] => {
            let _ = writeln!(text, "publish = {one}");
        }
        all => {
            text.push_str("cycle = true\npublish = [\n");
            for one in all {
                let _ = writeln!(text, "  {one},");
            }
            text.push_str("]\n");
        }
    }
}

fn publication(message: &Message, is_reply: bool, delay: Duration) -> String {
    let mut fields = Vec::new();
    if is_reply {
        fields.push("reply = true".to_owned());
    } else {
        fields.push(format!("topic = {}", template(&message.topic)));
    }
    if let Ok(payload) = std::str::from_utf8(&message.payload)
        && !is_template(payload)
    {
        if !payload.is_empty() {
            fields.push(format!("payload = {}", quoted(payload)));
        }
    } else {
        fields.push(format!(
            "base64 = {}",
            quoted(&BASE64_STANDARD.encode(&message.payload))
        ));
    }
    if message.qos.bits() > 0 {
        fields.push(format!("qos = {}", message.qos));
    }
    if message.retain {
        fields.push("retain = true".to_owned());
    }
    let properties = properties(message);
    if !properties.is_empty() {
        fields.push(format!("properties = {{ {} }}", properties.join(", ")));
    }
    let millis = delay.as_millis();
    if millis > 0 {
        fields.push(format!("delay = {millis}"));
    }
    format!("{{ {} }}", fields.join(", "))
}

fn properties(message: &Message) -> Vec<String> {
    let recorded = &message.properties;
    let mut fields = Vec::new();
    if let Some(format) = recorded.payload_format_indicator {
        fields.push(format!("payload_format_indicator = {format}"));
    }
    if let Some(secs) = recorded.message_expiry_interval_secs {
        fields.push(format!("message_expiry_interval = {secs}"));
    }
    if let Some(content_type) = &recorded.content_type {
        fields.push(format!("content_type = {}", template(content_type)));
    }
    if let Some(topic) = &recorded.response_topic {
        fields.push(format!("response_topic = {}", template(topic)));
    }
    let user = recorded.user_properties.iter();
    let user: Vec<String> = user
        .map(|(name, value)| format!("{{ name = {}, value = {} }}", quoted(name), template(value)))
        .collect();
    if !user.is_empty() {
        fields.push(format!("user_property = [{}]", user.join(", ")));
    }
    fields
}

/// Whether a text would be taken for a template.
fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|begins| text.contains(begins))
}

/// A text where a template is expected: it says itself.
fn template(text: &str) -> String {
    if is_template(text) {
        quoted(&format!("{{{{ {} }}}}", serde_json::Value::from(text)))
    } else {
        quoted(text)
    }
}

/// A string of TOML. JSON's strings are such, but for one character.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7F}', "\\u007F")
}
