//! What publisher and subscriber can beyond mosquitto's clients: the programs, against our broker.

mod exchange;
mod expect;
mod generate;
mod json;
mod load;
mod outage;
mod pipes;
mod record;
mod request;
mod srv;
#[cfg(unix)]
mod terminal;

use std::net::SocketAddr;
use std::process::Command;

use tests::harness::binaries::program;
use tests::harness::{Embedded, Program};

/// One of the two programs, connecting to `addr`, with these arguments.
fn client(name: &str, addr: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = program(name);
    command
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("MQTT_URL", format!("mqtt://{addr}"))
        .args(arguments);
    command
}

/// As [`client`], with the other program's command behind `--`: it runs once the first has subscribed.
fn subscriber_and_publisher(addr: SocketAddr, subscriber: &[&str], publisher: &[&str]) -> Command {
    let mut command = client("subscriber", addr, subscriber);
    command
        .arg("--")
        .arg(program("publisher").get_program())
        .args(publisher);
    command
}

fn start(command: &mut Command) -> Program {
    Program::start(command)
}

fn broker() -> Embedded {
    Embedded::start()
}
