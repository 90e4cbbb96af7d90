//! [`Rewrite`]: topics that become other topics.

use std::fmt;
use std::str::FromStr;

use crate::topic;

/// Which topics become which: `home/# => test/home/#`. Each `+` stands for one level, and `#` for all that follow, on both
/// sides in the same order.
///
/// ```
/// use broker::recording::Rewrite;
///
/// let rewrite: Rewrite = "home/+/temp/# => lab/+/t/#".parse()?;
/// assert_eq!(rewrite.apply("home/hall/temp/a/b").as_deref(), Some("lab/hall/t/a/b"));
/// assert_eq!(rewrite.apply("garden"), None);
///
/// let error = "home/# => test/+".parse::<Rewrite>().unwrap_err();
/// assert!(error.to_string().contains("more `+`"), "{error}");
/// # Ok::<(), broker::recording::RewriteError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    from: Vec<String>,
    to: Vec<String>,
}

/// Why this is no rewriting of topics.
///
/// ```
/// let error = "home/#".parse::<broker::recording::Rewrite>().unwrap_err();
/// assert!(error.to_string().contains("FROM => TO"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} {what}; expected FROM => TO, such as \"home/# => test/home/#\"")]
pub struct RewriteError {
    text: String,
    what: String,
}

impl FromStr for Rewrite {
    type Err = RewriteError;

    fn from_str(text: &str) -> Result<Self, RewriteError> {
        let wrong = |what: String| RewriteError {
            text: text.to_owned(),
            what,
        };
        let (from, to) = text
            .split_once("=>")
            .ok_or_else(|| wrong("has no `=>`".to_owned()))?;
        let (from, to) = (from.trim(), to.trim());
        for side in [from, to] {
            topic::validate_filter(side)
                .map_err(|error| wrong(format!("has {side:?} on one side: {error}")))?;
        }
        let count = |side: &str, level: &str| side.split('/').filter(|it| *it == level).count();
        for (level, name) in [("+", "`+`"), ("#", "`#`")] {
            if count(to, level) > count(from, level) {
                return Err(wrong(format!("has more {name} behind `=>` than before it")));
            }
        }
        let levels = |side: &str| side.split('/').map(ToOwned::to_owned).collect();
        Ok(Self {
            from: levels(from),
            to: levels(to),
        })
    }
}

impl Rewrite {
    /// What this topic, or filter, becomes; `None` if it stays as it is.
    pub fn apply(&self, topic: &str) -> Option<String> {
        let mut levels = topic.split('/').peekable();
        let mut single = Vec::new();
        let mut rest = None;
        for from in &self.from {
            if from == "#" {
                rest = Some(levels.by_ref().collect::<Vec<_>>());
                break;
            }
            let level = levels.next()?;
            if from == "+" {
                single.push(level);
            } else if from != level {
                return None;
            }
        }
        if levels.next().is_some() {
            return None;
        }
        let mut single = single.into_iter();
        let mut made = Vec::new();
        for to in &self.to {
            match to.as_str() {
                "+" => made.extend(single.next()),
                "#" => made.extend(rest.iter().flatten().copied()),
                level => made.push(level),
            }
        }
        let made = made.join("/");
        // `#` alone may stand for nothing.
        (!made.is_empty()).then_some(made)
    }
}

impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} => {}", self.from.join("/"), self.to.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_where_they_are_told() {
        for (rule, topic, becomes) in [
            ("a/# => b/#", "a/x/y", Some("b/x/y")),
            ("a/# => b/#", "a", Some("b")),
            ("a/# => b/#", "ab/x", None),
            ("# => test/#", "a/b", Some("test/a/b")),
            ("# => test/#", "/a", Some("test//a")),
            ("+/+ => +/x/+", "a/b", Some("a/x/b")),
            ("a => b", "a", Some("b")),
            ("a => b", "a/c", None),
            ("+/# => #", "a/b/c", Some("b/c")),
            ("+/# => #", "a", None),
            ("a/# => b", "a/x", Some("b")),
            // Filters of subscriptions follow their topics.
            ("a/# => b/#", "a/+/c", Some("b/+/c")),
        ] {
            let rewrite: Rewrite = rule.parse().unwrap();
            assert_eq!(rewrite.apply(topic).as_deref(), becomes, "{rule} on {topic}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (rule, words) in [
            ("a", "no `=>`"),
            ("a => ", "on one side"),
            ("a/#/b => c", "on one side"),
            ("a => b/#", "more `#`"),
            ("a/+ => +/+", "more `+`"),
        ] {
            let error = rule.parse::<Rewrite>().unwrap_err().to_string();
            assert!(error.contains(words), "{rule}: {error}");
        }
    }
}
