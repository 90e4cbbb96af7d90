//! The view in a terminal while many messages pass, beside the same program without it, in turns.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use super::{at, load};
use crate::bench::process::Process;
use crate::harness::terminal::OnTerminal;
use crate::harness::{Program, free_port};

/// A row of the table: what it is, its unit, digits behind the point, and where it stands.
type Row = (&'static str, &'static str, usize, fn(&Turn) -> f64);

/// So many turns of each.
const ROUNDS: usize = 3;

/// What one turn gave.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    half_within_ms: f64,
    most_within_ms: f64,
    cpu_micros: f64,
    flat_out: f64,
}

/// A table: the broker with its view in a terminal ÷ the broker without.
pub fn compare(broker: &str, rate: u64, part: Duration) -> String {
    let mut turns = [[Turn::default(); ROUNDS]; 2];
    let [plain, viewed] = &mut turns;
    for (plain, viewed) in plain.iter_mut().zip(viewed) {
        *plain = without(broker, rate, part);
        *viewed = with(broker, rate, part);
    }
    let rows: [Row; 4] = [
        ("PUBLISH to PUBACK, half within", "ms", 2, |turn| {
            turn.half_within_ms
        }),
        ("99 % within", "ms", 2, |turn| turn.most_within_ms),
        ("processor time of the broker, a message", "µs", 1, |turn| {
            turn.cpu_micros
        }),
        ("messages a second, as many as go", "", 0, |turn| turn.flat_out),
    ];
    let mut text = String::from("| `broker --watch` | without | with | ratio |\n|---|---:|---:|---:|\n");
    for (name, unit, digits, of) in rows {
        let [without, with] = turns.each_ref().map(|turns| median(turns.map(|turn| of(&turn))));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {name} | {without:.digits$} {unit} | {with:.digits$} {unit} | {:.2} |",
            with / without
        );
    }
    text
}

fn median(mut of: [f64; ROUNDS]) -> f64 {
    of.sort_by(f64::total_cmp);
    of[ROUNDS / 2]
}

fn command(broker: &str, addr: SocketAddr) -> Command {
    let mut command = Command::new(broker);
    command.args([
        "--no-config",
        "--bind",
        "127.0.0.1",
        "-p",
        &addr.port().to_string(),
    ]);
    command
}

fn without(broker: &str, rate: u64, part: Duration) -> Turn {
    let addr = free_port();
    let program = Program::start(&mut command(broker, addr));
    turn(addr, program.pid(), rate, part)
}

fn with(broker: &str, rate: u64, part: Duration) -> Turn {
    let addr = free_port();
    let mut screen = OnTerminal::with_keys(command(broker, addr).arg("--watch"));
    screen.until_screen("No client has come yet");
    turn(addr, screen.pid(), rate, part)
}

fn turn(addr: SocketAddr, pid: u32, rate: u64, part: Duration) -> Turn {
    load::until_it_listens(addr);
    let process = Process(pid);
    let before = process.cpu().unwrap_or_default();
    let mut sent = 0;
    let trips = load::measure(addr, rate, part, |load| {
        std::thread::sleep(part);
        sent = load.sent();
    });
    let cpu = process.cpu().unwrap_or_default().saturating_sub(before);
    Turn {
        half_within_ms: at(&trips.millis, 500),
        most_within_ms: at(&trips.millis, 990),
        cpu_micros: cpu.as_secs_f64() * 1e6 / sent.max(1) as f64,
        flat_out: load::flat_out(addr, part / 4),
    }
}
