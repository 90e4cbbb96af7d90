//! What the control API costs: messages while somebody reads along over HTTP, and a wait over HTTP beside the same wait in Rust.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use broker::Broker;
use broker::expect::publish;

use super::throughput::{self, ALL, TOPIC, measure};
use super::{Case, Scale};
use crate::bench::client;
use crate::bench::feed::Feed;
use crate::bench::flood::flood;
use crate::bench::measure::{Measure, Metric, Unit, quantile};
use crate::bench::packet;
use crate::bench::target::Target;
use crate::harness::way::Way;

const GROUP: &str = "The control API";

const RUST: Metric = seconds("rust", "in Rust");
const HTTP: Metric = seconds("http", "over HTTP");
const HTTP_P99: Metric = seconds("http-p99", "over HTTP, 99 %");

/// So long a wait may need to begin. What is measured begins after that.
const BEGINS: Duration = Duration::from_millis(2);

pub(super) const CASES: [Case; 2] = [
    Case {
        group: GROUP,
        name: "api-tail",
        title: "1 → 1, QoS 0, while every packet is read as a server-sent event",
        metrics: ALL,
        suits: is_ours,
        run: tail,
    },
    Case {
        group: GROUP,
        name: "api-wait",
        title: "From a message to the end of a wait for it",
        metrics: &[RUST, HTTP, HTTP_P99],
        suits: |target| target == &Target::Ours,
        run: wait,
    },
];

const fn seconds(id: &'static str, title: &'static str) -> Metric {
    Metric {
        id,
        title,
        unit: Unit::Seconds,
    }
}

fn is_ours(target: &Target) -> bool {
    matches!(target, Target::Ours | Target::Variant { .. })
}

fn request(addr: SocketAddr, head: &str, body: &str) -> String {
    let length = body.len();
    format!("{head} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Throughput, while another thread reads the events as fast as it can.
fn tail(target: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let running = target.start_over(Way::Tcp)?;
    let mut reader = TcpStream::connect(running.addr)?;
    reader.write_all(request(running.addr, "GET /api/v1/events", "").as_bytes())?;
    let mut first = vec![0; 64 * 1024];
    // Its head is there, so the events of what follows come.
    if reader.read(&mut first)? == 0 {
        return Err(io::Error::other("no events come"));
    }
    let socket = reader.try_clone()?;
    let reads = thread::spawn(move || while reader.read(&mut first).is_ok_and(|n| n > 0) {});
    let subscribers = throughput::subscribers(&running, 1, 1)?;
    let publisher = client::connect_over(&running.door(), "bench-pub-0")?;
    let feed = Feed::new(0, &[TOPIC.to_owned()], 2048);
    let measures = measure(&running, || {
        flood(vec![(publisher, feed)], subscribers, scale.time)
    });
    socket.shutdown(std::net::Shutdown::Both)?;
    let _ = reads.join();
    measures
}

/// One that waits in a thread of its own: told what for, it says when that had come.
struct Waiter {
    topics: Sender<String>,
    came: Receiver<io::Result<Instant>>,
}

impl Waiter {
    fn begin(mut wait: impl FnMut(&str) -> io::Result<()> + Send + 'static) -> Self {
        let (topics, wanted) = channel::<String>();
        let (tell, came) = channel();
        thread::spawn(move || {
            for topic in wanted {
                let waited = wait(&topic).map(|()| Instant::now());
                if tell.send(waited).is_err() {
                    return;
                }
            }
        });
        Self { topics, came }
    }

    fn once(&self, topic: &str, publisher: &mut TcpStream) -> io::Result<f64> {
        let gone = || io::Error::other("it waits no more");
        self.topics.send(topic.to_owned()).map_err(|_| gone())?;
        thread::sleep(BEGINS);
        let begin = Instant::now();
        publisher.write_all(&packet::publish(topic, 0, false, 0, b"x"))?;
        let came = self.came.recv().map_err(|_| gone())??;
        Ok((came - begin).as_secs_f64())
    }
}

/// Waits for messages, in Rust and over a kept connection in turn.
fn wait(_: &Target, scale: Scale) -> io::Result<Vec<Measure>> {
    let broker = std::sync::Arc::new(Broker::start().wait().map_err(io::Error::other)?);
    let addr = broker.addr();
    let in_rust = Waiter::begin({
        let broker = broker.clone();
        move |topic| {
            let waited = broker.expect(publish(topic)).check().wait();
            waited.map(drop).map_err(io::Error::other)
        }
    });
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    let over_http = Waiter::begin(move |topic| {
        let body = format!(r#"{{"pattern": {{"topic": "{topic}"}}}}"#);
        stream.write_all(request(addr, "POST /api/v1/messages/wait", &body).as_bytes())?;
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        // The answer names the topic at its end.
        while !answer.ends_with(b"}") {
            match stream.read(&mut part)? {
                0 => return Err(io::Error::other("no answer")),
                n => answer.extend_from_slice(part.get(..n).unwrap_or_default()),
            }
        }
        if answer.starts_with(b"HTTP/1.1 200 ") {
            return Ok(());
        }
        Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()))
    });
    let mut publisher = client::connect(addr, "bench-publisher")?;
    let rounds = if scale.quick { 100 } else { 1_000 };
    let mut took = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        took[0].push(in_rust.once(&format!("rust/{round}"), &mut publisher)?);
        took[1].push(over_http.once(&format!("http/{round}"), &mut publisher)?);
    }
    let [rust, http] = &took;
    let figures = [
        (RUST, quantile(rust, 0.5)),
        (HTTP, quantile(http, 0.5)),
        (HTTP_P99, quantile(http, 0.99)),
    ];
    Ok(figures
        .into_iter()
        .filter_map(|(metric, value)| Some(metric.is(value?)))
        .collect())
}
