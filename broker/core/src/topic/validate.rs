//! What makes a string a topic name or a topic filter.

use super::TopicError;

/// The longest topic name or filter, in bytes: the most that a length of two bytes can say.
///
/// ```
/// use broker_core::topic::{MAX_LEN_BYTES, validate_name};
///
/// assert!(validate_name(&"x".repeat(MAX_LEN_BYTES)).is_ok());
/// assert!(validate_name(&"x".repeat(MAX_LEN_BYTES + 1)).is_err());
/// ```
pub const MAX_LEN_BYTES: usize = 65_535;

/// Checks a topic name, as a PUBLISH or a will has it.
///
/// # Errors
/// It is empty, longer than [`MAX_LEN_BYTES`], or contains NUL, `+` or `#`.
///
/// ```
/// use broker_core::topic::validate_name;
///
/// assert!(validate_name("sensors/1/temp").is_ok());
/// let error = validate_name("sensors/+/temp").unwrap_err();
/// assert_eq!(error.offset, 8); // where the wildcard stands
/// ```
pub fn validate_name(name: &str) -> Result<(), TopicError> {
    validate_text(name)?;
    // [MQTT5-4.7.0-1] [MQTT311-4.7.1-1]
    match name.bytes().position(|byte| matches!(byte, b'+' | b'#')) {
        Some(offset) => Err(TopicError {
            what: "wildcard in a topic name; '+' and '#' are for topic filters only",
            offset,
            statement: "MQTT5-4.7.0-1",
        }),
        None => Ok(()),
    }
}

/// These bytes as a topic name, if they are a valid one.
pub(crate) fn name(bytes: &[u8]) -> Option<&str> {
    // The loop does not end early, so the compiler can look at many bytes at a time.
    let odd = |byte: u8| byte == 0 || byte == b'+' || byte == b'#';
    let is_odd = bytes.iter().fold(bytes.is_empty(), |any, &byte| any | odd(byte));
    if is_odd || bytes.len() > MAX_LEN_BYTES {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

/// Checks a topic filter, as a SUBSCRIBE or UNSUBSCRIBE has it, without `$share/group/` in front.
///
/// # Errors
/// It is empty, longer than [`MAX_LEN_BYTES`], contains NUL, has a `+` or `#` that shares its level with other
/// characters, or a `#` that is not the last level.
///
/// ```
/// use broker_core::topic::validate_filter;
///
/// assert!(validate_filter("sensors/+/temp").is_ok() && validate_filter("#").is_ok());
/// assert!(validate_filter("sensors/#/temp").is_err()); // # may only stand last assert!(validate_filter("").is_err());
/// ```
pub fn validate_filter(filter: &str) -> Result<(), TopicError> {
    validate_text(filter)?;
    let mut start = 0;
    for level in filter.split('/') {
        let end = start + level.len();
        if let Some(at) = level.find('#') {
            // [MQTT5-4.7.1-1] [MQTT311-4.7.1-2]
            let what = if level.len() > 1 {
                "'#' shares its level with other characters; it must stand alone between slashes"
            } else if end < filter.len() {
                "'#' is not the last level; nothing may follow it"
            } else {
                break;
            };
            return Err(TopicError {
                what,
                offset: start + at,
                statement: "MQTT5-4.7.1-1",
            });
        }
        // [MQTT5-4.7.1-2] [MQTT311-4.7.1-3]
        if let Some(at) = level.find('+').filter(|_| level.len() > 1) {
            return Err(TopicError {
                what: "'+' shares its level with other characters; it must stand alone between slashes",
                offset: start + at,
                statement: "MQTT5-4.7.1-2",
            });
        }
        start = end + 1;
    }
    Ok(())
}

/// The rules for both names and filters: at least one byte, at most [`MAX_LEN_BYTES`], no NUL.
pub(super) fn validate_text(text: &str) -> Result<(), TopicError> {
    // [MQTT5-4.7.3-1] [MQTT311-4.7.3-1]
    if text.is_empty() {
        let what = "empty topic; at least one character is needed";
        return Err(TopicError {
            what,
            offset: 0,
            statement: "MQTT5-4.7.3-1",
        });
    }
    // [MQTT5-4.7.3-3] [MQTT311-4.7.3-3]
    if text.len() > MAX_LEN_BYTES {
        let what = "topic longer than 65,535 bytes";
        return Err(TopicError {
            what,
            offset: MAX_LEN_BYTES,
            statement: "MQTT5-4.7.3-3",
        });
    }
    // [MQTT5-4.7.3-2] [MQTT311-4.7.3-2]
    if let Some(offset) = text.find('\0') {
        let what = "NUL character in a topic; U+0000 is never allowed";
        return Err(TopicError {
            what,
            offset,
            statement: "MQTT5-4.7.3-2",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: Result<(), TopicError>) -> (usize, &'static str) {
        let error = result.expect_err("it should be refused");
        (error.offset, error.statement)
    }

    #[test]
    fn names_may_hold_anything_but_wildcards_and_nul() {
        for name in [
            "a",
            "/",
            "//",
            "/a",
            "a/",
            "A b/ü/\u{1F34B}",
            "$SYS/uptime",
            "$",
            "a$b",
            "*",
            "$share/g/f",
        ] {
            assert_eq!(validate_name(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn names_with_a_wildcard_are_refused_where_it_stands() {
        assert_eq!(refused(validate_name("sport/+")), (6, "MQTT5-4.7.0-1"));
        assert_eq!(refused(validate_name("#")), (0, "MQTT5-4.7.0-1"));
        assert_eq!(refused(validate_name("ab#")), (2, "MQTT5-4.7.0-1"));
    }

    #[test]
    fn filters_of_every_valid_form() {
        let filters = [
            "#", "+", "/", "+/#", "/+", "+/+", "a/#", "a/+/b", "+/a/#", "a/+", "/#", "//+//", "$SYS/#",
            "$SYS/+/x", "é/+",
        ];
        for filter in filters {
            assert_eq!(validate_filter(filter), Ok(()), "{filter:?}");
        }
    }

    #[test]
    fn multi_level_wildcard_stands_alone_and_last() {
        for (filter, offset) in [
            ("a#", 1),
            ("#a", 0),
            ("a/b#", 3),
            ("a/#/b", 2),
            ("#/", 0),
            ("##", 0),
            ("#/#", 0),
            ("+#", 1),
        ] {
            assert_eq!(
                refused(validate_filter(filter)),
                (offset, "MQTT5-4.7.1-1"),
                "{filter:?}"
            );
        }
    }

    #[test]
    fn single_level_wildcard_fills_its_level() {
        for (filter, offset) in [("a+", 1), ("+a", 0), ("a/b+/c", 3), ("++", 0), ("a/+b/#", 2)] {
            assert_eq!(
                refused(validate_filter(filter)),
                (offset, "MQTT5-4.7.1-2"),
                "{filter:?}"
            );
        }
    }

    #[test]
    fn empty_nul_and_length_hold_for_both() {
        let longest = "x".repeat(MAX_LEN_BYTES);
        let too_long = "x".repeat(MAX_LEN_BYTES + 1);
        for check in [validate_name, validate_filter] {
            assert_eq!(refused(check("")), (0, "MQTT5-4.7.3-1"));
            assert_eq!(refused(check("a/\0")), (2, "MQTT5-4.7.3-2"));
            assert_eq!(refused(check(&too_long)), (MAX_LEN_BYTES, "MQTT5-4.7.3-3"));
            assert_eq!(check(&longest), Ok(()));
        }
        // Bytes count, not characters: 21,846 lemons of four bytes are too long.
        assert_eq!(
            refused(validate_name(&"\u{1F34B}".repeat(21_846))).1,
            "MQTT5-4.7.3-3"
        );
    }

    #[test]
    fn the_error_says_what_where_and_which_statement() {
        let text = validate_filter("a/b#").expect_err("invalid").to_string();
        assert!(
            text.contains("'#'") && text.contains("byte 3") && text.contains("MQTT5-4.7.1-1"),
            "{text}"
        );
    }
}
