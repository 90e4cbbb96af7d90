//! tungstenite's WebSocket as a stream of bytes, its frames cut as a test wants them.

use std::io::{self, Read, Write};

use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{ClientRequestBuilder, Error, Message};

/// How bytes of MQTT are cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Frames {
    /// One frame for each write: a packet each, or several in one, as they are written.
    #[default]
    EachWrite,
    /// Messages of at most so many bytes, a frame each: packets are cut.
    Of(usize),
    /// One message for each write, in fragments of at most so many bytes, with a ping between them.
    Fragments(usize),
}

/// A WebSocket over a stream.
#[derive(Debug)]
pub struct WebSocket<S> {
    inner: tungstenite::WebSocket<S>,
    frames: Frames,
    came: io::Cursor<Vec<u8>>,
}

impl<S: Read + Write> WebSocket<S> {
    /// Shakes hands.
    pub fn open(stream: S, frames: Frames) -> io::Result<Self> {
        let uri = "ws://localhost/mqtt".parse().expect("it is an address");
        let request = ClientRequestBuilder::new(uri).with_sub_protocol("mqtt");
        match tungstenite::client(request, stream) {
            Ok((inner, _)) => Ok(Self {
                inner,
                frames,
                came: io::Cursor::default(),
            }),
            Err(HandshakeError::Failure(error)) => Err(as_io(error)),
            Err(HandshakeError::Interrupted(_)) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// What it stands on.
    pub fn below(&mut self) -> &mut S {
        self.inner.get_mut()
    }

    /// The same, to look at.
    pub fn below_ref(&self) -> &S {
        self.inner.get_ref()
    }

    /// Says goodbye in the words of WebSocket. The broker closes then.
    pub fn end(&mut self) -> io::Result<()> {
        self.inner
            .close(None)
            .and_then(|()| self.inner.flush())
            .map_err(as_io)
    }

    /// Sends a message as it is.
    pub fn say(&mut self, message: Message) -> io::Result<()> {
        self.inner.send(message).map_err(as_io)
    }
}

impl<S: Read + Write> Read for WebSocket<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.came.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            match self.inner.read() {
                Ok(Message::Binary(bytes)) => self.came = io::Cursor::new(bytes.into()),
                // The end is there once the connection is closed, too.
                Ok(Message::Close(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Ok(Message::Text(text)) => {
                    return Err(io::Error::other(format!("a text frame came: {text}")));
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return Ok(0),
                Err(error) => return Err(as_io(error)),
            }
        }
    }
}

impl<S: Read + Write> Write for WebSocket<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.frames {
            Frames::EachWrite => self.say(Message::binary(bytes.to_vec()))?,
            Frames::Of(most) => {
                for part in bytes.chunks(most) {
                    self.say(Message::binary(part.to_vec()))?;
                }
            }
            Frames::Fragments(most) => {
                let last = bytes.len().div_ceil(most).saturating_sub(1);
                for (index, part) in bytes.chunks(most).enumerate() {
                    let kind = if index == 0 { Data::Binary } else { Data::Continue };
                    let frame = Frame::message(part.to_vec(), OpCode::Data(kind), index == last);
                    self.say(Message::Frame(frame))?;
                    if index != last {
                        self.say(Message::Ping(b"between".as_slice().into()))?;
                    }
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(as_io)
    }
}

/// An error of tungstenite as one of a stream.
fn as_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the connection ended without a Close frame",
        ),
        error => io::Error::other(error),
    }
}
