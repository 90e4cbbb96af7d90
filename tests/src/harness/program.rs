//! [`Program`]: a program that runs beside a test, read line by line as it writes them.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::DEADLINE;
use super::peers::Missing;

/// Whether the programs that a test starts hear SIGHUP. What begins with that signal ignored, as `nohup` has it, hands this on to all
/// that it starts.
///
/// # Errors
/// They do not: what would let them. Only Linux says so.
pub fn hang_ups_are_heard() -> Result<(), Missing> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match ignored.map(|mask| u64::from_str_radix(mask.trim(), 16)) {
        Some(Ok(mask)) if mask & 1 == 1 => Err(Missing::new(
            "this run ignores SIGHUP from its start, and so does all that it starts".to_owned(),
            "run it without nohup, or as `env --default-signal=HUP cargo test …`",
        )),
        _ => Ok(()),
    }
}

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    command: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

#[derive(Debug)]
enum Line {
    Out(String),
    Err(String),
}

/// What a program that ended has left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Every line it wrote to standard output.
    pub stdout: Vec<String>,
    /// Every line it wrote to standard error.
    pub stderr: Vec<String>,
}

impl Program {
    /// Starts it. Standard input, output and error are the harness's.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, lines) = channel();
        forward(child.stdout.take(), sender.clone(), Line::Out);
        forward(child.stderr.take(), sender, Line::Err);
        Self {
            command: format!("{command:?}"),
            stdin: child.stdin.take(),
            child,
            lines,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    /// The next line of standard output.
    pub fn line(&mut self) -> String {
        self.until("a line", |_| true)
    }

    /// The next line of standard output that `wanted` wants; those before it are passed over.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.next(what, |line| matches!(line, Line::Out(text) if wanted(text)))
    }

    /// The next line of standard error that `wanted` wants; those before it are passed over.
    pub fn until_stderr(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.next(what, |line| matches!(line, Line::Err(text) if wanted(text)))
    }

    /// The next line of standard output that `wanted` wants; `None` where the program ends without one.
    pub fn until_or_end(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let began = Instant::now();
        loop {
            match self.take_line(began) {
                Ok(line) => {
                    let found = matches!(&line, Line::Out(text) if wanted(text));
                    let text = self.keep(line);
                    if found {
                        return Some(text);
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("neither a line nor its end: {}", self.story()),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn next(&mut self, what: &str, wanted: impl Fn(&Line) -> bool) -> String {
        let began = Instant::now();
        loop {
            match self.take_line(began) {
                Ok(line) => {
                    let found = wanted(&line);
                    let text = self.keep(line);
                    if found {
                        return text;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("{what} did not come in {DEADLINE:?}: {}", self.story())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait();
                    panic!("it ended ({status:?}) before {what}: {}", self.story());
                }
            }
        }
    }

    fn take_line(&self, began: Instant) -> Result<Line, RecvTimeoutError> {
        self.lines
            .recv_timeout(DEADLINE.checked_sub(began.elapsed()).unwrap_or(Duration::ZERO))
    }

    fn keep(&mut self, line: Line) -> String {
        let (text, kept) = match line {
            Line::Out(text) => (text, &mut self.stdout),
            Line::Err(text) => (text, &mut self.stderr),
        };
        kept.push(text.clone());
        text
    }

    /// The command and all that it said, for a failure.
    fn story(&self) -> String {
        let mut story = self.command.clone();
        for (name, lines) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            for line in lines {
                let _ = write!(story, "\n  {name}: {line}");
            }
        }
        story
    }

    /// Writes to its standard input.
    pub fn input(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is still open");
        stdin
            .write_all(text.as_bytes())
            .expect("it reads its standard input");
        stdin.flush().expect("it reads its standard input");
    }

    /// Waits until it ends by itself.
    pub fn wait(self) -> Finished {
        self.ends().unwrap_or_else(|story| panic!("{story}"))
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// It does not in time, and is killed: all that it said.
    pub fn ends(mut self) -> Result<Finished, String> {
        drop(self.stdin.take());
        let began = Instant::now();
        loop {
            match self.take_line(began) {
                Ok(line) => drop(self.keep(line)),
                // Its outputs are closed, so it is as good as gone.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("it did not end in {DEADLINE:?}: {}", self.story()));
                }
            }
        }
        let status = self.child.wait().expect("it is our child");
        Ok(Finished {
            code: status.code(),
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
        })
    }

    /// Waits until it ends by itself, which must be with success; gives its standard output.
    pub fn succeed(self) -> Vec<String> {
        let command = self.command.clone();
        let finished = self.wait();
        assert_eq!(finished.code, Some(0), "{command} said {finished:#?}");
        finished.stdout
    }

    /// Kills it on the spot (`kill -9`), and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it has had, in MiB.
    #[cfg(target_os = "linux")]
    pub fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        kib.expect("the system tells") / 1024
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .expect("there is a shell");
        assert!(status.success(), "kill -{name} failed");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines in a thread of their own, until the program closes this output.
fn forward(output: Option<impl Read + Send + 'static>, lines: Sender<Line>, kind: fn(String) -> Line) {
    let mut reader = BufReader::new(output.expect("it is piped"));
    thread::spawn(move || {
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\r', '\n'])
                .to_owned();
            bytes.clear();
            if lines.send(kind(text)).is_err() {
                break;
            }
        }
    });
}
