//! [`Mosquitto`]: Debian's broker, running beside a test.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Program;
use super::binaries::target_dir;
use super::peers::{mosquitto, or_skip};

/// A mosquitto on a free port of 127.0.0.1; killed when dropped.
#[derive(Debug)]
pub struct Mosquitto {
    addr: SocketAddr,
    _program: Program,
}

/// A port that nobody listens on now, for a program that cannot choose one.
///
/// It lies below those that systems give to connections (from 32768), and no two callers of a process get the same one soon:
/// so it stays free until the program listens.
pub fn free_port() -> SocketAddr {
    const FIRST: u32 = 10_240;
    const PORTS: u32 = 32_768 - FIRST;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    (0..PORTS)
        .find_map(|_| {
            // Processes begin at places that lie far from each other.
            let nth = std::process::id()
                .wrapping_mul(1_009)
                .wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
            let port = u16::try_from(FIRST + nth % PORTS).expect("below 32768");
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        })
        .expect("a free port")
}

impl Mosquitto {
    /// With default settings and these lines of configuration, or the test is skipped.
    pub fn start(lines: &str) -> Option<Self> {
        let path = or_skip(mosquitto("mosquitto"))?;
        for _ in 0..5 {
            // It cannot choose a port by itself, so somebody may take this one in between; then another one.
            if let Some(running) = Self::start_at(&path, free_port(), lines) {
                return Some(running);
            }
        }
        panic!("mosquitto does not start")
    }

    fn start_at(path: &std::path::Path, addr: SocketAddr, lines: &str) -> Option<Self> {
        let folder = target_dir().join("tmp");
        fs::create_dir_all(&folder).expect("target/ can be written");
        let config = folder.join(format!("mosquitto-{}.conf", addr.port()));
        let text = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\n{lines}\n",
            addr.port()
        );
        fs::write(&config, text).expect("target/ can be written");
        let mut program = Program::start(Command::new(path).arg("-c").arg(&config));
        let line = program.until_stderr("the line that it runs or cannot", |line| {
            line.contains(" running") || line.contains("Error")
        });
        if !line.contains(" running") {
            return None;
        }
        fs::remove_file(config)
            .or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })
            .expect("it was read");
        Some(Self {
            addr,
            _program: program,
        })
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same as a URL.
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.addr)
    }
}
