//! One publisher, one subscriber at QoS 1 or 2, with a bounded number of unacknowledged messages.

use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::check::{Checker, sequence};
use super::flood::{Flooded, PATIENCE};
use super::packet::{self, PAYLOAD_BYTES, SEQUENCE_BYTES};
use crate::line::Line;

const READ_BYTES: usize = 64 * 1024;
/// Packet identifiers are used in turn, 1 to this.
const IDENTIFIERS: u64 = 60_000;

/// Publishes for `time` with at most `window` messages unacknowledged.
pub fn exchange(
    publisher: impl Into<Line>,
    subscriber: impl Into<Line>,
    topic: &str,
    qos: u8,
    window: usize,
    time: Duration,
) -> io::Result<Flooded> {
    let (publisher, subscriber) = (publisher.into(), subscriber.into());
    let sent = AtomicU64::new(0);
    let finished = AtomicBool::new(false);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            let checker = Checker::new(1, topic, topic.len(), qos);
            receive(subscriber, checker, &sent, &finished)
        });
        let result = send(publisher, topic, qos, window, begin, time);
        if let Ok(messages) = result {
            sent.store(messages, Ordering::Release);
        }
        finished.store(true, Ordering::Release);
        let received = counting
            .join()
            .map_err(|_| io::Error::other("the receiving thread panicked"))?;
        let messages = result?;
        let (checker, end) = received?;
        Ok(Flooded {
            sent: messages,
            expected: messages,
            seen: checker.seen,
            elapsed: end.saturating_duration_since(begin),
        })
    })
}

fn send(
    mut stream: Line,
    topic: &str,
    qos: u8,
    window: usize,
    begin: Instant,
    time: Duration,
) -> io::Result<u64> {
    let template = packet::publish(topic, qos, false, 0, &packet::payload(0));
    let id_at = template.len() - PAYLOAD_BYTES - 2;
    let sequence_at = template.len() - PAYLOAD_BYTES;
    let mut out = Vec::with_capacity(window * (template.len() + 4));
    let mut scratch = vec![0; READ_BYTES];
    let mut tail = 0;
    let (mut number, mut unacknowledged, mut acknowledged) = (0_u64, 0_usize, 0_u64);
    loop {
        if begin.elapsed() < time {
            for _ in unacknowledged..window {
                let start = out.len();
                out.extend_from_slice(&template);
                let id = ((number % IDENTIFIERS) as u16 + 1).to_be_bytes();
                out[start + id_at..start + id_at + 2].copy_from_slice(&id);
                out[start + sequence_at..start + sequence_at + SEQUENCE_BYTES]
                    .copy_from_slice(&sequence(0, number).to_le_bytes());
                number += 1;
            }
            unacknowledged = window;
        } else if unacknowledged == 0 {
            return Ok(number);
        }
        stream.write_all(&out)?;
        out.clear();
        let n = stream.read(&mut scratch[tail..])?;
        if n == 0 {
            return Err(io::Error::other(
                "the publisher's connection was closed while it published",
            ));
        }
        let filled = tail + n;
        let (acks, rest) = scratch[..filled].as_chunks::<4>();
        for ack in acks {
            let id = u16::from_be_bytes([ack[2], ack[3]]);
            match ack[0] {
                packet::PUBREC if qos == 2 => out.extend_from_slice(&[packet::PUBREL, 2, ack[2], ack[3]]),
                packet::PUBACK | packet::PUBCOMP => {
                    let expected = (acknowledged % IDENTIFIERS) as u16 + 1;
                    if id != expected {
                        return Err(io::Error::other(format!(
                            "packet {id} was acknowledged where {expected} came first"
                        )));
                    }
                    acknowledged += 1;
                    unacknowledged -= 1;
                }
                other => return Err(io::Error::other(format!("{other:#04x} is no acknowledgement"))),
            }
        }
        tail = rest.len();
        scratch.copy_within(filled - tail..filled, 0);
    }
}

fn receive(
    mut stream: Line,
    mut checker: Checker,
    sent: &AtomicU64,
    finished: &AtomicBool,
) -> io::Result<(Checker, Instant)> {
    stream
        .socket()
        .set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut scratch = vec![0; READ_BYTES];
    let mut tail = 0;
    let mut last = Instant::now();
    loop {
        match stream.read(&mut scratch[tail..]) {
            Ok(0) => return Err(io::Error::other("the subscriber's connection was closed")),
            Ok(n) => {
                let filled = tail + n;
                let taken = checker.take(&scratch[..filled]);
                scratch.copy_within(taken..filled, 0);
                tail = filled - taken;
                stream.write_all(&checker.answers)?;
                checker.answers.clear();
                last = Instant::now();
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        if finished.load(Ordering::Acquire)
            && (checker.seen.messages >= sent.load(Ordering::Acquire) || last.elapsed() > PATIENCE)
        {
            return Ok((checker, last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::client;

    #[test]
    fn every_exchange_is_done() {
        let broker = broker::Broker::start().wait().unwrap();
        for qos in [1, 2] {
            let topic = format!("bench/{qos}");
            let subscriber = client::subscriber(broker.addr(), "sub", &[&topic], qos).unwrap();
            let publisher = client::connect(broker.addr(), "pub").unwrap();
            let time = Duration::from_millis(30);
            let done = exchange(publisher, subscriber, &topic, qos, 7, time).unwrap();
            assert!(done.sent > 7);
            assert_eq!(done.seen.messages, done.sent);
            assert_eq!((done.seen.disordered, done.seen.corrupt), (0, 0));
        }
    }
}
