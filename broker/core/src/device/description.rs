//! [`Device`]: what a simulated client does, or a group of them.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use settings::{MqttVersion, Secret};

use super::{DeviceAnswer, DeviceWill, Every, Stage, Telemetry};

/// What a simulated client does, or a group of them. The keys of a file are named as the fields are.
///
/// ```
/// use broker_core::device::{Device, DeviceAnswer, DeviceWill, Every, Say};
///
/// let lamps = Device::new("lamp")
///     .count(500)
///     .client_id("lamp-{{ n }}")
///     .will(DeviceWill::new("lamp/{{ n }}/state", "lost"))
///     .telemetry("lamp/{{ n }}/temp", Every::secs(5), "{{ (20 + 5 * sin(t / 3600)) | round(2) }}")
///     .answers(DeviceAnswer::to("lamp/{{ n }}/set").with(Say::new("lamp/{{ n }}/state", "{{ message.payload }}")));
/// # let _ = lamps;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub(super) name: String,
    /// How many there are.
    #[serde(default = "one")]
    pub(super) count: u32,
    /// The client identifier, a template. Without one: the name, and in a group the number behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<String>,
    /// The listener that it comes to, where rules and rights differ by listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listener: Option<String>,
    /// User Name, a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(default, skip_serializing)]
    pub(super) password: Option<Secret>,
    #[serde(default = "newest")]
    pub(super) version: MqttVersion,
    #[serde(default = "minute")]
    pub(super) keep_alive_secs: u16,
    /// Of the first connection. Later ones resume the session, if it lives on.
    #[serde(default = "yes")]
    pub(super) clean_start: bool,
    #[serde(default)]
    pub(super) session_expiry_secs: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) will: Option<DeviceWill>,
    #[serde(default, deserialize_with = "super::form::one_or_many")]
    pub(super) telemetry: Vec<Telemetry>,
    #[serde(default, deserialize_with = "super::form::one_or_many")]
    pub(super) answer: Vec<DeviceAnswer>,
    /// Its life. Without one it connects at once, and stays.
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
    /// Whether it comes back by itself when its connection is lost.
    #[serde(default = "yes")]
    pub(super) reconnect: bool,
    /// After how many seconds it comes back. Each time that it is not let in doubles them.
    #[serde(default = "second")]
    pub(super) reconnect_secs: f64,
    /// But not above this.
    #[serde(default = "a_minute")]
    pub(super) reconnect_max_secs: f64,
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn newest() -> MqttVersion {
    MqttVersion::V5
}

fn minute() -> u16 {
    60
}

fn second() -> f64 {
    1.0
}

fn a_minute() -> f64 {
    60.0
}

impl Device {
    /// A device of this name, which connects and stays connected.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            count: one(),
            client_id: None,
            listener: None,
            user: None,
            password: None,
            version: newest(),
            keep_alive_secs: minute(),
            clean_start: true,
            session_expiry_secs: 0,
            will: None,
            telemetry: Vec::new(),
            answer: Vec::new(),
            stages: Vec::new(),
            reconnect: true,
            reconnect_secs: second(),
            reconnect_max_secs: a_minute(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many clients it is.
    pub fn clients(&self) -> u32 {
        self.count
    }

    /// A group of so many.
    #[must_use]
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// The client identifier, a template: `lamp-{{ n }}`.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// It comes to the listener of this name.
    #[must_use]
    pub fn listener(mut self, listener: impl Into<String>) -> Self {
        self.listener = Some(listener.into());
        self
    }

    /// User Name, a template, and password.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.user = Some(user.into());
        self.password = Some(password.into());
        self
    }

    /// The version of MQTT; 5.0 unless this sets it.
    #[must_use]
    pub fn version(mut self, version: MqttVersion) -> Self {
        self.version = version;
        self
    }

    /// Keep Alive; 60 seconds unless this sets it, and 0 = none.
    #[must_use]
    pub fn keep_alive_secs(mut self, secs: u16) -> Self {
        self.keep_alive_secs = secs;
        self
    }

    /// Its session outlives its connection for so long. With a 3.x version: the session is no clean one.
    #[must_use]
    pub fn session_expiry_secs(mut self, secs: u32) -> Self {
        self.session_expiry_secs = secs;
        self
    }

    /// Whether its first connection begins a new session: Clean Start, Clean Session. So it does unless this says no.
    #[must_use]
    pub fn clean_start(mut self, clean: bool) -> Self {
        self.clean_start = clean;
        self
    }

    /// Its will.
    #[must_use]
    pub fn will(mut self, will: DeviceWill) -> Self {
        self.will = Some(will);
        self
    }

    /// It publishes this payload to this topic, at QoS 0. Both are templates.
    #[must_use]
    pub fn telemetry(self, topic: impl Into<String>, every: Every, payload: impl Into<Json>) -> Self {
        self.publishes(Telemetry::new(topic, every, payload))
    }

    /// It publishes this.
    #[must_use]
    pub fn publishes(mut self, telemetry: Telemetry) -> Self {
        self.telemetry.push(telemetry);
        self
    }

    /// It subscribes to this topic filter, and answers what comes.
    #[must_use]
    pub fn answers(mut self, answer: DeviceAnswer) -> Self {
        self.answer.push(answer);
        self
    }

    /// Its life, one stage after the other.
    #[must_use]
    pub fn stages(mut self, stages: impl IntoIterator<Item = Stage>) -> Self {
        self.stages.extend(stages);
        self
    }

    /// After how many seconds it comes back when its connection is lost. Each time that it is not let in doubles them, up to
    /// `max`.
    #[must_use]
    pub fn reconnect_secs(mut self, secs: f64, max: f64) -> Self {
        self.reconnect_secs = secs;
        self.reconnect_max_secs = max;
        self
    }

    /// It does not come back by itself when its connection is lost.
    #[must_use]
    pub fn stays_away(mut self) -> Self {
        self.reconnect = false;
        self
    }

    /// The names of the files that it reads, for rows and in its templates: somebody has to hand them in.
    pub fn files(&self) -> Vec<String> {
        let rows = self.telemetry.iter().filter(|telemetry| telemetry.read.is_none());
        let mut files: Vec<String> = rows.filter_map(|telemetry| telemetry.rows.clone()).collect();
        // What is no template is told when the device is added.
        let scope = super::compiled::scope()
            .with("row")
            .with("previous")
            .with_message();
        let telemetry = self
            .telemetry
            .iter()
            .filter_map(|telemetry| telemetry.payload.as_ref());
        let says = self.answer.iter().flat_map(|answer| &answer.publish);
        for payload in telemetry.chain(says.map(|say| &say.payload)) {
            if let Ok(text) = super::compiled::Text::payload(payload, &scope) {
                text.files(&mut files);
            }
        }
        files
    }
}
