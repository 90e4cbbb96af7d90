//! What it costs to keep state on disk: ours in each mode, mosquitto with and without persistence, `RabbitMQ`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;

use crate::bench::measure::quantile;
use crate::bench::ping::Ping;
use crate::bench::{client, report, window};
use crate::brokers::peer::{Running, rabbitmq};

/// The most messages that are unacknowledged.
const WINDOW: usize = 100;

/// Measures and prints a table.
#[derive(Debug, Clone, Parser)]
#[command(name = "durability", max_term_width = 100)]
pub struct Options {
    /// The broker's program.
    #[arg(long, value_name = "PROGRAM")]
    pub broker: PathBuf,
    /// Runs of everything; medians are reported.
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// How long each measurement lasts, in milliseconds.
    #[arg(long, default_value_t = 2000, value_name = "MS")]
    pub millis: u64,
    /// Leave those out that cannot be started here, instead of failing.
    #[arg(long)]
    pub some: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Write the table into docs/PERFORMANCE.md.
    #[arg(long)]
    pub write: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Off,
    Os,
    Fsync,
    Mosquitto,
    MosquittoSaves,
    RabbitMq,
}

const ALL: [Kept; 6] = [
    Kept::Off,
    Kept::Os,
    Kept::Fsync,
    Kept::Mosquitto,
    Kept::MosquittoSaves,
    Kept::RabbitMq,
];

/// The figures of one run, or of medians.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
struct Figures {
    round_trip_p50_micros: f64,
    round_trip_p99_micros: f64,
    qos1_messages_per_sec: f64,
    /// `NaN` where the broker has no QoS 2.
    qos2_messages_per_sec: f64,
    others_p50_micros: f64,
    others_p99_micros: f64,
}

impl Kept {
    fn name(self) -> &'static str {
        match self {
            Self::Off => "citronella, `off`",
            Self::Os => "citronella, `os`",
            Self::Fsync => "citronella, `fsync`",
            Self::Mosquitto => "mosquitto, in memory",
            Self::MosquittoSaves => "mosquitto, each second",
            Self::RabbitMq => "RabbitMQ",
        }
    }

    fn start(self, broker: &Path) -> Result<Running, String> {
        Running::start(|port, folder| {
            let ours = |durability: &str| {
                let mut command = Command::new(broker);
                let state_dir = folder.join("state").display().to_string();
                command.args([
                    "--no-config",
                    "--quiet",
                    "-p",
                    &port.to_string(),
                    "--state-dir",
                    &state_dir,
                ]);
                command.args(["--set", &format!("durability={durability}")]);
                Ok(command)
            };
            match self {
                Self::Off => ours("off"),
                Self::Os => ours("os"),
                Self::Fsync => ours("fsync"),
                Self::RabbitMq => rabbitmq(port, folder),
                Self::Mosquitto => mosquitto(port, folder, ""),
                Self::MosquittoSaves => mosquitto(
                    port,
                    folder,
                    &format!(
                        "persistence true\npersistence_location {}/\nautosave_interval 1\n",
                        folder.display()
                    ),
                ),
            }
        })
    }
}

fn mosquitto(port: u16, folder: &Path, more: &str) -> Result<Command, String> {
    let path = folder.join("mosquitto.conf");
    // It becomes another user where root starts it, who must be able to write there.
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n{more}");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let program = crate::harness::peers::mosquitto("mosquitto").map_err(|missing| missing.to_string())?;
    let mut command = Command::new(program);
    command.arg("-c").arg(path);
    Ok(command)
}

/// A client whose session outlives its connection, subscribed.
fn lasting(addr: SocketAddr, client_id: &str, topic: &str, qos: u8) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let connect = packets::Connect {
        clean: false,
        ..packets::Connect::new(4, client_id)
    };
    stream.write_all(&connect.bytes())?;
    let connack = packets::read(&mut stream)?;
    if connack.get(3) != Some(&0) {
        return Err(io::Error::other(format!(
            "CONNECT was answered with {connack:02x?}"
        )));
    }
    client::subscribe(&mut stream, &[topic], qos)?;
    Ok(stream)
}

fn rate(addr: SocketAddr, topic: &str, qos: u8, time: Duration) -> io::Result<f64> {
    let subscriber = lasting(addr, topic, topic, qos)?;
    let publisher = client::connect(addr, &format!("{topic}-pub"))?;
    let done = window::exchange(publisher, subscriber, topic, qos, WINDOW, time)?;
    if done.seen.messages != done.expected {
        return Err(io::Error::other("messages were lost"));
    }
    Ok(done.rate())
}

fn measure(kept: Kept, options: &Options) -> Result<Figures, String> {
    let running = kept.start(&options.broker)?;
    let (addr, time) = (running.addr, Duration::from_millis(options.millis));
    let said = |error: io::Error| error.to_string();
    let mut figures = Figures::default();

    let subscriber = lasting(addr, "kept-trip", "kept/trip", 1).map_err(said)?;
    let publisher = client::connect(addr, "kept-trip-pub").map_err(said)?;
    let begin = Instant::now();
    let mut trips = Ping::between(publisher, subscriber, "kept/trip", 1);
    let times = trips.repeat(|| begin.elapsed() > time).map_err(said)?;
    figures.round_trip_p50_micros = times.quantile(0.5) * 1e6;
    figures.round_trip_p99_micros = times.quantile(0.99) * 1e6;

    let mut others = Ping::new(addr, "others", 0).map_err(said)?;
    let (one, times) = std::thread::scope(|scope| {
        let load = scope.spawn(|| rate(addr, "kept/one", 1, time));
        let times = others.repeat(|| load.is_finished());
        (load.join().expect("it does not panic"), times)
    });
    figures.qos1_messages_per_sec = one.map_err(said)?;
    let times = times.map_err(said)?;
    figures.others_p50_micros = times.quantile(0.5) * 1e6;
    figures.others_p99_micros = times.quantile(0.99) * 1e6;

    // RabbitMQ answers it with QoS 1.
    let two = rate(addr, "kept/two", 2, time);
    figures.qos2_messages_per_sec = two.unwrap_or_else(|why| {
        eprintln!("  no figure at QoS 2: {why}");
        f64::NAN
    });
    Ok(figures)
}

/// Of each figure the median.
fn medians(runs: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| {
        let values: Vec<f64> = runs.iter().map(figure).filter(|value| !value.is_nan()).collect();
        quantile(&values, 0.5).unwrap_or(f64::NAN)
    };
    Figures {
        round_trip_p50_micros: of(|it| it.round_trip_p50_micros),
        round_trip_p99_micros: of(|it| it.round_trip_p99_micros),
        qos1_messages_per_sec: of(|it| it.qos1_messages_per_sec),
        qos2_messages_per_sec: of(|it| it.qos2_messages_per_sec),
        others_p50_micros: of(|it| it.others_p50_micros),
        others_p99_micros: of(|it| it.others_p99_micros),
    }
}

fn table(rows: &[(Kept, Figures)]) -> String {
    let mut text = String::from(
        "| what | round trip p50 | p99 | QoS 1 a second | QoS 2 a second | others p50 | p99 |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    let base = rows.first().map(|(_, figures)| *figures).unwrap_or_default();
    let with_ratio = |value: f64, base: f64, unit: &str| {
        if value.is_nan() {
            return "–".to_owned();
        }
        format!("{value:.0}{unit}, {:.2} ×", value / base)
    };
    for (kept, figures) in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} µs | {} | {} | {} | {:.0} µs |",
            kept.name(),
            with_ratio(figures.round_trip_p50_micros, base.round_trip_p50_micros, " µs"),
            figures.round_trip_p99_micros,
            with_ratio(figures.qos1_messages_per_sec, base.qos1_messages_per_sec, ""),
            with_ratio(figures.qos2_messages_per_sec, base.qos2_messages_per_sec, ""),
            with_ratio(figures.others_p50_micros, base.others_p50_micros, " µs"),
            figures.others_p99_micros,
        );
    }
    text
}

/// Runs what was asked for.
pub fn main(options: &Options) -> ExitCode {
    let mut runs: Vec<(Kept, Vec<Figures>)> = ALL.iter().map(|kept| (*kept, Vec::new())).collect();
    for run in 1..=options.runs {
        for (kept, figures) in &mut runs {
            eprintln!("run {run} of {}: {}", options.runs, kept.name());
            match measure(*kept, options) {
                Ok(measured) => figures.push(measured),
                Err(why) if options.some => eprintln!("  left out: {why}"),
                Err(why) => {
                    eprintln!("durability: {}: {why}", kept.name());
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    let rows: Vec<(Kept, Figures)> = runs
        .iter()
        .filter(|(_, figures)| !figures.is_empty())
        .map(|(kept, figures)| (*kept, medians(figures)))
        .collect();
    let table = table(&rows);
    if options.json {
        let rows = rows
            .iter()
            .map(|(kept, figures)| serde_json::json!({"what": kept.name(), "figures": figures}));
        println!("{:#}", rows.collect::<serde_json::Value>());
    } else {
        print!("{table}");
    }
    if options.write
        && let Err(error) = report::write_durability(&table)
    {
        eprintln!("durability: cannot write the table: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
