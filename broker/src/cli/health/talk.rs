//! What is said to a broker to hear whether it answers: a CONNECT, and a goodbye.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use settings::Accepts;

use super::place::Place;
use crate::wire::ReasonCode;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// No answer is longer.
const ANSWER_BYTES: usize = 8_192;

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// What it answers, in words.
pub(super) fn ask(place: &Place) -> Result<String, String> {
    let said = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("no answer within {} s", PATIENCE.as_secs())
        }
        io::ErrorKind::UnexpectedEof => "it closes the connection without an answer".to_owned(),
        _ => error.to_string(),
    };
    match place {
        Place::Socket(path) => talk(&mut *socket(path).map_err(said)?).map_err(said)?,
        Place::Port {
            way,
            host,
            port,
            path,
        } => {
            let mut stream = connect(host, *port).map_err(said)?;
            match way {
                Accepts::Tls | Accepts::Wss => {
                    let mut stream = tls::over(stream, host).map_err(said)?;
                    let answer = if *way == Accepts::Tls {
                        talk(&mut stream)
                    } else {
                        upgrade(&mut stream, host, path)
                    };
                    match answer {
                        Err(error) => tls::alert(&error).ok_or_else(|| said(error)),
                        Ok(answer) => answer,
                    }
                }
                Accepts::Ws => upgrade(&mut stream, host, path).map_err(said)?,
                _ => talk(&mut stream).map_err(said)?,
            }
        }
    }
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(unix)]
fn socket(path: &Path) -> io::Result<Box<dyn Stream>> {
    let stream = std::os::unix::net::UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
fn socket(_: &Path) -> io::Result<Box<dyn Stream>> {
    Err(io::Error::other(
        "there are no Unix sockets here; name a URL such as mqtt://localhost:1883",
    ))
}

/// CONNECT, CONNACK, DISCONNECT. A broker that says why it does not let this client in is well; one that says that it serves
/// nobody is not.
fn talk(stream: &mut dyn Stream) -> io::Result<Result<String, String>> {
    stream.write_all(&connect_packet(&format!("health-{}", std::process::id())))?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    if first != [0x20] {
        return Ok(Err(format!(
            "it answers CONNECT with a packet that begins with 0x{:02x}",
            first[0]
        )));
    }
    let mut body = vec![0; length(stream)?];
    stream.read_exact(&mut body)?;
    let Some(code) = body.get(1).copied() else {
        return Ok(Err("its CONNACK has no reason code".to_owned()));
    };
    // A broker that does not speak 5.0 answers in the words of 3.1.1, which have no properties.
    let (answer, serves) = if body.len() == 2 {
        (format!("return code {code} of MQTT 3.1.1"), code != 3)
    } else {
        let reason = ReasonCode(code);
        (reason.to_string(), reason != ReasonCode::SERVER_UNAVAILABLE)
    };
    if code == 0 {
        // It may close at once.
        let _ = stream.write_all(&[0xE0, 0]);
    }
    Ok(if serves { Ok(answer) } else { Err(answer) })
}

/// A CONNECT of MQTT 5.0 for a session that ends with its connection.
fn connect_packet(client_id: &str) -> Vec<u8> {
    let mut body = b"\0\x04MQTT\x05\x02\0\x0a\0".to_vec();
    body.extend((client_id.len() as u16).to_be_bytes());
    body.extend(client_id.as_bytes());
    let mut packet = vec![0x10, body.len() as u8];
    packet.extend(body);
    packet
}

/// The Remaining Length.
fn length(stream: &mut dyn Stream) -> io::Result<usize> {
    let mut length = 0;
    for shift in [0, 7, 14, 21] {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7F) << shift;
        if byte[0] < 0x80 {
            break;
        }
    }
    if length > ANSWER_BYTES {
        return Err(io::Error::other(format!(
            "it answers CONNECT with {length} bytes"
        )));
    }
    Ok(length)
}

/// The handshake of a WebSocket for MQTT. That is enough: behind it is the same broker.
fn upgrade(stream: &mut dyn Stream, host: &str, path: &str) -> io::Result<Result<String, String>> {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: Y2l0cm9uZWxsYWhlYWx0aA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < ANSWER_BYTES && byte != *b"\n" {
        stream.read_exact(&mut byte)?;
        line.extend(byte);
    }
    let line = String::from_utf8_lossy(&line).trim().to_owned();
    let is_open = line.split(' ').nth(1) == Some("101");
    Ok(if is_open {
        Ok(line)
    } else {
        Err(format!("no WebSocket: {line:?}"))
    })
}

/// TLS that trusts every certificate: whether the certificate is right is for clients to say.
#[cfg(feature = "tls")]
mod tls {
    use std::io;
    use std::net::TcpStream;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConnection, StreamOwned};

    use crate::trust::Trust;

    pub(super) fn over(
        stream: TcpStream,
        host: &str,
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let config = Trust::Anybody.config().map_err(io::Error::other)?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let client = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(client, stream))
    }

    /// A broker that wants a certificate says so, and is well.
    pub(super) fn alert(error: &io::Error) -> Option<String> {
        match error.get_ref()?.downcast_ref()? {
            rustls::Error::AlertReceived(alert) => Some(format!("TLS alert {alert:?}")),
            _ => None,
        }
    }
}

#[cfg(not(feature = "tls"))]
mod tls {
    use std::io;
    use std::net::TcpStream;

    pub(super) fn over(_: TcpStream, _: &str) -> io::Result<TcpStream> {
        Err(io::Error::other("this program is built without TLS"))
    }

    pub(super) fn alert(_: &io::Error) -> Option<String> {
        None
    }
}
