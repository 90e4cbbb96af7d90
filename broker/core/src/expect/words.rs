//! Patterns and expectations in words.

use std::fmt;

use super::{Expectation, Pattern, What, fit, json};
use crate::journal::Direction;

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Packet(name) => f.write_str(name)?,
            What::Event(name) => write!(f, "event {}", name.replace('_', " "))?,
            What::AnyPacket => f.write_str("packet")?,
        }
        match (self.way, &self.client) {
            (Some(Direction::In), Some(client)) => write!(f, " from {client:?}")?,
            (Some(Direction::Out), Some(client)) => write!(f, " to {client:?}")?,
            (None, Some(client)) => write!(f, " of {client:?}")?,
            (Some(Direction::In), None) => f.write_str(" from a client")?,
            (Some(Direction::Out), None) => f.write_str(" to a client")?,
            (None, None) => {}
        }
        if let Some(topic) = &self.topic {
            write!(f, " on {topic}")?;
        }
        for (path, value) in &self.fields {
            write!(f, ", {} {}", fit::in_words(path), json::shown(value))?;
        }
        for is in &self.payload {
            write!(f, ", payload {is}")?;
        }
        for test in &self.tests {
            write!(f, ", {}", test.words)?;
        }
        Ok(())
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            let then = if number > 0 { ", then " } else { "" };
            write!(f, "{then}{}: {step}", step.count)?;
        }
        Ok(())
    }
}
