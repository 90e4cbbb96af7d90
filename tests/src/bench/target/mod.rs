//! The targets to measure: the relay, brokers, or any address.

mod ours;
mod relay;
#[cfg(feature = "rumqttd")]
mod rumqttd;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::client;
use super::process::Process;
use crate::harness::way::Way;
use crate::line::{Door, tls};

/// How long a broker may take to accept its first connection.
const START: Duration = Duration::from_secs(10);

/// One of those that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Copies packets and knows nothing: the floor.
    Relay,
    /// The broker of this workspace, default configuration.
    Ours,
    /// The same with other flags.
    Variant {
        /// What it is called in the report.
        name: String,
        /// The flags of its program.
        flags: Vec<String>,
    },
    /// Stock rumqttd, in a process of its own.
    Rumqttd,
    /// The mosquitto that is installed.
    Mosquitto,
    /// The same with these lines in its file.
    MosquittoWith(&'static [&'static str]),
    /// Ours with rumqttd as its engine: its cost behind our front door.
    WithRumqttd,
    /// Ours as a relay before mosquitto.
    BeforeMosquitto,
    /// Somebody else's, already running.
    Address(SocketAddr),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay => f.write_str("relay"),
            Self::Ours => f.write_str("citronella"),
            Self::Variant { name, .. } => f.write_str(name),
            Self::Rumqttd => f.write_str("rumqttd"),
            Self::Mosquitto | Self::MosquittoWith(_) => f.write_str("mosquitto"),
            Self::WithRumqttd => f.write_str("with-rumqttd"),
            Self::BeforeMosquitto => f.write_str("before-mosquitto"),
            Self::Address(addr) => addr.fmt(f),
        }
    }
}

/// A target that runs; stopped when dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What its clients come through.
    way: Way,
    /// Its process, where it is ours to look at.
    pub process: Option<Process>,
    child: Option<Child>,
    /// Files that were made for it.
    files: Vec<PathBuf>,
    /// What stands behind it, where it is a relay.
    behind: Option<Box<Running>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        for path in &self.files {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Running {
    /// Of which nothing more is known.
    fn at(addr: SocketAddr) -> Self {
        Self {
            addr,
            way: Way::Tcp,
            process: None,
            child: None,
            files: Vec::new(),
            behind: None,
        }
    }

    /// A process of ours.
    fn child(addr: SocketAddr, child: Child) -> Self {
        let mut running = Self::at(addr);
        running.process = Some(Process(child.id()));
        running.child = Some(child);
        running
    }

    /// Where and how its clients come in.
    pub fn door(&self) -> Door {
        Door::new(self.addr, self.way)
    }
}

impl Target {
    /// Ours with the journal off, to show what it costs.
    pub fn without_journal() -> Self {
        Self::Variant {
            name: "no-journal".to_owned(),
            flags: ["--set", "journal.entries=0"].map(str::to_owned).to_vec(),
        }
    }

    /// Starts a fresh one; it accepts connections when this returns.
    pub fn start(&self) -> io::Result<Running> {
        self.start_over(Way::Tcp)
    }

    /// The same for clients that come this way.
    pub fn start_over(&self, way: Way) -> io::Result<Running> {
        let running = self.spawn(way)?;
        if self != &Self::Relay {
            drop(client::connect_when_up(&running.door(), "bench-first", START)?);
        }
        Ok(running)
    }

    /// Starts a fresh one, without waiting until it accepts connections.
    pub fn spawn(&self, way: Way) -> io::Result<Running> {
        let mut running = self.spawn_it(way)?;
        running.way = way;
        Ok(running)
    }

    fn spawn_it(&self, way: Way) -> io::Result<Running> {
        match self {
            Self::Relay => serve(&format!("relay-{way}"), 0),
            Self::Ours => ours::spawn(&[]),
            Self::Variant { flags, .. } => ours::spawn(flags),
            Self::Rumqttd => serve("rumqttd", free_port()?),
            Self::Mosquitto => mosquitto(way, &[]),
            Self::MosquittoWith(lines) => mosquitto(way, lines),
            Self::WithRumqttd => {
                let flags = [
                    "--engine",
                    "rumqttd",
                    "--set",
                    "rumqttd.next_connection_delay_millis=0",
                ];
                ours::spawn(&flags.map(str::to_owned))
            }
            Self::BeforeMosquitto => {
                let behind = Self::Mosquitto.start()?;
                let flags = ["--upstream".to_owned(), format!("mqtt://{}", behind.addr)];
                let mut relay = ours::spawn(&flags)?;
                relay.behind = Some(Box::new(behind));
                Ok(relay)
            }
            Self::Address(addr) => Ok(Running::at(*addr)),
        }
    }

    /// Its version and how it was run; empty where there is nothing to say.
    pub fn about(&self) -> String {
        match self {
            Self::Relay => {
                "copies packets, knows nothing: the floor; over TLS it decrypts and encrypts (rustls), over \
                            WebSocket it unmasks and makes one frame a write"
                    .to_owned()
            }
            Self::Ours => format!("{}, {}", env!("CARGO_PKG_VERSION"), ours::describe()),
            Self::Variant { flags, .. } => format!("{} with {}", env!("CARGO_PKG_VERSION"), flags.join(" ")),
            Self::Rumqttd => "0.20.0, stock settings, its delay between connections set to 0".to_owned(),
            Self::Mosquitto => format!("{}, stock settings", mosquitto_version()),
            Self::MosquittoWith(lines) => format!("{} with {}", mosquitto_version(), lines.join(", ")),
            Self::WithRumqttd => {
                "our program with `--engine rumqttd`, its delay between connections set to 0".to_owned()
            }
            Self::BeforeMosquitto => "our program with `--upstream`, before that mosquitto".to_owned(),
            Self::Address(_) => String::new(),
        }
    }

    /// Whether it can be started here.
    pub fn is_available(&self) -> bool {
        match self {
            Self::Rumqttd => cfg!(feature = "rumqttd"),
            Self::Mosquitto | Self::MosquittoWith(_) | Self::BeforeMosquitto => {
                !mosquitto_version().is_empty()
            }
            _ => true,
        }
    }
}

/// A client program of this workspace, made anew where cargo runs us.
pub fn program(name: &str) -> Option<PathBuf> {
    static FOUND: Mutex<BTreeMap<String, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found
        .entry(name.to_owned())
        .or_insert_with(|| ours::program(name))
        .clone()
}

/// Starts this very program again as the thing to be measured, in a process of its own. It prints its port and ends
/// when its standard input does, so that nothing outlives the benchmark.
fn serve(what: &str, port: u16) -> io::Result<Running> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", what, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take();
    let mut running = Running::child(loopback(port), child);
    let mut line = String::new();
    if let Some(stdout) = stdout {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let port = line
        .trim()
        .parse()
        .map_err(|_| io::Error::other(format!("{what} did not start")))?;
    running.addr = loopback(port);
    Ok(running)
}

/// The other side of `serve`; returns when standard input ends.
pub fn serve_here(what: &str, port: u16) -> io::Result<()> {
    match what {
        "broker" => ours::serve_here(port),
        #[cfg(feature = "rumqttd")]
        "rumqttd" => rumqttd::serve(port),
        _ => match Way::OVER_TCP
            .into_iter()
            .find(|way| what == format!("relay-{way}"))
        {
            Some(way) => relay::serve(way, port),
            None => Err(io::Error::other(format!("{what}: not in this build"))),
        },
    }
}

fn print_port_and_wait(port: u16) -> io::Result<()> {
    println!("{port}");
    io::copy(&mut io::stdin().lock(), &mut io::sink()).map(|_| ())
}

/// Empty where it is not installed.
fn mosquitto_version() -> String {
    Command::new("mosquitto")
        .arg("-h")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|help| {
            Some(
                help.lines()
                    .next()?
                    .strip_prefix("mosquitto version ")?
                    .to_owned(),
            )
        })
        .unwrap_or_default()
}

fn mosquitto(way: Way, lines: &[&str]) -> io::Result<Running> {
    let port = free_port()?;
    let base = std::env::temp_dir().join(format!("bench-mosquitto-{}-{port}", std::process::id()));
    let path = base.with_extension("conf");
    // Without a listener of its own it would listen on all addresses in its local mode; all else is stock, but for these lines.
    let mut config = "allow_anonymous true\n".to_owned();
    for line in lines {
        config.push_str(line);
        config.push('\n');
    }
    if way.has_web_socket() {
        // With listeners for WebSocket alone it finds that it has none, and ends.
        let _ = writeln!(config, "listener {} 127.0.0.1", free_port()?);
    }
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(config, "listener {port} 127.0.0.1");
    if way.has_web_socket() {
        config.push_str("protocol websockets\n");
    }
    let mut files = vec![path.clone()];
    if way.has_tls() {
        for (option, text) in [("certfile", tls::CERTIFICATE), ("keyfile", tls::KEY)] {
            let file = base.with_extension(option);
            std::fs::write(&file, text)?;
            let _ = writeln!(config, "{option} {}", file.display());
            files.push(file);
        }
    }
    std::fs::write(&path, config)?;
    let child = Command::new("mosquitto")
        .arg("-c")
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut running = Running::child(loopback(port), child);
    running.files = files;
    Ok(running)
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A port that was free a moment ago, for those that cannot be asked to choose one.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(loopback(0))?.local_addr()?.port())
}

/// From before the process is started until its CONNACK.
pub fn start_to_connack(target: &Target) -> io::Result<Duration> {
    let begin = Instant::now();
    let running = target.spawn(Way::Tcp)?;
    drop(client::connect_when_up(&running.door(), "bench-first", START)?);
    Ok(begin.elapsed())
}
