//! Sockets, what is laid over them (proxy, TLS, WebSocket), and what is wrong when they fail.

mod proxy;
mod srv;
mod websocket;

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, lookup_host};
use tokio_rustls::rustls::pki_types::ServerName;

use crate::error::ClientError;
use crate::plan::{Address, Connection};
use crate::tls::{Tls, TlsFault};
pub use proxy::Proxy;
pub use srv::Srv;

/// Anything that carries bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to the plan's address, through its proxy, and in TLS and WebSocket if it says so.
pub(crate) async fn open(plan: &Connection) -> Result<Box<dyn Stream>, ClientError> {
    match &plan.address {
        Address::Tcp(domain, _) if plan.srv.is_some() => located(plan, domain).await,
        Address::Tcp(host, port) => match &plan.proxy {
            None => dress(plan, tcp(plan, host, *port).await?).await,
            Some(proxy) => {
                let mut stream =
                    tcp(plan, &proxy.host, proxy.port)
                        .await
                        .map_err(|error| ClientError::Proxy {
                            proxy: proxy.to_string(),
                            problem: error.to_string(),
                        })?;
                proxy::connect(proxy, &mut stream, host, *port).await?;
                dress(plan, stream).await
            }
        },
        #[cfg(unix)]
        Address::Unix(path) => match tokio::net::UnixStream::connect(path).await {
            Ok(stream) => dress(plan, stream).await,
            Err(source) => Err(failed(path.display().to_string(), source)),
        },
        #[cfg(not(unix))]
        Address::Unix(path) => Err(ClientError::Unreachable {
            address: path.display().to_string(),
            source: io::Error::from(io::ErrorKind::Unsupported),
        }),
    }
}

/// The first of the domain's brokers that can be reached. Its own name is what its certificate must have.
async fn located(plan: &Connection, domain: &str) -> Result<Box<dyn Stream>, ClientError> {
    let mut last = None;
    for (host, port) in srv::targets(plan, plan.srv.unwrap_or_default(), domain).await? {
        let there = Connection {
            address: Address::Tcp(host, port),
            srv: None,
            ..plan.clone()
        };
        match Box::pin(open(&there)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or(ClientError::Lost { source: None }))
}

/// TLS over `stream`, WebSocket over both.
async fn dress(plan: &Connection, stream: impl Stream + 'static) -> Result<Box<dyn Stream>, ClientError> {
    match &plan.tls {
        None => upgrade(plan, stream).await,
        Some(tls) => upgrade(plan, encrypt(plan, tls, stream).await?).await,
    }
}

async fn upgrade(plan: &Connection, stream: impl Stream + 'static) -> Result<Box<dyn Stream>, ClientError> {
    match &plan.websocket_path {
        None => Ok(Box::new(stream)),
        Some(path) => Ok(Box::new(websocket::upgrade(plan, path, stream).await?)),
    }
}

async fn encrypt<S: Stream>(
    plan: &Connection,
    tls: &Tls,
    stream: S,
) -> Result<tokio_rustls::client::TlsStream<S>, ClientError> {
    let failed = |fault| ClientError::Tls {
        address: plan.address.to_string(),
        fault,
    };
    let host = plan.address.host();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        failed(TlsFault::Other(format!(
            "`{host}` is not a name that a certificate can have"
        )))
    })?;
    tls.connector().connect(name, stream).await.map_err(|error| {
        let closed = matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        );
        failed(match TlsFault::of(&error) {
            Some(fault) => fault,
            None if closed => TlsFault::Closed,
            None => TlsFault::Other(error.to_string()),
        })
    })
}

async fn tcp(plan: &Connection, host: &str, port: u16) -> Result<tokio::net::TcpStream, ClientError> {
    let lookup = |source| ClientError::Lookup {
        host: host.to_owned(),
        source,
    };
    let addresses: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(lookup)?.collect();
    let local = match &plan.bind_address {
        None => Vec::new(),
        Some(local) => {
            let bind = |source| ClientError::Bind {
                address: local.clone(),
                source,
            };
            lookup_host((local.as_str(), 0))
                .await
                .map_err(bind)?
                .collect::<Vec<_>>()
        }
    };
    let mut last = lookup(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    for address in addresses {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        };
        let attempt = async {
            let socket = socket?;
            socket.set_nodelay(plan.nodelay)?;
            Ok::<_, io::Error>(socket)
        };
        let socket = match attempt.await {
            Ok(socket) => socket,
            Err(source) => {
                last = failed(address.to_string(), source);
                continue;
            }
        };
        if let Some(name) = &plan.bind_address {
            // Only a local address of the same family can reach the remote one.
            let Some(local) = local.iter().find(|local| local.is_ipv4() == address.is_ipv4()) else {
                continue;
            };
            if let Err(source) = socket.bind(*local) {
                last = ClientError::Bind {
                    address: name.clone(),
                    source,
                };
                continue;
            }
        }
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(source) => last = failed(address.to_string(), source),
        }
    }
    Err(last)
}

fn failed(address: String, source: io::Error) -> ClientError {
    match source.kind() {
        io::ErrorKind::ConnectionRefused => ClientError::NoBroker { address },
        _ => ClientError::Unreachable { address, source },
    }
}
