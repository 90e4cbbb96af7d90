//! A walk over the retained topics in sorted order asks this about each topic: does it match, and where may the next
//! match be?

use crate::topic::begins_with_wildcard;

/// What to do about one topic, and where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The filter selects it. Go on behind it.
    Match,
    /// The filter does not select it. Go on behind it.
    Next,
    /// The filter selects neither this topic nor any topic before the key that was written. Go on at that key.
    Seek,
    /// The filter selects neither this topic nor any topic behind it.
    End,
}

/// Judges `topic` by `filter`. For [`Verdict::Seek`] it writes to `key` where to go on, which is always behind `topic`.
///
/// Topics are in the order of their bytes. So all topics below `a` stand together, from `a/` to just before `a0` (`0`
/// is the byte behind `/`). But topics such as `a-b` stand between `a` and `a/`.
pub(super) fn judge(filter: &str, topic: &str, key: &mut String) -> Verdict {
    key.clear();
    // [MQTT5-4.7.2-1] [MQTT311-4.7.2-1]: the byte behind `$` stands behind all topics that begin with `$`.
    if topic.starts_with('$') && begins_with_wildcard(filter) {
        key.push('%');
        return Verdict::Seek;
    }
    let mut patterns = filter.split('/').peekable();
    let mut rest = Some(topic);
    // The length of the topic up to the end of the last level that a `+` has taken.
    let mut last_plus = None;
    while let Some(pattern) = patterns.next() {
        if pattern == "#" && patterns.peek().is_none() {
            return Verdict::Match;
        }
        let Some(levels) = rest else {
            return Verdict::Next;
        };
        let (level, below) = match levels.split_once('/') {
            Some((level, below)) => (level, Some(below)),
            None => (levels, None),
        };
        let start = topic.len() - levels.len();
        if pattern == "+" {
            last_plus = topic.get(..start + level.len());
        } else if pattern != level {
            let before_pattern = levels < pattern;
            if before_pattern || levels.bytes().lt(pattern.bytes().chain([b'/'])) {
                key.extend(topic.get(..start));
                key.push_str(pattern);
                if !before_pattern {
                    key.push('/');
                }
                return Verdict::Seek;
            }
            return leave(last_plus, key);
        }
        rest = below;
    }
    if rest.is_none() {
        Verdict::Match
    } else {
        leave(last_plus, key)
    }
}

/// No other topic can match with the levels that the `+` have taken: the last `+` must take another level.
fn leave(last_plus: Option<&str>, key: &mut String) -> Verdict {
    let Some(taken) = last_plus else {
        return Verdict::End;
    };
    key.push_str(taken);
    key.push('0');
    Verdict::Seek
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, topic: &str, verdict: Verdict, expected_key: &str) {
        let mut key = "left over".to_owned();
        assert_eq!(judge(filter, topic, &mut key), verdict, "{filter:?} {topic:?}");
        if verdict == Verdict::Seek {
            assert_eq!(key, expected_key, "{filter:?} {topic:?}");
            assert!(*key > *topic);
        }
    }

    #[test]
    fn a_literal_that_comes_later_is_sought() {
        check("a/+/c", "a/x/b", Verdict::Seek, "a/x/c");
        check("m", "a/b", Verdict::Seek, "m");
        check("a/m/#", "a/b/c", Verdict::Seek, "a/m");
    }

    #[test]
    fn what_stands_between_a_level_and_its_children_is_passed_over() {
        check("a/b/c", "a/b-1/c", Verdict::Seek, "a/b/");
        check("a/#", "a-1", Verdict::Seek, "a/");
    }

    #[test]
    fn behind_a_literal_the_last_plus_moves_on() {
        check("a/+/c", "a/x/d", Verdict::Seek, "a/x0");
        check("+/+/c", "p/q/d/e", Verdict::Seek, "p/q0");
        check("+/b/+/c", "p/c", Verdict::Seek, "p0");
        check("a/+/c", "b/x/c", Verdict::End, "");
    }

    #[test]
    fn too_many_levels_are_skipped_together() {
        check("a/+", "a/b/c", Verdict::Seek, "a/b0");
        check("+", "a/b/c", Verdict::Seek, "a0");
        check("a", "a/b", Verdict::End, "");
    }

    #[test]
    fn too_few_levels_go_on_with_the_next() {
        check("+/b", "a", Verdict::Next, "");
        check("a/b/+", "a/b", Verdict::Next, "");
    }

    #[test]
    fn dollar_topics_are_skipped_together() {
        check("#", "$SYS/a", Verdict::Seek, "%");
        check("+/a", "$SYS/a", Verdict::Seek, "%");
        check("$SYS/#", "$SYS/a", Verdict::Match, "");
    }
}
