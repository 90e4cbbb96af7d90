//! One mutant put through the stages, each in a process of its own, with bounds on its time and its memory.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::copy::Folders;
use crate::mutant::Mutant;
use crate::stage::{ROWS, Stage};

/// Address space of a mutant, in KiB: room for every test as it is, and little for one that allocates without end.
const MEMORY_KIB: u32 = 6 * 1024 * 1024;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Every test passed.
    Passed,
    /// A test failed.
    Failed,
    /// It took far more time than it does otherwise.
    Time,
    /// It was killed by a signal, or had no more memory.
    Crashed,
}

/// What became of a mutant: a line of the file of results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// [`Mutant::key`].
    pub key: String,
    /// The room it is in.
    pub room: String,
    /// The file it is in.
    pub file: String,
    /// The function it is in.
    pub function: String,
    /// What was changed.
    pub what: String,
    /// The stage that noticed it.
    pub caught_by: Option<String>,
    /// How.
    pub end: End,
    /// The rows that failed, where rows noticed it.
    pub rows: Vec<String>,
}

impl Verdict {
    /// Whether the rows caught it.
    pub fn by_rows(&self) -> bool {
        self.caught_by.as_deref() == Some(ROWS)
    }
}

/// Runs a program as this mutant; how it ended, and what it said.
///
/// # Errors
/// It cannot be started.
pub fn run(folders: &Folders, stage: &Stage, number: Option<usize>) -> Result<(End, String), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", stage.program.display());
    let output = folders
        .work
        .join(format!("output-{:?}", std::thread::current().id()).replace(['(', ')'], ""));
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&output)
        .map_err(fail)?;
    // Time of the processor, so that neither a busy machine nor a pause counts.
    let cpu_secs = 10 + (stage.secs * 10.0) as u64;
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {MEMORY_KIB}; ulimit -t {cpu_secs}; ulimit -c 0; exec \"$0\" \"$@\""
        ))
        .arg(&stage.program)
        .args(&stage.arguments)
        .current_dir(&stage.folder)
        .env(
            "CITRONELLA_MUTANT",
            number.map_or(String::new(), |number| number.to_string()),
        )
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(file.try_clone().map_err(fail)?)
        .stderr(file.try_clone().map_err(fail)?)
        .process_group(0)
        .spawn()
        .map_err(fail)?;
    // And time of the clock for one that waits; counted here, so that a pause of this program counts as none.
    const POLL: Duration = Duration::from_millis(5);
    let mut left = (60.0 + stage.secs * 20.0) / POLL.as_secs_f64();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fail)? {
            break Some(status);
        }
        if left < 0.0 {
            child.kill().map_err(fail)?;
            child.wait().map_err(fail)?;
            break None;
        }
        left -= 1.0;
        std::thread::sleep(POLL);
    };
    let mut said = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut said))
        .map_err(fail)?;
    const SIGKILL: i32 = 9;
    const SIGXCPU: i32 = 24;
    let end = match status {
        None => End::Time,
        Some(status) if status.success() => End::Passed,
        Some(status) if matches!(status.signal(), Some(SIGKILL | SIGXCPU)) => End::Time,
        Some(status) if status.code() == Some(101) => End::Failed,
        Some(_) => End::Crashed,
    };
    Ok((end, String::from_utf8_lossy(&said).into_owned()))
}

/// Runs all stages as they are, and notes how long each takes.
///
/// # Errors
/// One fails without any mutant.
pub fn baseline(folders: &Folders, stages: &mut [Stage]) -> Result<(), String> {
    for stage in stages {
        stage.secs = 30.0;
        let start = Instant::now();
        let (end, said) = run(folders, stage, None)?;
        if end != End::Passed {
            return Err(format!("{} fails without any mutant:\n{said}", stage.name));
        }
        stage.secs = start.elapsed().as_secs_f64();
    }
    Ok(())
}

/// Puts a mutant through the stages until one notices it. What another stage than the rows noticed `before`, it still
/// notices: only the rows are tried then.
///
/// # Errors
/// A program cannot be started.
pub fn trial(
    folders: &Folders,
    stages: &[Stage],
    number: usize,
    mutant: &Mutant,
    before: Option<&Verdict>,
) -> Result<Verdict, String> {
    let before = before.filter(|verdict| verdict.caught_by.is_some());
    let mut verdict = Verdict {
        key: mutant.key(),
        room: mutant.room().to_owned(),
        file: mutant.file.clone(),
        function: mutant.function.clone(),
        what: mutant.what.clone(),
        caught_by: None,
        end: End::Passed,
        rows: Vec::new(),
    };
    for stage in stages.iter().filter(|stage| stage.rooms.contains(&mutant.room())) {
        if let Some(before) = before.filter(|_| stage.name != ROWS) {
            return Ok(before.clone());
        }
        let (end, said) = run(folders, stage, Some(number))?;
        if end != End::Passed {
            verdict.caught_by = Some(stage.name.clone());
            verdict.end = end;
            if stage.name == ROWS {
                verdict.rows = rows_in(&said);
            }
            break;
        }
    }
    Ok(verdict)
}

/// The names of rows in what the conformance tests say: `qos: QoS 1 there and back [3.1.1]`.
fn rows_in(said: &str) -> Vec<String> {
    let row = |line: &str| {
        let (name, version) = line.trim_end().rsplit_once(" [")?;
        ["3.1]", "3.1.1]", "5]"]
            .contains(&version)
            .then(|| name.to_owned())
    };
    let mut rows: Vec<String> = said
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(row)
        .collect();
    rows.sort();
    rows.dedup();
    rows
}
