//! [`Gone`]: what was in force once, and why something is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pattern::nearest;

/// How many names are remembered.
const MOST: usize = 10_000;
/// How many names are told of those that there are.
const TOLD: usize = 8;

/// Why a rule or a stub is not in force.
///
/// ```
/// let absent = broker_core::stub::Stubs::default().why_absent("lamp").expect("there is none");
/// assert!(absent.was_never && absent.words == r#"no stub "lamp" was ever in force; no stub is"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// In words.
    pub words: String,
    /// There never was one of this name.
    pub was_never: bool,
}

/// The names of those that were in force.
#[derive(Debug, Default)]
pub(crate) struct Gone(BTreeSet<Arc<str>>);

impl Gone {
    pub fn add(&mut self, name: &str) {
        if self.0.len() < MOST {
            self.0.insert(name.into());
        }
    }

    /// Why nothing of this `kind` and name is there; `names` are those that are.
    pub fn why_absent<'a, N>(&'a self, kind: &str, name: &str, names: impl Fn() -> N) -> Absent
    where
        N: Iterator<Item = &'a str>,
    {
        if self.0.contains(name) {
            return Absent {
                words: format!(
                    "the {kind} {name:?} is not in force any more: it was removed (in Rust: or its guard was dropped)"
                ),
                was_never: false,
            };
        }
        let gone = self.0.iter().map(|name| &**name);
        let told: Vec<String> = names().take(TOLD).map(|name| format!("{name:?}")).collect();
        let others = match (&*nearest(name, names().chain(gone)), &told[..]) {
            ("", []) => format!("; no {kind} is"),
            ("", names) => format!("; in force are {}", names.join(", ")),
            (near, _) => near.to_owned(),
        };
        // It may be one of those that were too many to be remembered.
        let was_never = self.0.len() < MOST;
        let was = if was_never { "was ever" } else { "is" };
        Absent {
            words: format!("no {kind} {name:?} {was} in force{others}"),
            was_never,
        }
    }
}
