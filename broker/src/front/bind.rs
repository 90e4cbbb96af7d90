//! Binding: each place of the settings becomes one socket or several that listen.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::task::{Context, Poll};

use settings::ListenerPlan;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket};

use super::StartError;
use crate::way::{Address, Socket};

/// How often to look for a port that is free on every address.
const FREE_PORT_TRIES: usize = 32;
const BACKLOG: u32 = 1024;

/// A socket that listens.
#[derive(Debug)]
pub(crate) enum Listening {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

/// Where it listens, and what the user should know about that.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// Each socket that listens, with the number of the plan that asked for it.
    pub listening: Vec<(usize, Listening)>,
    /// Where each of them listens.
    pub places: Vec<(usize, Address)>,
    /// Addresses that this machine does not have. They are left out, because it has others of the list.
    pub skipped: Vec<IpAddr>,
    /// What may do harm in the files that the settings name.
    pub warnings: Vec<String>,
}

/// Listens everywhere.
pub(crate) fn bind(plans: &[ListenerPlan]) -> Result<Bound, StartError> {
    let mut bound = Bound::default();
    for (number, plan) in plans.iter().enumerate() {
        match &plan.socket {
            Some(path) => bound.add(number, listen_at(path, &plan.key)?, Address::Unix(path.clone())),
            None => bound.bind_port(number, plan)?,
        }
    }
    Ok(bound)
}

impl Bound {
    /// Every TCP address.
    pub fn addrs(&self) -> Vec<SocketAddr> {
        self.places
            .iter()
            .filter_map(|(_, address)| address.tcp())
            .collect()
    }

    /// The TCP addresses of one plan.
    pub fn addrs_of(&self, number: usize) -> Vec<SocketAddr> {
        let its = self.places.iter().filter(|(plan, _)| *plan == number);
        its.filter_map(|(_, address)| address.tcp()).collect()
    }

    fn add(&mut self, plan: usize, listening: Listening, address: Address) {
        self.listening.push((plan, listening));
        self.places.push((plan, address));
    }

    /// Listens on the port of every address; port 0 is one free port, the same on all of them.
    fn bind_port(&mut self, number: usize, plan: &ListenerPlan) -> Result<(), StartError> {
        let mut tries = if plan.port == 0 && plan.bind.len() > 1 {
            FREE_PORT_TRIES
        } else {
            1
        };
        loop {
            tries -= 1;
            match bind_all(plan) {
                Err(StartError::Listen { cause, .. })
                    if tries > 0 && cause.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
                Ok((sockets, missing)) => {
                    for (socket, addr) in sockets {
                        self.add(number, Listening::Tcp(socket), Address::Tcp(addr));
                    }
                    self.skipped.extend(
                        missing
                            .into_iter()
                            .filter(|ip| !self.skipped.contains(ip))
                            .collect::<Vec<_>>(),
                    );
                    return Ok(());
                }
            }
        }
    }
}

/// The sockets with their addresses, and the addresses that this machine does not have.
type OnePort = (Vec<(TcpListener, SocketAddr)>, Vec<IpAddr>);

fn bind_all(plan: &ListenerPlan) -> Result<OnePort, StartError> {
    let (addresses, mut port) = (&plan.bind, plan.port);
    let (mut sockets, mut skipped) = (Vec::new(), Vec::new());
    let mut missing = None;
    for ip in addresses {
        let addr = SocketAddr::new(*ip, port);
        let failed = |cause| StartError::Listen {
            listener: Address::Tcp(addr),
            key: plan.key.clone(),
            cause,
        };
        match listen(addr, &plan.bind_interface) {
            Ok((socket, addr)) => {
                port = addr.port();
                sockets.push((socket, addr));
            }
            // A machine without IPv6 still gets its broker on 127.0.0.1.
            Err(cause) if addresses.len() > 1 && is_missing(&cause) => {
                skipped.push(*ip);
                missing = Some(failed(cause));
            }
            Err(cause) => return Err(failed(cause)),
        }
    }
    match missing {
        Some(error) if sockets.is_empty() => Err(error),
        _ => Ok((sockets, skipped)),
    }
}

fn is_missing(cause: &io::Error) -> bool {
    // EAFNOSUPPORT has no stable kind of its own.
    matches!(
        cause.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || cause.raw_os_error() == Some(97)
}

fn listen(addr: SocketAddr, interface: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = begin(hold(addr, interface)?)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Takes an address, on one interface unless that is empty, without listening there: clients are refused, and other programs find
/// it taken.
pub(super) fn hold(addr: SocketAddr, interface: &str) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A port in TIME_WAIT is free for us; a port with a listener is not.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // `::` is every address of IPv6 alone: where the system would take those of IPv4 with it, `0.0.0.0` beside it would find
    // the port taken.
    if addr.is_ipv6() {
        socket2::SockRef::from(&socket).set_only_v6(true)?;
    }
    if !interface.is_empty() {
        bind_to(&socket, interface).map_err(|error| {
            let what = format!("the network interface {interface:?} cannot be bound to: {error}");
            io::Error::new(error.kind(), what)
        })?;
    }
    socket.bind(addr)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn bind_to(socket: &TcpSocket, interface: &str) -> io::Result<()> {
    match socket.bind_device(Some(interface.as_bytes())) {
        // The kernel has no word for it but that of files and devices.
        Err(error) if error.raw_os_error() == Some(19) => Err(io::Error::other(
            "this machine has no interface of that name (`ip link` lists them)",
        )),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(io::Error::other(
            "not permitted; this needs the capability CAP_NET_RAW. The addresses of the interface in `bind` need nothing",
        )),
        bound => bound,
    }
}

#[cfg(not(target_os = "linux"))]
fn bind_to(_: &TcpSocket, _: &str) -> io::Result<()> {
    Err(io::Error::other(
        "this works on Linux alone; name its addresses in `bind`",
    ))
}

/// Listens there.
pub(super) fn begin(socket: TcpSocket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)
}

fn listen_at(path: &Path, key: &str) -> Result<Listening, StartError> {
    begin_at(path).map_err(|cause| StartError::Listen {
        listener: Address::Unix(path.to_owned()),
        key: key.to_owned(),
        cause,
    })
}

/// Listens at a path. What a broker left there that was killed is removed; whatever else is there stays.
#[cfg(unix)]
pub(super) fn begin_at(path: &Path) -> io::Result<Listening> {
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixStream;

    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            let what = "something is there that is not a socket; remove it, or name another path";
            return Err(io::Error::other(what));
        }
        // Only a socket at which nobody listens refuses.
        Ok(_) => match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
            _ => return Err(io::ErrorKind::AddrInUse.into()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    UnixListener::bind(path).map(Listening::Unix)
}

#[cfg(not(unix))]
pub(super) fn begin_at(_: &Path) -> io::Result<Listening> {
    Err(io::Error::other("this system has no Unix sockets"))
}

/// Nobody listens there any more, and nothing is left of it.
pub(super) fn remove_at(path: &Path) {
    // Somebody may have removed it already.
    let _ = std::fs::remove_file(path);
}

impl Listening {
    /// The next connection, and where it comes from, for people.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Socket, String)>> {
        match self {
            Self::Tcp(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, peer)| (Socket::Tcp(stream), peer.to_string())),
            #[cfg(unix)]
            Self::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| {
                let peer = process_of(&stream);
                (Socket::Unix(stream), peer)
            }),
        }
    }
}

/// The process at the other end of a Unix socket, which has no address.
#[cfg(unix)]
fn process_of(stream: &tokio::net::UnixStream) -> String {
    let pid = stream.peer_cred().ok().and_then(|cred| cred.pid());
    pid.map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"))
}
