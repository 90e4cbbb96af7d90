//! [`Plan`]: a device that can work, with its templates looked at.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use settings::MqttVersion;

use super::client::{Client, qos};
use super::compiled::{self, Context, Text};
use super::{Device, DeviceAnswer, Stage, Telemetry};
use crate::fault::{Invalid, known_listener};
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
        self.check_all(files).map_err(|mut all| all.swap_remove(0))
    }

    /// The same, with all that is wrong and not only the first of it; there is at least one.
    ///
    /// # Errors
    /// It cannot work: each error says where and why, and what would be right.
    pub fn check_all(&self, files: &Files) -> Result<(), Vec<Invalid>> {
        Plan::new(self.clone(), files).map(drop)
    }

    /// Whether the listener that it names is one of these.
    ///
    /// # Errors
    /// It is not: the error has the nearest.
    pub fn check_listener(&self, listeners: &[&str]) -> Result<(), Invalid> {
        let wrong = |what| Place(&self.name).wrong("listener", what);
        known_listener(self.listener.as_deref(), listeners).map_err(wrong)
    }
}

impl Plan {
    /// Looks at a device. What it reads from files has to be among `files`. The error has all that is wrong.
    pub fn new(device: Device, files: &Files) -> Result<Self, Vec<Invalid>> {
        let mut wrongs = Vec::new();
        match Self::noting(device, files, &mut wrongs) {
            Some(plan) if wrongs.is_empty() => Ok(plan),
            _ => Err(wrongs),
        }
    }

    /// The plan, but for what goes to the list; `None` only where something does.
    fn noting(device: Device, files: &Files, wrongs: &mut Vec<Invalid>) -> Option<Self> {
        let name = device.name.clone();
        let place = Place(&name);
        let scope = compiled::scope();
        if name.is_empty() {
            wrongs.push(place.wrong("name", "a device needs a name"));
        }
        if !(1..=MOST_CLIENTS).contains(&device.count) {
            let what = format!("{} clients cannot be: 1 to {MOST_CLIENTS}", device.count);
            wrongs.push(place.wrong("count", what));
        }
        let client_id = match &device.client_id {
            Some(client_id) => client_id.clone(),
            None if device.count == 1 => name.clone(),
            None => format!("{name}-{{{{ n }}}}"),
        };
        let client_id = noted(place.text("client_id", &client_id, &scope), wrongs);
        if device.count > 1 && matches!(client_id, Some(Text::Fixed(_))) {
            let what = "all clients of the group would have it, and each would throw out the one before; put {{ n }} into it";
            wrongs.push(place.wrong("client_id", what));
        }
        let user = device.user.as_ref();
        let user = user.and_then(|user| noted(place.text("user", user, &scope), wrongs));
        if device.password.is_some() && device.user.is_none() && device.version != MqttVersion::V5 {
            wrongs.push(place.wrong(
                "password",
                "only MQTT 5.0 lets a password come without a user name; give `user`, too",
            ));
        }
        let will = device.will.as_ref().and_then(|will| {
            noted(place.qos("will.qos", will.qos), wrongs);
            let topic = noted(place.topic("will.topic", &will.topic, &scope), wrongs);
            let payload = noted(place.payload("will.payload", &will.payload, &scope), wrongs);
            topic.zip(payload)
        });
        let telemetry = device.telemetry.iter().enumerate();
        let telemetry = telemetry
            .filter_map(|(at, telemetry)| place.telemetry(at, telemetry, (&scope, files), wrongs))
            .collect();
        let answers = device.answer.iter().enumerate();
        let answers = answers
            .filter_map(|(at, answer)| place.answer(at, answer, &scope, wrongs))
            .collect();
        place.life(&device, wrongs);
        let version = match device.version {
            MqttVersion::V31 => Version::V31,
            MqttVersion::V311 => Version::V311,
            _ => Version::V5,
        };
        Some(Self {
            device,
            version,
            client_id: client_id?,
            user,
            will,
            telemetry,
            answers,
        })
    }
}

/// What was found; what is wrong goes to the list.
fn noted<T>(found: Result<T, Invalid>, wrongs: &mut Vec<Invalid>) -> Option<T> {
    found.map_err(|wrong| wrongs.push(wrong)).ok()
}

impl Place<'_> {
    fn life(&self, device: &Device, wrongs: &mut Vec<Invalid>) {
        for (key, secs) in [
            ("reconnect_secs", device.reconnect_secs),
            ("reconnect_max_secs", device.reconnect_max_secs),
        ] {
            noted(self.secs(key, secs, 0.001), wrongs);
        }
        for (at, stage) in device.stages.iter().enumerate() {
            let (key, secs) = stage.secs();
            noted(self.secs(&format!("stages[{at}].{key}"), secs, 0.0), wrongs);
        }
        let connects = |stage: &Stage| matches!(stage, Stage::Connect { .. } | Stage::Storm { .. });
        if !device.stages.is_empty() && !device.stages.iter().any(connects) {
            wrongs.push(self.wrong(
                "stages",
                "no stage connects; the first is usually { connect_secs = 0 }",
            ));
        }
    }

    fn telemetry(
        &self,
        at: usize,
        telemetry: &Telemetry,
        (scope, files): (&Scope, &Files),
        wrongs: &mut Vec<Invalid>,
    ) -> Option<PlannedTelemetry> {
        let path = |key: &str| format!("telemetry[{at}].{key}");
        let rows = match (&telemetry.read, &telemetry.rows) {
            (Some(read), _) => Some(read.clone()),
            (None, Some(file)) => noted(self.rows(&path("rows"), file, files), wrongs),
            (None, None) => None,
        };
        let has_rows = telemetry.read.is_some() || telemetry.rows.is_some();
        if rows.as_ref().is_some_and(|rows| rows.is_empty()) {
            wrongs.push(self.wrong(&path("rows"), "there is no row"));
        }
        let mut scope = scope.clone();
        if has_rows {
            scope = scope.with("row");
        }
        if telemetry.initial.is_some() {
            scope = scope.with("previous");
        }
        let payload = match &telemetry.payload {
            Some(payload) => Ok(payload.clone()),
            None if has_rows => Ok(Json::from("{{ row | tojson }}")),
            None => Err(self.wrong(&path("payload"), "telemetry needs a payload, or rows")),
        };
        let payload = payload
            .and_then(|payload| self.payload(&path("payload"), &payload, &scope))
            .map_err(|mut wrong| {
                if telemetry.initial.is_none() && wrong.what.contains("\"previous\"") {
                    wrong
                        .what
                        .push_str("; with `initial`, the value of the first time, there is `previous`");
                }
                wrong
            });
        let payload = noted(payload, wrongs);
        let topic = noted(self.topic(&path("topic"), &telemetry.topic, &scope), wrongs);
        let every = noted(
            self.secs(&path("every_secs"), telemetry.every_secs, 0.001),
            wrongs,
        );
        let jitter = noted(
            self.secs(&path("jitter_secs"), telemetry.jitter_secs, 0.0),
            wrongs,
        );
        let qos = noted(self.qos(&path("qos"), telemetry.qos), wrongs);
        let payload = payload?;
        Some(PlannedTelemetry {
            topic: topic?,
            uses_previous: payload.uses("previous"),
            payload,
            every: (every?, jitter?),
            qos: qos?,
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

    fn answer(
        &self,
        at: usize,
        answer: &DeviceAnswer,
        scope: &Scope,
        wrongs: &mut Vec<Invalid>,
    ) -> Option<PlannedAnswer> {
        let path = format!("answer[{at}].to");
        let to = noted(self.text(&path, &answer.to, scope), wrongs);
        if matches!(to, Some(Text::Fixed(_)))
            && let Err(error) = topic::validate_filter(&answer.to)
        {
            wrongs.push(self.wrong(&path, format!("{:?} is no topic filter: {error}", answer.to)));
        }
        noted(self.qos(&format!("answer[{at}].qos"), answer.qos), wrongs);
        let scope = scope.clone().with_message();
        let publish = answer.publish.iter().enumerate();
        let publish = publish.filter_map(|(nth, say)| {
            let path = |key: &str| format!("answer[{at}].publish[{nth}].{key}");
            let topic = noted(self.topic(&path("topic"), &say.topic, &scope), wrongs);
            let payload = noted(self.payload(&path("payload"), &say.payload, &scope), wrongs);
            let qos = noted(self.qos(&path("qos"), say.qos), wrongs);
            Some(PlannedSay {
                topic: topic?,
                payload: payload?,
                qos: qos?,
                retain: say.retain,
            })
        });
        let publish = publish.collect();
        Some(PlannedAnswer { to: to?, publish })
    }
}
