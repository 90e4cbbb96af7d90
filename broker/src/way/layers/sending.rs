//! The way out: bytes of MQTT are wrapped, and what the socket has not taken is kept.

use std::io::IoSlice;

use super::{Layers, Stage};
use crate::way::Layer as _;

/// At most so many bytes of MQTT are wrapped at a time.
const SEND_BYTES: usize = 64 * 1024;

impl Layers {
    /// Wraps bytes of MQTT, not all at a time; returns how many. Before MQTT may be sent it swallows them.
    pub fn send(&mut self, slices: &[IoSlice<'_>]) -> usize {
        let mut part = Vec::with_capacity(slices.len());
        let mut length = 0;
        for slice in slices {
            let room = SEND_BYTES - length;
            let slice = slice.get(..room).unwrap_or(slice);
            part.push(IoSlice::new(slice));
            length += slice.len();
            if length == SEND_BYTES {
                break;
            }
        }
        if matches!(self.stage, Stage::Mqtt) {
            self.guarded(|layers| layers.wrap(&part, length));
        }
        length
    }

    fn wrap(&mut self, part: &[IoSlice<'_>], length: usize) {
        match (&mut self.web_socket, &mut self.tls) {
            (Some(web_socket), Some(tls)) => {
                let mut frame = Vec::with_capacity(length + 16);
                web_socket.send(part, &mut frame);
                tls.send(&[IoSlice::new(&frame)], &mut self.down);
            }
            (Some(web_socket), None) => web_socket.send(part, &mut self.down),
            (None, Some(tls)) => tls.send(part, &mut self.down),
            (None, None) => part.iter().for_each(|slice| self.down.extend_from_slice(slice)),
        }
    }

    /// Says to the peer that nothing more will be sent. Does nothing when called again.
    pub fn end(&mut self) {
        self.guarded(Self::say_end);
    }

    fn say_end(&mut self) {
        if let Some(web_socket) = &mut self.web_socket {
            let mut close = Vec::new();
            web_socket.end(&mut close);
            if !close.is_empty() {
                self.below(&close);
            }
        }
        if let Some(tls) = &mut self.tls {
            tls.end(&mut self.down);
        }
    }

    /// What the socket is to take.
    pub fn down(&self) -> &[u8] {
        self.down.get(self.taken..).unwrap_or_default()
    }

    /// The socket has taken so many bytes of [`down`](Self::down).
    pub fn wrote(&mut self, n: usize) {
        self.taken += n;
        if self.taken >= self.down.len() {
            self.down.clear();
            self.taken = 0;
        }
    }

    /// Lends a buffer for what is to be written, so that a connection that has nothing to write needs none of its own;
    /// called again, it gives the buffer back if it is empty.
    pub fn lend(&mut self, buffer: &mut Vec<u8>) {
        if self.down.is_empty() {
            std::mem::swap(&mut self.down, buffer);
        }
    }
}
