//! [`Visitor`]: a connection that came for the control API, on its way to the thread that serves it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::DuplexStream;

use super::{ClientStream, Layers, Site, Socket};
use crate::arrival::Arrival;

/// So much of what is encrypted lies between the two threads, either way.
const PIPE_BYTES: usize = 64 * 1024;

/// A connection that came for the control API.
pub(crate) struct Visitor {
    pub stream: VisitorStream,
    /// What was read of it.
    pub first: Vec<u8>,
    /// How it came.
    pub arrival: Arrival,
    pub site: Arc<Site>,
}

/// Its bytes.
pub(crate) enum VisitorStream {
    /// A socket without a runtime: the other thread has its own.
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    /// One end of a pipe; the broker's thread has the other, and TLS.
    Pipe(DuplexStream),
}

impl Visitor {
    /// Takes a connection over from `socket`, which the caller then lets go of. What it goes through, `layers`, stays on this
    /// thread.
    pub fn of(socket: &Socket, mut layers: Box<Layers>) -> io::Result<Self> {
        let mut arrival = layers.arrival();
        if arrival.peer.is_empty() {
            let peer = socket.tcp().and_then(|stream| stream.peer_addr().ok());
            arrival.peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
        }
        let site = layers.door().site.clone();
        let first = layers.begin_visit();
        let stream = if arrival.way.tls {
            let (near, far) = tokio::io::duplex(PIPE_BYTES);
            let client = ClientStream::through(socket.try_clone()?, layers);
            tokio::task::spawn_local(pass(client, near));
            VisitorStream::Pipe(far)
        } else {
            socket.try_clone_std()?
        };
        Ok(Self {
            stream,
            first,
            arrival,
            site,
        })
    }

    /// Whether it comes from this machine, as far as its address says. One that a proxy brought says where it is from.
    pub fn is_local(&self) -> bool {
        let ip = self.arrival.peer.parse::<SocketAddr>().map(|peer| peer.ip());
        self.arrival.way.unix || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// Passes bytes on until both sides have ended.
async fn pass(mut client: ClientStream, mut pipe: DuplexStream) {
    let _ = tokio::io::copy_bidirectional(&mut client, &mut pipe).await;
}

/// Where connections go that came for the control API: to those who serve it, once they are there.
#[derive(Clone, Default)]
pub(crate) struct Visitors(Arc<Mutex<Lobby>>);

type Serve = Box<dyn Fn(Visitor) + Send>;

enum Lobby {
    /// Nobody serves yet: these wait.
    Waiting(Vec<Visitor>),
    Open(Serve),
    /// Nobody will.
    Shut,
}

impl Default for Lobby {
    fn default() -> Self {
        Self::Waiting(Vec::new())
    }
}

impl Visitors {
    /// At most so many wait until somebody serves.
    const MOST_WAITING: usize = 64;

    pub fn come(&self, visitor: Visitor) {
        match &mut *self.lobby() {
            Lobby::Waiting(waiting) if waiting.len() < Self::MOST_WAITING => waiting.push(visitor),
            Lobby::Open(serve) => serve(visitor),
            Lobby::Waiting(_) | Lobby::Shut => {}
        }
    }

    /// From here on they are served.
    #[cfg(feature = "http")]
    pub fn open(&self, serve: Serve) {
        let mut lobby = self.lobby();
        if let Lobby::Waiting(waiting) = &mut *lobby {
            std::mem::take(waiting).into_iter().for_each(&serve);
        }
        *lobby = Lobby::Open(serve);
    }

    /// From here on they are not.
    pub fn shut(&self) {
        *self.lobby() = Lobby::Shut;
    }

    fn lobby(&self) -> MutexGuard<'_, Lobby> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Visitors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitors").finish_non_exhaustive()
    }
}
