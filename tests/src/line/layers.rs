//! TLS, WebSocket or both between a socket and MQTT.

use std::io::{self, Read, Write};
use std::ops::Range;

use rustls::Connection;

use super::pair;
use super::web_socket::Frames;

/// As much as one read of the socket takes, as in the broker.
const READ_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Layers {
    pub(super) tls: Option<Connection>,
    pub(super) frames: Option<Frames>,
    /// What came from the socket.
    came: Vec<u8>,
    /// The part of it that was not looked at yet.
    left: Range<usize>,
    /// The last read of the socket did not fill the buffer.
    is_empty: bool,
    /// What came out of TLS and is not unframed yet.
    plain: Vec<u8>,
    plain_left: Range<usize>,
    /// What goes to the socket, or into TLS.
    out: Vec<u8>,
    sent: usize,
}

impl Layers {
    pub(super) fn new(mut tls: Option<Connection>) -> Self {
        if let Some(tls) = &mut tls {
            tls.set_buffer_limit(None);
        }
        Self {
            tls,
            frames: None,
            came: Vec::new(),
            left: 0..0,
            is_empty: true,
            plain: Vec::new(),
            plain_left: 0..0,
            out: Vec::new(),
            sent: 0,
        }
    }

    pub(super) fn read(&mut self, stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        if self.came.is_empty() {
            self.came = vec![0; READ_BYTES];
        }
        let mut filled = 0;
        loop {
            filled += self.take(&mut buffer[filled..])?;
            if filled == buffer.len() || (filled > 0 && self.is_empty) {
                return Ok(filled);
            }
            match stream.read(&mut self.came) {
                Ok(0) => return Ok(filled),
                Ok(n) => {
                    self.left = 0..n;
                    self.is_empty = n < READ_BYTES;
                }
                Err(_) if filled > 0 => return Ok(filled),
                Err(error) => return Err(error),
            }
        }
    }

    /// MQTT out of what came, until the buffer is full or nothing more lies here.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let came = &self.came[self.left.clone()];
        match (&mut self.tls, &mut self.frames) {
            (None, None) => Ok(0),
            (Some(tls), None) => {
                let (taken, made) = decrypt(tls, came, buffer)?;
                self.left.start += taken;
                Ok(made)
            }
            (None, Some(frames)) => {
                let (taken, made) = frames.read(came, buffer, &mut self.out)?;
                self.left.start += taken;
                Ok(made)
            }
            (Some(tls), Some(frames)) => {
                self.plain.resize(READ_BYTES, 0);
                let mut filled = 0;
                loop {
                    let plain = &self.plain[self.plain_left.clone()];
                    let (taken, made) = frames.read(plain, &mut buffer[filled..], &mut self.out)?;
                    self.plain_left.start += taken;
                    filled += made;
                    if !self.plain_left.is_empty() || filled == buffer.len() {
                        return Ok(filled);
                    }
                    let (taken, made) = decrypt(tls, &self.came[self.left.clone()], &mut self.plain)?;
                    self.left.start += taken;
                    self.plain_left = 0..made;
                    if made == 0 {
                        return Ok(filled);
                    }
                }
            }
        }
    }

    pub(super) fn write(&mut self, stream: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        self.flush(stream)?;
        match (&mut self.tls, &mut self.frames) {
            (Some(tls), None) => tls.writer().write_all(bytes)?,
            (tls, Some(frames)) if frames.masks() => {
                Frames::write_masked(bytes, &mut self.out);
                if let Some(tls) = tls {
                    tls.writer().write_all(&self.out)?;
                    self.out.clear();
                }
            }
            (tls, Some(_)) => {
                let (header, length) = Frames::header(bytes.len());
                let both = pair(&header[..length], bytes);
                let sent = match tls {
                    Some(tls) => tls.writer().write_vectored(&both)?,
                    None => match stream.write_vectored(&both) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                        result => result?,
                    },
                };
                self.out.extend_from_slice(&header[sent.min(length)..length]);
                self.out.extend_from_slice(&bytes[sent.saturating_sub(length)..]);
            }
            (None, None) => {}
        }
        match self.flush(stream) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(bytes.len()),
        }
    }

    pub(super) fn flush(&mut self, stream: &mut impl Write) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            if !self.out.is_empty() {
                tls.writer().write_all(&self.out)?;
                self.out.clear();
            }
            while tls.wants_write() {
                tls.write_tls(stream)?;
            }
            return Ok(());
        }
        while self.sent < self.out.len() {
            self.sent += stream.write(&self.out[self.sent..])?;
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }
}

/// Says how much it took, and how much it made.
fn decrypt(tls: &mut Connection, came: &[u8], buffer: &mut [u8]) -> io::Result<(usize, usize)> {
    let (mut taken, mut made) = (0, 0);
    loop {
        while made < buffer.len() {
            match tls.reader().read(&mut buffer[made..]) {
                Ok(0) => return Ok((came.len(), made)),
                Ok(n) => made += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if made == buffer.len() || taken == came.len() {
            return Ok((taken, made));
        }
        taken += tls.read_tls(&mut &came[taken..])?;
        tls.process_new_packets().map_err(io::Error::other)?;
    }
}
