//! [`Visitor`]: a connection that came for the control API, on its way to the thread that serves it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::sync::oneshot;

use super::{ClientStream, Layers, Site, Socket};

/// So much of what is encrypted lies between the two threads, either way.
const PIPE_BYTES: usize = 64 * 1024;
/// So long a peer may take the last bytes of a pipe whose other end is gone.
const LAST_BYTES: Duration = Duration::from_millis(500);

/// A connection that came for the control API.
pub(crate) struct Visitor {
    pub stream: VisitorStream,
    /// What was read of it.
    pub first: Vec<u8>,
    /// It came by TLS.
    pub encrypted: bool,
    /// It comes from this machine, as far as its address says.
    pub is_local: bool,
    pub site: Arc<Site>,
}

/// Its bytes.
pub(crate) enum VisitorStream {
    /// A socket without a runtime: the other thread has its own.
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    /// One end of a pipe; the broker's thread has the other, and TLS, until the second of these is dropped.
    Pipe(DuplexStream, oneshot::Sender<()>),
}

impl Visitor {
    /// Takes a connection over from `socket`, which the caller then lets go of. What it goes through, `layers`, stays on this
    /// thread.
    pub fn of(socket: &Socket, mut layers: Layers) -> io::Result<Self> {
        let encrypted = layers.way().tls;
        let is_local = is_local(socket, &layers);
        let site = layers.door().site.clone();
        let first = layers.begin_visit();
        let stream = if encrypted {
            let (near, far) = tokio::io::duplex(PIPE_BYTES);
            let (holds, gone) = oneshot::channel();
            let client = ClientStream::through(socket.try_clone()?, layers);
            tokio::task::spawn_local(pass(client, near, gone));
            VisitorStream::Pipe(far, holds)
        } else {
            socket.try_clone_std()?
        };
        Ok(Self {
            stream,
            first,
            encrypted,
            is_local,
            site,
        })
    }
}

/// Whether it comes from this machine. Behind a proxy only the proxy can say that: its own address says nothing.
fn is_local(socket: &Socket, layers: &Layers) -> bool {
    let is_loopback = |peer: SocketAddr| peer.ip().to_canonical().is_loopback();
    if layers.door().proxy_protocol {
        return layers.source().is_some_and(is_loopback);
    }
    match socket.tcp() {
        Some(stream) => stream.peer_addr().is_ok_and(is_loopback),
        None => true,
    }
}

/// Passes bytes on until both sides have ended, or the other end of the pipe is gone.
async fn pass(mut client: ClientStream, mut pipe: DuplexStream, gone: oneshot::Receiver<()>) {
    let is_over = async {
        let _ = gone.await;
        tokio::time::sleep(LAST_BYTES).await;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut pipe) => {}
        () = is_over => {}
    }
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
