//! Which messages cross, and under which topics.

use std::borrow::Cow;
use std::fmt;

use broker_core::topic::matches;
use broker_core::wire::QoS;

/// Which way messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the other broker to ours.
    In,
    /// From our broker to the other.
    Out,
    /// Both ways.
    Both,
}

impl Direction {
    /// Whether messages go to the other broker.
    pub const fn goes_out(self) -> bool {
        matches!(self, Self::Out | Self::Both)
    }

    /// Whether messages come from the other broker.
    pub const fn comes_in(self) -> bool {
        matches!(self, Self::In | Self::Both)
    }
}

/// What one `topic` line says.
///
/// ```
/// use broker_bridge::{Direction, Rule};
/// use broker_core::wire::QoS;
///
/// let rule = Rule::new("#", Direction::Both, QoS::ExactlyOnce).prefixes("plant/", "site/7/");
/// assert_eq!((rule.local_filter(), rule.remote_filter()), ("plant/#".to_owned(), "site/7/#".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The filter, without what stands before it on either side. Empty if the two prefixes are topics.
    pub pattern: String,
    /// Which way.
    pub direction: Direction,
    /// Both subscriptions have this QoS: what comes with a higher one goes on with this.
    pub qos: QoS,
    /// What stands before the pattern in our broker.
    pub local_prefix: String,
    /// What stands before the pattern in the other broker.
    pub remote_prefix: String,
}

impl Rule {
    /// A rule without prefixes.
    pub fn new(pattern: impl Into<String>, direction: Direction, qos: QoS) -> Self {
        Self {
            pattern: pattern.into(),
            direction,
            qos,
            local_prefix: String::new(),
            remote_prefix: String::new(),
        }
    }

    /// The same with these prefixes.
    #[must_use]
    pub fn prefixes(mut self, local: impl Into<String>, remote: impl Into<String>) -> Self {
        (self.local_prefix, self.remote_prefix) = (local.into(), remote.into());
        self
    }

    /// What it subscribes to in our broker, if it goes out.
    pub fn local_filter(&self) -> String {
        format!("{}{}", self.local_prefix, self.pattern)
    }

    /// What it subscribes to in the other broker, if it comes in.
    pub fn remote_filter(&self) -> String {
        format!("{}{}", self.remote_prefix, self.pattern)
    }
}

/// The rules of a bridge. The first that takes a message says what its topic is on the other side.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    pub(crate) rules: Vec<Known>,
}

#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) rule: Rule,
    pub(crate) local: String,
    pub(crate) remote: String,
}

impl Topics {
    /// Of these rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        let known = |rule: Rule| Known {
            local: rule.local_filter(),
            remote: rule.remote_filter(),
            rule,
        };
        Self {
            rules: rules.into_iter().map(known).collect(),
        }
    }

    /// The topic in the other broker of a message that has this topic here; `None` if none of the rules takes it there.
    ///
    /// ```
    /// use broker_bridge::{Direction, Rule, Topics};
    /// use broker_core::wire::QoS;
    ///
    /// let rule = Rule::new("#", Direction::Out, QoS::AtMostOnce).prefixes("plant/", "site/7/");
    /// let topics = Topics::new(vec![rule]);
    /// assert_eq!(topics.to_remote("plant/a/b").as_deref(), Some("site/7/a/b"));
    /// assert_eq!((topics.to_remote("a"), topics.to_local("site/7/a")), (None, None));
    /// ```
    pub fn to_remote<'a>(&self, topic: &'a str) -> Option<Cow<'a, str>> {
        let takes = |known: &&Known| known.rule.direction.goes_out() && matches(&known.local, topic);
        let rule = &self.rules.iter().find(takes)?.rule;
        swapped(topic, &rule.local_prefix, &rule.remote_prefix)
    }

    /// The topic here of a message that has this topic in the other broker.
    pub fn to_local<'a>(&self, topic: &'a str) -> Option<Cow<'a, str>> {
        let takes = |known: &&Known| known.rule.direction.comes_in() && matches(&known.remote, topic);
        let rule = &self.rules.iter().find(takes)?.rule;
        swapped(topic, &rule.remote_prefix, &rule.local_prefix)
    }

    /// The filters here of what goes out, each with its QoS.
    pub fn local(&self) -> impl Iterator<Item = (&str, QoS)> {
        let goes_out = self.rules.iter().filter(|known| known.rule.direction.goes_out());
        goes_out.map(|known| (&*known.local, known.rule.qos))
    }

    /// The filters in the other broker of what comes in, each with its QoS.
    pub fn remote(&self) -> impl Iterator<Item = (&str, QoS)> {
        let comes_in = self.rules.iter().filter(|known| known.rule.direction.comes_in());
        comes_in.map(|known| (&*known.remote, known.rule.qos))
    }

    /// The filters in the other broker of which nothing is to come in, where a former rule may have asked for it.
    pub fn remote_unwanted(&self) -> impl Iterator<Item = &str> {
        let unwanted = |known: &&Known| {
            !known.rule.direction.comes_in() && self.remote().all(|(filter, _)| filter != known.remote)
        };
        self.rules.iter().filter(unwanted).map(|known| &*known.remote)
    }
}

impl fmt::Display for Rule {
    /// As in `topic` of mosquitto.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| match text {
            "" => "\"\"".to_owned(),
            text => text.to_owned(),
        };
        let direction = match self.direction {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Both => "both",
        };
        write!(f, "{} {direction} {}", quoted(&self.pattern), self.qos.bits())?;
        if self.local_prefix.is_empty() && self.remote_prefix.is_empty() {
            return Ok(());
        }
        write!(
            f,
            " {} {}",
            quoted(&self.local_prefix),
            quoted(&self.remote_prefix)
        )
    }
}

fn swapped<'a>(topic: &'a str, from: &str, to: &str) -> Option<Cow<'a, str>> {
    let rest = topic.strip_prefix(from)?;
    Some(if to.is_empty() && !rest.is_empty() {
        Cow::Borrowed(rest)
    } else {
        Cow::Owned(format!("{to}{rest}"))
    })
}
