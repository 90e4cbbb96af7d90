//! The two client programs beside mosquitto's: lines through `-l`, and messages until `-C`. What serves them is the target.
//!
//! What is published is counted behind the broker: `mosquitto_pub -l` ends with the exit code 0 although most of its lines
//! at QoS 1 were never sent. Only what arrived counts for a rate.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Case, Scale};
use crate::bench::client;
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::packet;
use crate::bench::process::Process;
use crate::bench::target::{Target, program};

const TOPIC: &str = "bench/lines";
/// How long one program may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// After this long without a message, no more come.
const QUIET: Duration = Duration::from_secs(3);
/// How many messages of QoS 1 are sent before their acknowledgements are waited for.
const BURST: u16 = 500;

const OURS: Metric = Metric {
    id: "ours",
    title: "our program: messages",
    unit: Unit::PerSecond,
};
const THEIRS: Metric = Metric {
    id: "theirs",
    title: "mosquitto's program: messages",
    unit: Unit::PerSecond,
};
const RATIO: Metric = Metric {
    id: "ratio",
    title: "our program ÷ mosquitto's",
    unit: Unit::Times,
};
const OUR_CPU: Metric = Metric {
    id: "our-cpu",
    title: "our program: CPU a message",
    unit: Unit::Seconds,
};
const THEIR_CPU: Metric = Metric {
    id: "their-cpu",
    title: "mosquitto's program: CPU a message",
    unit: Unit::Seconds,
};

const GROUP: &str = "Publisher and subscriber beside mosquitto_pub and mosquitto_sub";
const METRICS: &[Metric] = &[RATIO, OURS, THEIRS, OUR_CPU, THEIR_CPU];

pub(super) const CASES: [Case; 4] = [
    Case {
        group: GROUP,
        name: "clients-pub-0",
        title: "A million lines published, QoS 0",
        metrics: METRICS,
        suits,
        run: |target, scale| publish(target, scale, 0),
    },
    Case {
        group: GROUP,
        name: "clients-pub-1",
        title: "A million lines published, QoS 1",
        metrics: METRICS,
        suits,
        run: |target, scale| publish(target, scale, 1),
    },
    Case {
        group: GROUP,
        name: "clients-sub-0",
        title: "A million messages received, QoS 0",
        metrics: METRICS,
        suits,
        run: |target, scale| receive(target, scale, 0),
    },
    Case {
        group: GROUP,
        name: "clients-sub-1",
        title: "A million messages received, QoS 1",
        metrics: METRICS,
        suits,
        run: |target, scale| receive(target, scale, 1),
    },
];

fn suits(target: &Target) -> bool {
    target != &Target::Relay
}

/// How many messages one run has.
fn count(scale: Scale) -> u64 {
    if scale.quick { 100_000 } else { 1_000_000 }
}

/// What one program did.
struct Done {
    messages: u64,
    time: Duration,
    cpu: Duration,
}

/// Both programs in turn against one broker.
fn compare(
    target: &Target,
    asked: u64,
    programs: [&str; 2],
    mut run: impl FnMut(SocketAddr, &Path) -> io::Result<Done>,
) -> io::Result<Vec<Measure>> {
    let [ours, theirs] = programs;
    let ours = program(ours).ok_or_else(|| io::Error::other(format!("{ours} is not built")))?;
    let running = target.start()?;
    let ours = run(running.addr, &ours)?;
    let theirs = run(running.addr, Path::new(theirs))?;
    let rate = |done: &Done| done.messages as f64 / done.time.as_secs_f64();
    let each = |done: &Done| done.cpu.as_secs_f64() / done.messages.max(1) as f64;
    let with_loss = |metric: Metric, done: &Done| {
        let mut measure = metric.is(rate(done));
        measure.lost = 1.0 - done.messages as f64 / asked as f64;
        measure
    };
    Ok(vec![
        RATIO.is(rate(&ours) / rate(&theirs)),
        with_loss(OURS, &ours),
        with_loss(THEIRS, &theirs),
        OUR_CPU.is(each(&ours)),
        THEIR_CPU.is(each(&theirs)),
    ])
}

/// A file of lines, gone when this is dropped.
struct Lines(PathBuf);

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn publish(target: &Target, scale: Scale, qos: u8) -> io::Result<Vec<Measure>> {
    let count = count(scale);
    let lines = Lines(std::env::temp_dir().join(format!("bench-lines-{}", std::process::id())));
    let mut text = Vec::new();
    for number in 0..count {
        writeln!(text, "line {number:015}")?;
    }
    fs::write(&lines.0, text)?;
    compare(target, count, ["publisher", "mosquitto_pub"], |addr, program| {
        let mut command = Command::new(program);
        command.args(["-l", "-t", TOPIC]).stdin(File::open(&lines.0)?);
        let mut counter = client::subscriber(addr, "bench-counter", &[TOPIC], 0)?;
        std::thread::scope(|scope| {
            let counting = scope.spawn(move || arrived(&mut counter, count));
            let (ended, cpu) = timed(start(command, addr, qos)?)?;
            let (messages, last) = counting
                .join()
                .map_err(|_| io::Error::other("the counting thread panicked"))??;
            // The last may arrive after the program's end, or, if not all do, long before.
            let end = last.map_or(ended.1, |last| last.max(ended.1));
            Ok(Done {
                messages,
                time: end - ended.0,
                cpu,
            })
        })
    })
}

/// Counts messages until `count` are there or none came for a while after the first; and when the last one came.
fn arrived(stream: &mut TcpStream, count: u64) -> io::Result<(u64, Option<Instant>)> {
    let (mut buffer, mut tail) = (vec![0; 256 * 1024], 0);
    let (mut messages, mut last) = (0, None);
    while messages < count {
        let n = match stream.read(&mut buffer[tail..]) {
            Ok(0) => return Err(io::Error::other("the counter's connection was closed")),
            Ok(n) => n,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                break;
            }
            Err(error) => return Err(error),
        };
        let filled = tail + n;
        let mut at = 0;
        while let Some((_, whole)) =
            packet::frame(&buffer[at..filled]).filter(|(_, whole)| at + whole <= filled)
        {
            messages += 1;
            at += whole;
        }
        buffer.copy_within(at..filled, 0);
        tail = filled - at;
        if last.is_none() {
            stream.set_read_timeout(Some(QUIET))?;
        }
        last = Some(Instant::now());
    }
    Ok((messages, last))
}

fn receive(target: &Target, scale: Scale, qos: u8) -> io::Result<Vec<Measure>> {
    let count = count(scale);
    compare(target, count, ["subscriber", "mosquitto_sub"], |addr, program| {
        let mut command = Command::new(program);
        command
            .args(["-C", &count.to_string(), "-t", TOPIC])
            .stdin(Stdio::null());
        let mut feeder = client::connect(addr, "bench-feeder")?;
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let feeding = scope.spawn(|| feed(&mut feeder, qos, &done));
            let taken = start(command, addr, qos).and_then(timed);
            done.store(true, Ordering::Release);
            feeding
                .join()
                .map_err(|_| io::Error::other("the feeding thread panicked"))??;
            let ((begin, end), cpu) = taken?;
            Ok(Done {
                messages: count,
                time: end - begin,
                cpu,
            })
        })
    })
}

/// Publishes until `done`: what the broker drops for a slow subscriber does not keep it from its count.
fn feed(stream: &mut TcpStream, qos: u8, done: &AtomicBool) -> io::Result<()> {
    let burst: Vec<u8> = (1..=BURST)
        .flat_map(|id| packet::publish(TOPIC, qos, false, id, b"a message of 20 byte"))
        .collect();
    let mut acknowledgements = vec![0; usize::from(BURST) * 4];
    while !done.load(Ordering::Acquire) {
        stream.write_all(&burst)?;
        if qos > 0 {
            stream.read_exact(&mut acknowledgements)?;
        }
    }
    Ok(())
}

fn start(mut command: Command, addr: SocketAddr, qos: u8) -> io::Result<(Child, Instant)> {
    let begin = Instant::now();
    command
        .args(["-h", &addr.ip().to_string(), "-p", &addr.port().to_string()])
        .args(["-q", &qos.to_string(), "-i", "bench-program"])
        .env_remove("MQTT_URL")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    Ok((command.spawn()?, begin))
}

/// Waits for the program's end: from when to when it ran, and how much CPU it took, as far as could be seen.
fn timed((mut child, begin): (Child, Instant)) -> io::Result<((Instant, Instant), Duration)> {
    let process = Process(child.id());
    let mut cpu = Duration::ZERO;
    loop {
        // While the process is there: its figures go with it.
        cpu = process.cpu().unwrap_or(cpu).max(cpu);
        if let Some(status) = child.try_wait()? {
            let end = Instant::now();
            if status.success() {
                return Ok(((begin, end), cpu));
            }
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut said)?;
            }
            return Err(io::Error::other(format!("{status}: {}", said.trim())));
        }
        if begin.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other("a client did not end"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
