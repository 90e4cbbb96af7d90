//! Cases that only a broken engine showed: each of these tests was written for a mutant (`tests/mutants`) that no other
//! test noticed.

mod expect;
mod handle;

use broker::Broker;
use packets::{Client, PINGREQ};

/// A client that is connected as `a`, and writes what follows.
fn client(broker: &Broker, then: &[u8]) -> Client {
    let mut client = Client::connect(broker.addr(), "a");
    client.send(&[then, &PINGREQ].concat());
    // Up to PINGRESP everything is done.
    while client.packet()[0] != 0xD0 {}
    client
}
