//! What the tests of both clients share: Debian's mosquitto as the broker, and a broker that follows a script.

// Each client's tests use a part of it.
#![allow(dead_code, unreachable_pub, clippy::doc_markdown)]

pub mod certificates;
pub mod servers;
pub mod socks;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A mosquitto of this test's own; it ends when this is dropped.
pub struct Mosquitto {
    child: Child,
    pub port: u16,
    /// The ports in the places of `{port1}`, `{port2}` and so on.
    pub ports: Vec<u16>,
    log: mpsc::Receiver<String>,
    _config: Directory,
}

impl Mosquitto {
    /// Starts one, or says that the test is skipped (with `CI=true`: fails).
    pub fn start() -> Option<Self> {
        Self::start_with("allow_anonymous true\n")
    }

    /// As [`start`](Self::start), with these lines of configuration; `{dir}` is a directory of its own, `{port1}`,
    /// `{port2}` and so on are free ports.
    pub fn start_with(config: &str) -> Option<Self> {
        let found = [
            "/usr/sbin/mosquitto",
            "/usr/local/sbin/mosquitto",
            "/opt/homebrew/sbin/mosquitto",
        ];
        let program = found
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap_or("mosquitto");
        // Another program may take the port between our look and mosquitto's bind.
        for _ in 0..5 {
            let port = free_port();
            let directory = Directory::new();
            let path = directory.path.join("mosquitto.conf");
            let mut config = config.replace("{dir}", directory.path.to_str().unwrap());
            let mut ports = Vec::new();
            while let name = format!("{{port{}}}", ports.len() + 1)
                && config.contains(&name)
            {
                ports.push(free_port());
                config = config.replace(&name, &ports.last().unwrap().to_string());
            }
            // mosquitto drops messages of QoS 0 to a subscriber that is slow for a moment; 0 is no limit.
            let text = format!(
                "listener {port} 127.0.0.1\nlog_dest stderr\nlog_type all\nmax_queued_messages 0\n{config}"
            );
            std::fs::write(&path, text).unwrap();
            let child = Command::new(program)
                .arg("-c")
                .arg(&path)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn();
            let Ok(mut child) = child else {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "mosquitto is not installed (apt-get install mosquitto)"
                );
                println!("skipped: mosquitto is not installed (apt-get install mosquitto)");
                return None;
            };
            let (sender, log) = mpsc::channel();
            let output = child.stderr.take().unwrap();
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    sender.send(line).ok();
                }
            });
            let mut broker = Self {
                child,
                port,
                ports,
                log,
                _config: directory,
            };
            if broker.waits_for(" running") {
                return Some(broker);
            }
        }
        panic!("mosquitto does not start");
    }

    /// Waits until mosquitto's log has a line with `text`.
    pub fn wait_for(&mut self, text: &str) {
        assert!(self.waits_for(text), "mosquitto never logged {text:?}");
    }

    fn waits_for(&mut self, text: &str) -> bool {
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            if line.contains(text) {
                return true;
            }
        }
        false
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A directory of a test's own; it is removed when this is dropped.
pub struct Directory {
    pub path: PathBuf,
}

impl Directory {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("citronella-clients-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// A file in it with this content; returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.path.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.path).ok();
    }
}

/// A port that was free a moment ago, on both loopback addresses: `localhost` may stand for either.
pub fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let other = TcpListener::bind(("::1", port));
        if !other.is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
            return port;
        }
    }
}

/// Whether a program of mosquitto's is there; says so if not (with `CI=true`: fails).
pub fn have(program: &str) -> bool {
    let there = Command::new(program).arg("--help").output().is_ok();
    if !there {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{program} is not installed"
        );
        println!("skipped: {program} is not installed (apt-get install mosquitto-clients)");
    }
    there
}

/// CONNACK of MQTT 3.1.1: welcome, and no session was there.
pub const CONNACK: &[u8] = &[0x20, 2, 0, 0];
/// SUBACK of MQTT 3.1.1 for one filter at QoS 0, with the packet identifier 1.
pub const SUBACK: &[u8] = &[0x90, 3, 0, 1, 0];
/// CONNACK of MQTT 5.0: likewise.
pub const CONNACK_V5: &[u8] = &[0x20, 3, 0, 0, 0];

/// A broker that follows a script: `script` is given each connection in turn, with its number.
pub fn scripted(script: impl Fn(usize, Peer) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            stream.set_read_timeout(Some(PATIENCE)).ok();
            script(number, Peer { stream });
        }
    });
    port
}

/// The client, seen from the scripted broker.
pub struct Peer {
    stream: TcpStream,
}

impl Peer {
    /// The next packet: its first byte and what follows the length. `None` at the end.
    pub fn packet(&mut self) -> Option<(u8, Vec<u8>)> {
        let packet = packets::read(&mut self.stream).ok()?;
        Some((packet[0], packets::body(&packet).to_vec()))
    }

    /// Waits for a packet of this type (the high half of its first byte).
    pub fn expect(&mut self, kind: u8) -> Vec<u8> {
        match self.packet() {
            Some((first, body)) if first >> 4 == kind => body,
            other => panic!("expected a packet of type {kind}, got {other:02X?}"),
        }
    }

    /// Lets a client of MQTT 3.1.1 in.
    pub fn accept(&mut self) {
        self.expect(1);
        self.send(CONNACK);
    }

    /// Lets it in, and takes its SUBSCRIBE of one filter at QoS 0.
    pub fn accept_subscriber(&mut self) {
        self.accept();
        self.expect(8);
        self.send(SUBACK);
    }

    /// Sends these bytes; whether the client still takes them.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }
}

/// Runs a program to its end, with `input` on its standard input.
pub fn run_with_input(program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .env_remove("MQTT_URL")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || stdin.write_all(&input).ok());
    let (stdout, stderr) = (
        drain(child.stdout.take().unwrap()),
        drain(child.stderr.take().unwrap()),
    );
    // Both are closed when the program ends; one that hangs is ended, and its output then fails the test.
    let stdout = stdout.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        child.kill().ok();
        format!("{program} {arguments:?} did not end").into_bytes()
    });
    let status = child.wait().unwrap();
    writer.join().unwrap();
    Output {
        status,
        stdout,
        stderr: stderr.recv_timeout(PATIENCE).unwrap_or_default(),
    }
}

/// Reads everything in the background.
fn drain(mut input: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).ok();
        sender.send(bytes).ok();
    });
    receiver
}

/// Runs a program to its end.
pub fn run(program: &str, arguments: &[&str]) -> Output {
    run_with_input(program, arguments, b"")
}

/// What a program printed on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A program that runs beside the test; it is killed when this is dropped.
pub struct Background {
    pub child: Child,
}

impl Background {
    /// Starts one.
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .env_remove("MQTT_URL")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Waits for its end and returns what it printed.
    pub fn finish(mut self) -> Output {
        let stdout = drain(self.child.stdout.take().unwrap());
        let stderr = drain(self.child.stderr.take().unwrap());
        let stdout = stdout.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            self.child.kill().ok();
            let seen = stderr.recv_timeout(PATIENCE).unwrap_or_default();
            panic!(
                "a program did not end; it said {}",
                String::from_utf8_lossy(&seen)
            )
        });
        let status = self.child.wait().unwrap();
        Output {
            status,
            stdout,
            stderr: stderr.recv_timeout(PATIENCE).unwrap_or_default(),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
