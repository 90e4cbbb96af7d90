//! The program, started as a user would start it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// No wait of these tests is this long; only a failure is.
pub const HANG: Duration = Duration::from_secs(30);

/// A directory of this test's own, empty.
pub fn directory(test: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory for the test");
    directory
}

/// The program in a directory of its own, without settings of the person who runs the tests.
pub fn command(test: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_broker"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CITRONELLA_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory(test))
        .args(args)
        .stdin(Stdio::null());
    command
}

/// What a program that ends by itself said: its exit code, stdout and stderr.
pub fn said(command: &mut Command) -> (Option<i32>, String, String) {
    let mut program = Program::spawn(command);
    let out: Vec<String> = program.rest();
    let (status, err) = program.exit();
    (status.code(), out.join("\n"), err)
}

/// A running program; killed when dropped.
pub struct Program {
    child: Child,
    out: Option<Receiver<String>>,
    err: Receiver<String>,
}

impl Program {
    pub fn spawn(command: &mut Command) -> Self {
        let (mut program, stdout) = Self::spawn_unread(command);
        program.out = Some(lines(BufReader::new(stdout)));
        program
    }

    /// Leaves stdout to the caller.
    pub fn spawn_unread(command: &mut Command) -> (Self, ChildStdout) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let err = lines(BufReader::new(child.stderr.take().expect("a pipe")));
        let program = Self {
            child,
            out: None,
            err,
        };
        (program, stdout)
    }

    /// The number of its process.
    #[cfg(unix)]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of stdout.
    pub fn line(&mut self) -> String {
        let out = self.out.as_ref().expect("stdout is read");
        match out.recv_timeout(HANG) {
            Ok(line) => line,
            Err(error) => panic!(
                "no further line on stdout: {error}; stderr: {:?}",
                self.err.try_iter().collect::<Vec<_>>()
            ),
        }
    }

    /// The next line of stdout that has `part` in it.
    pub fn line_with(&mut self, part: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The next line of stderr.
    pub fn error_line(&mut self) -> String {
        self.err.recv_timeout(HANG).expect("a line on stderr")
    }

    /// All lines of stdout that are still to come.
    pub fn rest(&mut self) -> Vec<String> {
        until_end(self.out.as_ref().expect("stdout is read"))
    }

    /// Waits for its end; says how it ended and what was on stderr.
    pub fn exit(&mut self) -> (ExitStatus, String) {
        // A process that ends closes its stderr; waiting for that can be bounded.
        let err = until_end(&self.err).join("\n");
        (self.child.wait().expect("it has ended"), err)
    }

    /// Ends it the hard way.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Sends a signal, by its name without SIG.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("there is a kill").success());
    }

    /// Sends two signals, one right after the other.
    #[cfg(unix)]
    pub fn signals(&self, names: [&str; 2]) {
        let script = "kill -s $0 $2 && kill -s $1 $2";
        let sent = Command::new("sh")
            .args(["-c", script, names[0], names[1], &self.child.id().to_string()])
            .status();
        assert!(sent.expect("there is a shell").success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl BufRead + Send + 'static) -> Receiver<String> {
    let (line, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for text in from.lines() {
            let Ok(text) = text else { return };
            if line.send(text).is_err() {
                return;
            }
        }
    });
    lines
}

fn until_end(lines: &Receiver<String>) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match lines.recv_timeout(HANG) {
            Ok(line) => all.push(line),
            Err(RecvTimeoutError::Disconnected) => return all,
            Err(RecvTimeoutError::Timeout) => panic!("it does not end; so far: {all:?}"),
        }
    }
}

/// Reads one line, byte by byte, so that nothing beyond it is taken from the pipe.
pub fn first_line(stdout: &mut ChildStdout) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while stdout.read(&mut byte).expect("stdout is readable") == 1 && byte != *b"\n" {
        line.extend(byte);
    }
    String::from_utf8(line).expect("a text")
}

/// The addresses that a banner names.
pub fn addresses(banner: &str) -> Vec<SocketAddr> {
    banner
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// Whether this machine has `::1`. Where it does not, the broker listens on 127.0.0.1 alone and says so.
pub fn has_ipv6() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}
