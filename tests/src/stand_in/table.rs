//! [`Table`]: what clients do and see, as a file that people read.
//!
//! ```text
//! prepare: mosquitto_passwd -b -c /mosquitto/config/passwd ann pencil
//!
//! ## A client without a name
//! a connect 5                              => CONNACK 0x87
//! b subscribe secret/# 0                   => SUBACK 0x00
//!     ours                                 => SUBACK 0x87   [nothing to read]
//! ```

use std::fmt::Write as _;

/// Where the answers begin.
const COLUMN: usize = 72;

/// A file `observed`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What it is about: every line before the first case that is no command.
    pub about: Vec<String>,
    /// Commands that make files, before a broker starts.
    pub prepare: Vec<String>,
    /// They follow each other; each with clients of its own.
    pub cases: Vec<Case>,
}

/// Steps that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// What it shows.
    pub title: String,
    /// The steps.
    pub rows: Vec<Row>,
}

/// A step and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is done.
    pub step: String,
    /// What is seen at mosquitto.
    pub theirs: String,
    /// What is seen at our broker, where that is meant to differ.
    pub ours: Option<Difference>,
}

/// An answer of ours that is meant to be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is seen.
    pub seen: String,
    /// Its name in docs/ACCESS.md.
    pub reason: String,
}

impl Row {
    /// What our broker should answer.
    pub fn expected_of_ours(&self) -> &str {
        self.ours
            .as_ref()
            .map_or(&self.theirs, |difference| &difference.seen)
    }
}

impl Table {
    /// Reads one.
    ///
    /// # Errors
    /// The line that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut table = Self::default();
        for (number, line) in text.lines().enumerate() {
            let fault = |what: &str| format!("line {}: {what}: {line}", number + 1);
            if let Some(title) = line.strip_prefix("## ") {
                table.cases.push(Case {
                    title: title.to_owned(),
                    rows: Vec::new(),
                });
            } else if let Some(command) = line.strip_prefix("prepare: ") {
                table.prepare.push(command.to_owned());
            } else if let Some(case) = table.cases.last_mut() {
                if line.trim().is_empty() {
                    continue;
                }
                let (step, seen) = line.split_once("=>").unwrap_or((line, ""));
                let (step, seen) = (step.trim(), seen.trim());
                if step == "ours" {
                    let (seen, reason) = seen
                        .strip_suffix(']')
                        .and_then(|seen| seen.rsplit_once('['))
                        .ok_or_else(|| fault("a [reason] must stand behind it"))?;
                    let row = case.rows.last_mut().ok_or_else(|| fault("it has no step"))?;
                    row.ours = Some(Difference {
                        seen: seen.trim().to_owned(),
                        reason: reason.to_owned(),
                    });
                } else {
                    case.rows.push(Row {
                        step: step.to_owned(),
                        theirs: seen.to_owned(),
                        ours: None,
                    });
                }
            } else if !line.trim().is_empty() {
                table.about.push(line.to_owned());
            }
        }
        Ok(table)
    }

    /// As a file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.about {
            let _ = writeln!(text, "{line}");
        }
        for command in &self.prepare {
            let _ = writeln!(text, "prepare: {command}");
        }
        for case in &self.cases {
            let _ = writeln!(text, "\n## {}", case.title);
            for row in &case.rows {
                let line = format!("{:<COLUMN$} => {}", row.step, row.theirs);
                let _ = writeln!(text, "{}", line.trim_end());
                if let Some(Difference { seen, reason }) = &row.ours {
                    let _ = writeln!(text, "{:<COLUMN$} => {seen}   [{reason}]", "    ours");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_as_it_is_read() {
        let text = "About it.\nprepare: true\n\n## One\na connect 5 => CONNACK 0x00\n    ours => CONNACK 0x87 [why]\na ends\n";
        let table = Table::parse(text).expect("it is one");
        assert_eq!(table.cases[0].rows.len(), 2);
        assert_eq!(table.cases[0].rows[0].expected_of_ours(), "CONNACK 0x87");
        assert_eq!(Table::parse(&table.text()), Ok(table));
    }

    #[test]
    fn a_difference_needs_a_reason() {
        let text = "## One\na connect 5 => CONNACK 0x00\n    ours => CONNACK 0x87\n";
        assert!(Table::parse(text).is_err_and(|error| error.starts_with("line 3: a [reason]")));
    }
}
