//! WebSocket frames as a [`Layer`](super::Layer): the server's side of RFC 6455, with MQTT in binary frames.
//!
//! Where messages and frames begin and end means nothing to MQTT (MQTT5-6.0.0-2, MQTT311-6.0.0-2), so nothing is collected: a payload goes up as
//! it comes, and a frame of any length needs no more room than a short one.

mod close;
mod header;
mod mask;
mod receive;
#[cfg(test)]
mod tests;

use std::io::IoSlice;

use self::header::{Opcode, write_header};
use self::receive::State;
use super::{Fault, Layer};

/// The most that a control frame carries (RFC 6455 5.5).
const CONTROL_BYTES: usize = 125;

/// The server's end of one WebSocket connection, after the handshake.
#[derive(Debug, Default)]
pub(crate) struct WebSocket {
    state: State,
    /// The last fragment of a message has not begun.
    in_message: bool,
    /// The most recent Ping whose Pong is not written yet.
    owed_pong: Option<Vec<u8>>,
    /// A Close was written: nothing may follow it (RFC 6455 5.5.1).
    closed: bool,
    /// The peer's Close came: the payload of the answer.
    peer_closed: Option<Vec<u8>>,
}

impl WebSocket {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The only place that writes a frame.
    fn write(&mut self, opcode: Opcode, payload: &[IoSlice<'_>], down: &mut Vec<u8>) {
        if self.closed {
            return;
        }
        self.closed = opcode == Opcode::Close;
        let length: usize = payload.iter().map(|slice| slice.len()).sum();
        down.reserve(header::MOST_WRITTEN_BYTES + length);
        write_header(opcode, length as u64, down);
        for slice in payload {
            down.extend_from_slice(slice);
        }
    }
}

impl Layer for WebSocket {
    fn receive(&mut self, bytes: &mut [u8], up: &mut Vec<u8>, down: &mut Vec<u8>) -> Result<(), Fault> {
        let received = self.receive_frames(bytes, up, down);
        self.write_owed_pong(down);
        received.map_err(|violation| {
            self.write(Opcode::Close, &[IoSlice::new(&violation.payload())], down);
            violation.fault()
        })
    }

    /// One frame a call (MQTT5-6.0.0-1: a binary one).
    fn send(&mut self, slices: &[IoSlice<'_>], down: &mut Vec<u8>) {
        if slices.iter().any(|slice| !slice.is_empty()) {
            self.write(Opcode::Binary, slices, down);
        }
    }

    /// Appends a Close. A peer that closed first is answered with its own code (RFC 6455 5.5.1): here and not when its Close
    /// came, so that it is sent first what its last packets made us say.
    fn end(&mut self, down: &mut Vec<u8>) {
        let payload = self.peer_closed.clone().unwrap_or_else(close::normal);
        self.write(Opcode::Close, &[IoSlice::new(&payload)], down);
    }

    fn peer_ended(&self) -> bool {
        self.peer_closed.is_some()
    }

    fn owes(&self) -> Option<String> {
        if self.peer_closed.is_some() {
            return None;
        }
        match &self.state {
            State::Header(header) if !header.is_empty() => {
                Some("owes the rest of the header of a WebSocket frame".to_owned())
            }
            State::Payload { left, .. } => Some(format!("owes {left} bytes of a WebSocket frame")),
            State::Control { left, .. } => Some(format!("owes {left} bytes of a control frame of WebSocket")),
            State::Header(_) => self
                .in_message
                .then(|| "owes the last frame of a WebSocket message".to_owned()),
        }
    }
}
