//! [`Broker`]: Debian's mosquitto or our program, running with the files of a [`Place`].

use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Place;
use crate::harness::DEADLINE;
use crate::harness::binaries::program;
use crate::harness::peers::{mosquitto, or_skip};

/// How either says that somebody has taken its port.
const TAKEN: [&str; 3] = ["in use", "is taken", "create websockets listener"];

/// Which broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Debian's mosquitto.
    Mosquitto,
    /// The program `broker`.
    Ours,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mosquitto => "mosquitto",
            Self::Ours => "ours",
        })
    }
}

/// A broker that runs; killed when dropped.
#[derive(Debug)]
pub struct Broker {
    kind: Kind,
    place: Arc<Place>,
    child: Child,
}

impl Broker {
    /// Starts one in a new place, and waits until it listens. `None` skips the test: there is no such program.
    ///
    /// # Errors
    /// It ended: what it said.
    pub fn start(kind: Kind, place: impl Fn() -> Arc<Place>) -> Option<Result<Self, String>> {
        // Elsewhere nothing tells who listens without a connection.
        if !cfg!(target_os = "linux") {
            return None;
        }
        let command = match kind {
            Kind::Mosquitto => Command::new(or_skip(mosquitto("mosquitto"))?),
            Kind::Ours => program("broker"),
        };
        let command = command.get_program().to_owned();
        let mut said = String::new();
        for _ in 0..5 {
            // Neither is told a port of its own choice, so somebody may take one in between; then others are tried.
            match Self::start_at(kind, Command::new(&command), place()) {
                Err(error) if TAKEN.iter().any(|words| error.contains(words)) => said = error,
                other => return Some(other),
            }
        }
        Some(Err(said))
    }

    fn start_at(kind: Kind, mut command: Command, place: Arc<Place>) -> Result<Self, String> {
        let output = File::create(place.file("said")).expect("a new file");
        let errors = output.try_clone().expect("a file twice");
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("CITRONELLA_") {
                command.env_remove(variable);
            }
        }
        let child = command
            .arg("-c")
            .arg(place.file("config/mosquitto.conf"))
            .current_dir(place.file(""))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut broker = Self { kind, place, child };
        let began = Instant::now();
        while !broker.listens() {
            if let Some(status) = broker.child.try_wait().expect("it is our child") {
                return Err(format!("{kind} does not start ({status}): {}", broker.said()));
            }
            assert!(
                began.elapsed() < DEADLINE,
                "{kind} does not listen: {}",
                broker.said()
            );
            // It may log to a file or nowhere: no line says that it is ready, and a connection as a question would be counted.
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(broker)
    }

    /// Whether every port and socket of its place is listened on.
    fn listens(&self) -> bool {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6", "/proc/net/unix"]
            .map(|table| fs::read_to_string(table).unwrap_or_default());
        let [tcp, tcp6, unix] = &tables;
        let port_is_there = |port: &u16| {
            let address = format!(":{port:04X}");
            // Local address, then peer's, then the state: 0A is LISTEN.
            [tcp, tcp6].iter().any(|table| {
                table.lines().any(|line| {
                    let mut words = line.split_whitespace().skip(1);
                    words.next().is_some_and(|local| local.ends_with(&address)) && words.nth(1) == Some("0A")
                })
            })
        };
        let socket_is_there = |path: &Path| {
            // The flag 00010000 says that it accepts connections.
            let path = path.display().to_string();
            unix.lines()
                .any(|line| line.ends_with(&path) && line.contains(" 00010000 "))
        };
        self.place.ports().iter().all(port_is_there)
            && self.place.sockets().iter().all(|path| socket_is_there(path))
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its files and ports.
    pub fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// What it has written to its outputs.
    pub fn said(&self) -> String {
        let bytes = fs::read(self.place.file("said")).expect("its output");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status();
        assert!(status.expect("there is a shell").success(), "kill -{name} failed");
    }

    /// Ends it as a service is ended. Its files stay.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.wait().expect("it is our child")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already, and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
