//! [`Turns`]: on which of the packets that match a rule acts.

/// On which packets that match, counted for each client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turns {
    /// On each.
    Each,
    /// On this one, counted from 1.
    Nth(u64),
    /// On each of these many.
    Every(u64),
    /// On these many, from the first on.
    First(u64),
    /// On all behind these many.
    After(u64),
}

/// Makes turns of a number.
type Make = fn(u64) -> Turns;

impl Turns {
    /// The key that says it, and its number.
    pub fn said(self) -> Option<(&'static str, u64)> {
        match self {
            Self::Each => None,
            Self::Nth(n) => Some(("nth", n)),
            Self::Every(n) => Some(("every", n)),
            Self::First(n) => Some(("first", n)),
            Self::After(n) => Some(("after", n)),
        }
    }

    pub const KEYS: [(&'static str, Make); 4] = [
        ("nth", Self::Nth),
        ("every", Self::Every),
        ("first", Self::First),
        ("after", Self::After),
    ];

    /// Whether it is the turn of the packet that is the `nth` to match.
    pub fn has_come(self, nth: u64) -> bool {
        match self {
            Self::Each => true,
            Self::Nth(n) => nth == n,
            Self::Every(n) => nth.is_multiple_of(n),
            Self::First(n) => nth <= n,
            Self::After(n) => nth > n,
        }
    }

    /// Whether no turn can come once so many have matched.
    pub fn is_over(self, matched: u64) -> bool {
        match self {
            Self::Nth(n) | Self::First(n) => matched >= n,
            Self::Each | Self::Every(_) | Self::After(_) => false,
        }
    }
}
