//! [`Framer`]: finds packets in a stream. The stream is passed on, whatever it finds.

use crate::wire;

/// This much is kept of a packet that is too long to keep whole.
const SAMPLE_BYTES: usize = 1024;

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut<'a> {
    /// One packet, whole by its length; its content may be wrong.
    Packet(&'a [u8]),
    /// The beginning of a packet that is too long to be looked at.
    TooLong(&'a [u8]),
    /// Not a packet: the bytes where the stream is no longer MQTT, and everything behind them.
    Noise(&'a [u8]),
}

/// Cuts one direction of a connection into packets.
#[derive(Debug)]
pub(super) struct Framer {
    /// The beginning of a packet whose rest has not come yet.
    partial: Vec<u8>,
    /// How many bytes of a packet that is too long are still to come.
    skip: usize,
    /// The stream is not MQTT any more.
    lost: bool,
    max_packet_bytes: usize,
}

impl Framer {
    pub fn new(max_packet_bytes: usize) -> Self {
        Self {
            partial: Vec::new(),
            skip: 0,
            lost: false,
            max_packet_bytes,
        }
    }

    /// Whether a packet has begun and has not come whole.
    #[cfg(test)]
    pub fn is_amid(&self) -> bool {
        self.skip > 0 || !self.partial.is_empty()
    }

    /// How much of the packet that has begun is still to come; `None` while its fixed header does not say. Of a stream that is
    /// not MQTT any more, all of it.
    pub fn owed(&self) -> Option<usize> {
        match &*self.partial {
            _ if self.lost => Some(usize::MAX),
            [] => Some(self.skip),
            partial => Some(wire::frame(partial, usize::MAX).ok()?? - partial.len()),
        }
    }

    /// Takes the bytes that came, and yields every piece that is complete with them.
    pub fn cut(&mut self, bytes: &[u8], mut found: impl FnMut(Cut<'_>)) {
        if self.partial.is_empty() {
            let taken = self.cut_in_place(bytes, &mut found);
            self.partial
                .extend_from_slice(bytes.get(taken..).unwrap_or_default());
            return;
        }
        let mut buffer = std::mem::take(&mut self.partial);
        buffer.extend_from_slice(bytes);
        let taken = self.cut_in_place(&buffer, &mut found);
        buffer.drain(..taken);
        if !buffer.is_empty() {
            self.partial = buffer;
        }
    }

    /// Returns how many bytes are done; the rest is the beginning of a packet.
    fn cut_in_place(&mut self, bytes: &[u8], found: &mut impl FnMut(Cut<'_>)) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.lost {
                found(Cut::Noise(rest));
                return bytes.len();
            }
            if self.skip > 0 {
                let n = self.skip.min(rest.len());
                self.skip -= n;
                at += n;
                continue;
            }
            match wire::frame(rest, self.max_packet_bytes) {
                Ok(Some(len)) => match rest.get(..len) {
                    Some(packet) => {
                        found(Cut::Packet(packet));
                        at += len;
                    }
                    None => return at,
                },
                Ok(None) => return at,
                Err(_) => match wire::frame(rest, usize::MAX) {
                    Ok(Some(len)) => {
                        let there = rest.len().min(len);
                        found(Cut::TooLong(&rest[..there.min(SAMPLE_BYTES)]));
                        self.skip = len - there;
                        at += there;
                    }
                    _ => self.lost = true,
                },
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(framer: &mut Framer, bytes: &[u8]) -> Vec<String> {
        let mut pieces = Vec::new();
        framer.cut(bytes, |cut| pieces.push(format!("{cut:?}")));
        pieces
    }

    #[test]
    fn packets_are_found_however_they_are_cut() {
        let stream = [0xC0, 0, 0x30, 5, 0, 1, b'a', 1, 2, 0xE0, 0];
        let mut whole = Vec::new();
        Framer::new(100).cut(&stream, |cut| whole.push(format!("{cut:?}")));
        assert_eq!(whole.len(), 3);
        for at in 0..stream.len() {
            let mut framer = Framer::new(100);
            let mut found = pieces(&mut framer, &stream[..at]);
            found.extend(pieces(&mut framer, &stream[at..]));
            assert_eq!(found, whole, "cut at {at}");
            assert!(!framer.is_amid());
        }
    }

    #[test]
    fn a_packet_too_long_is_passed_over_and_the_next_one_found() {
        let mut stream = vec![0x30, 200, 1];
        stream.extend([7; 200]);
        stream.extend([0xC0, 0]);
        let mut framer = Framer::new(100);
        let mut found = Vec::new();
        for part in stream.chunks(50) {
            found.extend(pieces(&mut framer, part));
        }
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("TooLong") && found[1] == "Packet([192, 0])",
            "{found:?}"
        );
        assert!(!framer.is_amid());
    }

    #[test]
    fn what_does_not_frame_is_noise_to_its_end() {
        let mut framer = Framer::new(100);
        let found = pieces(&mut framer, &[0xC0, 0, 0xC0, 0x80, 0x80, 0x80, 0x80, 1]);
        assert_eq!(found, ["Packet([192, 0])", "Noise([192, 128, 128, 128, 128, 1])"]);
        assert_eq!(pieces(&mut framer, &[0xC0, 0]), ["Noise([192, 0])"]);
    }
}
