//! What only a broken engine showed: each of these tests was written for a mutant (`tests/mutants`) that no other test
//! noticed.

mod expect;
mod handle;

use std::io::{Read, Write};
use std::net::TcpStream;

use broker::Broker;

/// A client that is connected as `a`, and writes what follows.
fn client(broker: &Broker, then: &[u8]) -> TcpStream {
    let mut client = TcpStream::connect(broker.addr()).expect("the broker is there");
    let bytes = [b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a", then, b"\xc0\0"].concat();
    client.write_all(&bytes).expect("it can be written");
    let mut came = [0; 6];
    client.read_exact(&mut came[..4]).expect("CONNACK comes");
    // Up to PINGRESP everything is done.
    while came[..2] != [0xD0, 0] {
        came[0] = came[1];
        client.read_exact(&mut came[1..2]).expect("PINGRESP comes");
    }
    client
}
