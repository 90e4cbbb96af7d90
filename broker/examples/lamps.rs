//! An hour of 50 lamps, in a moment: each publishes every five seconds of the broker's clock, and one client reads all of it.
//!
//! `cargo run -p broker --example lamps [LAMPS] [HOURS]`; with `--release` and `500 24` it prints the figures of docs/DEVICES.md.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use broker::Broker;
use broker::device::{Device, Every, Stage};

/// A CONNECT of MQTT 3.1.1 without Keep Alive.
fn connect(broker: &Broker, client_id: &str) -> std::io::Result<TcpStream> {
    let mut client = TcpStream::connect(broker.addr())?;
    client.set_nodelay(true)?;
    let length = [0x10, 12 + client_id.len() as u8];
    client.write_all(
        &[
            &length,
            &b"\0\x04MQTT\x04\x02\0\0\0"[..],
            &[client_id.len() as u8],
            client_id.as_bytes(),
        ]
        .concat(),
    )?;
    client.read_exact(&mut [0; 4])?; // CONNACK
    Ok(client)
}

/// Reads packets, all of them shorter than 128 bytes, and says how many.
fn count(mut client: TcpStream) -> u64 {
    let (mut buffer, mut begun, mut packets) = (vec![0; 1 << 18], 0, 0);
    while let Ok(n @ 1..) = client.read(&mut buffer[begun..]) {
        let (end, mut at) = (begun + n, 0);
        while at + 2 <= end && at + 2 + usize::from(buffer[at + 1]) <= end {
            packets += u64::from(buffer[at] >> 4 == 3);
            at += 2 + usize::from(buffer[at + 1]);
        }
        buffer.copy_within(at..end, 0);
        begun = end - at;
    }
    packets
}

/// The longest time that a client beside it all waits for PINGRESP.
fn longest_ping(mut client: TcpStream, over: &AtomicBool) -> Duration {
    let mut longest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        if client.write_all(b"\xC0\0").is_err() || client.read_exact(&mut [0; 2]).is_err() {
            break;
        }
        longest = longest.max(asked.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    longest
}

fn memory_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1000)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let lamps: u32 = arguments.next().map_or(Ok(50), |lamps| lamps.parse())?;
    let hours: u64 = arguments.next().map_or(Ok(1), |hours| hours.parse())?;

    let mut broker = Broker::builder().seed(7).start().wait()?;
    broker.set_deadline(Duration::from_secs(600));
    broker.clock().freeze().wait()?;
    let mut reader = connect(&broker, "reader")?;
    reader.write_all(b"\x82\x0B\0\x01\0\x06lamp/#\0")?; // SUBSCRIBE at QoS 0
    broker.wait_subscribed("reader", "lamp/#").wait()?;
    let (reads, beside) = (reader.try_clone()?, connect(&broker, "beside")?);
    let over = Arc::new(AtomicBool::new(false));
    let pings = thread::spawn({
        let over = over.clone();
        move || longest_ping(beside, &over)
    });
    let counts = thread::spawn(move || count(reads));

    let group = Device::new("lamp")
        .count(lamps)
        .stages([Stage::connect_secs(60.0)])
        .telemetry(
            "lamp/{{ n }}/temp",
            Every::secs(5),
            "{{ (20 + 5 * sin(t / 3600) + random_normal(0, 0.2)) | round(2) }}",
        );
    broker.devices().add(group).wait()?.keep();
    let begun = Instant::now();
    broker.clock().advance(Duration::from_secs(hours * 3600)).wait()?;
    let took = begun.elapsed();
    broker.settle().wait()?;
    over.store(true, Ordering::Relaxed);

    let published: u64 = broker
        .devices()
        .list()
        .wait()?
        .iter()
        .map(|lamp| lamp.published)
        .sum();
    let dropped = broker.stats().wait()?.dropped();
    drop(broker);
    let (read, longest) = (
        counts.join().expect("it only reads"),
        pings.join().expect("it only pings"),
    );
    println!(
        "{lamps} lamps, {hours} h of the broker's clock: {:.1} s",
        took.as_secs_f64()
    );
    println!(
        "{published} messages published, {:.0} a second; {read} read, {dropped} dropped",
        published as f64 / took.as_secs_f64()
    );
    println!("a client beside them waited {longest:.1?} for PINGRESP at most");
    if let Some(megabytes) = memory_megabytes() {
        println!("{megabytes} MB at most, reader included");
    }
    Ok(())
}
