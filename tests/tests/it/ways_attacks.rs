//! Attacks on the way in: clients that never get as far as MQTT, or abuse the layers below it. Each is ended with words that say
//! why or goes on at its own cost; the memory for it is bounded; other clients lose nothing.
//!
//! What the same costs in figures is the table of `tests/src/floods/`.

mod stalled;
mod tls;
mod web_socket;

use std::io::{ErrorKind, Write as _};
use std::net::{SocketAddr, TcpStream};

use broker::QoS;
use broker::wire::Version;
use serde_json::Value;
use tests::harness::raw::text;
use tests::harness::way::Way;
use tests::harness::{Client, DEADLINE, Served, message};
use tests::line::web_socket::masked;
use tests::line::{Door, Line};

/// More than this the program never holds, whatever one of these attacks does.
#[cfg(target_os = "linux")]
const MEMORY_MIB: u64 = 96;
/// The receive buffer of one that does not read.
const SMALL_BYTES: usize = 4096;
/// As much as an attacker writes at most. What comes after the broker has ended it is read for a while, and thrown away.
const ON_THE_WAY_BYTES: usize = 32 << 20;
/// Others' messages that come through while not a byte of an attacker is taken. Then it is not read from.
const OTHERS_MESSAGES: u32 = 200;

/// The program, and a client that must not notice what others do.
struct Ground {
    served: Served,
    other: Client,
}

impl Ground {
    fn new(settings: &[&str]) -> Self {
        let flags: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let served = Served::start(&flags);
        let mut other = Client::new(served.addr(), Version::V5, "other");
        other.subscribe("others", QoS::AtLeastOnce);
        Self { served, other }
    }

    fn addr(&self) -> SocketAddr {
        self.served.addr()
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr()).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("it can be set");
        stream
    }

    /// Behind all handshakes below MQTT.
    fn open(&self, way: Way) -> Line {
        let line = Door::new(self.addr(), way).open().expect("it is let in");
        let socket = line.socket();
        socket.set_read_timeout(Some(DEADLINE)).expect("it can be set");
        line
    }

    /// The socket behind the handshakes, to write bytes of one's own to it. The line is kept, so that it stays open.
    fn open_raw(&self, way: Way) -> (Line, TcpStream) {
        let line = self.open(way);
        let socket = line.socket().try_clone().expect("one more handle");
        (line, socket)
    }

    /// The others' messages come through.
    fn others_go_on(&mut self) {
        self.other.publish(&message("others", "x", QoS::AtLeastOnce));
        assert_eq!(text(&self.other.receive()), "x");
    }

    /// A connection was ended with words that say this.
    fn ended_because(&mut self, words: &str) {
        self.served.until("handshake_failed", |event| says(event, words));
        self.served.forget();
        self.is_unharmed();
    }

    /// Others notice nothing, newcomers get in, and the memory is bounded.
    fn is_unharmed(&mut self) {
        self.others_go_on();
        Client::new(self.addr(), Version::V311, "newcomer").disconnect();
        #[cfg(target_os = "linux")]
        assert!(
            self.served.peak_mib() < MEMORY_MIB,
            "{} MiB",
            self.served.peak_mib()
        );
    }

    /// Writes `block` again and again, while others' messages come through, until the broker takes no more of it or closes, or
    /// has taken `enough`. Says how much it took.
    fn push(&mut self, stream: &mut TcpStream, block: &[u8], enough: usize) -> usize {
        stream.set_nonblocking(true).expect("it can be set");
        let (mut taken, mut others_messages) = (0, 0);
        while others_messages < OTHERS_MESSAGES && taken < enough {
            match stream.write(&block[taken % block.len()..]) {
                Ok(n) => {
                    taken += n;
                    others_messages = 0;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.others_go_on();
                    others_messages += 1;
                }
                Err(_) => break,
            }
        }
        stream.set_nonblocking(false).expect("it can be set");
        taken
    }
}

fn says(event: &Value, words: &str) -> bool {
    let why = event["why"].as_str().unwrap_or_default();
    let is_it = why.contains(words);
    if !is_it {
        eprintln!("not the words {words:?}: {why}");
    }
    is_it
}

/// Reads to the end, however it comes.
fn closed(stream: &mut impl std::io::Read) {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                let waited = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                assert!(!waited, "it is still open");
                return;
            }
        }
    }
}

/// Frames of a client, all alike.
fn frames(first: u8, payload: &[u8], count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        masked(first, payload, &mut bytes);
    }
    bytes
}
