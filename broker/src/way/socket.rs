//! [`Socket`]: the bytes below everything else, over TCP or a Unix socket.

use std::fmt;
use std::io::{self, IoSlice, Read as _};
use std::net::{IpAddr, Shutdown, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::VisitorStream;

/// A connection that was accepted.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// What to do with the socket, whichever it is.
macro_rules! either {
    ($self:expr, $stream:ident => $do:expr) => {
        match $self {
            Socket::Tcp($stream) => $do,
            #[cfg(unix)]
            Socket::Unix($stream) => $do,
        }
    };
}

impl Socket {
    /// The stream, where it is one of TCP.
    pub fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    /// Whether it is a Unix socket.
    pub fn is_unix(&self) -> bool {
        self.tcp().is_none()
    }

    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        either!(self, stream => stream.ready(interest).await)
    }

    pub async fn readable(&self) -> io::Result<()> {
        either!(self, stream => stream.readable().await)
    }

    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_read(buffer))
    }

    /// Reads onto the end of `buffer`.
    pub fn try_read_buf(&self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        either!(self, stream => stream.try_read_buf(buffer))
    }

    /// Reads with the system's own call. `is_emptied` says of the number of bytes that came whether the socket has no more;
    /// then the runtime waits for the next event.
    pub fn try_read_until_empty(
        &self,
        buffer: &mut [u8],
        is_emptied: impl Fn(usize) -> bool,
    ) -> io::Result<usize> {
        let mut n = 0;
        let read = || {
            n = (&*self.sock_ref()).read(buffer)?;
            if is_emptied(n) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        };
        let result = either!(self, stream => stream.try_io(Interest::READABLE, read));
        match result {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock || n == 0 => Err(error),
            _ => Ok(n),
        }
    }

    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(bytes))
    }

    pub fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(self, stream => stream.try_write_vectored(slices))
    }

    /// The same connection once more. It ends when both are closed.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self.try_clone_std()? {
            VisitorStream::Tcp(stream) => TcpStream::from_std(stream).map(Self::Tcp),
            #[cfg(unix)]
            VisitorStream::Unix(stream) => UnixStream::from_std(stream).map(Self::Unix),
            VisitorStream::Pipe(..) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The same for another thread with a runtime of its own.
    pub fn try_clone_std(&self) -> io::Result<VisitorStream> {
        let again = self.sock_ref().try_clone()?;
        Ok(match self {
            Self::Tcp(_) => VisitorStream::Tcp(again.into()),
            #[cfg(unix)]
            Self::Unix(_) => VisitorStream::Unix(again.into()),
        })
    }

    /// Nothing more will be written.
    pub fn shutdown_write(&self) -> io::Result<()> {
        self.sock_ref().shutdown(Shutdown::Write)
    }

    /// Closing it resets the connection.
    pub fn reset_at_close(&self) {
        // A Unix socket has no reset: there it is closed at once.
        let _ = self.sock_ref().set_linger(Some(Duration::ZERO));
    }

    /// How many bytes are there, at most one; 0 at the end of the stream.
    pub fn peek(&self) -> io::Result<usize> {
        let mut one = [std::mem::MaybeUninit::uninit()];
        self.sock_ref().peek(&mut one)
    }

    /// Whether the peer has the same kernel. A peer in another network namespace of this machine cannot be told from a peer
    /// elsewhere.
    pub fn is_local(&self) -> bool {
        let Some(stream) = self.tcp() else { return true };
        let (Ok(peer), Ok(own)) = (stream.peer_addr(), stream.local_addr()) else {
            // The client is gone, and all that it sent was read.
            return true;
        };
        let ip = peer.ip().to_canonical();
        ip.is_loopback() || ip == own.ip().to_canonical() || is_ours(peer, ip)
    }

    fn sock_ref(&self) -> SockRef<'_> {
        either!(self, stream => SockRef::from(stream))
    }
}

/// Only addresses of this machine can be bound.
fn is_ours(peer: SocketAddr, ip: IpAddr) -> bool {
    let mut addr = SocketAddr::new(ip, 0);
    if let (SocketAddr::V6(addr), SocketAddr::V6(peer)) = (&mut addr, peer) {
        // A link-local address belongs to an interface.
        addr.set_scope_id(peer.scope_id());
    }
    UdpSocket::bind(addr).is_ok()
}

/// Where a listener is, or a peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    /// A path.
    Unix(std::path::PathBuf),
}

impl Address {
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(addr) => Some(*addr),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(addr) => addr.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}
