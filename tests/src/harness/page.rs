//! The examples of a page of docs/, run from top to bottom: its blocks, the folder they are run in, and what a comment behind a
//! command says that comes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::binaries::{program, target_dir, workspace};
use super::source::read;
use super::{Finished, Program};

/// A block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `sh`, `toml`, …
    pub language: String,
    /// What stands between the fences.
    pub text: String,
}

/// All blocks of a page, such as `docs/WAYS.md`.
pub fn blocks(page: &str) -> Vec<Block> {
    let page = read(&workspace().join(page));
    let fenced = page.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let (language, text) = block.split_once('\n').expect("a language and a block");
            Block {
                language: language.to_owned(),
                text: text.to_owned(),
            }
        })
        .collect()
}

/// A folder in which examples are run, with our programs on the path.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// An empty folder of this name.
    pub fn new(name: &str) -> Self {
        let folder = target_dir().join("tmp").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("target/ can be written");
        Self { folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes a block that is a file: its first line is a comment with its name.
    pub fn write(&self, text: &str) {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        fs::write(self.folder.join(name.expect("its name")), text).expect("it can be written");
    }

    /// A program in it.
    pub fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.folder);
        // One of ours says where all of them are, and which variables they should not see.
        for name in ["broker", "publisher", "subscriber"] {
            let ours = program(name);
            for (variable, value) in ours.get_envs() {
                match value {
                    Some(value) => command.env(variable, value),
                    None => command.env_remove(variable),
                };
            }
            let programs = Path::new(ours.get_program()).parent().expect("it is in a folder");
            let path = std::env::var_os("PATH").unwrap_or_default();
            let paths = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path));
            command.env(
                "PATH",
                std::env::join_paths(paths).expect("paths without a colon"),
            );
        }
        command
    }

    /// A line of a shell in it.
    pub fn shell(&self, line: &str) -> Program {
        Program::start(self.command("bash").args(["-c", line]))
    }
}

/// A command of a shell, and what the comment behind it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The command.
    pub command: &'a str,
    /// It ends well, and writes this to its output.
    pub prints: Option<&'a str>,
    /// It ends well, and says this on standard error.
    pub says: Option<&'a str>,
    /// It fails, and says this on standard error.
    pub fails: Option<&'a str>,
}

impl<'a> From<&'a str> for Line<'a> {
    fn from(line: &'a str) -> Self {
        let (command, comment) = line.split_once("  # ").unwrap_or((line, ""));
        Self {
            command: command.trim_end(),
            prints: comment.strip_prefix("prints: "),
            says: comment.strip_prefix("says: "),
            fails: comment.strip_prefix("fails: "),
        }
    }
}

impl Line<'_> {
    /// Holds what came of it against what it says.
    pub fn check(&self, finished: &Finished) {
        let Self {
            command,
            prints,
            says,
            fails,
        } = self;
        let said = format!("{finished:?}");
        assert_eq!(finished.code == Some(0), fails.is_none(), "{command}: {said}");
        let printed = finished.stdout.join("\n");
        assert!(
            prints.is_none_or(|prints| printed.contains(prints)),
            "{command}: {said}"
        );
        let complained = finished.stderr.join("\n");
        assert!(
            says.or(*fails).is_none_or(|words| complained.contains(words)),
            "{command}: {said}"
        );
    }
}
