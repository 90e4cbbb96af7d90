//! The subscribers of a flow: they count, acknowledge, and look at how long messages took.

use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::flow::{STAMP_BYTES, polled, would_block};
use crate::bench::flood::PATIENCE;
use crate::bench::measure::quantile;
use crate::bench::packet;
use crate::line::Line;

/// One read takes at most this much.
const READ_BYTES: usize = 256 * 1024;
/// What has not come so long after the last message was sent is not waited for.
const DRAIN: Duration = Duration::from_secs(2);
/// So many times are kept; of more, every second one, and so on.
const MOST_TIMES: usize = 100_000;

/// What arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Messages, at all subscribers together.
    pub messages: u64,
    /// When the last of them came.
    pub last: Instant,
    /// More were coming when the patience was over.
    pub is_unfinished: bool,
    /// How long some of them took, in seconds.
    times: Vec<f64>,
    /// Of so many messages one is among them.
    every: u64,
}

impl Received {
    /// The time within which a share `q` of the messages arrived, in seconds.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile(&self.times, q).unwrap_or(f64::NAN)
    }

    fn took(&mut self, seconds: f64) {
        if self.messages.is_multiple_of(self.every) {
            if self.times.len() == MOST_TIMES {
                let mut number = 0;
                self.times.retain(|_| {
                    number += 1;
                    number % 2 == 0
                });
                self.every *= 2;
            }
            self.times.push(seconds);
        }
        self.messages += 1;
    }
}

/// One subscriber.
struct Subscriber {
    line: Line<TcpStream>,
    /// The beginning of a packet whose end has not come.
    tail: Vec<u8>,
    /// Acknowledgements, and how many bytes of them are out.
    answers: Vec<u8>,
    at: usize,
    messages: u64,
}

/// Reads until each has what was sent, or until no more comes.
pub fn receive(
    lines: Vec<Line>,
    begin: Instant,
    sent: &AtomicU64,
    finished: &AtomicBool,
) -> io::Result<Received> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut subscribers = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        let mut line = polled(line)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(line.socket_mut(), Token(index), both)?;
        subscribers.push(Subscriber {
            line,
            tail: Vec::new(),
            answers: Vec::new(),
            at: 0,
            messages: 0,
        });
    }
    let mut scratch = vec![0; READ_BYTES];
    let mut received = Received {
        messages: 0,
        last: begin,
        is_unfinished: false,
        times: Vec::new(),
        every: 1,
    };
    // What came on one of the last turns, whichever packet it was.
    let mut heard = Instant::now();
    let mut ready: Vec<usize> = Vec::new();
    let mut over: Option<Instant> = None;
    loop {
        if over.is_none() && finished.load(Ordering::Acquire) {
            over = Some(Instant::now());
        }
        if over.is_some_and(|over| over.elapsed() > DRAIN) && !ready.is_empty() {
            received.is_unfinished = true;
            return Ok(received);
        }
        let mut kept = Vec::with_capacity(ready.len());
        for index in std::mem::take(&mut ready) {
            if subscribers[index].turn(&mut scratch, begin, &mut received)? {
                kept.push(index);
                heard = Instant::now();
            }
        }
        ready = kept;
        if ready.is_empty() && finished.load(Ordering::Acquire) {
            let sent = sent.load(Ordering::Acquire);
            let is_whole = subscribers.iter().all(|subscriber| subscriber.messages >= sent);
            if is_whole || heard.elapsed() > PATIENCE {
                return Ok(received);
            }
        }
        let wait = if ready.is_empty() {
            Duration::from_millis(20)
        } else {
            Duration::ZERO
        };
        poll.poll(&mut events, Some(wait))?;
        for index in events.iter().map(|event| event.token().0) {
            if !ready.contains(&index) {
                ready.push(index);
            }
        }
    }
}

impl Subscriber {
    /// Reads once, and writes what there is to answer; whether something came.
    fn turn(&mut self, scratch: &mut [u8], begin: Instant, received: &mut Received) -> io::Result<bool> {
        let tail = self.tail.len();
        scratch[..tail].copy_from_slice(&self.tail);
        let read = would_block(self.line.read(&mut scratch[tail..]))?;
        if read == Some(0) {
            return Err(io::Error::other("a subscriber's connection was closed"));
        }
        if let Some(n) = read {
            let now = begin.elapsed();
            received.last = Instant::now();
            let filled = tail + n;
            let mut at = 0;
            while let Some(length) = packets::whole(&scratch[at..filled]) {
                self.packet(&scratch[at..at + length], now, received)?;
                at += length;
            }
            self.tail.clear();
            self.tail.extend_from_slice(&scratch[at..filled]);
        }
        if would_block(self.line.flush().map(|()| 0))?.is_some() && self.at < self.answers.len() {
            self.at += would_block(self.line.write(&self.answers[self.at..]))?.unwrap_or(0);
        }
        if self.at == self.answers.len() {
            self.answers.clear();
            self.at = 0;
        }
        Ok(read.is_some())
    }

    fn packet(&mut self, bytes: &[u8], now: Duration, received: &mut Received) -> io::Result<()> {
        let first = bytes[0];
        if first == packet::PUBREL {
            self.answers.extend([packet::PUBCOMP, 2, bytes[2], bytes[3]]);
            return Ok(());
        }
        if first & 0xF0 != packet::PUBLISH {
            return Err(io::Error::other(format!(
                "a subscriber got a packet {first:#04x}"
            )));
        }
        let body = packets::body(bytes);
        let topic = usize::from(u16::from_be_bytes([body[0], body[1]])) + 2;
        let qos = first >> 1 & 3;
        let payload = &body[topic + if qos > 0 { 2 } else { 0 }..];
        if qos > 0 {
            let answer = if qos == 1 { packet::PUBACK } else { packet::PUBREC };
            self.answers.extend([answer, 2, body[topic], body[topic + 1]]);
        }
        let Some(stamp) = payload.first_chunk::<STAMP_BYTES>() else {
            return Err(io::Error::other("a message arrived that nobody sent"));
        };
        let sent = Duration::from_nanos(u64::from_le_bytes(*stamp));
        received.took(now.saturating_sub(sent).as_secs_f64());
        self.messages += 1;
        Ok(())
    }
}
