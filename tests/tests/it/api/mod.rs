//! The control API over real HTTP: what a route does, and what it says where something is wrong.

mod access;
mod brokers;
mod clients;
mod clock;
mod console;
mod coverage;
mod events;
mod expectations;
mod faults;
mod fuzz;
mod gate;
mod intake;
mod keeping;
mod many;
mod messages;
mod metrics;
mod packets;
mod recordings;
mod reset;
mod state;
mod strict;
mod stubs;
mod transport;
mod waits;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use broker::Broker;
use tests::harness::DEADLINE;
use tests::harness::api::Api;

/// A broker, and its API.
fn start() -> (Broker, Api) {
    let broker = Broker::start().wait().expect("it starts");
    let api = Api::of(&broker);
    (broker, api)
}

/// A broker whose API has a port of its own.
fn with_api_apart() -> (Broker, Api) {
    let broker = Broker::builder()
        .configure(|settings| settings.http.listen = true)
        .start()
        .wait()
        .unwrap();
    let main = broker.addr();
    let apart = broker
        .listeners()
        .iter()
        .find(|it| !it.addrs().contains(&main))
        .unwrap();
    let api = Api::at(apart.addrs()[0]);
    (broker, api)
}

/// A client with 3.1.1 that has sent its CONNECT. A rule may lose that.
fn connect(broker: &Broker, client_id: &str) -> TcpStream {
    connect_to(broker.addr(), client_id)
}

fn connect_to(addr: SocketAddr, client_id: &str) -> TcpStream {
    let mut client = TcpStream::connect(addr).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    let length = client_id.len() as u8;
    let head = [
        b"\x10",
        &[12 + length][..],
        b"\0\x04MQTT\x04\x02\0\0\0",
        &[length],
    ]
    .concat();
    client.write_all(&[&head, client_id.as_bytes()].concat()).unwrap();
    client
}

/// It ends, in good order or by a reset.
fn ends(mut client: TcpStream) {
    let end = client.read_to_end(&mut Vec::new());
    assert!(!end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}
