//! The two client programs beside mosquitto's: lines through `-l`, and messages until `-C`. What serves them is the target.
//!
//! What is published is counted behind the broker: `mosquitto_pub -l` ends with the exit code 0 although most of its lines
//! at QoS 1 were never sent. Only what arrived counts for a rate.
//!
//! Another broker's pace at QoS 1 is a few thousand a second, or a few hundred where Nagle's algorithm is on. So the pairs
//! have fewer messages there, and a program that does not finish in time is ended: what arrived until then is its rate.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Case, Scale};
use crate::bench::client;
use crate::bench::count;
use crate::bench::measure::{Measure, Metric, Unit};
use crate::bench::packet;
use crate::bench::process::Process;
use crate::bench::run::details;
use crate::bench::target::{Target, program};

const TOPIC: &str = "bench/lines";
/// How long one program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often somebody who watches is told how far a program is.
const TICK: Duration = Duration::from_secs(1);
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
const MESSAGES: Metric = Metric {
    id: "messages",
    title: "messages given to each program",
    unit: Unit::Messages,
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
const METRICS: &[Metric] = &[RATIO, OURS, THEIRS, OUR_CPU, THEIR_CPU, MESSAGES];

pub(super) const CASES: [Case; 4] = [
    Case {
        group: GROUP,
        name: "clients-pub-0",
        title: "Lines published, QoS 0",
        metrics: METRICS,
        suits,
        run: |target, scale| publish(target, scale, 0),
    },
    Case {
        group: GROUP,
        name: "clients-pub-1",
        title: "Lines published, QoS 1",
        metrics: METRICS,
        suits,
        run: |target, scale| publish(target, scale, 1),
    },
    Case {
        group: GROUP,
        name: "clients-sub-0",
        title: "Messages received, QoS 0",
        metrics: METRICS,
        suits,
        run: |target, scale| receive(target, scale, 0),
    },
    Case {
        group: GROUP,
        name: "clients-sub-1",
        title: "Messages received, QoS 1",
        metrics: METRICS,
        suits,
        run: |target, scale| receive(target, scale, 1),
    },
];

fn suits(target: &Target) -> bool {
    target != &Target::Relay
}

/// How many messages one run has.
fn messages(target: &Target, scale: Scale, qos: u8) -> u64 {
    let ours = matches!(target, Target::Ours | Target::Variant { .. });
    let most = if qos == 0 || ours { 1_000_000 } else { 100_000 };
    if scale.quick { most / 10 } else { most }
}

/// What one program did.
struct Done {
    messages: u64,
    time: Duration,
    cpu: Duration,
    /// It ended by itself.
    finished: bool,
}

impl Done {
    fn rate(&self) -> f64 {
        self.messages as f64 / self.time.as_secs_f64()
    }

    fn cpu_of_each(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.cpu.as_secs_f64() / self.messages as f64)
    }

    fn measure(&self, metric: Metric, asked: u64) -> Measure {
        let mut measure = metric.is(self.rate());
        measure.unfinished = !self.finished;
        if self.finished {
            measure.lost = 1.0 - self.messages as f64 / asked as f64;
        }
        measure
    }
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
    let mut measures = vec![
        ours.measure(OURS, asked),
        theirs.measure(THEIRS, asked),
        MESSAGES.is(asked as f64),
    ];
    let ratio = ours.rate() / theirs.rate();
    // One that got nowhere has no ratio to anything.
    measures.extend(ratio.is_finite().then(|| RATIO.is(ratio)));
    measures.extend(ours.cpu_of_each().map(|each| OUR_CPU.is(each)));
    measures.extend(theirs.cpu_of_each().map(|each| THEIR_CPU.is(each)));
    Ok(measures)
}

/// A file of lines, gone when this is dropped.
struct Lines(PathBuf);

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn publish(target: &Target, scale: Scale, qos: u8) -> io::Result<Vec<Measure>> {
    let asked = messages(target, scale, qos);
    let lines = Lines(std::env::temp_dir().join(format!("bench-lines-{}", std::process::id())));
    let mut text = Vec::new();
    for number in 0..asked {
        writeln!(text, "line {number:015}")?;
    }
    fs::write(&lines.0, text)?;
    compare(target, asked, ["publisher", "mosquitto_pub"], |addr, program| {
        let mut command = Command::new(program);
        command.args(["-l", "-t", TOPIC]).stdin(File::open(&lines.0)?);
        let mut counter = client::subscriber(addr, "bench-counter", &[TOPIC], 0)?;
        let so_far = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let counting = scope.spawn(|| {
                let seen = |count| so_far.store(count, Ordering::Relaxed);
                count::packets(&mut counter, packet::PUBLISH, asked, PATIENCE, seen)
            });
            let ran = timed(start(command, addr, qos)?, |time| {
                let count = so_far.load(Ordering::Relaxed);
                details(&format!(
                    "{}: {count} of {asked} lines, {} s",
                    program.display(),
                    time.as_secs()
                ));
            })?;
            let (messages, last) = counting
                .join()
                .map_err(|_| io::Error::other("the counting thread panicked"))??;
            // The last may arrive after the program's end, or, if not all do, long before.
            let end = last.map_or(ran.end, |last| last.max(ran.end));
            Ok(Done {
                messages,
                time: end - ran.begin,
                cpu: ran.cpu,
                finished: ran.finished,
            })
        })
    })
}

fn receive(target: &Target, scale: Scale, qos: u8) -> io::Result<Vec<Measure>> {
    let asked = messages(target, scale, qos);
    compare(target, asked, ["subscriber", "mosquitto_sub"], |addr, program| {
        let mut command = Command::new(program);
        command
            .args(["-C", &asked.to_string(), "-t", TOPIC])
            .stdin(Stdio::null());
        let mut feeder = client::connect(addr, "bench-feeder")?;
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let feeding = scope.spawn(|| feed(&mut feeder, qos, &done));
            let ran = start(command, addr, qos).and_then(|child| {
                timed(child, |time| {
                    details(&format!("{}: {} s", program.display(), time.as_secs()));
                })
            });
            done.store(true, Ordering::Release);
            feeding
                .join()
                .map_err(|_| io::Error::other("the feeding thread panicked"))??;
            let ran = ran?;
            Ok(Done {
                // Nobody counts what it has received: it says so itself by its end.
                messages: if ran.finished { asked } else { 0 },
                time: ran.end - ran.begin,
                cpu: ran.cpu,
                finished: ran.finished,
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

/// When a program ran, and how much CPU it took, as far as could be seen.
struct Ran {
    begin: Instant,
    end: Instant,
    cpu: Duration,
    finished: bool,
}

/// Waits for the program's end, or ends it; `tick` is told every second how long it has run.
fn timed((mut child, begin): (Child, Instant), tick: impl Fn(Duration)) -> io::Result<Ran> {
    let process = Process(child.id());
    let (mut cpu, mut next) = (Duration::ZERO, TICK);
    loop {
        // While the process is there: its figures go with it.
        cpu = process.cpu().unwrap_or(cpu).max(cpu);
        let ran = |finished| Ran {
            begin,
            end: Instant::now(),
            cpu,
            finished,
        };
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(ran(true));
            }
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut said)?;
            }
            return Err(io::Error::other(format!("{status}: {}", said.trim())));
        }
        let time = begin.elapsed();
        if time > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(ran(false));
        }
        if time >= next {
            next += TICK;
            tick(time);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
