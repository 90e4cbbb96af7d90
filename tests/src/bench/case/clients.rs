//! The two client programs beside mosquitto's: lines through `-l`, and messages until `-C`. What serves them is the target.

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

/// Both programs in turn against one broker; a client and its flags give the time and the CPU that it took.
fn compare(
    target: &Target,
    count: u64,
    programs: [&str; 2],
    mut run: impl FnMut(SocketAddr, &Path) -> io::Result<(Duration, Duration)>,
) -> io::Result<Vec<Measure>> {
    let [ours, theirs] = programs;
    let ours = program(ours).ok_or_else(|| io::Error::other(format!("{ours} is not built")))?;
    let running = target.start()?;
    let (our_time, our_cpu) = run(running.addr, &ours)?;
    let (their_time, their_cpu) = run(running.addr, Path::new(theirs))?;
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    let each = |cpu: Duration| cpu.as_secs_f64() / count as f64;
    Ok(vec![
        RATIO.is(rate(our_time) / rate(their_time)),
        OURS.is(rate(our_time)),
        THEIRS.is(rate(their_time)),
        OUR_CPU.is(each(our_cpu)),
        THEIR_CPU.is(each(their_cpu)),
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
    let text: String = (0..count).map(|number| format!("line {number:015}\n")).collect();
    fs::write(&lines.0, text)?;
    compare(target, count, ["publisher", "mosquitto_pub"], |addr, program| {
        let mut command = Command::new(program);
        command.args(["-l", "-t", TOPIC]).stdin(File::open(&lines.0)?);
        timed(start(command, addr, qos)?)
    })
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
            taken
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

/// Waits for the program's end: how long it ran, and how much CPU it took, as far as could be seen.
fn timed((mut child, begin): (Child, Instant)) -> io::Result<(Duration, Duration)> {
    let process = Process(child.id());
    let mut cpu = Duration::ZERO;
    loop {
        // While the process is there: its figures go with it.
        cpu = process.cpu().unwrap_or(cpu).max(cpu);
        if let Some(status) = child.try_wait()? {
            let took = begin.elapsed();
            if status.success() {
                return Ok((took, cpu));
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
