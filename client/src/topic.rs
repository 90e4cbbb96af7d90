//! Topic names and topic filters: valid or not, and whether one matches the other.

use crate::error::UsageError;

/// The longest string the wire can carry, bytes. rumqttc would cut the length field silently.
pub(crate) const LONGEST_STRING: usize = 65_535;

/// Checks a topic name, the kind one publishes to.
///
/// # Errors
/// Says what is wrong with it: empty, too long, a wildcard, a NUL.
pub fn validate_topic(topic: &str) -> Result<(), UsageError> {
    // [MQTT5-3.3.2-2] [MQTT311-3.3.2-2] A topic name has no wildcards.
    if topic.contains(['+', '#']) {
        return Err(UsageError(format!(
            "Invalid publish topic '{topic}', does it contain '+' or '#'?"
        )));
    }
    validate_string("topic", topic)
}

/// Checks a topic filter, the kind one subscribes to.
///
/// # Errors
/// Says what is wrong with it: empty, too long, a wildcard in the wrong place, a NUL, an incomplete `$share`.
pub fn validate_filter(filter: &str) -> Result<(), UsageError> {
    validate_string("topic filter", filter)?;
    let mut rest = filter;
    if let Some(shared) = filter.strip_prefix("$share/") {
        // [MQTT5-4.8.2-1] [MQTT5-4.8.2-2] $share/NAME/FILTER, where NAME is at least one character, no wildcard.
        rest = match shared.split_once('/') {
            Some((name, inner)) if !name.is_empty() && !name.contains(['+', '#']) && !inner.is_empty() => {
                inner
            }
            _ => {
                return Err(UsageError(format!(
                    "Invalid shared subscription '{filter}'; it is written $share/GROUP/FILTER"
                )));
            }
        };
    }
    let levels = rest.split('/').count();
    for (position, level) in rest.split('/').enumerate() {
        // [MQTT5-4.7.1-1] `#` is the whole last level. [MQTT5-4.7.1-2] `+` is a whole level.
        let misplaced = level.contains('#') && (level != "#" || position + 1 != levels)
            || level.contains('+') && level != "+";
        if misplaced {
            return Err(UsageError(format!(
                "Invalid subscription topic '{filter}', are all '+' and '#' wildcards correct?"
            )));
        }
    }
    Ok(())
}

/// Whether `topic` is one that `filter` asks for. Topics that begin with `$` are not matched by a leading wildcard.
#[must_use]
pub fn matches_filter(filter: &str, topic: &str) -> bool {
    let filter = match filter
        .strip_prefix("$share/")
        .and_then(|rest| rest.split_once('/'))
    {
        Some((_, inner)) => inner,
        None => filter,
    };
    // [MQTT5-4.7.2-1]
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut names = topic.split('/');
    for level in filter.split('/') {
        match (level, names.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (level, Some(name)) if level == name => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

/// Checks any string that goes on the wire.
pub(crate) fn validate_string(what: &str, text: &str) -> Result<(), UsageError> {
    if text.is_empty() && what.starts_with("topic") {
        // [MQTT5-4.7.3-1]
        return Err(UsageError(format!(
            "the {what} is empty; it must be at least one character long"
        )));
    }
    if text.contains('\0') {
        // [MQTT5-1.5.4-2]
        return Err(UsageError(format!(
            "the {what} contains the character NUL, which MQTT forbids"
        )));
    }
    if text.len() > LONGEST_STRING {
        return Err(UsageError(format!(
            "the {what} is {} bytes long; MQTT allows {LONGEST_STRING}",
            text.len()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_wildcards() {
        assert!(validate_topic("a/b").is_ok());
        assert!(validate_topic("/").is_ok());
        for wrong in ["", "a/+", "#", "a\0b"] {
            assert!(validate_topic(wrong).is_err(), "{wrong:?}");
        }
        assert!(validate_topic(&"x".repeat(65_536)).is_err());
    }

    #[test]
    fn wildcards_of_filters_fill_their_level() {
        for right in ["#", "+", "a/#", "+/a/+", "/", "$share/g/a/#", "a//b"] {
            assert!(validate_filter(right).is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "a#",
            "a/#/b",
            "a+",
            "a/+b",
            "$share/g",
            "$share//a",
            "$share/+/a",
            "$share/g/",
        ] {
            assert!(validate_filter(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic) in [
            ("a/b", "a/b"),
            ("a/+", "a/b"),
            ("a/#", "a"),
            ("a/#", "a/b/c"),
            ("#", "a"),
            ("+/+", "/a"),
            ("$SYS/#", "$SYS/x"),
        ] {
            assert!(matches_filter(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("a/b", "a/c"),
            ("a/+", "a"),
            ("a/+", "a/b/c"),
            ("#", "$SYS/x"),
            ("+/x", "$SYS/x"),
        ] {
            assert!(!matches_filter(filter, topic), "{filter} {topic}");
        }
    }
}
