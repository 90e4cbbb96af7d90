//! As many QoS 0 messages as go through: any number of publishers, any number of subscribers, a thread for each side.
//!
//! Nothing holds the publishers back but the sockets. They send for a given time; the clock stops when the last
//! message has arrived, or the last that will.

use std::io::{self, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::check::{Checker, Seen};
use super::feed::Feed;
use crate::line::Line;

/// One read takes at most this much.
const READ_BYTES: usize = 256 * 1024;
/// Nothing has come for this long after the last message was sent: what is missing is lost.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// A publisher could write nothing for this long: something is stuck.
const STUCK: Duration = Duration::from_secs(60);

/// The result of a flood.
#[derive(Debug, Clone, Copy)]
pub struct Flooded {
    /// Messages sent.
    pub sent: u64,
    /// Messages that should have arrived, at all subscribers together.
    pub expected: u64,
    /// What did arrive, at all subscribers together.
    pub seen: Seen,
    /// From the first write to the last arrival.
    pub elapsed: Duration,
}

impl Flooded {
    /// Deliveries a second.
    pub fn rate(&self) -> f64 {
        self.seen.messages as f64 / self.elapsed.as_secs_f64()
    }

    /// The share that did not arrive.
    pub fn lost(&self) -> f64 {
        1.0 - (self.seen.messages as f64 / self.expected.max(1) as f64).min(1.0)
    }
}

/// Lets `feeds` flow for `time` into their connections and counts at `subscribers`, each of which gets everything.
pub fn flood<F: Into<Line>, S: Into<Line> + Send>(
    feeds: Vec<(F, Feed)>,
    subscribers: Vec<(S, Checker)>,
    time: Duration,
) -> io::Result<Flooded> {
    let sent = AtomicU64::new(0);
    let finished = AtomicBool::new(false);
    let begin = Instant::now();
    let count = subscribers.len() as u64;
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| receive(subscribers, &sent, &finished));
        let result = send(feeds, begin, time);
        if let Ok(messages) = result {
            sent.store(messages, Ordering::Release);
        }
        finished.store(true, Ordering::Release);
        let received = counting
            .join()
            .map_err(|_| io::Error::other("the receiving thread panicked"))?;
        let messages = result?;
        let (seen, end) = received?;
        Ok(Flooded {
            sent: messages,
            expected: messages * count,
            seen,
            elapsed: end.saturating_duration_since(begin),
        })
    })
}

fn send(feeds: Vec<(impl Into<Line>, Feed)>, begin: Instant, time: Duration) -> io::Result<u64> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut conns = Vec::new();
    for (index, (line, feed)) in feeds.into_iter().enumerate() {
        let mut line = polled(line)?;
        poll.registry()
            .register(line.socket_mut(), Token(index), Interest::WRITABLE)?;
        conns.push((line, feed));
    }
    // Those that may have room, and those that have more to send; a socket that is done may still say that it has room.
    let mut ready: Vec<usize> = (0..conns.len()).collect();
    let mut open = vec![true; conns.len()];
    let mut stop = false;
    loop {
        // One portion each, in turn.
        let mut failed = None;
        ready.retain(|index| {
            let (line, feed) = &mut conns[*index];
            let mut written = Ok(0);
            if feed.pending().is_empty() {
                written = line.flush().map(|()| 0);
            }
            if written.is_ok() && feed.pending().is_empty() {
                stop = stop || begin.elapsed() >= time;
                open[*index] = !stop;
                if stop {
                    return false;
                }
                feed.refill();
            }
            match written.and_then(|_| line.write(feed.pending())) {
                Ok(n) => {
                    feed.sent(n);
                    true
                }
                Err(error) => {
                    failed = Some(error)
                        .filter(|error| error.kind() != io::ErrorKind::WouldBlock)
                        .or(failed.take());
                    false
                }
            }
        });
        if let Some(error) = failed {
            return Err(io::Error::other(format!(
                "a publisher's connection failed: {error}"
            )));
        }
        if ready.is_empty() {
            if !open.contains(&true) {
                return Ok(conns.iter().map(|(_, feed)| feed.number()).sum());
            }
            poll.poll(&mut events, Some(STUCK))?;
            if events.is_empty() {
                return Err(io::Error::other("nothing could be written for a minute"));
            }
            ready.extend(events.iter().map(|event| event.token().0));
        }
    }
}

/// The same, to be polled.
fn polled(line: impl Into<Line>) -> io::Result<Line<TcpStream>> {
    let line = line.into();
    line.socket().set_nonblocking(true)?;
    Ok(line.map(TcpStream::from_std))
}

fn receive(
    subscribers: Vec<(impl Into<Line>, Checker)>,
    sent: &AtomicU64,
    finished: &AtomicBool,
) -> io::Result<(Seen, Instant)> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut conns = Vec::new();
    for (index, (line, checker)) in subscribers.into_iter().enumerate() {
        let mut line = polled(line)?;
        poll.registry()
            .register(line.socket_mut(), Token(index), Interest::READABLE)?;
        conns.push((line, checker, Vec::new()));
    }
    let mut scratch = vec![0; READ_BYTES];
    let mut ready: Vec<usize> = Vec::new();
    let mut last = Instant::now();
    loop {
        let mut failed = None;
        ready.retain(|index| {
            let (line, checker, tail) = &mut conns[*index];
            scratch[..tail.len()].copy_from_slice(tail);
            match line.read(&mut scratch[tail.len()..]) {
                Ok(0) => {
                    failed = Some(io::Error::other("a subscriber's connection was closed"));
                    false
                }
                Ok(n) => {
                    let filled = tail.len() + n;
                    let taken = checker.take(&scratch[..filled]);
                    tail.clear();
                    tail.extend_from_slice(&scratch[taken..filled]);
                    // A read that did not fill the buffer has emptied the socket.
                    filled == scratch.len()
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
                Err(error) => {
                    failed = Some(error);
                    false
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if ready.is_empty() {
            let is_finished = finished.load(Ordering::Acquire);
            if is_finished {
                let sent = sent.load(Ordering::Acquire);
                if conns.iter().all(|(_, checker, _)| checker.seen.messages >= sent) {
                    break;
                }
            }
            poll.poll(&mut events, Some(Duration::from_millis(20)))?;
            if events.is_empty() {
                if is_finished && last.elapsed() > PATIENCE {
                    break;
                }
            } else {
                last = Instant::now();
            }
            ready.extend(events.iter().map(|event| event.token().0));
        } else {
            last = Instant::now();
        }
    }
    let seen = conns
        .iter()
        .fold(Seen::default(), |sum, (_, checker, _)| sum.and(checker.seen));
    Ok((seen, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{client, packet};

    #[test]
    fn everybody_gets_everything_in_order() {
        let broker = broker::Broker::start().wait().unwrap();
        let topics: Vec<String> = (0..3).map(|n| packet::numbered("bench/", n)).collect();
        let subscriber = |n: usize| {
            let stream = client::subscriber(broker.addr(), &format!("sub{n}"), &["bench/#"], 0).unwrap();
            (stream, Checker::new(2, "bench/", topics[0].len(), 0))
        };
        let publisher = |n: usize| {
            let stream = client::connect(broker.addr(), &format!("pub{n}")).unwrap();
            (stream, Feed::new(n, &topics, 5))
        };
        let feeds = (0..2).map(publisher).collect();
        let flooded = flood(feeds, (0..3).map(subscriber).collect(), Duration::from_millis(30)).unwrap();
        assert!(flooded.sent > 0);
        assert_eq!(flooded.seen.messages, flooded.sent * 3);
        assert_eq!((flooded.seen.disordered, flooded.seen.corrupt), (0, 0));
        assert!(flooded.lost() < f64::EPSILON && flooded.rate() > 0.0);
    }
}
