//! [`Feed`]: what helpers draw on besides the time and chance. One for all stubs, one for a device.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use minijinja::value::{Serde, Value};
use serde_json::Value as Json;

/// How many counters there may be.
const MOST_COUNTERS: usize = 10_000;

/// A file, as somebody else has read it.
///
/// ```
/// use broker_core::template::{Content, Files};
/// use serde_json::json;
///
/// let rows = Content::Items(vec![json!({"name": "ann"}), json!({"name": "bob"})]);
/// assert!(Files::default().with("people.csv", rows).has("people.csv"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text; its items are its lines, without empty ones.
    Text(String),
    /// Any bytes. Helpers cannot read them; they may be a payload.
    Bytes(Bytes),
    /// The rows of a table, or the elements of a list of JSON.
    Items(Vec<Json>),
}

/// The files that templates read, by the names that they have for them. Read before anything happens, by somebody else.
///
/// ```
/// use broker_core::template::{Content, Files};
///
/// let files = Files::default().with("names.txt", Content::Text("ann\nbob\n".to_owned()));
/// assert!(files.has("names.txt"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Files(Arc<BTreeMap<String, Arc<File>>>);

#[derive(Debug)]
pub(super) struct File {
    pub content: Content,
    pub items: Vec<Value>,
}

impl Files {
    /// One more file. One of the same name is replaced.
    #[must_use]
    pub fn with(mut self, name: &str, content: Content) -> Self {
        let items = match &content {
            Content::Text(text) => {
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                lines.map(Value::from).collect()
            }
            Content::Bytes(_) => Vec::new(),
            Content::Items(items) => items.iter().map(|item| Value::from(Serde(item))).collect(),
        };
        Arc::make_mut(&mut self.0).insert(name.to_owned(), Arc::new(File { content, items }));
        self
    }

    /// Whether there is a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What is in the file of this name.
    pub fn content(&self, name: &str) -> Option<&Content> {
        self.0.get(name).map(|file| &file.content)
    }
}

/// Counters, contents of files, and the wall time at which the broker's clock began.
///
/// ```
/// use std::time::Duration;
/// use broker_core::template::Feed;
///
/// let mut feed = Feed::new(Duration::from_secs(1_767_225_600)); // the clock begins with the year 2026
/// feed.reset();
/// ```
#[derive(Debug, Clone, Default)]
pub struct Feed {
    pub(super) began: Duration,
    counters: BTreeMap<String, i64>,
    files: Files,
}

impl Feed {
    /// `began` is the time since 1970 at which the broker's clock showed zero.
    pub fn new(began: Duration) -> Self {
        Self {
            began,
            ..Self::default()
        }
    }

    /// From now on helpers read these files.
    pub fn set_files(&mut self, files: Files) {
        self.files = files;
    }

    /// All counters begin anew.
    pub fn reset(&mut self) {
        self.counters.clear();
    }

    pub(super) fn file(&self, name: &str) -> Option<Arc<File>> {
        self.files.0.get(name).cloned()
    }

    /// Counts: the first time `from`, then so much more each time. `None` where there are too many counters.
    pub(super) fn count(&mut self, name: &str, from: i64, step: i64) -> Option<i64> {
        if let Some(last) = self.counters.get_mut(name) {
            *last = last.saturating_add(step);
            return Some(*last);
        }
        if self.counters.len() >= MOST_COUNTERS {
            return None;
        }
        self.counters.insert(name.to_owned(), from);
        Some(from)
    }
}
