//! What comes from the peer, frame by frame.

use std::io::IoSlice;

use super::close::{self, Violation};
use super::header::{Header, Opcode, Reading};
use super::mask::Mask;
use super::{CONTROL_BYTES, WebSocket};

/// While the peer has so many bytes to take, or fewer, each of its Pings is answered at once.
const EACH_PONG_BELOW_BYTES: usize = 16 * 1024;
/// Below this, the last Ping of each call is answered, which RFC 6455 5.5.3 allows. Above it, none is until the peer reads. So
/// Pongs alone never make more than this wait for a peer, even if somebody goes on reading from it.
const LAST_PONG_BELOW_BYTES: usize = 1024 * 1024;

/// What comes next.
#[derive(Debug)]
pub(super) enum State {
    Header(Reading),
    /// The payload of a data frame.
    Payload {
        left: u64,
        mask: Mask,
    },
    /// The payload of a control frame, which is collected.
    Control {
        opcode: Opcode,
        left: u64,
        mask: Mask,
        payload: Vec<u8>,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Header(Reading::default())
    }
}

impl WebSocket {
    /// Takes frames and parts of frames. Bytes behind a Close are not looked at: nothing may follow it (RFC 6455 5.5.1).
    pub(super) fn receive_frames(
        &mut self,
        mut bytes: &mut [u8],
        up: &mut Vec<u8>,
        down: &mut Vec<u8>,
    ) -> Result<(), Violation> {
        while !bytes.is_empty() && self.peer_closed.is_none() {
            match &mut self.state {
                State::Header(reading) => {
                    if reading.is_empty()
                        && let Some((header, length)) = Header::of_short_data(bytes, self.in_message)
                    {
                        bytes = &mut bytes[length..];
                        self.begin(header, down)?;
                        continue;
                    }
                    let byte = bytes[0];
                    bytes = &mut bytes[1..];
                    if let Some(header) = reading.take(byte, self.in_message)? {
                        self.begin(header, down)?;
                    }
                }
                State::Payload { left, mask } => {
                    let payload;
                    (payload, bytes) = split(bytes, left);
                    mask.unmask(payload);
                    up.extend_from_slice(payload);
                    if *left == 0 {
                        self.state = State::default();
                    }
                }
                State::Control {
                    opcode,
                    left,
                    mask,
                    payload,
                } => {
                    let part;
                    (part, bytes) = split(bytes, left);
                    mask.unmask(part);
                    payload.extend_from_slice(part);
                    if *left == 0 {
                        let (opcode, payload) = (*opcode, std::mem::take(payload));
                        self.state = State::default();
                        self.control(opcode, payload, down)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A header is whole.
    fn begin(&mut self, header: Header, down: &mut Vec<u8>) -> Result<(), Violation> {
        let mask = Mask::new(header.mask);
        let left = header.length;
        match header.opcode {
            Opcode::Binary | Opcode::Continuation | Opcode::Text => {
                self.in_message = !header.is_last;
                self.state = if left == 0 {
                    State::default()
                } else {
                    State::Payload { left, mask }
                };
            }
            opcode if left == 0 => {
                self.state = State::default();
                self.control(opcode, Vec::new(), down)?;
            }
            opcode => {
                let payload = Vec::with_capacity(CONTROL_BYTES.min(left as usize));
                self.state = State::Control {
                    opcode,
                    left,
                    mask,
                    payload,
                };
            }
        }
        Ok(())
    }

    /// A control frame is whole.
    fn control(&mut self, opcode: Opcode, payload: Vec<u8>, down: &mut Vec<u8>) -> Result<(), Violation> {
        match opcode {
            Opcode::Close => self.peer_closed = Some(close::answer(&payload)?),
            // RFC 6455 5.5.2.
            Opcode::Ping => {
                if down.len() < EACH_PONG_BELOW_BYTES {
                    self.owed_pong = None;
                    self.write(Opcode::Pong, &[IoSlice::new(&payload)], down);
                } else {
                    self.owed_pong = Some(payload);
                }
            }
            // RFC 6455 5.5.3: nobody asked for it, and nobody answers it.
            _ => {}
        }
        Ok(())
    }

    /// Called once what came is read.
    pub(super) fn write_owed_pong(&mut self, down: &mut Vec<u8>) {
        if down.len() < LAST_PONG_BELOW_BYTES
            && let Some(payload) = self.owed_pong.take()
        {
            self.write(Opcode::Pong, &[IoSlice::new(&payload)], down);
        }
    }
}

/// Splits off what belongs to a payload of which `left` bytes have not come, and counts it.
fn split<'a>(bytes: &'a mut [u8], left: &mut u64) -> (&'a mut [u8], &'a mut [u8]) {
    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    *left -= here as u64;
    bytes.split_at_mut(here)
}
