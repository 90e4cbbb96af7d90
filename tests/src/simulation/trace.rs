//! `Trace`: what happened, in lines for people; kept only in a replay, since writing it down takes time.

use std::collections::VecDeque;

/// The last lines of what happened.
#[derive(Debug, Default)]
pub struct Trace {
    most: usize,
    lines: VecDeque<String>,
}

impl Trace {
    /// Keeps the last `most` lines; with 0, nothing.
    pub fn keep(most: usize) -> Self {
        Self {
            most,
            lines: VecDeque::new(),
        }
    }

    /// Adds a line.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        if self.most == 0 {
            return;
        }
        if self.lines.len() >= self.most {
            self.lines.pop_front();
        }
        self.lines.push_back(line());
    }

    /// The lines, oldest first.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.into()
    }
}
