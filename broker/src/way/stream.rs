//! [`ClientStream`]: a client's connection as one stream of bytes, whatever it goes through: for those who read and write with
//! the runtime's own traits. `front` drives sockets and layers itself.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::{Door, Fault, Layers, Look, Progress, Socket, Visitor, look, proxy};
use crate::arrival::Arrival;

/// At most so many bytes are taken through the layers at a time.
const READ_BYTES: usize = 64 * 1024;
/// At least so many, also for a caller that wants fewer.
const LEAST_READ_BYTES: usize = 4 * 1024;
/// While its layers hold more than this for a socket that takes no more, nothing is read and nothing more is wrapped.
const HELD_BYTES: usize = 64 * 1024;

/// A client's connection. What is read and written are the bytes above its layers.
pub(crate) struct ClientStream {
    socket: Socket,
    door: Rc<Door>,
    /// What its bytes go through; `None` where that is nothing, or where it is not known yet.
    through: Option<Box<Through>>,
    /// Where it comes from: the address of the socket, or the one that a proxy tells.
    peer: String,
}

/// Layers that are driven by reading and writing.
struct Through {
    layers: Layers,
    /// What came out of them and was not read yet, from `at` on.
    up: Vec<u8>,
    at: usize,
    /// The socket has ended.
    ended: bool,
}

/// How a connection begins.
#[derive(Debug)]
pub(crate) enum First {
    /// Bytes of MQTT, or noise.
    Bytes(Vec<u8>),
    /// TLS that is not to be read here.
    Unread(Vec<u8>),
    /// Somebody read a page, and has got it.
    Answered,
    /// Somebody came for the control API.
    Visits,
    /// The peer closed the connection.
    Ended,
    /// A handshake went wrong: how.
    Failed(String),
}

impl ClientStream {
    /// A connection that `door` let in; nothing of it was read yet.
    pub fn new(socket: Socket, peer: String, door: Rc<Door>) -> Self {
        Self {
            socket,
            door,
            through: None,
            peer,
        }
    }

    /// A connection whose layers have passed what came so far.
    pub fn through(socket: Socket, layers: Layers) -> Self {
        let door = layers.door().clone();
        let through = Through {
            layers,
            up: Vec::new(),
            at: 0,
            ended: false,
        };
        Self {
            socket,
            door,
            through: Some(Box::new(through)),
            peer: String::new(),
        }
    }

    /// Leads one who came for the control API there.
    pub fn visit(self) {
        let Some(through) = self.through else { return };
        if let Ok(visitor) = Visitor::of(&self.socket, through.layers) {
            self.door.visitors().come(visitor);
        }
    }

    /// How the client came, as far as that is known.
    pub fn arrival(&self) -> Arrival {
        let mut arrival = match &self.through {
            Some(through) => through.layers.arrival(),
            None => self.door.arrival(&self.socket),
        };
        if arrival.peer.is_empty() {
            arrival.peer.clone_from(&self.peer);
        }
        arrival
    }

    /// The socket below everything.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// What was wrong with the peer's bytes below MQTT.
    pub fn fault(&self) -> Option<&str> {
        let fault = self.through.as_ref()?.layers.fault()?;
        Some(&fault.0)
    }

    /// Reads until it is known what the connection goes through, and the first bytes above that are there. To be called once,
    /// before anything else. With `passes_tls`, TLS is left as it is.
    pub async fn first(&mut self, passes_tls: bool) -> io::Result<First> {
        let mut raw = Vec::new();
        while self.through.is_none() {
            if self.socket.read_buf(&mut raw).await? == 0 {
                if raw.is_empty() {
                    return Ok(First::Ended);
                }
                self.begin(&mut raw).ended = true;
                break;
            }
            // Where there is a PROXY header, the first bytes are those behind it.
            let header = match proxy::read(&raw, self.door.proxied_over_tls) {
                _ if !self.door.proxy_protocol => 0,
                Ok(None) => continue,
                Ok(Some((proxied, length))) if passes_tls => {
                    if let Some(source) = proxied.source {
                        self.peer = source.to_string();
                    }
                    length
                }
                _ => {
                    self.begin(&mut raw);
                    break;
                }
            };
            match look(raw.get(header..).unwrap_or_default()) {
                Look::More => {}
                Look::Tls if passes_tls => return Ok(First::Unread(raw.split_off(header))),
                // Noise, too: the broker behind knows best what is wrong with it.
                Look::Mqtt | Look::Unknown if self.door.takes_plain() => return Ok(First::Bytes(raw)),
                _ => {
                    self.begin(&mut raw);
                }
            }
        }
        let mut first = vec![0; LEAST_READ_BYTES];
        let read = self.read(&mut first).await;
        if let Some(why) = self.fault() {
            return Ok(First::Failed(why.to_owned()));
        }
        let n = read?;
        if n > 0 {
            first.truncate(n);
            return Ok(First::Bytes(first));
        }
        let layers = self.through.as_ref().map(|through| &through.layers);
        Ok(
            match layers.map(|layers| (layers.progress(), layers.broken_off())) {
                Some((Progress::Answered, _)) => First::Answered,
                Some((Progress::Visits, _)) => First::Visits,
                Some((_, Some(how))) => First::Failed(how),
                _ => First::Ended,
            },
        )
    }

    /// From here on the bytes go through layers; `raw` has come already.
    fn begin(&mut self, raw: &mut [u8]) -> &mut Through {
        let mut layers = Layers::new(self.door.clone(), self.socket.is_unix());
        let mut up = Vec::new();
        layers.receive(raw, &mut up);
        let through = Through {
            layers,
            up,
            at: 0,
            ended: false,
        };
        self.through.insert(Box::new(through))
    }

    /// Ends the writing, and reads what still comes until the peer closes: a socket that is closed with unread bytes would
    /// send a reset, and the peer could lose what it was told last. How long that may take is for the caller to say.
    pub async fn finish(&mut self) -> io::Result<()> {
        self.shutdown().await?;
        let mut void = [0; 1024];
        while self.socket.read(&mut void).await? > 0 {}
        Ok(())
    }
}

impl Through {
    /// Gives what is there; says whether that was anything.
    fn give(&mut self, to: &mut ReadBuf<'_>) -> bool {
        let rest = self.up.get(self.at..).unwrap_or_default();
        let part = rest.get(..to.remaining()).unwrap_or(rest);
        to.put_slice(part);
        self.at += part.len();
        let gave = !part.is_empty();
        if self.at == self.up.len() {
            self.up.clear();
            self.at = 0;
        }
        gave
    }

    /// Whether nothing more will come.
    fn is_over(&self) -> bool {
        let is_answered = matches!(self.layers.progress(), Progress::Answered | Progress::Visits);
        self.ended || self.layers.peer_ended() || is_answered
    }

    /// Reads once. What is read lies for a moment where the caller wants what is in it.
    fn poll_socket(
        &mut self,
        cx: &mut Context<'_>,
        socket: &mut Socket,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut little = [0; LEAST_READ_BYTES];
        let room = to.remaining().min(READ_BYTES);
        let mut raw = if room < LEAST_READ_BYTES {
            ReadBuf::new(&mut little)
        } else {
            ReadBuf::new(to.initialize_unfilled_to(room))
        };
        if Pin::new(socket).poll_read(cx, &mut raw)?.is_pending() {
            // An idle connection holds no buffers.
            self.up = Vec::new();
            self.layers.lend(&mut Vec::new());
            return Poll::Pending;
        }
        self.ended = raw.filled().is_empty();
        if !self.ended {
            self.layers.receive(raw.filled_mut(), &mut self.up);
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what the layers have for the socket, as far as it takes that.
    fn poll_down(&mut self, cx: &mut Context<'_>, socket: &mut Socket) -> Poll<io::Result<()>> {
        while !self.layers.down().is_empty() {
            match ready!(Pin::new(&mut *socket).poll_write(cx, self.layers.down()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.layers.wrote(n),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { socket, through, .. } = self.get_mut();
        let Some(through) = through else {
            return Pin::new(socket).poll_read(cx, to);
        };
        loop {
            // Answers of the layers themselves, such as those of a handshake. That they cannot be written is found when
            // something is: what the peer said last is read all the same.
            let written = through.poll_down(cx, socket);
            if through.give(to) {
                return Poll::Ready(Ok(()));
            }
            if let Some(Fault(why)) = through.layers.fault() {
                return Poll::Ready(Err(io::Error::other(why.clone())));
            }
            if through.is_over() || to.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if through.layers.down().len() > HELD_BYTES {
                ready!(written)?;
            }
            ready!(through.poll_socket(cx, socket, to))?;
        }
    }
}

impl AsyncWrite for ClientStream {
    /// What was taken is wrapped, and written as far as the socket takes it; `poll_flush` writes the rest.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { socket, through, .. } = self.get_mut();
        let Some(through) = through else {
            return Pin::new(socket).poll_write(cx, bytes);
        };
        if through.layers.down().len() > HELD_BYTES {
            ready!(through.poll_down(cx, socket))?;
        }
        if through.layers.fault().is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let n = through.layers.send(&[IoSlice::new(bytes)]);
        if let Poll::Ready(written) = through.poll_down(cx, socket) {
            written?;
        }
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, through, .. } = self.get_mut();
        if let Some(through) = through {
            ready!(through.poll_down(cx, socket))?;
        }
        Pin::new(socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, through, .. } = self.get_mut();
        if let Some(through) = through {
            through.layers.end();
            ready!(through.poll_down(cx, socket))?;
        }
        Pin::new(socket).poll_shutdown(cx)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, to),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
