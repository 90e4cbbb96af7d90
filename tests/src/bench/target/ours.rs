//! The broker of this workspace.

use std::io;

use super::{Running, print_port_and_wait, serve};

pub(super) fn spawn() -> io::Result<Running> {
    serve("broker", 0)
}

pub(super) fn serve_here(port: u16) -> io::Result<()> {
    let builder = broker::Broker::builder().port(port);
    let broker = broker::blocking::Broker::start_with(builder).map_err(io::Error::other)?;
    print_port_and_wait(broker.addr().port())
}
