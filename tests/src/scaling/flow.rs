//! Messages that flow: any number of publishers to any number of subscribers, at any QoS and size, as many as go or at a pace.
//!
//! A thread for each side. Each payload begins with the time at which it was due.

use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::receive::{Received, receive};
use crate::bench::packet;
use crate::line::Line;

/// Bytes of the time at the front of each payload.
pub const STAMP_BYTES: usize = 8;
/// A publisher hands over so many bytes at once, or one message.
const PORTION_BYTES: usize = 64 * 1024;
/// Packet identifiers are used in turn, 1 to this.
const IDENTIFIERS: u64 = 60_000;
/// A message that is written so long after it was due counts from then.
const SLIP: Duration = Duration::from_millis(1);
/// Nothing happens for so long: it is looked whether the time is over.
const LONGEST: Duration = Duration::from_millis(10);
/// The same of a sender that keeps a pace.
const TICK: Duration = Duration::from_micros(100);
/// A publisher could write nothing for so long: something is stuck.
const STUCK: Duration = Duration::from_secs(60);
const READ_BYTES: usize = 64 * 1024;

/// What flows.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Of every message, and of every subscription.
    pub qos: u8,
    /// Of a payload.
    pub bytes: usize,
    /// Messages of one publisher that may be unacknowledged.
    pub window: usize,
    /// Messages a second that all publishers together send; as many as go where there is none.
    pub pace: Option<f64>,
    /// How long they send.
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Flowed {
    /// Messages that should have arrived, at all subscribers together.
    pub expected: u64,
    /// Those that did, and how long they took.
    pub received: Received,
    /// From the first write to the last arrival.
    pub elapsed: Duration,
}

/// Lets messages flow on `topic` from these publishers to these subscribers, each of which gets everything.
pub fn flow(publishers: Vec<Line>, subscribers: Vec<Line>, topic: &str, load: Load) -> io::Result<Flowed> {
    let sent = AtomicU64::new(0);
    let finished = AtomicBool::new(false);
    let begin = Instant::now();
    let count = subscribers.len() as u64;
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| receive(subscribers, begin, &sent, &finished));
        let result = Sender::new(publishers, topic, load, begin).and_then(Sender::run);
        if let Ok(messages) = result {
            sent.store(messages, Ordering::Release);
        }
        finished.store(true, Ordering::Release);
        let received = counting
            .join()
            .map_err(|_| io::Error::other("the receiving thread panicked"))?;
        let messages = result?;
        let received = received?;
        Ok(Flowed {
            expected: messages * count,
            elapsed: received.last.saturating_duration_since(begin),
            received,
        })
    })
}

/// The same line, to be polled.
pub fn polled(line: Line) -> io::Result<Line<TcpStream>> {
    line.socket().set_nonblocking(true)?;
    Ok(line.map(TcpStream::from_std))
}

/// One publisher.
struct Publisher {
    line: Line<TcpStream>,
    /// What goes out, and how much of it has.
    out: Vec<u8>,
    at: usize,
    /// PUBRELs that go out next.
    releases: Vec<u8>,
    /// Bytes of an acknowledgement whose end has not come.
    tail: Vec<u8>,
    unacknowledged: usize,
    number: u64,
}

struct Sender {
    poll: Poll,
    publishers: Vec<Publisher>,
    /// One message.
    template: Vec<u8>,
    load: Load,
    begin: Instant,
    /// Messages that were handed over.
    sent: u64,
    is_over: bool,
}

impl Sender {
    fn new(lines: Vec<Line>, topic: &str, load: Load, begin: Instant) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut publishers = Vec::new();
        for (index, line) in lines.into_iter().enumerate() {
            let mut line = polled(line)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(line.socket_mut(), Token(index), both)?;
            publishers.push(Publisher {
                line,
                out: Vec::new(),
                at: 0,
                releases: Vec::new(),
                tail: Vec::new(),
                unacknowledged: 0,
                number: 0,
            });
        }
        let payload: Vec<u8> = (0..load.bytes).map(|n| (n % 251) as u8).collect();
        Ok(Self {
            poll,
            publishers,
            template: packet::publish(topic, load.qos, false, 1, &payload),
            load,
            begin,
            sent: 0,
            is_over: false,
        })
    }

    fn run(mut self) -> io::Result<u64> {
        let mut events = Events::with_capacity(1024);
        let mut scratch = vec![0; READ_BYTES];
        let mut ready: Vec<usize> = (0..self.publishers.len()).collect();
        let mut busy = Instant::now();
        loop {
            let mut kept = Vec::with_capacity(ready.len());
            for index in std::mem::take(&mut ready) {
                if self.turn(index, &mut scratch)? {
                    kept.push(index);
                }
            }
            ready = kept;
            self.is_over = self.is_over || self.begin.elapsed() >= self.load.time;
            if self.is_over && self.publishers.iter().all(Publisher::is_done) {
                return Ok(self.sent);
            }
            let is_paced = self.load.pace.is_some();
            let wait = if ready.is_empty() && !is_paced {
                LONGEST
            } else {
                Duration::ZERO
            };
            self.poll.poll(&mut events, Some(wait))?;
            if is_paced && ready.is_empty() && events.is_empty() {
                // Finer than a poll, which waits whole milliseconds.
                std::thread::sleep(self.until_due());
            }
            if !events.is_empty() || !ready.is_empty() {
                busy = Instant::now();
            } else if busy.elapsed() > STUCK {
                return Err(io::Error::other("nothing could be written for a minute"));
            }
            for index in events.iter().map(|event| event.token().0) {
                if !ready.contains(&index) {
                    ready.push(index);
                }
            }
            if is_paced && ready.is_empty() {
                // Whose turn it is, one after the other.
                ready.push((self.sent % self.publishers.len() as u64) as usize);
            }
        }
    }

    /// How long until a message is due; acknowledgements are looked for meanwhile.
    fn until_due(&self) -> Duration {
        let due = self.load.pace.map_or(TICK, |pace| {
            Duration::from_secs_f64((self.sent + 1) as f64 / pace).saturating_sub(self.begin.elapsed())
        });
        due.min(TICK)
    }

    /// How many messages this publisher may hand over now.
    fn allowed(&self, index: usize) -> usize {
        if self.is_over || self.begin.elapsed() >= self.load.time {
            return 0;
        }
        let portion = (PORTION_BYTES / self.template.len()).max(1);
        let window = match self.load.qos {
            0 => portion,
            _ => self.load.window - self.publishers[index].unacknowledged,
        };
        let due = self.load.pace.map_or(usize::MAX, |pace| {
            let due = (self.begin.elapsed().as_secs_f64() * pace) as u64;
            due.saturating_sub(self.sent) as usize
        });
        portion.min(window).min(due)
    }

    /// Reads what came, writes what may go; whether there is more to do at once.
    fn turn(&mut self, index: usize, scratch: &mut [u8]) -> io::Result<bool> {
        let qos = self.load.qos;
        let mut more = qos > 0 && self.publishers[index].read(qos, scratch)?;
        let publisher = &mut self.publishers[index];
        if publisher.at == publisher.out.len() {
            if would_block(publisher.line.flush().map(|()| 0))?.is_none() {
                return Ok(more);
            }
            let count = self.allowed(index);
            self.fill(index, count);
        }
        let publisher = &mut self.publishers[index];
        if publisher.at < publisher.out.len()
            && let Some(n) = would_block(publisher.line.write(&publisher.out[publisher.at..]))?
        {
            publisher.at += n;
            more = true;
        }
        Ok(more)
    }

    fn fill(&mut self, index: usize, count: usize) {
        let publisher = &mut self.publishers[index];
        publisher.at = 0;
        publisher.out.clear();
        publisher.out.append(&mut publisher.releases);
        let (qos, stamp_at) = (self.load.qos, self.template.len() - self.load.bytes);
        let now = self.begin.elapsed();
        for _ in 0..count {
            let start = publisher.out.len();
            publisher.out.extend_from_slice(&self.template);
            let message = &mut publisher.out[start..];
            if qos > 0 {
                let id = ((publisher.number % IDENTIFIERS) as u16 + 1).to_be_bytes();
                message[stamp_at - 2..stamp_at].copy_from_slice(&id);
            }
            let due = match self.load.pace {
                Some(pace) => {
                    let due = Duration::from_secs_f64((self.sent + 1) as f64 / pace);
                    if now.saturating_sub(due) > SLIP { due } else { now }
                }
                None => now,
            };
            let stamp = (due.as_nanos() as u64).to_le_bytes();
            message[stamp_at..stamp_at + STAMP_BYTES].copy_from_slice(&stamp);
            publisher.number += 1;
            self.sent += 1;
        }
        if qos > 0 {
            publisher.unacknowledged += count;
        }
    }
}

impl Publisher {
    fn is_done(&self) -> bool {
        self.unacknowledged == 0 && self.at == self.out.len() && self.releases.is_empty()
    }

    /// Takes acknowledgements; whether more may lie there.
    fn read(&mut self, qos: u8, scratch: &mut [u8]) -> io::Result<bool> {
        let tail = self.tail.len();
        scratch[..tail].copy_from_slice(&self.tail);
        let Some(n) = would_block(self.line.read(&mut scratch[tail..]))? else {
            return Ok(false);
        };
        if n == 0 {
            return Err(io::Error::other("a publisher's connection was closed"));
        }
        let filled = tail + n;
        let (acks, rest) = scratch[..filled].as_chunks::<4>();
        for ack in acks {
            match ack[0] {
                packet::PUBREC if qos == 2 => self.releases.extend([packet::PUBREL, 2, ack[2], ack[3]]),
                packet::PUBACK | packet::PUBCOMP => self.unacknowledged -= 1,
                other => return Err(io::Error::other(format!("{other:#04x} is no acknowledgement"))),
            }
        }
        self.tail = rest.to_vec();
        Ok(filled == scratch.len() || n > 0)
    }
}

/// What was read or written; nothing where the socket has nothing, or no room.
pub fn would_block(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(n) => Ok(Some(n)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::client;

    #[test]
    fn everything_arrives_in_every_shape_at_every_qos_as_fast_as_it_goes_and_at_a_pace() {
        let broker = broker::Broker::start().wait().unwrap();
        for (publishers, subscribers) in [(1, 1), (1, 3), (3, 1)] {
            for qos in 0..3 {
                for pace in [None, Some(2000.0)] {
                    let lines = |count: usize, what: &str| -> Vec<Line> {
                        let name = |n| format!("{what}-{n}");
                        (0..count)
                            .map(|n| client::connect(broker.addr(), &name(n)).unwrap().into())
                            .collect()
                    };
                    let mut to = lines(subscribers, "sub");
                    for line in &mut to {
                        client::subscribe(line, &["t"], qos).unwrap();
                    }
                    let load = Load {
                        qos,
                        bytes: 100,
                        window: 7,
                        pace,
                        time: Duration::from_millis(30),
                    };
                    let flowed = flow(lines(publishers, "pub"), to, "t", load).unwrap();
                    assert!(flowed.expected > 0, "{qos}");
                    assert_eq!(flowed.received.messages, flowed.expected, "{qos} {pace:?}");
                    assert!(flowed.received.quantile(0.5) > 0.0);
                    if let Some(pace) = pace {
                        let most = (pace * load.time.as_secs_f64()) as u64 + 1;
                        assert!(
                            flowed.expected <= most * subscribers as u64,
                            "{}",
                            flowed.expected
                        );
                    }
                }
            }
        }
    }
}
