//! Every way in: what lies between the bytes of a socket and those of MQTT.
//!
//! Each [`Layer`] is a pure machine: bytes go in on one side and come out on the other. [`layers`] puts them over each other
//! as the first bytes of a connection ask for it, and `front` drives them as it drives the engine.

mod door;
pub(crate) mod http;
mod layers;
mod look;
mod proxy;
#[cfg_attr(not(feature = "http"), allow(dead_code))]
mod site;
mod socket;
mod stream;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
#[cfg_attr(not(feature = "http"), allow(dead_code))]
mod visitor;
mod websocket;

use std::io::IoSlice;

pub(crate) use door::Door;
pub(crate) use layers::{Layers, Progress};
pub(crate) use look::{Look, look};
pub(crate) use site::Site;
pub(crate) use socket::{Address, Socket};
pub(crate) use stream::{ClientStream, First};
pub(crate) use tls::{Authority, unknown_ciphers};
pub(crate) use visitor::{Visitor, VisitorStream, Visitors};

/// A machine between two neighbours: the socket, or the layer nearer to it, is below; MQTT, or the layer nearer to it, is
/// above. It touches no socket and reads no clock.
///
/// What it holds is bounded by what its protocol lets lie in one record or in one header, whatever the peer sends.
pub(crate) trait Layer {
    /// Takes bytes from below, all of them; it may change them in place. What they carry is appended to `up`, and what the
    /// peer must be sent because of them to `down`.
    ///
    /// After an error nothing more is given to it. What the peer is to be told of the error is in `down` by then.
    fn receive(&mut self, bytes: &mut [u8], up: &mut Vec<u8>, down: &mut Vec<u8>) -> Result<(), Fault>;

    /// Wraps bytes from above, all of them, and appends what they became to `down`. Called only once its handshake is over.
    fn send(&mut self, slices: &[IoSlice<'_>], down: &mut Vec<u8>);

    /// Appends to `down` what says that nothing more will be sent. Does nothing when called again.
    fn end(&mut self, down: &mut Vec<u8>);

    /// Whether the peer has said that it will send nothing more.
    fn peer_ended(&self) -> bool;

    /// What has begun to come and is not whole yet, in words that follow the client's name: `owes the rest of a TLS record`.
    /// `None` if nothing of it lies in the layer.
    fn owes(&self) -> Option<String>;
}

/// What was wrong with a peer's bytes, for people: what was wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub String);

impl Fault {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
