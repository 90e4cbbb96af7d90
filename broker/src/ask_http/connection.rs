//! Connections to the program that is asked.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Uri;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(super) type Body = Full<Bytes>;
pub(super) type Sender = http1::SendRequest<Body>;

/// The head of an answer has at most this many bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// Where the program is.
#[derive(Debug)]
pub(super) struct Place {
    host: String,
    port: u16,
    #[cfg(feature = "tls")]
    tls: Option<super::secure::Tls>,
}

impl Place {
    /// # Errors
    /// What is wrong with the URL, in words that follow its name.
    pub fn of(url: &Uri) -> Result<Self, String> {
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
        Ok(Self {
            port: url.port_u16().unwrap_or(if is_secure { 443 } else { 80 }),
            #[cfg(feature = "tls")]
            tls: is_secure.then(|| super::secure::Tls::new(&host)).transpose()?,
            host,
        })
    }

    /// A new connection.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn connect(&self) -> Result<Sender, String> {
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream =
            stream.map_err(|error| format!("cannot connect to {}:{}: {error}", self.host, self.port))?;
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
