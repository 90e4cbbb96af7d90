//! [`ClockChange`]: what was done to the clock, which the journal tells.

/// What was done to the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockChange {
    /// It stands still from now on.
    Stopped,
    /// It runs again.
    Runs,
    /// It is moved on.
    Moved,
}

impl ClockChange {
    pub(super) const WORDS: &'static [&'static str] = &["stopped", "runs", "moved"];

    /// In JSON and patterns.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Runs => "runs",
            Self::Moved => "moved",
        }
    }
}
