//! [`Cutter`]: a line between a client and a broker that breaks after a number of bytes, in the middle of whatever is on it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use broker_core::chance::Rng;

use super::DEADLINE;

/// Passes bytes on to a broker, and breaks each connection where chance says, until it has broken so many.
#[derive(Debug)]
pub struct Cutter {
    addr: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug)]
struct State {
    chance: Rng,
    /// So many bytes pass before the next cut.
    left: u64,
    /// The longest distance from cut to cut.
    most: u64,
    /// So many bytes of each connection pass whole.
    spared: u64,
    to_cut: usize,
    cuts: usize,
    /// What comes is lost, and nothing breaks.
    is_mute: bool,
    /// Both ends of the connections that are there.
    open: Vec<(TcpStream, TcpStream)>,
}

impl State {
    fn draw(&mut self) {
        self.left = 1 + self.chance.below(self.most);
    }
}

impl Cutter {
    /// A line to this broker, whole at first.
    pub fn to(broker: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("it listens");
        let state = State {
            chance: Rng::new(seed),
            left: 0,
            most: 1,
            spared: 0,
            to_cut: 0,
            cuts: 0,
            is_mute: false,
            open: Vec::new(),
        };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let Ok(server) = TcpStream::connect(broker) else {
                    continue;
                };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (ends, others) = ((client.try_clone(), server.try_clone()), (client, server));
                let (Ok(client), Ok(server)) = ends else { continue };
                let nth = {
                    let mut state = lock(&shared);
                    state.open.push(others);
                    state.cuts
                };
                let passed = Arc::new(AtomicU64::new(0));
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                        continue;
                    };
                    let shared = shared.clone();
                    let passed = passed.clone();
                    thread::spawn(move || pass(from, to, nth, &passed, &shared));
                }
            }
        });
        Self { addr, state }
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on it breaks `cuts` times, each after at most `most_bytes` more.
    pub fn cut(&self, cuts: usize, most_bytes: u64) {
        let mut state = lock(&self.state);
        (state.to_cut, state.most) = (cuts, most_bytes);
        state.draw();
    }

    /// From now on each connection passes so many bytes, either way, before it can break.
    pub fn spare(&self, bytes: u64) {
        lock(&self.state).spared = bytes;
    }

    /// Breaks what is there now.
    pub fn cut_now(&self) {
        break_all(&mut lock(&self.state));
    }

    /// From now on what comes either way is lost, and nobody is told; or no more.
    pub fn mute(&self, is_mute: bool) {
        lock(&self.state).is_mute = is_mute;
    }

    /// How often it has broken.
    pub fn cuts(&self) -> usize {
        lock(&self.state).cuts
    }

    /// Waits until it has broken so often as it was to. Each time is waited for as long as for anything.
    pub fn until_whole(&self) {
        let (state, changed) = &*self.state;
        let mut state = state.lock().expect("nobody panics with it");
        while state.to_cut > 0 {
            let left = state.to_cut;
            let (after, waited) = changed
                .wait_timeout_while(state, DEADLINE, |state| state.to_cut == left)
                .expect("nobody panics with it");
            assert!(!waited.timed_out(), "{left} cuts are left");
            state = after;
        }
    }
}

fn lock(state: &Arc<(Mutex<State>, Condvar)>) -> MutexGuard<'_, State> {
    state.0.lock().expect("nobody panics with it")
}

fn break_all(state: &mut State) {
    state.cuts += 1;
    for (client, server) in state.open.drain(..) {
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }
}

/// `nth` is how many cuts there were when this connection began: one more, and it is broken. `passed` counts its bytes.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    nth: usize,
    passed: &AtomicU64,
    state: &Arc<(Mutex<State>, Condvar)>,
) {
    let mut bytes = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        let (mut pass, mut breaks) = (n, false);
        let mut held = lock(state);
        if held.cuts != nth {
            return;
        }
        if held.is_mute {
            continue;
        }
        let is_spared = passed.fetch_add(n as u64, Ordering::Relaxed) < held.spared;
        if held.to_cut > 0 && !is_spared {
            if held.left <= n as u64 {
                (pass, breaks) = (held.left as usize, true);
            } else {
                held.left -= n as u64;
            }
        }
        let written = to.write_all(&bytes[..pass]);
        if breaks {
            held.to_cut -= 1;
            held.draw();
            break_all(&mut held);
            state.1.notify_all();
            return;
        }
        drop(held);
        if written.is_err() {
            break;
        }
    }
    // What is mute does not even say that the other end is gone.
    if !lock(state).is_mute {
        let _ = to.shutdown(Shutdown::Both);
    }
}
