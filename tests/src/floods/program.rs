//! A broker's program that runs for one flood.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running broker; killed when this is dropped.
pub struct Running {
    child: Child,
    pub addr: SocketAddr,
    config: Option<PathBuf>,
}

impl Running {
    /// Starts it on a free port of 127.0.0.1.
    pub fn start(path: &str) -> io::Result<Self> {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(path);
        let is_mosquitto = path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with("mosquitto"));
        let mut config = None;
        if is_mosquitto {
            let file = std::env::temp_dir().join(format!("floods-{}.conf", addr.port()));
            std::fs::write(
                &file,
                format!("listener {} 127.0.0.1\nallow_anonymous true\n", addr.port()),
            )?;
            command.arg("-c").arg(&file);
            config = Some(file);
        } else {
            command.args(["-p", &addr.port().to_string(), "--bind", "127.0.0.1"]);
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self { child, addr, config };
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::other("it does not listen"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }

    /// The most memory that it has had, in MiB; 0 where the system does not tell.
    pub fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        kib.unwrap_or(0) / 1024
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
        if let Some(config) = &self.config {
            let _ = std::fs::remove_file(config);
        }
    }
}
