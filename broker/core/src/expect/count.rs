//! [`Count`]: how often.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How often something is expected: a number of times, or a range such as `2..5`, `2..=5`, `2..` and `..=5`.
///
/// ```
/// use broker_core::expect::Count;
///
/// assert!(Count::from(2..=5).allows(3));
/// assert_eq!(Count::from(2..5), Count::from(2..=4));
/// assert_eq!(Count::from(3).to_string(), "3 times");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", from = "Form")]
pub struct Count {
    /// The least number of times that is enough.
    pub min: usize,
    /// The greatest number of times that is not too often; `None` where none is.
    pub max: Option<usize>,
}

/// A count in JSON: a number, or its bounds, each of which may be left out.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of times, or an object with `min`, `max` or both"
)]
enum Form {
    Exactly(usize),
    Bounds(#[serde(deserialize_with = "bounds")] Bounds),
}

/// Serde would take a list, too, for the bounds in their order.
fn bounds<'de, D: Deserializer<'de>>(from: D) -> Result<Bounds, D::Error> {
    let members = serde_json::Map::deserialize(from)?;
    Bounds::deserialize(serde_json::Value::Object(members)).map_err(D::Error::custom)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    #[serde(default)]
    min: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<usize>,
}

impl From<Count> for Form {
    fn from(Count { min, max }: Count) -> Self {
        match max {
            Some(max) if max == min => Self::Exactly(min),
            max => Self::Bounds(Bounds { min, max }),
        }
    }
}

impl From<Form> for Count {
    fn from(form: Form) -> Self {
        match form {
            Form::Exactly(times) => times.into(),
            Form::Bounds(Bounds { min, max }) => Self { min, max },
        }
    }
}

impl Count {
    /// Once or more often. That is what an expectation means unless it says otherwise.
    pub const SOME: Count = Count { min: 1, max: None };
    /// Not at all.
    pub const NEVER: Count = Count { min: 0, max: Some(0) };

    /// Whether `n` times is right.
    pub fn allows(self, n: usize) -> bool {
        n >= self.min && !self.is_exceeded_by(n)
    }

    /// Whether `n` times is too often already.
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

/// A range without its end. An expectation with a range that holds no number is an error.
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
