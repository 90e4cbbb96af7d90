//! mosquitto.conf in place of a TOML file: its lines become keys and values of ours, each with the line it comes from.
//!
//! `bytes` and `sniff` say what kind of file it is; `line` reads it and the files that it includes; `table` has the options;
//! `translate` goes through the lines and gives each to the part of the file that it belongs to; `settle` then says what
//! all of them together mean. What mosquitto starts with, starts here, unless that would not be safe.
//!
//! ```
//! let path = std::env::temp_dir().join(format!("mosquitto-{}.conf", std::process::id()));
//! std::fs::write(&path, "listener 1883\nallow_anonymous true\nmax_queued_messages 7\n")?;
//! let loaded = settings::Loader::new().file(&path).load()?;
//! assert_eq!(loaded.settings.session.max_queued_messages, 7);
//! assert!(loaded.origin("session.max_queued_messages").to_string().ends_with(".conf:3"));
//! # std::fs::remove_file(path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bridge;
pub(crate) mod bytes;
mod general;
mod line;
mod listener;
#[doc(hidden)] // only the test of the page calls it
pub mod page;
mod plugin;
mod settle;
pub(crate) mod sniff;
mod table;
mod told;
mod translate;
mod value;
mod world;

use std::path::{Path, PathBuf};

pub use table::{Fate, MosquittoOption, Scope, Takes, options};
pub use told::Remark;

use crate::error::{Origin, Problem};
use crate::loader::Given;

/// What a mosquitto.conf says.
pub(crate) struct Read {
    pub(crate) given: Vec<Given>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) remarks: Vec<Remark>,
    /// The files that it includes.
    pub(crate) included: Vec<PathBuf>,
    /// The name of the option in each line.
    pub(crate) options: Vec<(Origin, String)>,
}

/// A text about settings with the options of a mosquitto.conf in place of the keys that it names.
pub(crate) fn in_its_words(text: &str) -> String {
    let option = |key: &str| {
        options()
            .find(|option| {
                option.listener_key() == Some(key)
                    || option.key() == Some(key)
                    || option.bridge_key() == Some(key)
            })
            .map(|option| option.name)
    };
    let pieces = text.split('`').enumerate();
    let pieces: Vec<&str> = pieces
        .map(|(index, piece)| option(piece).filter(|_| index % 2 == 1).unwrap_or(piece))
        .collect();
    pieces.join("`")
}

/// Reads the text of the file at `path`. `has_port` says that a variable or a flag gives a port: it opens the main port beside
/// the listeners of the file, or in place of the one that a file without any has.
pub(crate) fn read(text: &str, path: &Path, has_port: bool) -> Read {
    let mut told = told::Told::default();
    let items = line::read(text, path, &mut told);
    let mut walk = translate::Walk::new(path, told);
    walk.items(items);
    let (given, mut told) = settle::settle(walk, has_port);
    // Line by line, what is about a whole file last. Each file keeps its place.
    let mut files: Vec<PathBuf> = Vec::new();
    told.remarks.sort_by_cached_key(|remark| match &remark.origin {
        Origin::File { path, line } => {
            let place = files.iter().position(|known| known == path).unwrap_or_else(|| {
                files.push(path.clone());
                files.len() - 1
            });
            (place, line.unwrap_or(usize::MAX))
        }
        _ => (usize::MAX, 0),
    });
    Read {
        given,
        problems: told.problems,
        remarks: told.remarks,
        included: told.included,
        options: told.options,
    }
}
