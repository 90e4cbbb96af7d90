//! Shared subscriptions: `$share/{ShareName}/{filter}` (section 4.8.2 of MQTT 5.0).

use super::validate::validate_text;
use super::{TopicError, validate_filter};

/// What the filter of a shared subscription begins with.
///
/// ```
/// use broker_core::topic::SHARE_PREFIX;
///
/// assert!("$share/group/a/b".starts_with(SHARE_PREFIX));
/// ```
pub const SHARE_PREFIX: &str = "$share/";
const PREFIX: &str = SHARE_PREFIX;

/// The two parts of a shared subscription's filter.
///
/// ```
/// use broker_core::topic::Share;
///
/// let Ok(Some(share)) = Share::parse("$share/group/a/+") else { panic!("it is one") };
/// assert_eq!((share.group, share.filter), ("group", "a/+"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share<'a> {
    /// The Share Name: sessions with the same Share Name and the same filter share its messages.
    pub group: &'a str,
    /// The topic filter itself; it is valid. It alone decides what matches, also by the rule for `$`.
    pub filter: &'a str,
}

impl std::fmt::Display for Share<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}/{}", self.group, self.filter)
    }
}

impl<'a> Share<'a> {
    /// Takes a filter of SUBSCRIBE or UNSUBSCRIBE apart; `None` if it does not begin with `$share/`.
    ///
    /// The parts that it returns are valid. A filter that is not shared must still be checked with [`validate_filter`].
    ///
    /// # Errors
    /// The Share Name is missing or contains `+` or `#`, no filter follows it, or that filter is invalid. Offsets count
    /// from the start of `text`.
    pub fn parse(text: &'a str) -> Result<Option<Self>, TopicError> {
        let Some(rest) = text.strip_prefix(PREFIX) else {
            return Ok(None);
        };
        validate_text(text)?;
        let (group, filter) = match rest.split_once('/') {
            Some((group, filter)) => (group, Some(filter)),
            None => (rest, None),
        };
        // [MQTT5-4.8.2-1]
        if group.is_empty() {
            let what = "no Share Name after '$share/'; write $share/name/filter";
            return Err(TopicError {
                what,
                offset: PREFIX.len(),
                statement: "MQTT5-4.8.2-1",
            });
        }
        // [MQTT5-4.8.2-2]
        if let Some(at) = group.find(['+', '#']) {
            let what = "wildcard in a Share Name; it may not contain '+' or '#'";
            return Err(TopicError {
                what,
                offset: PREFIX.len() + at,
                statement: "MQTT5-4.8.2-2",
            });
        }
        // [MQTT5-4.8.2-2]
        let Some(filter) = filter.filter(|filter| !filter.is_empty()) else {
            let what = "no filter after the Share Name; write $share/name/filter";
            return Err(TopicError {
                what,
                offset: text.len(),
                statement: "MQTT5-4.8.2-2",
            });
        };
        let before = text.len() - filter.len();
        match validate_filter(filter) {
            Ok(()) => Ok(Some(Self { group, filter })),
            Err(error) => Err(TopicError {
                offset: before + error.offset,
                ..error
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, &'static str) {
        let error = Share::parse(text).expect_err(text);
        (error.offset, error.statement)
    }

    #[test]
    fn group_and_filter_come_apart_at_the_first_slash() {
        let cases = [
            ("$share/consumer1/sport/tennis/+", "consumer1", "sport/tennis/+"),
            ("$share/consumer2/#", "consumer2", "#"),
            ("$share/g//finance", "g", "/finance"),
            ("$share/g//", "g", "/"),
            ("$share/g/$SYS/#", "g", "$SYS/#"),
            ("$share/$share/x", "$share", "x"),
        ];
        for (text, group, filter) in cases {
            assert_eq!(Share::parse(text), Ok(Some(Share { group, filter })), "{text:?}");
        }
    }

    #[test]
    fn other_filters_are_left_alone() {
        for text in [
            "a/b",
            "#",
            "$SYS/#",
            "$share",
            "$shared/g/f",
            "$Share/g/f",
            "share/g/f",
            "/$share/g/f",
            "",
        ] {
            assert_eq!(Share::parse(text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn a_share_name_is_needed() {
        assert_eq!(refused("$share/"), (7, "MQTT5-4.8.2-1"));
        assert_eq!(refused("$share//a"), (7, "MQTT5-4.8.2-1"));
    }

    #[test]
    fn a_share_name_has_no_wildcards() {
        assert_eq!(refused("$share/+/a"), (7, "MQTT5-4.8.2-2"));
        assert_eq!(refused("$share/g#/a"), (8, "MQTT5-4.8.2-2"));
        assert_eq!(refused("$share/#"), (7, "MQTT5-4.8.2-2"));
    }

    #[test]
    fn a_filter_is_needed_after_the_share_name() {
        assert_eq!(refused("$share/g"), (8, "MQTT5-4.8.2-2"));
        assert_eq!(refused("$share/g/"), (9, "MQTT5-4.8.2-2"));
    }

    #[test]
    fn the_filter_follows_the_rules_of_filters() {
        assert_eq!(refused("$share/g/a/#/b"), (11, "MQTT5-4.7.1-1"));
        assert_eq!(refused("$share/g/a+"), (10, "MQTT5-4.7.1-2"));
        assert_eq!(refused("$share/g/a\0"), (10, "MQTT5-4.7.3-2"));
        assert_eq!(refused("$share/g\0/a"), (8, "MQTT5-4.7.3-2"));
        // The limit holds for the whole string.
        assert_eq!(
            refused(&format!("$share/g/{}", "x".repeat(65_530))).1,
            "MQTT5-4.7.3-3"
        );
    }
}
