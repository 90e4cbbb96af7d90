//! [`Nats`]: the server of NATS with MQTT, running beside a test.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use super::folder::Folder;
use super::peers::{Missing, on_path, or_skip};
use super::{Program, free_port};

/// A nats-server whose MQTT is on a free port of 127.0.0.1; killed when dropped.
#[derive(Debug)]
pub struct Nats {
    addr: SocketAddr,
    _program: Program,
    _folder: Folder,
}

fn found() -> Result<PathBuf, Missing> {
    let of_go = || {
        let home = std::env::var_os("HOME")?;
        let path = PathBuf::from(home).join("go/bin/nats-server");
        path.is_file().then_some(path)
    };
    on_path("nats-server").or_else(of_go).ok_or_else(|| {
        Missing::new(
            "there is no nats-server".to_owned(),
            "go install github.com/nats-io/nats-server/v2@v2.15.3",
        )
    })
}

impl Nats {
    /// With a store of its own, or the test is skipped.
    pub fn start() -> Option<Self> {
        let path = or_skip(found())?;
        for _ in 0..5 {
            let (addr, port) = (free_port(), free_port().port());
            let folder = Folder::new();
            let text = format!(
                "server_name: one\nlisten: 127.0.0.1:{port}\njetstream {{ store_dir: {:?} }}\n\
                 mqtt {{ listen: \"{addr}\", ack_wait: \"1s\", max_ack_pending: 1000 }}\n",
                folder.path().display().to_string()
            );
            let config = folder.write("nats.conf", &text);
            let mut program = Program::start(Command::new(&path).arg("-c").arg(config));
            let line = program.until_stderr("the line that it runs or cannot", |line| {
                line.contains("Server is ready") || line.contains("[FTL]") || line.contains("nats-server:")
            });
            if line.contains("Server is ready") {
                return Some(Self {
                    addr,
                    _program: program,
                    _folder: folder,
                });
            }
        }
        panic!("nats-server does not start")
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}
