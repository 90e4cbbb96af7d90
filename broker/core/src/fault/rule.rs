//! [`Rule`]: one rule, as it is said.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::table::Wrong;
use super::turns::Turns;
use super::{Stream, Toxic};
use crate::pattern::{Is, Pattern, nearest};

/// The priority of a rule that says none.
pub(super) const PRIORITY: u32 = 5;

/// One rule: whom and what it concerns, how often it acts, and what it does. [`Rule::on`] begins a rule about packets,
/// [`Rule::for_bytes`] one about the bytes of connections. It can be read from JSON, which is what a file has under
/// `[[fault]]`.
///
/// ```
/// use broker::fault::Rule;
/// use broker::pattern::pubrel;
///
/// let lost = Rule::on(pubrel().from("lamp")).nth(1).drop_it().named("lost PUBREL");
/// let same = r#"{"name": "lost PUBREL", "when": {"packet": "PUBREL", "direction": "in", "client_id": "lamp"},
///                "nth": 1, "action": "drop"}"#;
/// assert_eq!(serde_json::from_str::<Rule>(same)?, lost);
///
/// let slow = Rule::for_bytes().of("lamp").upstream().latency(100).jitter(20).toxicity(0.5);
/// assert_eq!(slow.name(), "latency of \"lamp\" upstream, toxicity 0.5"); // it is called by its words
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a rule does nothing by itself: give it to `broker.faults().add(…)` or `Builder::fault`"]
pub struct Rule {
    /// Its name; empty where its words are its name.
    pub(super) name: Arc<str>,
    /// The lowest number wins, the newest of a tie.
    pub(super) priority: u32,
    pub(super) whose: Whose,
    pub(super) what: What,
    /// How likely it acts, from 0 to 1: for each packet, or for each connection.
    pub(super) toxicity: f64,
    pub(super) scenario: Option<Scene>,
    /// In force from so long after it was added.
    pub(super) from: Duration,
    /// Until so long after it was added; `None` = for ever.
    pub(super) to: Option<Duration>,
    /// It is switched on. One that is off stays where it is, and does nothing.
    pub(super) enabled: bool,
    /// What was said that cannot be.
    pub(super) wrong: Option<Wrong>,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Packets {
        when: Pattern,
        turns: Turns,
        action: Action,
    },
    Bytes {
        stream: Stream,
        toxic: Toxic,
    },
}

/// Whose connections a rule concerns. What is `None` may be anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Whose {
    pub client: Option<Is>,
    pub user: Option<Is>,
    pub listener: Option<Is>,
}

/// The scenario of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub scenario: String,
    pub required_state: Option<String>,
    pub new_state: Option<String>,
}

/// A rule, stub or device that cannot work: where, what is wrong, and what would be right.
///
/// ```
/// use broker::fault::Rule;
///
/// let error = serde_json::from_str::<Rule>(r#"{"name": "x", "type": "latensy"}"#).unwrap_err();
/// assert!(error.to_string().starts_with(r#"fault "x": type: there is no toxic "latensy" (did you mean "latency"?)"#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Invalid {
    /// The rule and the path in it: `fault "lost": when.qos`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Invalid {
    pub(super) fn new(name: &str, wrong: Wrong) -> Self {
        let rule = match name {
            "" => "fault".to_owned(),
            name => format!("fault {name:?}"),
        };
        let place = match &*wrong.path {
            "" => rule,
            path => format!("{rule}: {path}"),
        };
        Self {
            place,
            what: wrong.what,
        }
    }
}

impl Rule {
    /// Its name. A rule that was given none is called by its words.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrel;
    ///
    /// let lost = Rule::on(pubrel().from("lamp")).nth(1).drop_it();
    /// assert_eq!(lost.name(), r#"drop PUBREL from "lamp", nth 1"#);
    /// assert_eq!(lost.named("lost").name(), "lost");
    /// ```
    pub fn name(&self) -> String {
        match &*self.name {
            "" => self.to_string(),
            name => name.to_owned(),
        }
    }

    /// What it does, in one word: `drop`, `bandwidth`.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// assert_eq!(Rule::for_bytes().bandwidth(10).action(), "bandwidth");
    /// ```
    pub fn action(&self) -> &'static str {
        match &self.what {
            What::Packets { action, .. } => action.word(),
            What::Bytes { toxic, .. } => toxic.name(),
        }
    }

    /// Whether it is switched on. One that is off stays in the list, and does and counts nothing.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// assert!(Rule::for_bytes().stall().is_enabled());
    /// ```
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The clients that it cuts off from the broker, where it is a partition: it stalls all bytes of just these, both ways.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let partition = Rule::for_bytes().of("lamp").both_ways().stall();
    /// assert_eq!(partition.parted(), Some(vec!["lamp".to_owned()]));
    /// assert_eq!(Rule::for_bytes().of("lamp").upstream().stall().parted(), None);
    /// ```
    pub fn parted(&self) -> Option<Vec<String>> {
        let is_partition = matches!(
            self.what,
            What::Bytes {
                stream: Stream::Both,
                toxic: Toxic::Stall
            }
        );
        let Whose {
            client: Some(client),
            user: None,
            listener: None,
        } = &self.whose
        else {
            return None;
        };
        if is_partition && self.toxicity >= 1.0 && self.scenario.is_none() {
            client.texts()
        } else {
            None
        }
    }

    /// Whether it can work. What is read from JSON always can; what is built in Rust is asked when it is put into force.
    ///
    /// # Errors
    /// It cannot: the error says why.
    ///
    /// ```
    /// use broker::fault::Rule;
    /// use broker::pattern::pubrel;
    ///
    /// let often = Rule::on(pubrel()).drop_it().toxicity(50.0).named("often");
    /// assert_eq!(
    ///     often.check().unwrap_err().to_string(),
    ///     r#"fault "often": toxicity: it is a share from 0 to 1, not 50; 50 % is 0.5"#
    /// );
    /// ```
    pub fn check(&self) -> Result<(), Invalid> {
        let wrong = self.wrongs().into_iter().next();
        wrong.map_or(Ok(()), |wrong| Err(Invalid::new(&self.name(), wrong)))
    }

    /// All that is wrong with it.
    pub(super) fn wrongs(&self) -> Vec<Wrong> {
        let mut wrongs: Vec<Wrong> = self.wrong.iter().cloned().collect();
        if !(0.0..=1.0).contains(&self.toxicity) {
            let share = self.toxicity;
            let hint = if share > 1.0 && share <= 100.0 {
                format!("{share} % is {}", share / 100.0)
            } else {
                "50 % is 0.5".to_owned()
            };
            wrongs.push(Wrong::new(
                "toxicity",
                format!("it is a share from 0 to 1, not {share}; {hint}"),
            ));
        }
        if let Some(to) = self.to.filter(|to| *to <= self.from) {
            let what = format!(
                "it is {} s, and from_secs is {} s: nothing is between",
                to.as_secs_f64(),
                self.from.as_secs_f64()
            );
            wrongs.push(Wrong::new("to_secs", what));
        }
        for (name, is) in self.whose.all() {
            if let Some(what) = is.wrong_of_text(name) {
                let what = what
                    .strip_prefix(name)
                    .map_or(what.clone(), |rest| format!("it{rest}"));
                wrongs.push(Wrong::new(name, what));
            }
        }
        if let What::Packets { when, .. } = &self.what {
            let wrong = when.check_for_lines().err();
            wrongs.extend(wrong.map(|what| Wrong::new("when", what)));
        }
        wrongs
    }
}

impl Rule {
    /// Whether the listener that it names is one of these; a rule for another would never act.
    ///
    /// # Errors
    /// It is not: the error has the nearest.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let rule = Rule::for_bytes().down().at_listener("mian").named("off");
    /// let error = rule.check_listener(&["main", "tls"]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"fault "off": listener: there is no listener "mian" (did you mean "main"?); there are main, tls"#
    /// );
    /// ```
    pub fn check_listener(&self, listeners: &[&str]) -> Result<(), Invalid> {
        let named = self.whose.listener.as_ref().and_then(Is::certain_text);
        known_listener(named, listeners)
            .map_err(|what| Invalid::new(&self.name(), Wrong::new("listener", what)))
    }
}

/// Whether this is one of the listeners; the error says what there is.
pub(crate) fn known_listener(named: Option<&str>, listeners: &[&str]) -> Result<(), String> {
    match named.filter(|name| !listeners.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let near = nearest(name, listeners.iter().copied());
            let names = listeners.join(", ");
            Err(format!("there is no listener {name:?}{near}; there are {names}"))
        }
    }
}

impl Whose {
    /// What is asked, by its name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Is)> {
        let all = [
            ("client", &self.client),
            ("user", &self.user),
            ("listener", &self.listener),
        ];
        all.into_iter()
            .filter_map(|(name, is)| Some((name, is.as_ref()?)))
    }
}

/// The rule in a few words.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action())?;
        match &self.what {
            What::Packets { when, turns, .. } => {
                write!(f, " {when}")?;
                if let Some((key, n)) = turns.said() {
                    write!(f, ", {key} {n}")?;
                }
            }
            What::Bytes { stream, toxic } => {
                if let Some(client) = &self.whose.client {
                    write!(f, " of {client}")?;
                }
                if toxic.has_stream() {
                    write!(f, " {}", super::action::word_of(Stream::WORDS, stream))?;
                }
            }
        }
        for (name, is) in self.whose.all() {
            if name != "client" || matches!(self.what, What::Packets { .. }) {
                write!(f, ", {name} {is}")?;
            }
        }
        if self.toxicity < 1.0 {
            write!(f, ", toxicity {}", self.toxicity)?;
        }
        Ok(())
    }
}
