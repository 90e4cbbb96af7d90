//! Whether one filter selects one topic. This is the plain definition; tests compare the router's indexes with it.

/// Whether `filter` selects `topic`, exactly as section 4.7 says. Both must be valid.
///
/// `+` stands for one level, even an empty one. A final `#` stands for the parent and everything below it. A filter that
/// begins with a wildcard does not select a topic that begins with `$`.
///
/// ```
/// use broker_core::topic::matches;
///
/// assert!(matches("a/+", "a/b") && matches("a/+", "a/") && !matches("a/+", "a/b/c"));
/// assert!(matches("a/#", "a/b/c") && matches("a/#", "a"));
/// assert!(!matches("+/info", "$SYS/info"));
/// ```
pub fn matches(filter: &str, topic: &str) -> bool {
    // [MQTT5-4.7.2-1] [MQTT311-4.7.2-1]
    if topic.starts_with('$') && begins_with_wildcard(filter) {
        return false;
    }
    let mut patterns = filter.split('/').peekable();
    let mut levels = topic.split('/');
    // [MQTT5-4.7.3-4] [MQTT311-4.7.3-4]: levels are compared byte by byte.
    while let Some(pattern) = patterns.next() {
        if pattern == "#" && patterns.peek().is_none() {
            return true;
        }
        match levels.next() {
            Some(level) if pattern == "+" || pattern == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether a valid filter contains a wildcard, so that it may select more than the one topic of its own name.
///
/// ```
/// use broker_core::topic::is_wildcard;
///
/// assert!(is_wildcard("a/+/c") && is_wildcard("#"));
/// assert!(!is_wildcard("a/b"));
/// ```
pub fn is_wildcard(filter: &str) -> bool {
    filter.bytes().any(|byte| matches!(byte, b'+' | b'#'))
}

/// Whether the first level of a filter is a wildcard: then it leaves out topics that begin with `$`.
pub(crate) fn begins_with_wildcard(filter: &str) -> bool {
    filter.starts_with(['+', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, selected: &[&str], not: &[&str]) {
        for topic in selected {
            assert!(matches(filter, topic), "{filter:?} should select {topic:?}");
        }
        for topic in not {
            assert!(!matches(filter, topic), "{filter:?} should not select {topic:?}");
        }
    }

    // The examples of section 4.7.1.2.
    #[test]
    fn multi_level_wildcard_selects_the_parent_and_all_below() {
        let player = "sport/tennis/player1";
        check(
            "sport/tennis/player1/#",
            &[
                player,
                "sport/tennis/player1/ranking",
                "sport/tennis/player1/score/wimbledon",
            ],
            &["sport/tennis", "sport/tennis/player2", "sport/tennis/player10"],
        );
        check(
            "sport/#",
            &["sport", "sport/", "sport/tennis"],
            &["sports", "/sport"],
        );
        check("#", &["sport", "/", "//", "sport/tennis/player1"], &[]);
        check("sport/tennis/#", &["sport/tennis", player], &["sport"]);
    }

    // The examples of section 4.7.1.3.
    #[test]
    fn single_level_wildcard_selects_exactly_one_level() {
        check(
            "sport/tennis/+",
            &["sport/tennis/player1", "sport/tennis/player2", "sport/tennis/"],
            &["sport/tennis", "sport/tennis/player1/ranking"],
        );
        check("sport/+", &["sport/"], &["sport", "sport/a/b"]);
        check("+", &["sport", "finance"], &["/finance", "sport/", "a/b"]);
        check("+/+", &["/finance", "a/b", "/"], &["finance", "a/b/c"]);
        check("/+", &["/finance", "/"], &["finance", "a/b"]);
        check(
            "+/tennis/#",
            &["a/tennis", "/tennis/x/y", "b/tennis/z"],
            &["tennis", "a/b/tennis"],
        );
        check(
            "sport/+/player1",
            &["sport/tennis/player1", "sport//player1"],
            &["sport/a/b/player1", "sport/player1"],
        );
    }

    // The examples of section 4.7.2.
    #[test]
    fn leading_wildcards_leave_dollar_topics_out() {
        check("#", &["SYS"], &["$SYS", "$SYS/monitor/Clients", "$"]);
        check(
            "+/monitor/Clients",
            &["SYS/monitor/Clients"],
            &["$SYS/monitor/Clients"],
        );
        check("$SYS/#", &["$SYS", "$SYS/", "$SYS/monitor/Clients"], &["$SYSTEM"]);
        check("$SYS/monitor/+", &["$SYS/monitor/Clients"], &["$SYS/monitor"]);
        // Only the first character of the topic counts.
        check("a/#", &["a/$SYS"], &[]);
        check("+/+", &["a/$SYS", "/$SYS"], &["$SYS/a"]);
    }

    // Section 4.7.3: case, slashes and spaces all count.
    #[test]
    fn nothing_is_normalised() {
        check("ACCOUNTS", &["ACCOUNTS"], &["Accounts", "/ACCOUNTS", "ACCOUNTS/"]);
        check("Accounts payable", &["Accounts payable"], &["Accountspayable"]);
        check("/finance", &["/finance"], &["finance"]);
        // A letter with an accent differs from a letter followed by a combining accent.
        check("caf\u{e9}", &["caf\u{e9}"], &["cafe\u{301}"]);
    }

    #[test]
    fn parent_of_a_multi_level_wildcard_may_be_a_wildcard() {
        check("+/#", &["a", "a/b", "/", "/a/b/c"], &["$a", "$a/b"]);
        check("a/+/#", &["a/b", "a/", "a/b/c/d"], &["a"]);
        check("/#", &["/", "/a", "//"], &["a", "a/"]);
    }

    #[test]
    fn wildcards_are_recognised() {
        for filter in ["#", "+", "a/#", "+/a", "a/+/b"] {
            assert!(is_wildcard(filter), "{filter:?}");
        }
        for filter in ["a", "/", "$SYS/a", "a/b/c"] {
            assert!(!is_wildcard(filter), "{filter:?}");
        }
    }

    #[test]
    fn deepest_topics_match_in_linear_time() {
        let topic = "/".repeat(65_534);
        let filter = format!("{}+", "+/".repeat(32_767));
        assert!(matches("#", &topic));
        assert!(matches(&format!("{}#", "/".repeat(65_534)), &topic));
        assert!(!matches(&filter, &topic));
        assert!(matches(&filter, &"/".repeat(32_767)));
    }
}
