//! The copy of the repository in `target/mutants/copy`, into which the mutants are written. It is made once: what is
//! changed in the repository meanwhile changes no measurement that has begun.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mutant::{Mutant, Place, splice};

/// Where everything lies.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The repository.
    pub root: PathBuf,
    /// `target/mutants`.
    pub work: PathBuf,
}

impl Folders {
    /// Those of this repository.
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        Self {
            work: root.join("target/mutants"),
            root,
        }
    }

    /// The copy of the repository.
    pub fn copy(&self) -> PathBuf {
        self.work.join("copy")
    }

    /// The broker's source as it was copied, without mutants.
    pub fn pristine(&self) -> PathBuf {
        self.work.join("pristine")
    }
}

/// Copies what git knows of the repository, with what is changed in it; and keeps the broker's source apart.
///
/// # Errors
/// git is not there, or a file cannot be copied.
pub fn make(folders: &Folders) -> Result<(), String> {
    for folder in [folders.copy(), folders.pristine()] {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    sync(folders, |_| true)?;
    let from = folders.copy().join("broker/core/src");
    for file in rust_files(&from)? {
        let name = file.strip_prefix(folders.copy()).unwrap_or(&file);
        copy(&file, &folders.pristine().join(name))?;
    }
    Ok(())
}

/// Copies those files that `wanted` names, from the repository as it is now.
///
/// # Errors
/// git is not there, or a file cannot be copied.
pub fn sync(folders: &Folders, wanted: impl Fn(&str) -> bool) -> Result<(), String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&folders.root)
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    for name in String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|name| wanted(name))
    {
        let from = folders.root.join(name);
        if from.is_file() {
            copy(&from, &folders.copy().join(name))?;
        }
    }
    Ok(())
}

/// Copies a file unless the same is there: what did not change is not built again.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let text = fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?;
    write(to, &text)?;
    let mode = fs::metadata(from).and_then(|about| fs::set_permissions(to, about.permissions()));
    mode.map_err(|error| format!("{}: {error}", to.display()))
}

fn write(to: &Path, text: &[u8]) -> Result<(), String> {
    if fs::read(to).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(to, text))
        .map_err(|error| format!("{}: {error}", to.display()))
}

/// Every Rust file below `folder`, in order.
///
/// # Errors
/// A folder cannot be read.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// What asks, in each changed place, whether that mutant is the one: its number is in the environment.
const ASKS: &str = r#"//! Which mutant this process is.
use std::sync::LazyLock;

static NUMBER: LazyLock<u32> = LazyLock::new(|| {
    let number = std::env::var("CITRONELLA_MUTANT").ok();
    number.and_then(|text| text.parse().ok()).unwrap_or(u32::MAX)
});

/// Whether this process is that mutant.
#[inline]
pub fn is(number: u32) -> bool {
    *NUMBER == number
}
"#;

/// Writes the broker's source with these mutants into the copy; where each lies, by file.
///
/// # Errors
/// A file cannot be read or written.
pub fn weave(
    folders: &Folders,
    mutants: &BTreeMap<usize, Mutant>,
) -> Result<BTreeMap<String, Vec<Place>>, String> {
    let mut by_file: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        by_file.entry(&mutant.file).or_default().push((*number, mutant));
    }
    let mut places = BTreeMap::new();
    for path in rust_files(&folders.pristine().join("broker/core/src"))? {
        let name = path
            .strip_prefix(folders.pristine())
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        let mut text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        if let Some(mutants) = by_file.get(name.as_str()) {
            let (woven, lie) = splice(&text, mutants);
            text = woven;
            places.insert(name.clone(), lie);
        }
        if name == "broker/core/src/lib.rs" {
            text.push_str("\n#[doc(hidden)]\npub mod mutant;\n");
        }
        write(&folders.copy().join(&name), text.as_bytes())?;
    }
    write(&folders.copy().join("broker/core/src/mutant.rs"), ASKS.as_bytes())?;
    Ok(places)
}
