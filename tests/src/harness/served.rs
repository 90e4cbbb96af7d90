//! [`Served`]: the program `broker`, running beside a test; and [`default_port`], for the tests that need port 1883.

use std::fs::{self, File};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::Command;

use serde_json::Value;

use super::Program;
use super::binaries::{program, target_dir};

/// The program `broker`, and the events that it prints.
#[derive(Debug)]
pub struct Served {
    program: Program,
    addrs: Vec<SocketAddr>,
    events: Vec<Value>,
}

impl Served {
    /// On a free port, with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_exactly(&[&["-p", "0"], arguments].concat())
    }

    /// With these arguments and no others but `--json`; clients can connect when this returns.
    pub fn start_exactly(arguments: &[&str]) -> Self {
        // A folder in which no settings file lies about.
        let folder = target_dir().join("tmp");
        fs::create_dir_all(&folder).expect("target/ can be written");
        let mut command = program("broker");
        command.arg("--json").args(arguments).current_dir(folder);
        Self::of(&mut command)
    }

    /// On a free port, with these arguments, as the last arguments of the program that stands before it.
    pub fn start_under(before: &[&str], arguments: &[&str]) -> Self {
        let broker = program("broker");
        let mut command = Command::new(before[0]);
        command.args(&before[1..]).arg(broker.get_program());
        for (name, value) in broker.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self::of(command.args(["--json", "-p", "0"]).args(arguments))
    }

    fn of(command: &mut Command) -> Self {
        let mut served = Self {
            program: Program::start(command),
            addrs: Vec::new(),
            events: Vec::new(),
        };
        let listening = served.until("listening", |_| true);
        let addresses = listening["addresses"].as_array().expect("a list");
        served.addrs = addresses
            .iter()
            .map(|address| {
                address
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .expect("ADDRESS:PORT")
            })
            .collect();
        served
    }

    /// Where to connect to: its first address.
    pub fn addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Every address it listens on.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// The most memory that it has had, in MiB.
    #[cfg(target_os = "linux")]
    pub fn peak_mib(&self) -> u64 {
        self.program.peak_mib()
    }

    /// Waits until an event of this name is as wanted, if there was none already.
    pub fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let is_it = |event: &Value| event["event"] == name && wanted(event);
        if let Some(event) = self.events.iter().find(|event| is_it(event)) {
            return event.clone();
        }
        let what = format!("the event {name:?}");
        loop {
            let line = self.program.until(&what, |_| true);
            let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            self.events.push(event);
            if let Some(event) = self.events.last().filter(|event| is_it(event)) {
                return event.clone();
            }
        }
    }

    /// Waits until somebody has subscribed to `filter`.
    pub fn until_subscribed(&mut self, filter: &str) {
        self.until("subscribed", |event| event["filter"] == filter);
    }

    /// Forgets the events so far, so that the next of the same kind is waited for.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(self) {
        self.program.kill();
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// Stops it with a signal; gives its last event, and checks that it ended well.
    pub fn stop(mut self, signal: &str) -> Value {
        self.program.signal(signal);
        let stopped = self.until("stopped", |_| true);
        self.program.succeed();
        stopped
    }
}

/// The one who has this may use port 1883 of this machine. All others that ask wait, in whichever process.
#[derive(Debug)]
pub struct DefaultPort {
    /// Held until this is dropped.
    _lock: File,
}

impl DefaultPort {
    /// The port itself.
    pub const NUMBER: u16 = 1883;
}

/// Waits until no other test uses port 1883. Something else that does makes the test fail.
pub fn default_port() -> DefaultPort {
    // Not in target/: checkouts of this project share the machine's port.
    let path = std::env::temp_dir().join("citronella-port-1883.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
    file.lock()
        .unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
    for addr in [
        SocketAddr::from((Ipv4Addr::LOCALHOST, DefaultPort::NUMBER)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, DefaultPort::NUMBER)),
    ] {
        if let Err(error) = TcpListener::bind(addr) {
            assert!(
                error.kind() != std::io::ErrorKind::AddrInUse,
                "{addr} is taken, which this test is about: the broker's default port. Stop what listens there, most \
                 likely another MQTT broker (`service mosquitto stop`; `ss -ltnp 'sport = :1883'` names the owner)"
            );
        }
    }
    DefaultPort { _lock: file }
}
