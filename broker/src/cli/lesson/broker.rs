//! The broker of a lesson, where there is none yet: the same program, as a child of this one.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Starts it on this port, and waits until it listens. It ends with this process.
pub(super) async fn start(port: u16) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--quiet", "--port", &port.to_string()])
        .args(["--parent-pid", &std::process::id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut line = String::new();
    if let Some(stdout) = &mut child.stdout {
        // It prints no other line.
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    if line.is_empty() {
        // Why, it has said on stderr.
        return Err(io::Error::other("it did not start"));
    }
    Ok(child)
}
