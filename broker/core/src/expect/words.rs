//! Expectations in words.

use std::fmt;

use super::Expectation;

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            let then = if number > 0 { ", then " } else { "" };
            write!(f, "{then}{}: {}", step.count, step.pattern)?;
        }
        Ok(())
    }
}
