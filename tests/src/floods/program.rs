//! A broker's program that runs for one flood.

use std::fmt::Write as _;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::case::Case;
use crate::bench::process::Process;
use crate::line::tls;

/// How long a program may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running broker; killed when this is dropped.
pub struct Running {
    child: Child,
    pub addr: SocketAddr,
    /// Where clients of the other way come in.
    pub other: SocketAddr,
    files: Vec<PathBuf>,
}

impl Running {
    /// Starts it on free ports of 127.0.0.1: one for TCP, and one for clients of this way, which for ours is the same.
    pub fn start(path: &str, case: &Case) -> io::Result<Self> {
        let way = case.way;
        let free = || TcpListener::bind("127.0.0.1:0")?.local_addr();
        let (addr, mut other) = (free()?, free()?);
        let mut command = Command::new(path);
        let is_mosquitto = path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with("mosquitto"));
        let mut files = Vec::new();
        if is_mosquitto {
            let base = std::env::temp_dir().join(format!("floods-{}", addr.port()));
            let mut config = format!("allow_anonymous true\nlistener {} 127.0.0.1\n", addr.port());
            // Writing to a String cannot fail.
            let _ = writeln!(config, "listener {} 127.0.0.1", other.port());
            if way.has_web_socket() {
                config.push_str("protocol websockets\n");
            }
            if way.has_tls() {
                for (option, text) in [("certfile", tls::CERTIFICATE), ("keyfile", tls::KEY)] {
                    let file = base.with_extension(option);
                    std::fs::write(&file, text)?;
                    let _ = writeln!(config, "{option} {}", file.display());
                    files.push(file);
                }
            }
            let file = base.with_extension("conf");
            std::fs::write(&file, config)?;
            command.arg("-c").arg(&file);
            files.push(file);
        } else {
            other = addr;
            command.args(["-p", &addr.port().to_string(), "--bind", "127.0.0.1"]);
            command.args(case.settings.iter().flat_map(|setting| ["--set", setting]));
            if !case.rules.is_empty() {
                let file = std::env::temp_dir().join(format!("floods-{}.toml", addr.port()));
                std::fs::write(&file, case.rules)?;
                command.arg("--script").arg(&file);
                files.push(file);
            }
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self {
            child,
            addr,
            other,
            files,
        };
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() || TcpStream::connect(other).is_err() {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("it does not listen"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }

    /// Its process, for its memory.
    pub fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// SIGTERM; how long it took until the program was gone.
    pub fn stop(&mut self) -> Option<Duration> {
        let began = Instant::now();
        let asked = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        if asked.is_err() {
            return None;
        }
        while began.elapsed() < PATIENCE {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return Some(began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
    }
}
