//! Messages at a steady rate to one subscriber, and beside them a client that times its acknowledgements.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use packets::Client;

/// Messages are sent in portions, so often.
const PORTION: Duration = Duration::from_millis(10);
const TOPICS: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(30);

/// What is under way.
#[derive(Debug, Default)]
pub struct Load {
    sent: AtomicU64,
    over: AtomicBool,
}

impl Load {
    /// How many messages were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// Times from PUBLISH to PUBACK, the shortest first.
#[derive(Debug, Default)]
pub struct Trips {
    pub millis: Vec<f64>,
}

/// Waits until the broker takes connections.
pub fn until_it_listens(addr: SocketAddr) {
    let began = Instant::now();
    while TcpStream::connect(addr).is_err() {
        assert!(began.elapsed() < PATIENCE, "{addr} does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends messages for so long, while `meanwhile` looks at something, and times another client.
pub fn measure(addr: SocketAddr, rate: u64, time: Duration, meanwhile: impl FnOnce(&Load)) -> Trips {
    let load = Arc::new(Load::default());
    let listener = listen(addr, &load);
    let speaker = {
        let load = load.clone();
        std::thread::spawn(move || speak(addr, rate, &load))
    };
    let other = {
        let load = load.clone();
        std::thread::spawn(move || acknowledged(addr, &load))
    };
    let began = Instant::now();
    meanwhile(&load);
    std::thread::sleep(time.saturating_sub(began.elapsed()));
    load.over.store(true, Ordering::Relaxed);
    let _ = speaker.join();
    let _ = listener.join();
    other.join().unwrap_or_default()
}

/// As many messages as go: how many a second reach the subscriber.
pub fn flat_out(addr: SocketAddr, time: Duration) -> f64 {
    let load = Arc::new(Load::default());
    let listener = listen(addr, &load);
    let mut speaker = Client::connect(addr, "speaker");
    let portion = portion(0, 200);
    let began = Instant::now();
    while began.elapsed() < time {
        speaker.send(&portion);
    }
    speaker.ping(1);
    load.over.store(true, Ordering::Relaxed);
    let bytes = listener.join().unwrap_or_default();
    bytes as f64 / (portion.len() as f64 / 200.0) / began.elapsed().as_secs_f64()
}

/// Reads all that comes for one subscriber; gives how many bytes there were.
fn listen(addr: SocketAddr, load: &Arc<Load>) -> std::thread::JoinHandle<u64> {
    let mut client = Client::connect(addr, "listener");
    client.subscribe("load/#", 0);
    let load = load.clone();
    std::thread::spawn(move || {
        let mut stream = client.stream();
        let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
        let (mut room, mut bytes) = (vec![0; 1 << 16], 0);
        loop {
            match stream.read(&mut room) {
                Ok(0) => return bytes,
                Ok(read) => bytes += read as u64,
                Err(_) if load.over.load(Ordering::Relaxed) => return bytes,
                Err(_) => {}
            }
        }
    })
}

fn portion(from: u64, messages: u64) -> Vec<u8> {
    let publish = |n: u64| {
        let topic = format!("load/{:02}", n % TOPICS);
        packets::publish(
            &topic,
            0,
            false,
            0,
            format!(r#"{{"celsius":20.5,"n":{:03}}}"#, n % 1000).as_bytes(),
        )
    };
    (from..from + messages).flat_map(publish).collect()
}

fn speak(addr: SocketAddr, rate: u64, load: &Load) {
    let client = Client::connect(addr, "speaker");
    let mut stream = client.stream();
    let began = Instant::now();
    while !load.over.load(Ordering::Relaxed) {
        let due = began.elapsed().as_millis() as u64 * rate / 1000;
        let sent = load.sent();
        if stream
            .write_all(&portion(sent, due.saturating_sub(sent)))
            .is_err()
        {
            return;
        }
        load.sent.store(due.max(sent), Ordering::Relaxed);
        std::thread::sleep(PORTION);
    }
}

fn acknowledged(addr: SocketAddr, load: &Load) -> Trips {
    let mut client = Client::connect(addr, "other");
    let mut trips = Trips::default();
    let message = packets::publish("others/turn", 1, false, 1, b"x");
    while !load.over.load(Ordering::Relaxed) {
        let sent = Instant::now();
        client.send(&message);
        client.packet();
        trips.millis.push(sent.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_millis(5));
    }
    trips.millis.sort_by(f64::total_cmp);
    trips
}
