//! One client: its first packet, the connection to the broker that answers it, then bytes both ways until the end.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::absent::Absent;
use super::ending::End;
use super::flow::Stream;
use super::lined::Lined;
use super::observe::Observer;
use super::pump::{Progress, Pump};
use super::refuse;
use super::witness::Witness;
use super::{Relay, Target};
use crate::clock::after;
use crate::engine::{CloseReason, Direction, Event};
use crate::way::{ClientStream, First};
use crate::wire::{self, Packet, ReasonCode, Version};

/// How long the upstream may stay silent after the client has ended its side.
pub(super) const HALF_CLOSED: Duration = Duration::from_secs(5);
/// How long the client may take to read the rest after the upstream has ended. A broker that closes does not want to
/// hear more either.
pub(super) const LINGER: Duration = Duration::from_millis(500);
/// What a connection begins with.
enum Hello {
    Connect(Version),
    /// A CONNECT of an unknown version, or not a CONNECT at all.
    Unknown,
    /// TLS that is passed on unread.
    Tls,
    Gone(End),
}

/// The CONNECT was passed on and not answered.
enum Unanswered {
    /// The connection was closed instead.
    Closed,
    /// It takes too long: in words.
    Late(String),
}

pub(super) struct Link {
    pub relay: Rc<Relay>,
    pub client: ClientStream,
    pub observer: Observer,
    /// Ends it while nothing but a beginning has come.
    gives_way: Rc<Notify>,
    /// It counts as a client: its first packet has come.
    is_client: bool,
}

/// Serves one client to its end. It is half-open at once, before the next one is accepted.
pub(super) fn serve(relay: Rc<Relay>, client: ClientStream) -> impl Future<Output = ()> {
    let max = relay.settings.limits.max_packet_size_bytes as usize;
    let observer = Observer::new(&mut relay.book.borrow_mut(), client.arrival(), max);
    let conn = observer.conn;
    let gives_way = Rc::new(Notify::new());
    relay.half_open.borrow_mut().insert(conn, gives_way.clone());
    let mut link = Link {
        relay: relay.clone(),
        client,
        observer,
        gives_way,
        is_client: false,
    };
    async move {
        let end = tokio::select! {
            end = link.run() => end,
            () = relay.stopping() => End::Stopped,
        };
        relay.half_open.borrow_mut().remove(&conn);
        relay.clients.set(relay.clients.get() - u32::from(link.is_client));
        let visits = matches!(end, End::Visits);
        link.observer.closed(&mut relay.book.borrow_mut(), end);
        relay.tell();
        if visits {
            link.client.visit();
        }
    }
}

impl Link {
    async fn run(&mut self) -> End {
        let mut first = Vec::new();
        let (relay, gives_way) = (self.relay.clone(), self.gives_way.clone());
        let hello = tokio::select! {
            hello = self.first(&mut first) => hello,
            () = gives_way.notified() => Hello::Gone(End::Decided(CloseReason::GaveWay)),
        };
        relay.half_open.borrow_mut().remove(&self.observer.conn);
        self.observer.arrival = self.client.arrival();
        if let Hello::Gone(end) = hello {
            if matches!(end, End::Fault(_) | End::Answered) {
                let _ = timeout(LINGER, self.client.finish()).await;
            }
            return end;
        }
        if matches!(hello, Hello::Tls) {
            let event = Event::PassedThrough {
                conn: self.observer.conn,
                peer: self.observer.arrival.peer.clone(),
            };
            self.relay
                .book
                .borrow_mut()
                .event(Some(self.observer.source), event);
        }
        let opaque = matches!(hello, Hello::Tls);
        let mut lined = None;
        if !opaque && !relay.rules().faults.borrow().is_empty() {
            lined = Some(Box::new(Lined::begin(&mut self.witness(opaque), &first)));
        } else if !opaque {
            self.observer
                .saw(&mut self.relay.book.borrow_mut(), Direction::In, &first);
        }
        self.relay.tell();
        let version = match hello {
            Hello::Connect(version) => Some(version),
            _ => None,
        };
        self.is_client = true;
        relay.clients.set(relay.clients.get() + 1);
        if let Some((reason, why)) = self.objection(version, opaque) {
            drop(lined);
            return self.refuse(reason, why).await;
        }
        let holds_end = matches!(relay.target, Target::Rumqttd(_));
        let mut pump = match lined {
            Some(lined) => Pump::with(&self.witness(opaque), lined, holds_end),
            None => Pump::new(&self.witness(opaque), first, holds_end),
        };
        if pump.line().is_some()
            && let Some(end) = self.alone(&mut pump).await
        {
            // Nobody waits for a line that does no more.
            drop(pump);
            return match end {
                End::Cut(cut) => self.cut(cut, Box::new(Absent::default())).await,
                end => end,
            };
        }
        let generation = relay.target.generation();
        let mut upstream = match relay.connect(version).await {
            Ok(upstream) => upstream,
            Err(why) => {
                drop(pump);
                return self.unavailable(why).await;
            }
        };
        let end = self.pump(pump, &mut *upstream, version, opaque).await;
        if let Ok(End::Cut(cut)) = end {
            return self.cut(cut, upstream).await;
        }
        if relay.target.closes_after_goodbye() && self.observer.goodbye_passed {
            let _ = timeout(HALF_CLOSED, drain(&mut *upstream)).await;
        }
        drop(upstream);
        if self.client.fault().is_some() {
            let _ = timeout(LINGER, self.client.finish()).await;
        }
        match end {
            Ok(end) => end,
            // The client was refused without an answer, or the listener is dead: only rumqttd's keeper can tell.
            Err(Unanswered::Closed) => match relay.target.autopsy(version, generation).await {
                Some(why) => self.unavailable(why).await,
                None => End::Upstream(None),
            },
            Err(Unanswered::Late(why)) => {
                relay.target.suspect(version);
                self.unavailable(why).await
            }
        }
    }

    /// Why it does not get to the upstream, if that is so.
    fn objection(&self, version: Option<Version>, opaque: bool) -> Option<(ReasonCode, &'static str)> {
        let relay = &self.relay;
        if relay.clients.get() > relay.settings.limits.max_connections {
            return Some((ReasonCode::SERVER_BUSY, "too many connections"));
        }
        if matches!(relay.target, Target::Rumqttd(_)) && !matches!(version, Some(Version::V311 | Version::V5))
        {
            let why = "the engine rumqttd speaks MQTT 3.1.1 and 5.0";
            return Some((ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, why));
        }
        if relay.target.passes_tls() && !opaque {
            // What it says would go on to the upstream for everybody to read, its password included.
            let why = "TLS is passed on to the upstream here, and this client speaks none: connect with mqtts:// or wss://";
            return Some((ReasonCode::NOT_AUTHORIZED, why));
        }
        None
    }

    /// Reads the first packet, or enough to see that it is not one.
    async fn first(&mut self, bytes: &mut Vec<u8>) -> Hello {
        let limits = &self.relay.settings.limits;
        let max = limits.max_packet_size_bytes as usize;
        let patience = Duration::from_secs(u64::from(limits.connect_timeout_secs));
        let passes_tls = self.relay.target.passes_tls();
        let client = &mut self.client;
        let gone = |how: String| Hello::Gone(End::Client(how));
        let ended = || gone(closed());
        let read = async {
            match client.first(passes_tls).await {
                Ok(First::Bytes(first)) => *bytes = first,
                Ok(First::Unread(first)) => {
                    *bytes = first;
                    return Hello::Tls;
                }
                Ok(First::Answered) => return Hello::Gone(End::Answered),
                Ok(First::Visits) => return Hello::Gone(End::Visits),
                Ok(First::Ended) => return ended(),
                Ok(First::Failed(how)) => return Hello::Gone(End::Fault(how)),
                Err(error) => return gone(error.to_string()),
            }
            loop {
                if let Some(hello) = hello(bytes, max) {
                    return hello;
                }
                match client.read_buf(bytes).await {
                    Ok(0) => return ended(),
                    Ok(_) => {}
                    Err(error) => {
                        let fault = client.fault().map(|how| End::Fault(how.to_owned()));
                        return fault.map_or_else(|| gone(error.to_string()), Hello::Gone);
                    }
                }
            }
        };
        let late = Hello::Gone(End::Decided(CloseReason::ConnectTimeout));
        timeout(patience, read).await.unwrap_or(late)
    }

    async fn unavailable(&mut self, why: String) -> End {
        let event = Event::UpstreamUnavailable {
            conn: self.observer.conn,
            client_id: self.observer.client_id.to_string(),
            upstream: self.relay.target.to_string(),
            why,
        };
        self.relay
            .book
            .borrow_mut()
            .event(Some(self.observer.source), event);
        let what = format!("{} is not available", self.relay.target);
        self.refuse(ReasonCode::SERVER_UNAVAILABLE, &what).await
    }

    /// Refuses for a broker that cannot answer. Only a client that sent a CONNECT gets an answer.
    async fn refuse(&mut self, reason: ReasonCode, why: &str) -> End {
        if !self.observer.asked() {
            return End::Decided(CloseReason::Refused(reason));
        }
        let connack = refuse::connack(self.observer.version, reason, why);
        self.observer
            .saw(&mut self.relay.book.borrow_mut(), Direction::Out, &connack);
        self.relay.tell();
        refuse::send(&mut self.client, &connack).await;
        End::Decided(CloseReason::Refused(reason))
    }

    fn witness(&mut self, opaque: bool) -> Witness<'_> {
        Witness {
            relay: &self.relay,
            observer: &mut self.observer,
            opaque,
        }
    }

    async fn pump(
        &mut self,
        mut pump: Pump,
        upstream: &mut dyn Stream,
        version: Option<Version>,
        opaque: bool,
    ) -> Result<End, Unanswered> {
        let relay = self.relay.clone();
        let connack_timeout = relay.target.connack_timeout();
        // An answer that comes byte by byte does not extend the deadline.
        let mut answer_time = pin!(sleep(connack_timeout));
        // A rule kept CONNECT or its answer since the deadline was set: the upstream has not had all of that time.
        let mut was_kept = false;
        // The side that ended first.
        let mut first_end = None;
        loop {
            let awaits_answer = !pump.answered && first_end.is_none() && version.is_some();
            let is_kept = pump.line().is_some_and(|line| line.keeps(false) || line.stalls());
            was_kept |= is_kept;
            let patience = match first_end {
                Some(Direction::Out) => LINGER,
                _ => HALF_CLOSED,
            };
            // What a rule keeps for a time is still passed on.
            let half_closed = pump.is_half_closed() && !awaits_answer && !pump.keeps();
            let mut witness = Witness {
                relay: &relay,
                observer: &mut self.observer,
                opaque,
            };
            let run = pump.run(&mut self.client, upstream, &relay.scratch, &mut witness);
            let progress = tokio::select! {
                progress = run => progress,
                () = &mut answer_time, if awaits_answer => {
                    if std::mem::take(&mut was_kept) {
                        // The upstream may have answered, or was not even asked.
                        answer_time.as_mut().reset(after(connack_timeout).into());
                        continue;
                    }
                    if pump.began {
                        // The client has got a part of the answer already, so it cannot be sent another one.
                        let why = format!("no whole answer to CONNECT in {connack_timeout:?}");
                        return Ok(End::Upstream(Some(why)));
                    }
                    let why = format!("no answer to CONNECT in {connack_timeout:?}");
                    return Err(Unanswered::Late(why));
                }
                () = sleep(patience), if half_closed => break,
            };
            pump.answered |= opaque || self.observer.answered;
            match progress {
                Progress::Ended(side) => {
                    first_end.get_or_insert(side);
                }
                Progress::Cut(cut) => return Ok(End::Cut(cut)),
                Progress::Moved => {}
            }
            if pump.holds_end() {
                return Err(Unanswered::Closed);
            }
            if pump.is_done() {
                break;
            }
        }
        Ok(match (pump.failed(), first_end) {
            _ if let Some(why) = self.client.fault() => End::Fault(why.to_owned()),
            (Some((Direction::In, error)), _) => End::Client(error.to_string()),
            (Some((Direction::Out, error)), _) => End::Upstream(Some(error.to_string())),
            (None, Some(Direction::Out)) => End::Upstream(None),
            (None, _) if opaque => End::Unread,
            (None, _) => End::Client(closed()),
        })
    }
}

/// How a client ended that closed first.
pub(super) fn closed() -> String {
    "the peer closed the connection".to_owned()
}

/// What the first bytes are, once that can be said.
fn hello(bytes: &[u8], max_packet_bytes: usize) -> Option<Hello> {
    if bytes.first().is_some_and(|byte| byte >> 4 != 1) {
        return Some(Hello::Unknown);
    }
    let packet = match wire::frame(bytes, max_packet_bytes) {
        Ok(length) => bytes.get(..length?)?,
        Err(_) => return Some(Hello::Unknown),
    };
    Some(match wire::decode(Version::V5, packet) {
        Ok(Packet::Connect(connect)) => Hello::Connect(connect.version),
        _ => Hello::Unknown,
    })
}

/// Reads to the end of the stream.
pub(super) async fn drain(stream: &mut dyn Stream) {
    let mut waste = [0; 1024];
    while matches!(stream.read(&mut waste).await, Ok(n) if n > 0) {}
}
