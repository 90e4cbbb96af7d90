//! What a user is told of a mosquitto.conf: what is wrong, and what else should be known.

use std::fmt;
use std::path::PathBuf;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::line::Line;
use crate::error::{Origin, Problem, ProblemKind};

/// Something that should be known of a settings file and is no mistake: what a line does not do, and why.
///
/// ```
/// let path = std::env::temp_dir().join(format!("remark-{}.conf", std::process::id()));
/// std::fs::write(&path, "max_inflight_messages 10\n")?;
/// let loaded = settings::Loader::new().file(&path).load()?;
/// assert!(loaded.remarks[0].to_string().contains("no `listener`"));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line that it is about.
    pub origin: Origin,
    /// What should be known.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.text)
    }
}

/// As an object: `file` and `line` (`null` where none can be named), and `text`.
impl Serialize for Remark {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (file, line) = match &self.origin {
            Origin::File { path, line } => (Some(path.to_string_lossy()), *line),
            _ => (None, None),
        };
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("file", &file)?;
        map.serialize_entry("line", &line)?;
        map.serialize_entry("text", &self.text)?;
        map.end()
    }
}

/// Collects both, and what was read.
#[derive(Default)]
pub(super) struct Told {
    pub(super) problems: Vec<Problem>,
    pub(super) remarks: Vec<Remark>,
    /// The files that the main one includes, in the order in which they are read.
    pub(super) included: Vec<PathBuf>,
    /// The name of the option in each line.
    pub(super) options: Vec<(Origin, String)>,
}

impl Told {
    /// A mistake, for which the broker does not start.
    pub(super) fn wrong(&mut self, origin: &Origin, text: impl Into<String>) {
        self.problems.push(Problem {
            key: String::new(),
            origin: origin.clone(),
            kind: ProblemKind::Line(text.into()),
        });
    }

    /// That the quotes around a value are a part of it: as the end of the mistakes from the one of this number on, or alone.
    pub(super) fn quoted(&mut self, line: &Line, known: usize) {
        let bare = line.rest.trim_matches(['"', '\'']);
        let text = format!(
            "the quotes are part of the value in a mosquitto.conf; without them: `{} {bare}`",
            line.name
        );
        let mut was_wrong = false;
        for problem in self.problems.iter_mut().skip(known) {
            if let ProblemKind::Line(said) = &mut problem.kind {
                *said = format!("{said}; {text}");
                was_wrong = true;
            }
        }
        if !was_wrong {
            self.remark(&line.origin, format!("`{}`: {text}", line.name));
        }
    }

    /// Something that should be known.
    pub(super) fn remark(&mut self, origin: &Origin, text: impl Into<String>) {
        self.remarks.push(Remark {
            origin: origin.clone(),
            text: text.into(),
        });
    }
}
