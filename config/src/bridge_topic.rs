//! [`BridgeTopic`]: a line of `topics` of a bridge, in the words of mosquitto's `topic`.

use crate::check::texts::FILTERS;

/// Which way messages go that a line of `topics` is about.
///
/// ```
/// use settings::{BridgeDirection, BridgeTopic};
///
/// assert_eq!(BridgeTopic::parse("# in 1").map(|line| line.direction), Ok(BridgeDirection::In));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BridgeDirection {
    /// From the other broker.
    In,
    /// To the other broker.
    Out,
    /// Both ways.
    Both,
}

/// A line of `topics` of a bridge: `PATTERN [[[out|in|both] QOS] LOCAL_PREFIX REMOTE_PREFIX]`.
///
/// ```
/// use settings::{BridgeDirection, BridgeTopic};
///
/// let line = BridgeTopic::parse("# both 2 plant/ site/7/")?;
/// assert_eq!((line.direction, line.qos, &*line.remote_prefix), (BridgeDirection::Both, 2, "site/7/"));
/// assert_eq!(BridgeTopic::parse("sensors/#")?.direction, BridgeDirection::Out); // at QoS 0
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeTopic {
    /// The filter, without its prefixes. Empty if both prefixes are topics.
    pub pattern: String,
    /// Which way.
    pub direction: BridgeDirection,
    /// QoS of the subscriptions on both sides.
    pub qos: u8,
    /// What stands before the pattern in our broker.
    pub local_prefix: String,
    /// What stands before it in the other.
    pub remote_prefix: String,
}

impl BridgeTopic {
    /// Takes a line apart. `""` stands for an empty pattern or prefix.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right, in words that follow its name.
    pub fn parse(line: &str) -> Result<Self, String> {
        let text = |word: &str| {
            if word == "\"\"" {
                String::new()
            } else {
                word.to_owned()
            }
        };
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next().map(text) else {
            return Err("has no value; expected a pattern, such as `sensors/# out 1`".to_owned());
        };
        let direction = match words.next() {
            None => BridgeDirection::Out,
            Some(word) => match word.to_ascii_lowercase().as_str() {
                "out" => BridgeDirection::Out,
                "in" => BridgeDirection::In,
                "both" => BridgeDirection::Both,
                _ => {
                    return Err(format!(
                        "has {word:?} behind its pattern; expected out, in or both"
                    ));
                }
            },
        };
        let qos = match words.next() {
            None | Some("0") => 0,
            Some("1") => 1,
            Some("2") => 2,
            Some(word) => return Err(format!("has {word:?} where a QoS is expected: 0, 1 or 2")),
        };
        let topic = Self {
            pattern,
            direction,
            qos,
            local_prefix: words.next().map(text).unwrap_or_default(),
            remote_prefix: words.next().map(text).unwrap_or_default(),
        };
        if let Some(word) = words.next() {
            return Err(format!(
                "has {word:?} behind both prefixes; expected nothing more"
            ));
        }
        topic.checked()
    }

    fn checked(self) -> Result<Self, String> {
        let sides = [("local", &self.local_prefix), ("remote", &self.remote_prefix)];
        for (side, prefix) in sides {
            if self.pattern.is_empty() && prefix.is_empty() {
                return Err(format!(
                    "has an empty pattern and no {side} prefix; with an empty pattern both prefixes are topics"
                ));
            }
            if prefix.contains(['#', '+']) {
                return Err(format!(
                    "has the {side} prefix {prefix:?}; wildcards stand in the pattern alone"
                ));
            }
            if prefix.is_empty() && self.pattern.starts_with("$share/") {
                return Err(format!(
                    "makes the {side} topic {:?}; a bridge is the only one who gets what crosses it, so expected no shared subscription",
                    self.pattern
                ));
            }
            if let Some(rule) = (FILTERS.fault)(&format!("{prefix}{}", self.pattern)) {
                let whole = format!("{prefix}{}", self.pattern);
                return Err(format!(
                    "makes the {side} topic {whole:?}; expected a topic filter: {rule}"
                ));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_valid_as_in_the_manual() {
        for (line, fault) in [
            ("pattern both 1 L/ R/", None),
            ("pattern both 1 L/ \"\"", None),
            ("pattern both 1 \"\" R/", None),
            ("pattern both 1 \"\" \"\"", None),
            ("\"\" both 1 local remote", None),
            ("\"\" both 1 local \"\"", Some("no remote prefix")),
            ("\"\" both 1 \"\" remote", Some("no local prefix")),
            ("\"\"", Some("no local prefix")),
            ("", Some("has no value")),
            ("a sideways", Some("\"sideways\"")),
            ("a in 3", Some("QoS")),
            ("a in 1 x/+/ y/", Some("wildcards")),
            ("a#", Some("`#` only alone")),
            ("# in 1 l r", Some("makes the local topic \"l#\"")),
            ("a in 1 b c d", Some("\"d\"")),
        ] {
            match (BridgeTopic::parse(line), fault) {
                (Ok(_), None) => {}
                (Err(error), Some(fault)) => assert!(error.contains(fault), "{line}: {error}"),
                (other, _) => panic!("{line}: {other:?}"),
            }
        }
    }
}
