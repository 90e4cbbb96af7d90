//! [`Telemetry`]: what a device publishes by itself, and when.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How often something happens.
///
/// ```
/// use std::time::Duration;
/// use broker_core::device::Every;
///
/// assert_eq!(Every::secs(5), Every::millis(5_000));
/// let loosely = Every::minutes(1).jitter(Duration::from_secs(10)); // up to ten seconds later, by chance
/// # let _ = loosely;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Every {
    pub(super) interval: Duration,
    pub(super) jitter: Duration,
}

impl Every {
    /// Every so many seconds.
    pub const fn secs(secs: u64) -> Self {
        Self::duration(Duration::from_secs(secs))
    }

    /// Every so many milliseconds.
    pub const fn millis(millis: u64) -> Self {
        Self::duration(Duration::from_millis(millis))
    }

    /// Every so many minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::secs(minutes * 60)
    }

    /// Whenever this has passed.
    pub const fn duration(interval: Duration) -> Self {
        let jitter = Duration::ZERO;
        Self { interval, jitter }
    }

    /// Each time late by up to this, by chance. The next time does not move with it.
    #[must_use]
    pub const fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }
}

/// What a device publishes by itself, and when: the first time as soon as it is connected, and then on a grid of its own, whatever
/// happens to its connection. Nothing is published, and nothing is made up for, while it is not connected.
///
/// The payload is a template, or JSON with templates in it. It sees `t` (seconds since the device was added), `n` (its number in
/// its group, from 1), `count`, `client.id`, `row` where there are rows, and `previous`, the last payload, where there is an
/// `initial` one.
///
/// ```
/// use broker_core::device::{Device, Every, Telemetry};
///
/// let walk = Telemetry::new("lamp/{{ n }}/temp", Every::secs(5), "{{ (previous + random_normal(0, 0.1)) | round(2) }}")
///     .initial(20.0)
///     .qos(1)
///     .retained();
/// let lamp = Device::new("lamp").publishes(walk);
/// # let _ = lamp;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    pub(super) topic: String,
    /// `None`: the row itself, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<Json>,
    pub(super) every_secs: f64,
    #[serde(default)]
    pub(super) jitter_secs: f64,
    #[serde(default)]
    pub(super) qos: u8,
    #[serde(default)]
    pub(super) retain: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) initial: Option<Json>,
    /// The name of a file of rows: CSV, or JSON lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<String>,
    /// The rows are published once. Otherwise behind the last one the first one comes again.
    #[serde(default)]
    pub(super) once: bool,
    /// The rows, as somebody has read them.
    #[serde(skip)]
    pub(super) read: Option<Arc<[Json]>>,
}

impl Telemetry {
    /// Publishes this payload to this topic. Both are templates.
    pub fn new(topic: impl Into<String>, every: Every, payload: impl Into<Json>) -> Self {
        Self {
            payload: Some(payload.into()),
            ..Self::of_rows(topic, every, [])
        }
    }

    /// Publishes these rows one after the other, as JSON. [`payload`](Self::payload) makes something else of each.
    pub fn of_rows(topic: impl Into<String>, every: Every, rows: impl IntoIterator<Item = Json>) -> Self {
        let rows: Vec<Json> = rows.into_iter().collect();
        Self {
            topic: topic.into(),
            payload: None,
            every_secs: every.interval.as_secs_f64(),
            jitter_secs: every.jitter.as_secs_f64(),
            qos: 0,
            retain: false,
            initial: None,
            rows: None,
            once: false,
            read: (!rows.is_empty()).then(|| rows.into()),
        }
    }

    /// The payload: a template, or JSON with templates in it.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Json>) -> Self {
        self.payload = Some(payload.into());
        self
    }

    /// The rows that `row` stands for, one after the other.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Json>) -> Self {
        self.read = Some(rows.into_iter().collect());
        self
    }

    /// Each row is published once. Otherwise behind the last one the first one comes again.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// What `previous` is the first time.
    #[must_use]
    pub fn initial(mut self, initial: impl Into<Json>) -> Self {
        self.initial = Some(initial.into());
        self
    }

    /// At this QoS.
    #[must_use]
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// With RETAIN.
    #[must_use]
    pub fn retained(mut self) -> Self {
        self.retain = true;
        self
    }
}
