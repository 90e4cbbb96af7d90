//! Sockets, and what is wrong when they fail.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, lookup_host};

use super::error::ClientError;
use super::plan::{Address, Connection};

/// Anything that carries bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to the plan's address, trying each that its name has.
pub(super) async fn open(plan: &Connection) -> Result<Box<dyn Stream>, ClientError> {
    match &plan.address {
        Address::Tcp(host, port) => Ok(Box::new(tcp(plan, host, *port).await?)),
        #[cfg(unix)]
        Address::Unix(path) => match tokio::net::UnixStream::connect(path).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(source) => Err(failed(path.display().to_string(), source)),
        },
        #[cfg(not(unix))]
        Address::Unix(path) => Err(ClientError::Unreachable {
            address: path.display().to_string(),
            source: io::Error::from(io::ErrorKind::Unsupported),
        }),
    }
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
