//! The broker of this workspace: its program where that is built, else the library in a process of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::{Running, free_port, loopback, print_port_and_wait, serve};
use crate::bench::client;

/// How long the program may take to accept a connection when it is tried.
const TRY: Duration = Duration::from_secs(2);

static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Starts it with the flags of a variant; none is its default configuration.
pub(super) fn spawn(flags: &[String]) -> io::Result<Running> {
    match PROGRAM.get_or_init(find) {
        Some(program) => spawn_program(program, flags),
        None if flags.is_empty() => serve("broker", 0),
        None => Err(io::Error::other("flags need the program, which is not built")),
    }
}

/// What is measured as ours.
pub(super) fn describe() -> &'static str {
    match PROGRAM.get_or_init(find) {
        Some(_) => "the program, default configuration",
        None => "the library in a process of its own, default configuration",
    }
}

fn spawn_program(program: &Path, flags: &[String]) -> io::Result<Running> {
    let port = free_port()?;
    let child = Command::new(program)
        .args(["-p", &port.to_string()])
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Running::child(loopback(port), child))
}

/// The program that `CITRONELLA_BIN` names; else one of this workspace, beside this one, made anew where cargo runs us; an
/// older one would not be what the sources say.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CITRONELLA_BIN").filter(|_| name == "broker") {
        return Some(named.into());
    }
    let own = std::env::current_exe().ok()?;
    let program = own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if let Some(cargo) = std::env::var_os("CARGO") {
        eprintln!("building {name}");
        let built = Command::new(cargo)
            .args(["build", "--release", "--quiet", "--package", name, "--bin", name])
            .status();
        built.ok().filter(std::process::ExitStatus::success)?;
    } else {
        let made = |path: &Path| path.metadata().ok()?.modified().ok();
        if made(&program)? < made(&own)? {
            eprintln!("{} is older than this program", program.display());
            return None;
        }
    }
    Some(program)
}

fn find() -> Option<PathBuf> {
    let Some(program) = program("broker") else {
        eprintln!("measuring the library instead");
        return None;
    };
    let running = spawn_program(&program, &[]).ok()?;
    match client::connect_when_up(&running.door(), "bench-try", TRY) {
        Ok(_) => Some(program),
        Err(error) => {
            eprintln!(
                "{} does not serve ({error}); measuring the library instead",
                program.display()
            );
            None
        }
    }
}

/// Serves in this process; see [`serve`].
pub(super) fn serve_here(port: u16) -> io::Result<()> {
    let builder = broker::Broker::builder().port(port);
    let broker = builder.start().wait().map_err(io::Error::other)?;
    print_port_and_wait(broker.addr().port())
}
