//! [`Plan`]: which mutants a measurement is about, drawn by a seed, and free of those that do not compile.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cargo::wrong;
use crate::copy::{Folders, rust_files, weave};
use crate::find::find;
use crate::mutant::Mutant;

/// The rooms that are measured: those below the sans-IO line that do something.
pub const ROOMS: [&str; 9] = [
    "topic", "wire", "session", "router", "engine", "auth", "journal", "snapshot", "expect",
];

/// Files that are tests, or that only put things into words.
const LEFT_OUT: &[&str] = &[
    "/tests",
    "broker/core/src/wire/display.rs",
    "broker/core/src/journal/words.rs",
    "broker/core/src/expect/words.rs",
];

/// What a measurement is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    /// What decides which mutants are drawn.
    pub seed: u64,
    /// How many were asked for.
    pub sample: usize,
    /// How many there are to draw from.
    pub candidates: usize,
    /// How many of those drawn do not compile, and count for nothing.
    pub dropped: usize,
    /// Those in the copy, by number. The numbers are the order of the draw.
    pub mutants: BTreeMap<usize, Mutant>,
}

impl Plan {
    fn path(folders: &Folders) -> PathBuf {
        folders.work.join("plan.json")
    }

    /// The plan of a measurement that has begun.
    pub fn load(folders: &Folders) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(Self::path(folders)).ok()?).ok()
    }

    /// Draws `sample` mutants of the copy, and writes them into it.
    ///
    /// # Errors
    /// A file cannot be read or written, or the copy does not compile.
    pub fn draw(folders: &Folders, seed: u64, sample: usize) -> Result<Self, String> {
        let mut all = candidates(&folders.pristine())?;
        all.sort_by_key(|mutant| hash(seed, &mutant.key()));
        let mut plan = Self {
            seed,
            sample,
            candidates: all.len(),
            dropped: 0,
            mutants: BTreeMap::new(),
        };
        let mut waiting = all.into_iter().enumerate();
        loop {
            // One in ten or so does not compile: some more are drawn, so that few rounds are needed.
            let missing = sample.saturating_sub(plan.mutants.len());
            plan.mutants.extend(waiting.by_ref().take(missing + missing / 8));
            loop {
                let places = weave(folders, &plan.mutants)?;
                let wrong = wrong(folders, &places)?;
                if wrong.is_empty() {
                    break;
                }
                eprintln!(
                    "{} of {} do not compile, and are left out",
                    wrong.len(),
                    plan.mutants.len()
                );
                plan.dropped += wrong.len();
                plan.mutants.retain(|number, _| !wrong.contains(number));
            }
            if plan.mutants.len() >= sample || waiting.len() == 0 {
                break;
            }
        }
        while plan.mutants.len() > sample {
            plan.mutants.pop_last();
        }
        let text = serde_json::to_string(&plan).map_err(|error| error.to_string())?;
        fs::write(Self::path(folders), text).map_err(|error| error.to_string())?;
        Ok(plan)
    }
}

/// All mutants of the rooms, in the source below this folder.
///
/// # Errors
/// A file cannot be read.
pub fn candidates(root: &std::path::Path) -> Result<Vec<Mutant>, String> {
    let mut all = Vec::new();
    for path in rust_files(&root.join("broker/core/src"))? {
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        let inside = name.strip_prefix("broker/core/src/").unwrap_or(&name);
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        if ROOMS.contains(&room) && !LEFT_OUT.iter().any(|out| name.contains(out)) {
            let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            all.extend(find(&name, &text)?);
        }
    }
    Ok(all)
}

/// FNV-1a, mixed once more: the place in the draw.
fn hash(seed: u64, key: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in key.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
