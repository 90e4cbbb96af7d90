//! [`Play`]: what is played of a recording, and how.

mod client;
mod play_to;
mod script;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::read::Recording;
use super::rewrite::Rewrite;
use crate::topic;
use crate::wire::QoS;

pub(crate) use play_to::{Dial, play_to};
pub(crate) use script::{Action, Deed, Script};

/// How fast a recording is played.
///
/// ```
/// use broker::recording::Speed;
///
/// assert_eq!("10x".parse(), Ok(Speed::Times(10.0)));
/// assert_eq!("max".parse(), Ok(Speed::Max));
/// assert!("fast".parse::<Speed>().unwrap_err().contains("`max`"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many times as fast as it was recorded: 2 halves the pauses.
    Times(f64),
    /// Without pauses.
    Max,
}

impl Default for Speed {
    fn default() -> Self {
        Self::Times(1.0)
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix(['x', 'X']).unwrap_or(text);
        match number.parse::<f64>() {
            _ if text == "max" => Ok(Self::Max),
            Ok(times) if times > 0.0 && times.is_finite() => Ok(Self::Times(times)),
            _ => Err(format!(
                "{text:?} is no speed; expected a number above 0, such as 10 or 0.5x, or `max`"
            )),
        }
    }
}

impl Speed {
    /// How long this time of the recording takes.
    pub(crate) fn scale(self, time: Duration) -> Duration {
        match self {
            Self::Max => Duration::ZERO,
            Self::Times(times) => {
                Duration::try_from_secs_f64(time.as_secs_f64() / times).unwrap_or(Duration::MAX)
            }
        }
    }
}

/// The publishers' side of a recording, to be played: which clients and topics, how fast, under which names. Made by
/// [`Recording::play`]; played by [`Broker::play`](crate::Broker::play) in a broker, on its clock, or by
/// [`to`](Play::to) to any broker, by clients that connect as the recorded ones did.
///
/// ```
/// use broker::recording::{Recording, Speed};
///
/// let text = r#"{"at_secs":3600,"event":"message","topic":"home/lamp","payload":"on"}"#;
/// let play = Recording::read(text.as_bytes())?.play().speed(Speed::Max).rewrite("home/# => test/#".parse()?);
/// let broker = broker::Broker::start().wait()?;
/// let played = broker.play(play).wait()?;
/// assert_eq!(played.messages, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "it is played by `Broker::play`, or by its own method `to`"]
pub struct Play {
    pub(super) recording: Arc<Recording>,
    pub(super) speed: Speed,
    pub(super) rewrites: Vec<Rewrite>,
    pub(super) clients: Vec<String>,
    pub(super) topics: Vec<String>,
    pub(super) qos: Option<QoS>,
    pub(super) retain: Option<bool>,
    pub(super) one_client: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Vec<u8>>,
    pub(super) patience: Duration,
}

/// What was played.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// let nothing = broker::recording::Recording::default().play();
/// assert_eq!(broker.play(nothing).wait()?.messages, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Played {
    /// Messages that were published.
    pub messages: u64,
    /// Those of QoS 1 and 2 that were acknowledged to the end of their handshakes.
    pub acknowledged: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Messages that the clients got.
    pub received: u64,
    /// Messages that were not played: payloads that were not recorded, clients that could not connect, the broker's objections.
    pub left_out: u64,
    /// The longest time by which a message was late.
    pub latest: Duration,
    /// What did not go as recorded, in words; at most a hundred.
    pub notes: Vec<String>,
}

/// So many notes are kept.
const MAX_NOTES: usize = 100;

impl Played {
    pub(crate) fn note(&mut self, note: impl FnOnce() -> String) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note());
        }
    }
}

impl Recording {
    /// Its publishers' side, to be played.
    ///
    /// ```no_run
    /// use broker::recording::Recording;
    ///
    /// let played = Recording::open("run.jsonl")?.play().to("mqtt://staging:1883").wait()?;
    /// println!("{} messages", played.messages);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn play(self) -> Play {
        Play {
            recording: Arc::new(self),
            speed: Speed::default(),
            rewrites: Vec::new(),
            clients: Vec::new(),
            topics: Vec::new(),
            qos: None,
            retain: None,
            one_client: None,
            user: None,
            password: None,
            patience: Duration::from_secs(10),
        }
    }
}

impl Play {
    /// How fast. Default: as it was recorded.
    pub fn speed(mut self, speed: Speed) -> Self {
        self.speed = speed;
        self
    }

    /// Topics become others: those of messages and wills, Response Topics, and filters. The first rule that means a topic wins.
    pub fn rewrite(mut self, rewrite: Rewrite) -> Self {
        self.rewrites.push(rewrite);
        self
    }

    /// Only what this recorded client did; may be said more than once. A `*` stands for any characters.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.clients.push(client_id.into());
        self
    }

    /// Only messages to topics that this filter means, as they were recorded; may be said more than once.
    pub fn topic(mut self, filter: impl Into<String>) -> Self {
        self.topics.push(filter.into());
        self
    }

    /// All messages with this QoS.
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = Some(qos);
        self
    }

    /// All messages with or without RETAIN.
    pub fn retain(mut self, retain: bool) -> Self {
        self.retain = Some(retain);
        self
    }

    /// One client of this identifier publishes everything; wills and subscriptions are left out.
    pub fn one_client(mut self, client_id: impl Into<String>) -> Self {
        self.one_client = Some(client_id.into());
        self
    }

    /// The clients log in with this user name, in place of those that they had.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The clients log in with this password. Passwords are not recorded.
    pub fn password(mut self, password: impl Into<Vec<u8>>) -> Self {
        self.password = Some(password.into());
        self
    }

    fn takes_client(&self, client_id: &str) -> bool {
        self.clients.is_empty() || self.clients.iter().any(|pattern| glob(pattern, client_id))
    }

    fn takes_topic(&self, topic: &str) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|filter| topic::matches(filter, topic))
    }

    /// The topic under which it is played.
    fn rewritten(&self, topic: &str) -> Option<String> {
        self.rewrites.iter().find_map(|rewrite| rewrite.apply(topic))
    }
}

/// Whether the text fits the pattern, in which `*` stands for any characters.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, fits) in [
            ("lamp", "lamp", true),
            ("lamp", "lamp2", false),
            ("lamp*", "lamp2", true),
            ("*-1", "a-1", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
