//! [`Plan`]: a device that can work, with its templates looked at.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use settings::MqttVersion;

use super::client::{Client, qos};
use super::compiled::{self, Context, Text};
use super::{Device, DeviceAnswer, Stage, Telemetry};
use crate::fault::Invalid;
use crate::template::{Content, Failed, Feed, Files, Scope};
use crate::time::Time;
use crate::topic;
use crate::wire::{QoS, Version};

/// How many clients one device may be.
pub(super) const MOST_CLIENTS: u32 = 100_000;
/// The longest time that a device may name, in seconds: a hundred years.
const MOST_SECS: f64 = 3.2e9;

/// A device that can work.
#[derive(Debug)]
pub(super) struct Plan {
    pub device: Device,
    pub version: Version,
    pub client_id: Text,
    pub user: Option<Text>,
    /// Topic and payload.
    pub will: Option<(Text, Text)>,
    pub telemetry: Vec<PlannedTelemetry>,
    pub answers: Vec<PlannedAnswer>,
}

#[derive(Debug)]
pub(super) struct PlannedTelemetry {
    pub topic: Text,
    pub payload: Text,
    pub every: (Duration, Duration),
    pub qos: QoS,
    pub rows: Option<Arc<[Json]>>,
    pub uses_previous: bool,
}

#[derive(Debug)]
pub(super) struct PlannedAnswer {
    pub to: Text,
    pub publish: Vec<PlannedSay>,
}

#[derive(Debug)]
pub(super) struct PlannedSay {
    pub topic: Text,
    pub payload: Text,
    pub qos: QoS,
    pub retain: bool,
}

impl PlannedAnswer {
    /// The filter of this client.
    pub fn to_of(&self, client: &mut Client, now: Time, feed: &mut Feed) -> Result<String, Failed> {
        match &self.to {
            Text::Fixed(text) => Ok(String::from_utf8_lossy(text).into_owned()),
            to => client.fill(now, feed, |context: &mut Context<'_>| to.text(context)),
        }
    }
}

/// Where something is wrong: the device, and the path in it.
struct Place<'a>(&'a str);

impl Place<'_> {
    fn wrong(&self, path: &str, what: impl Into<String>) -> Invalid {
        let device = format!("device {:?}", self.0);
        let place = match path {
            "" => device,
            path => format!("{device}: {path}"),
        };
        Invalid {
            place,
            what: what.into(),
        }
    }

    fn text(&self, path: &str, source: &str, scope: &Scope) -> Result<Text, Invalid> {
        Text::new(source, scope).map_err(|error| self.wrong(path, error.to_string()))
    }

    /// A topic, which a text without templates must be already.
    fn topic(&self, path: &str, source: &str, scope: &Scope) -> Result<Text, Invalid> {
        let text = self.text(path, source, scope)?;
        if matches!(text, Text::Fixed(_))
            && let Err(error) = topic::validate_name(source)
        {
            return Err(self.wrong(path, format!("{source:?} is no topic name: {error}")));
        }
        Ok(text)
    }

    fn payload(&self, path: &str, payload: &Json, scope: &Scope) -> Result<Text, Invalid> {
        let wrong = |(place, error): (String, crate::template::Invalid)| {
            self.wrong(&format!("{path}{place}"), error.to_string())
        };
        Text::payload(payload, scope).map_err(wrong)
    }

    fn qos(&self, path: &str, bits: u8) -> Result<QoS, Invalid> {
        match bits {
            0..=2 => Ok(qos(bits)),
            _ => Err(self.wrong(path, format!("{bits} is no QoS: it is 0, 1 or 2"))),
        }
    }

    fn secs(&self, path: &str, secs: f64, least: f64) -> Result<Duration, Invalid> {
        let what = || {
            let least = if least > 0.0 {
                format!("at least {least}")
            } else {
                "0 or more".to_owned()
            };
            format!("{secs} seconds cannot be: {least}, and at most {MOST_SECS}")
        };
        let fits = secs >= least && secs <= MOST_SECS;
        if fits {
            Ok(Duration::from_secs_f64(secs))
        } else {
            Err(self.wrong(path, what()))
        }
    }
}

impl Device {
    /// Whether it can work, with these files.
    ///
    /// ```
    /// use broker_core::device::Device;
    /// use broker_core::template::Files;
    ///
    /// let error = Device::new("lamp").count(0).check(&Files::default()).unwrap_err();
    /// assert_eq!(error.to_string(), r#"device "lamp": count: 0 clients cannot be: 1 to 100000"#);
    /// ```
    ///
    /// # Errors
    /// It cannot: the error says where and why, and what would be right.
    pub fn check(&self, files: &Files) -> Result<(), Invalid> {
        Plan::new(self.clone(), files).map(drop)
    }
}

impl Plan {
    /// Looks at a device. What it reads from files has to be among `files`.
    pub fn new(device: Device, files: &Files) -> Result<Self, Invalid> {
        let name = device.name.clone();
        let place = Place(&name);
        let scope = compiled::scope();
        if name.is_empty() {
            return Err(place.wrong("name", "a device needs a name"));
        }
        if !(1..=MOST_CLIENTS).contains(&device.count) {
            let what = format!("{} clients cannot be: 1 to {MOST_CLIENTS}", device.count);
            return Err(place.wrong("count", what));
        }
        let client_id = match &device.client_id {
            Some(client_id) => client_id.clone(),
            None if device.count == 1 => name.clone(),
            None => format!("{name}-{{{{ n }}}}"),
        };
        let client_id = place.text("client_id", &client_id, &scope)?;
        if device.count > 1 && matches!(client_id, Text::Fixed(_)) {
            let what = "all clients of the group would have it, and each would throw out the one before; put {{ n }} into it";
            return Err(place.wrong("client_id", what));
        }
        let user = device
            .user
            .as_ref()
            .map(|user| place.text("user", user, &scope))
            .transpose()?;
        if device.password.is_some() && user.is_none() && device.version != MqttVersion::V5 {
            return Err(place.wrong(
                "password",
                "only MQTT 5.0 lets a password come without a user name; give `user`, too",
            ));
        }
        let will = match &device.will {
            Some(will) => {
                place.qos("will.qos", will.qos)?;
                let topic = place.topic("will.topic", &will.topic, &scope)?;
                Some((topic, place.payload("will.payload", &will.payload, &scope)?))
            }
            None => None,
        };
        let telemetry = device.telemetry.iter().enumerate();
        let telemetry = telemetry
            .map(|(at, telemetry)| place.telemetry(at, telemetry, &scope, files))
            .collect::<Result<_, _>>()?;
        let answers = device.answer.iter().enumerate();
        let answers = answers
            .map(|(at, answer)| place.answer(at, answer, &scope))
            .collect::<Result<_, _>>()?;
        place.life(&device)?;
        let version = match device.version {
            MqttVersion::V31 => Version::V31,
            MqttVersion::V311 => Version::V311,
            _ => Version::V5,
        };
        Ok(Self {
            device,
            version,
            client_id,
            user,
            will,
            telemetry,
            answers,
        })
    }
}

impl Place<'_> {
    fn life(&self, device: &Device) -> Result<(), Invalid> {
        self.secs("reconnect_secs", device.reconnect_secs, 0.001)?;
        self.secs("reconnect_max_secs", device.reconnect_max_secs, 0.001)?;
        for (at, stage) in device.stages.iter().enumerate() {
            let (key, secs) = stage.secs();
            self.secs(&format!("stages[{at}].{key}"), secs, 0.0)?;
        }
        let connects = |stage: &Stage| matches!(stage, Stage::Connect { .. } | Stage::Storm { .. });
        if !device.stages.is_empty() && !device.stages.iter().any(connects) {
            return Err(self.wrong(
                "stages",
                "no stage connects; the first is usually { connect_secs = 0 }",
            ));
        }
        Ok(())
    }

    fn telemetry(
        &self,
        at: usize,
        telemetry: &Telemetry,
        scope: &Scope,
        files: &Files,
    ) -> Result<PlannedTelemetry, Invalid> {
        let path = |key: &str| format!("telemetry[{at}].{key}");
        let rows = match (&telemetry.read, &telemetry.rows) {
            (Some(read), _) => Some(read.clone()),
            (None, Some(file)) => Some(self.rows(&path("rows"), file, files)?),
            (None, None) => None,
        };
        if rows.as_ref().is_some_and(|rows| rows.is_empty()) {
            return Err(self.wrong(&path("rows"), "there is no row"));
        }
        let mut scope = scope.clone();
        if rows.is_some() {
            scope = scope.with("row");
        }
        if telemetry.initial.is_some() {
            scope = scope.with("previous");
        }
        let payload = match (&telemetry.payload, &rows) {
            (Some(payload), _) => payload.clone(),
            (None, Some(_)) => Json::from("{{ row | tojson }}"),
            (None, None) => return Err(self.wrong(&path("payload"), "telemetry needs a payload, or rows")),
        };
        let payload = self
            .payload(&path("payload"), &payload, &scope)
            .map_err(|mut wrong| {
                if telemetry.initial.is_none() && wrong.what.contains("\"previous\"") {
                    wrong
                        .what
                        .push_str("; with `initial`, the value of the first time, there is `previous`");
                }
                wrong
            })?;
        Ok(PlannedTelemetry {
            topic: self.topic(&path("topic"), &telemetry.topic, &scope)?,
            uses_previous: payload.uses("previous"),
            payload,
            every: (
                self.secs(&path("every_secs"), telemetry.every_secs, 0.001)?,
                self.secs(&path("jitter_secs"), telemetry.jitter_secs, 0.0)?,
            ),
            qos: self.qos(&path("qos"), telemetry.qos)?,
            rows,
        })
    }

    fn rows(&self, path: &str, file: &str, files: &Files) -> Result<Arc<[Json]>, Invalid> {
        match files.content(file) {
            Some(Content::Items(rows)) => Ok(rows.as_slice().into()),
            Some(Content::Text(text)) => {
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                Ok(lines.map(|line| json!({ "line": line })).collect())
            }
            Some(_) => Err(self.wrong(
                path,
                format!("{file:?} holds no rows: it takes CSV, JSON lines or a text"),
            )),
            None => Err(self.wrong(path, format!("the file {file:?} was not read"))),
        }
    }

    fn answer(&self, at: usize, answer: &DeviceAnswer, scope: &Scope) -> Result<PlannedAnswer, Invalid> {
        let path = format!("answer[{at}].to");
        let to = self.text(&path, &answer.to, scope)?;
        if matches!(to, Text::Fixed(_))
            && let Err(error) = topic::validate_filter(&answer.to)
        {
            return Err(self.wrong(&path, format!("{:?} is no topic filter: {error}", answer.to)));
        }
        self.qos(&format!("answer[{at}].qos"), answer.qos)?;
        let scope = scope.clone().with_message();
        let publish = answer.publish.iter().enumerate();
        let publish = publish.map(|(nth, say)| {
            let path = |key: &str| format!("answer[{at}].publish[{nth}].{key}");
            Ok(PlannedSay {
                topic: self.topic(&path("topic"), &say.topic, &scope)?,
                payload: self.payload(&path("payload"), &say.payload, &scope)?,
                qos: self.qos(&path("qos"), say.qos)?,
                retain: say.retain,
            })
        });
        Ok(PlannedAnswer {
            to,
            publish: publish.collect::<Result<_, _>>()?,
        })
    }
}
