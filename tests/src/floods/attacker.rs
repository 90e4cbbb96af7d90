//! One connection of an attack, on a plain socket or behind handshakes; and the shapes that attacks have.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::case::Threads;
use super::ground::Ground;

/// How often a thread looks whether it is over.
const TICK: Duration = Duration::from_millis(100);
/// Connections that are open at once in an attack by many of them, as far as the system lets it.
const HELD: u64 = 12_000;

/// Whether an error means that nothing can be done just now.
fn is_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// A socket from one of many addresses of this machine, so that ports do not run out.
pub fn from_somewhere(addr: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if cfg!(target_os = "linux") {
        let [high, low] = ((number / 20_000 % 250) as u16 + 2).to_be_bytes();
        socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, high, low), 0)).into())?;
    }
    socket.connect(&addr.into())?;
    Ok(socket.into())
}

/// Writes `block` again and again, and reads nothing, until the broker ends it.
pub fn push(stream: &mut (impl Write + ?Sized), ground: &Ground, block: &[u8]) {
    let mut at = 0;
    while !ground.is_over() {
        match stream.write(&block[at..]) {
            Ok(n) => at = (at + n) % block.len(),
            Err(error) if is_later(&error) => {}
            Err(_) => return,
        }
    }
}

/// Reads until the broker ends it.
pub fn wait(stream: &mut (impl Read + ?Sized), ground: &Ground) {
    let mut buffer = vec![0; 64 * 1024];
    while !ground.is_over() {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if is_later(&error) => {}
            Err(_) => return,
        }
    }
}

/// So many threads that do it again and again: each time a connection, which lives until the broker ends it.
pub fn again<S: 'static>(
    ground: &Arc<Ground>,
    threads: usize,
    open: fn(&Ground) -> io::Result<S>,
    attack: fn(&mut S, &Ground),
) -> Threads {
    let thread = |_| {
        let ground = ground.clone();
        std::thread::spawn(move || {
            while !ground.is_over() {
                let opened = Instant::now();
                match open(&ground) {
                    Ok(mut connection) => attack(&mut connection, &ground),
                    // The broker has no room for it just now.
                    Err(_) => std::thread::sleep(Duration::from_millis(1)),
                }
                ground.ended(opened);
            }
        })
    };
    (0..threads).map(thread).collect()
}

/// A socket on which no call waits longer than a tick.
pub fn plain(ground: &Ground) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(ground.addr())?;
    ticking(&stream)?;
    Ok(stream)
}

/// The same for one that is there.
pub fn ticking(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TICK))?;
    stream.set_write_timeout(Some(TICK))
}

/// A thousand connections that send `bytes`, a byte a tick each.
pub fn trickle(ground: &Arc<Ground>, bytes: Vec<u8>) -> Threads {
    let ground = ground.clone();
    vec![std::thread::spawn(move || {
        let mut open: Vec<(TcpStream, Instant, usize)> = Vec::new();
        while !ground.is_over() {
            while open.len() < 1000 {
                let Ok(stream) = plain(&ground) else { break };
                if stream.set_nonblocking(true).is_ok() {
                    open.push((stream, Instant::now(), 0));
                }
            }
            open.retain_mut(|(stream, opened, at)| {
                let byte = bytes.get(*at..=*at).unwrap_or_default();
                *at += 1;
                let closed = matches!(stream.read(&mut [0; 4096]), Ok(0));
                let failed = matches!(stream.write(byte), Err(error) if !is_later(&error));
                if closed || failed {
                    ground.ended(*opened);
                }
                !closed && !failed
            });
            std::thread::sleep(TICK / 4);
        }
    })]
}

/// A hundred thousand connections and more, one after the other, each of which says `bytes` and nothing else; as many as can
/// be are open at once.
pub fn crowd(ground: &Arc<Ground>, bytes: &'static [u8]) -> Threads {
    let allowed = crate::bench::process::allow_open_files(HELD + 1000);
    let most = HELD.min(allowed.saturating_sub(1000)) as usize;
    let ground = ground.clone();
    vec![std::thread::spawn(move || {
        let mut open: VecDeque<(TcpStream, Instant)> = VecDeque::new();
        for number in 0.. {
            if ground.is_over() {
                return;
            }
            let Ok(mut stream) = from_somewhere(ground.addr(), number) else {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            if stream.write_all(bytes).is_ok() && stream.set_nonblocking(true).is_ok() {
                open.push_back((stream, Instant::now()));
            }
            // The oldest are closed first, by whichever side.
            while let Some((oldest, opened)) = open.front_mut() {
                let closed = match oldest.read(&mut [0; 4096]) {
                    Ok(n) => n == 0,
                    Err(error) => !is_later(&error),
                };
                if closed {
                    ground.ended(*opened);
                } else if open.len() <= most {
                    break;
                }
                if let Some((gone, _)) = open.pop_front() {
                    let _ = gone.shutdown(Shutdown::Both);
                }
            }
        }
    })]
}
