//! A stub that was looked at: its templates are made, and nothing in it contradicts itself.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::Value as Json;

use super::form::invalid;
use super::part::Part;
use super::{Out, Payload, Publication};
use crate::chance::Rng;
use crate::fault::{Delay, Invalid};
use crate::journal::Entry;
use crate::template::{Content, Failed, Feed, Files, Scope, Seen, Template};
use crate::time::Time;
use crate::topic;
use crate::wire::{Packet, QoS};

/// A message that is ready to be made.
#[derive(Debug)]
pub(super) struct Ready {
    topic: Option<Template>,
    reply: bool,
    payload: Body,
    qos: QoS,
    retain: bool,
    payload_format: Option<bool>,
    message_expiry_secs: Option<u32>,
    content_type: Option<Template>,
    response_topic: Option<Template>,
    correlation_data: Option<Template>,
    user: Vec<(String, Template)>,
    pub delay: Option<Delay>,
    /// Where it stands in the stub: `publish[0]`.
    path: String,
}

#[derive(Debug)]
enum Body {
    Text(Template),
    Json(Part),
    Base64(Template),
    File(String),
}

/// What a reply needs of the message that it answers.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub response_topic: Option<String>,
    pub correlation_data: Option<Bytes>,
}

impl Request {
    /// That of a PUBLISH; of anything else there is nothing.
    pub fn of(entry: &Entry) -> Self {
        match entry.packet() {
            Some(Ok(Packet::Publish(publish))) => Self {
                response_topic: publish.properties.response_topic.map(str::to_owned),
                correlation_data: publish.properties.correlation_data.map(Bytes::copy_from_slice),
            },
            _ => Self::default(),
        }
    }
}

/// What making a message draws on.
pub(super) struct Making<'a> {
    pub seen: &'a Seen,
    pub feed: &'a mut Feed,
    pub files: &'a Files,
    pub request: &'a Request,
    pub now: Time,
    pub chance: &'a mut Rng,
}

impl Ready {
    pub fn new(whose: &str, path: String, said: &Publication, scope: &Scope) -> Result<Self, Invalid> {
        let at = |key: &str| format!("{path}.{key}");
        let make = |key: &str, source: &str| {
            Template::new(source, scope).map_err(|error| invalid(whose, &at(key), error.to_string()))
        };
        let maybe =
            |key: &str, source: &Option<String>| source.as_deref().map(|it| make(key, it)).transpose();
        if said.topic.is_none() && !said.reply {
            let what = "a message has a topic: topic = \"…\", or reply = true for the Response Topic of what it answers";
            return Err(invalid(whose, &at("topic"), what));
        }
        let topic = maybe("topic", &said.topic)?;
        if let Some(plain) = topic.as_ref().filter(|topic| topic.is_plain()) {
            topic::validate_name(plain.source()).map_err(|error| invalid(whose, &at("topic"), error.what))?;
        }
        if let Some(what) = said.delay.as_ref().and_then(Delay::wrong) {
            return Err(invalid(whose, &at("delay"), what));
        }
        let qos = QoS::from_bits(said.qos)
            .ok_or_else(|| invalid(whose, &at("qos"), format!("QoS is 0, 1 or 2, not {}", said.qos)))?;
        let payload = match &said.payload {
            Payload::Empty => Body::Text(Template::plain("")),
            Payload::Text(text) => Body::Text(make("payload", text)?),
            Payload::Json(json) => Body::Json(Part::new(whose, &at("json"), json, scope)?),
            Payload::Base64(text) => {
                let template = make("base64", text)?;
                if template.is_plain() {
                    decode(text).map_err(|what| invalid(whose, &at("base64"), what))?;
                }
                Body::Base64(template)
            }
            Payload::File(path) => Body::File(path.clone()),
        };
        let user = said.user.iter().map(|(name, value)| {
            let template = make(&format!("properties.user_property.{name}"), value)?;
            Ok((name.clone(), template))
        });
        Ok(Self {
            reply: said.reply,
            payload,
            qos,
            retain: said.retain,
            payload_format: said.payload_format,
            message_expiry_secs: said.message_expiry_secs,
            content_type: maybe("properties.content_type", &said.content_type)?,
            response_topic: maybe("properties.response_topic", &said.response_topic)?,
            correlation_data: maybe("properties.correlation_data", &said.correlation_data)?,
            user: user.collect::<Result<_, _>>()?,
            delay: said.delay.clone(),
            topic,
            path,
        })
    }

    fn templates(&self) -> Vec<&Template> {
        let mut all: Vec<&Template> = [
            &self.topic,
            &self.content_type,
            &self.response_topic,
            &self.correlation_data,
        ]
        .into_iter()
        .flatten()
        .chain(self.user.iter().map(|(_, value)| value))
        .collect();
        match &self.payload {
            Body::Text(template) | Body::Base64(template) => all.push(template),
            Body::Json(part) => part.templates(&mut all),
            Body::File(_) => {}
        }
        all
    }

    pub fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = self
            .templates()
            .iter()
            .flat_map(|it| it.files().to_vec())
            .collect();
        if let Body::File(path) = &self.payload {
            files.push(path.clone());
        }
        files
    }

    /// Whether a template of it uses this name.
    pub fn uses(&self, name: &str) -> bool {
        self.templates().iter().any(|template| template.uses(name))
    }

    /// Makes the message. An error says where in the stub it is.
    pub fn make(&self, making: &mut Making<'_>) -> Result<Out, String> {
        let at = |key: &str, failed: Failed| format!("{}.{key}: {failed}", self.path);
        let mut text = |key: &str, template: &Template| {
            let made = template.text(making.seen, making.feed, making.now, making.chance);
            made.map_err(|failed| at(key, failed))
        };
        let mut maybe =
            |key: &str, template: &Option<Template>| template.as_ref().map(|it| text(key, it)).transpose();
        let content_type = maybe("properties.content_type", &self.content_type)?;
        let response_topic = maybe("properties.response_topic", &self.response_topic)?;
        let correlation_data = maybe("properties.correlation_data", &self.correlation_data)?.map(Bytes::from);
        let back = making.request.response_topic.clone().filter(|_| self.reply);
        let topic = match (back, maybe("topic", &self.topic)?) {
            (Some(back), _) => back,
            (None, Some(topic)) => topic,
            (None, None) => return Err(format!("{}.reply: the message has no Response Topic", self.path)),
        };
        topic::validate_name(&topic).map_err(|error| {
            let shown = settings::text::cut(&topic, 60);
            format!("{}.topic: {shown:?} is no topic name: {}", self.path, error.what)
        })?;
        let mut user = Vec::new();
        for (name, value) in &self.user {
            user.push((name.clone(), text("properties.user_property", value)?));
        }
        let payload = match &self.payload {
            Body::Text(template) => text("payload", template)?.into(),
            Body::Base64(template) => {
                let text = text("base64", template)?;
                decode(&text)
                    .map_err(|what| format!("{}.base64: {what}", self.path))?
                    .into()
            }
            Body::Json(part) => part
                .make(making)
                .map_err(|failed| at("json", failed))?
                .to_string()
                .into(),
            Body::File(name) => match making.files.content(name) {
                Some(Content::Text(text)) => text.clone().into(),
                Some(Content::Bytes(bytes)) => bytes.clone(),
                Some(Content::Items(items)) => Json::from(items.clone()).to_string().into(),
                None => return Err(format!("{}.file: {name:?} was not handed in", self.path)),
            },
        };
        let data = making.request.correlation_data.clone().filter(|_| self.reply);
        Ok(Out {
            stub: Arc::from(""),
            client_id: Arc::from(""),
            topic,
            payload,
            qos: self.qos,
            retain: self.retain,
            payload_format: self.payload_format,
            message_expiry_secs: self.message_expiry_secs,
            content_type,
            response_topic,
            // MQTT5-4.10: what answers a request sends its Correlation Data back.
            correlation_data: correlation_data.or(data),
            user,
        })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|error| format!("this is not Base64: {error}"))
}
