//! [`Socket`]: TCP or Unix, at the bottom of every way.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{Door, Place};
use crate::harness::DEADLINE;

/// A socket, and what its owner holds back from it.
#[derive(Debug)]
pub struct Socket {
    kind: Kind,
    held: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    pub(super) fn open(door: &Door) -> io::Result<Self> {
        let kind = match &door.place {
            Place::Address(addr) => {
                let stream = TcpStream::connect_timeout(addr, DEADLINE)?;
                if door.no_delay {
                    stream.set_nodelay(true)?;
                }
                Kind::Tcp(stream)
            }
            #[cfg(unix)]
            Place::Path(path) => Kind::Unix(UnixStream::connect(path)?),
            #[cfg(not(unix))]
            Place::Path(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        let mut socket = Self { kind, held: None };
        socket.set_read_timeout(DEADLINE)?;
        socket.set_write_timeout(DEADLINE)?;
        socket.write_all(&door.first)?;
        Ok(socket)
    }

    /// How long a read waits.
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(stream) => stream.set_read_timeout(Some(timeout)),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.set_read_timeout(Some(timeout)),
        }
    }

    fn set_write_timeout(&self, timeout: Duration) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(stream) => stream.set_write_timeout(Some(timeout)),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.set_write_timeout(Some(timeout)),
        }
    }

    /// The TCP socket, if it is one.
    pub fn tcp(&self) -> Option<&TcpStream> {
        match &self.kind {
            Kind::Tcp(stream) => Some(stream),
            #[cfg(unix)]
            Kind::Unix(_) => None,
        }
    }

    /// Says that nothing more will be written.
    pub fn end(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Tcp(stream) => stream.shutdown(Shutdown::Write),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
    }

    /// From here on, what is written is held back.
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// What was held back. What is written from here on goes out.
    pub fn release(&mut self) -> Vec<u8> {
        self.held.take().unwrap_or_default()
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(held) = &mut self.held {
            held.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        match &mut self.kind {
            Kind::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
