//! [`Count`]: how often.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use serde::{Deserialize, Serialize};

/// How often something is expected. A number means exactly so often; ranges such as `2..5`, `2..=5`, `2..` and `..=5` do as
/// well.
///
/// ```
/// use broker::expect::Count;
///
/// assert!(Count::from(2..=5).allows(3));
/// assert_eq!(Count::from(2..5), Count::from(2..=4));
/// assert_eq!(Count::from(3).to_string(), "3 times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// So often at least.
    #[serde(default)]
    pub min: usize,
    /// So often at the most; `None` for as often as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
}

impl Count {
    /// Once or more often: what is expected where nothing else is said.
    ///
    /// ```
    /// use broker::expect::{Count, publish};
    ///
    /// assert_eq!(publish("a"), publish("a").times(Count::SOME)); // it need not be said
    /// ```
    pub const SOME: Count = Count { min: 1, max: None };
    /// Not at all.
    ///
    /// ```
    /// use broker::expect::{Count, publish};
    ///
    /// assert_eq!(publish("a").never(), publish("a").times(Count::NEVER));
    /// ```
    pub const NEVER: Count = Count { min: 0, max: Some(0) };

    /// Whether `n` times is right.
    ///
    /// ```
    /// use broker::expect::Count;
    ///
    /// let count = Count::from(1..=3);
    /// assert!(count.allows(2) && !count.allows(0) && !count.allows(4));
    /// ```
    pub fn allows(self, n: usize) -> bool {
        n >= self.min && !self.is_exceeded_by(n)
    }

    /// Whether `n` times is too often, whatever comes.
    ///
    /// ```
    /// use broker::expect::Count;
    ///
    /// assert!(Count::from(3).is_exceeded_by(4)); // a fourth spoils it for good
    /// assert!(!Count::from(3..).is_exceeded_by(4));
    /// ```
    pub fn is_exceeded_by(self, n: usize) -> bool {
        self.max.is_some_and(|max| n > max)
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::SOME
    }
}

impl From<usize> for Count {
    fn from(times: usize) -> Self {
        Self {
            min: times,
            max: Some(times),
        }
    }
}

impl From<RangeInclusive<usize>> for Count {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self {
            min: *range.start(),
            max: Some(*range.end()),
        }
    }
}

/// Without its end, as ranges of this form are. One that holds no number is no count, and an expectation with it an error.
impl From<Range<usize>> for Count {
    fn from(range: Range<usize>) -> Self {
        match range.end.checked_sub(1) {
            Some(max) => Self::from(range.start..=max),
            None => Self {
                min: range.start.max(1),
                max: Some(0),
            },
        }
    }
}

impl From<RangeTo<usize>> for Count {
    fn from(range: RangeTo<usize>) -> Self {
        Self::from(0..range.end)
    }
}

impl From<RangeFrom<usize>> for Count {
    fn from(range: RangeFrom<usize>) -> Self {
        Self {
            min: range.start,
            max: None,
        }
    }
}

impl From<RangeToInclusive<usize>> for Count {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self {
            min: 0,
            max: Some(range.end),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (0, Some(0)) => f.write_str("never"),
            (1, Some(1)) => f.write_str("once"),
            (min, Some(max)) if min == max => write!(f, "{min} times"),
            (0, Some(max)) => write!(f, "at most {max} times"),
            (min, Some(max)) => write!(f, "{min} to {max} times"),
            (1, None) => f.write_str("at least once"),
            (0, None) => f.write_str("any number of times"),
            (min, None) => write!(f, "at least {min} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive() {
        let counts = [
            (Count::SOME, [false, true, true]),
            (Count::NEVER, [true, false, false]),
        ];
        for (count, allowed) in counts {
            assert_eq!([0, 1, 2].map(|n| count.allows(n)), allowed, "{count}");
        }
        assert_eq!(
            [1, 2, 3, 4].map(|n| Count::from(2..=3).allows(n)),
            [false, true, true, false]
        );
        assert_eq!(Count::from(2..5), Count::from(2..=4));
        assert_eq!(Count::from(..5), Count::from(..=4));
        assert_eq!(
            [0, 1, 2].map(|n| Count::from(..=1).allows(n)),
            [true, true, false]
        );
        assert_eq!([1, 2, 9].map(|n| Count::from(2..).allows(n)), [false, true, true]);
    }

    #[test]
    fn counts_read_as_a_person_would_say_them() {
        let said = [
            (Count::from(1), "once"),
            (Count::from(3), "3 times"),
            (Count::NEVER, "never"),
            (Count::from(2..), "at least 2 times"),
            (Count::from(..=4), "at most 4 times"),
            (Count::from(2..=4), "2 to 4 times"),
        ];
        for (count, words) in said {
            assert_eq!(count.to_string(), words);
        }
    }
}
