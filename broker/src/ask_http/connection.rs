//! Connections to the program that is asked.

#[cfg(unix)]
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Uri;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::trust::Trust;

pub(crate) type Body = Full<Bytes>;
pub(crate) type Sender = http1::SendRequest<Body>;

/// The head of an answer has at most this many bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// Where the program is.
#[derive(Debug)]
pub(crate) enum Place {
    Port(Port),
    #[cfg(unix)]
    Socket(PathBuf),
}

/// A port of a host.
#[derive(Debug)]
pub(crate) struct Port {
    host: String,
    number: u16,
    #[cfg(feature = "tls")]
    tls: Option<super::secure::Tls>,
}

impl Place {
    /// # Errors
    /// What is wrong with the URL, in words that follow its name.
    #[cfg_attr(not(feature = "tls"), expect(unused_variables))]
    pub fn of(url: &Uri, trust: Trust<'_>) -> Result<Self, String> {
        let host = url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("has no host".to_owned());
        }
        let is_secure = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err("begins with neither http:// nor https://".to_owned()),
        };
        #[cfg(not(feature = "tls"))]
        if is_secure {
            return Err("is https, and this build has no TLS (the cargo feature `tls`)".to_owned());
        }
        Ok(Self::Port(Port {
            number: url.port_u16().unwrap_or(if is_secure { 443 } else { 80 }),
            #[cfg(feature = "tls")]
            tls: is_secure
                .then(|| super::secure::Tls::new(&host, trust))
                .transpose()?,
            host,
        }))
    }

    /// A new connection.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn connect(&self) -> Result<Sender, String> {
        match self {
            Self::Port(port) => port.connect().await,
            #[cfg(unix)]
            Self::Socket(path) => {
                let stream = tokio::net::UnixStream::connect(path).await;
                let stream =
                    stream.map_err(|error| format!("cannot connect to {}: {error}", path.display()))?;
                begin(stream).await
            }
        }
    }
}

impl Port {
    async fn connect(&self) -> Result<Sender, String> {
        let stream = TcpStream::connect((&*self.host, self.number)).await;
        let stream =
            stream.map_err(|error| format!("cannot connect to {}:{}: {error}", self.host, self.number))?;
        // A question is written in one go.
        let _ = stream.set_nodelay(true);
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return begin(tls.connect(stream).await?).await;
        }
        begin(stream).await
    }
}

async fn begin<S>(stream: S) -> Result<Sender, String>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("the connection broke: {error}"))?;
    // It ends with the sender, or with an error that the sender tells.
    tokio::spawn(connection);
    Ok(sender)
}
