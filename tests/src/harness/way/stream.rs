//! [`Stream`]: a connection on any way, which is read and written as if it was a socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use tungstenite::Message;

use super::web_socket::WebSocket;
use super::{Door, Socket, Way};

/// A connection to a broker.
#[derive(Debug)]
pub struct Stream(Layers);

type Tls = StreamOwned<ClientConnection, Socket>;

#[derive(Debug)]
enum Layers {
    Plain(Socket),
    Tls(Box<Tls>),
    Ws(Box<WebSocket<Socket>>),
    Wss(Box<WebSocket<Tls>>),
}

/// Writes and reads until the handshake is over.
fn shake_hands(tls: &mut Tls) -> io::Result<()> {
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    Ok(())
}

impl Door {
    /// Opens a connection, all handshakes included.
    pub fn open(&self) -> io::Result<Stream> {
        Ok(Stream(match self.way {
            Way::Tcp | Way::Unix => Layers::Plain(Socket::open(self)?),
            Way::Ws => Layers::Ws(Box::new(WebSocket::open(Socket::open(self)?, self.frames)?)),
            Way::Tls => {
                let mut tls = self.greet()?;
                shake_hands(&mut tls)?;
                Layers::Tls(Box::new(tls))
            }
            Way::Wss => {
                let mut tls = self.greet()?;
                shake_hands(&mut tls)?;
                Layers::Wss(Box::new(WebSocket::open(tls, self.frames)?))
            }
        }))
    }

    /// Opens a connection with TLS whose last words of the handshake are held back, so that they go out together with what
    /// is written first.
    pub fn open_holding_finished(&self) -> io::Result<Stream> {
        let mut tls = self.greet()?;
        tls.conn.write_tls(&mut tls.sock)?;
        tls.sock.hold();
        shake_hands(&mut tls)?;
        Ok(Stream(Layers::Tls(Box::new(tls))))
    }

    /// A connection on which TLS has said nothing yet.
    fn greet(&self) -> io::Result<Tls> {
        let config = self.config.clone().expect("a door with TLS trusts an authority");
        let name = ServerName::try_from("localhost").expect("it is a name");
        let conn = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(conn, Socket::open(self)?))
    }
}

impl Stream {
    /// The socket at its bottom.
    pub fn socket(&self) -> &Socket {
        match &self.0 {
            Layers::Plain(socket) => socket,
            Layers::Tls(tls) => &tls.sock,
            Layers::Ws(ws) => ws.below_ref(),
            Layers::Wss(wss) => &wss.below_ref().sock,
        }
    }

    /// The same, to write past the layers.
    pub fn socket_mut(&mut self) -> &mut Socket {
        match &mut self.0 {
            Layers::Plain(socket) => socket,
            Layers::Tls(tls) => &mut tls.sock,
            Layers::Ws(ws) => ws.below(),
            Layers::Wss(wss) => &mut wss.below().sock,
        }
    }

    /// The TCP socket.
    pub fn tcp(&self) -> &TcpStream {
        self.socket().tcp().expect("it is a way over TCP")
    }

    /// How long a read waits.
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.socket().set_read_timeout(timeout)
    }

    /// What these bytes are on the wire.
    pub fn wrapped(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.socket_mut().hold();
        self.write_all(bytes).expect("nothing is in its way");
        self.flush().expect("nothing is in its way");
        self.socket_mut().release()
    }

    /// A ping of WebSocket, where it has one.
    pub fn ping_web_socket(&mut self) -> io::Result<()> {
        let ping = Message::Ping(b"?".as_slice().into());
        match &mut self.0 {
            Layers::Plain(_) | Layers::Tls(_) => Ok(()),
            Layers::Ws(ws) => ws.say(ping),
            Layers::Wss(wss) => wss.say(ping),
        }
    }

    /// Says that nothing more will be sent, as clients on this way do.
    pub fn end(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Layers::Plain(socket) => socket.end(),
            Layers::Tls(tls) => {
                tls.conn.send_close_notify();
                tls.flush()?;
                tls.sock.end()
            }
            Layers::Ws(ws) => ws.end(),
            Layers::Wss(wss) => wss.end(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Layers::Plain(socket) => socket.read(buffer),
            Layers::Tls(tls) => tls.read(buffer),
            Layers::Ws(ws) => ws.read(buffer),
            Layers::Wss(wss) => wss.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Layers::Plain(socket) => socket.write(bytes),
            Layers::Tls(tls) => tls.write(bytes),
            Layers::Ws(ws) => ws.write(bytes),
            Layers::Wss(wss) => wss.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Layers::Plain(socket) => socket.flush(),
            Layers::Tls(tls) => tls.flush(),
            Layers::Ws(ws) => ws.flush(),
            Layers::Wss(wss) => wss.flush(),
        }
    }
}
