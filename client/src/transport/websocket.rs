//! MQTT over WebSocket: binary messages of the subprotocol `mqtt`, as a stream of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use super::Stream;
use crate::error::ClientError;
use crate::plan::Connection;

/// The most bytes in one message. MQTT packets may span messages. [MQTT5-6.0.0-2]
const LARGEST_MESSAGE: usize = 64 * 1024;

/// Upgrades `stream`, asking for `path`.
pub(super) async fn upgrade<S: Stream>(
    plan: &Connection,
    path: &str,
    stream: S,
) -> Result<WebSocket<S>, ClientError> {
    let failed = |problem: String| ClientError::WebSocket {
        address: plan.address.to_string(),
        problem,
    };
    let scheme = if plan.tls.is_some() { "wss" } else { "ws" };
    let uri = format!("{scheme}://{}{path}", plan.address.host_header());
    let uri = uri
        .parse()
        .map_err(|error| failed(format!("`{uri}` cannot be asked for: {error}")))?;
    // [MQTT5-6.0.0-3] The subprotocol is mqtt.
    let request = ClientRequestBuilder::new(uri).with_sub_protocol("mqtt");
    let mut config = WebSocketConfig::default();
    (config.max_message_size, config.max_frame_size) = (None, None);
    let (inner, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|error| match error {
            Error::Io(error) => match crate::tls::TlsFault::of(&error) {
                Some(fault) => ClientError::Tls {
                    address: plan.address.to_string(),
                    fault,
                },
                None => failed(format!(
                    "the connection ended ({error}) before an answer came; is that port one for WebSocket?"
                )),
            },
            error => failed(explain(&error, path)),
        })?;
    Ok(WebSocket {
        inner,
        received: Bytes::new(),
    })
}

fn explain(error: &Error, path: &str) -> String {
    match error {
        Error::Http(response) => format!(
            "the answer to GET {path} is HTTP status {}; is the path right (--ws-path)?",
            response.status()
        ),
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            "the server speaks WebSocket, but not the subprotocol `mqtt`".to_owned()
        }
        Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            "the connection ended before an answer came; is that port one for WebSocket?".to_owned()
        }
        Error::Protocol(ProtocolError::HttparseError(_)) => {
            "what answers there is not HTTP; for a port without WebSocket leave --ws out".to_owned()
        }
        error => error.to_string(),
    }
}

/// A WebSocket as a stream of bytes.
pub(super) struct WebSocket<S> {
    inner: WebSocketStream<S>,
    received: Bytes,
}

impl<S: Stream> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.received.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                None | Some(Ok(Message::Close(_))) => return Poll::Ready(Ok(())),
                Some(Ok(Message::Binary(bytes))) => self.received = bytes,
                // [MQTT5-6.0.0-1] MQTT is sent in binary messages only.
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "a WebSocket message of text; MQTT is binary",
                    )));
                }
                // Pings are answered by the library.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(into_io(error))),
            }
        }
        let count = self.received.len().min(buffer.remaining());
        buffer.put_slice(self.received.get(..count).unwrap_or_default());
        self.received.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: Stream> AsyncWrite for WebSocket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.inner).poll_ready(cx)).map_err(into_io)?;
        let bytes = bytes.get(..LARGEST_MESSAGE).unwrap_or(bytes);
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.inner).start_send(message).map_err(into_io)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx).map_err(into_io)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx).map_err(into_io)
    }
}

fn into_io(error: tungstenite::Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => io::ErrorKind::UnexpectedEof.into(),
        error => io::Error::other(error),
    }
}
