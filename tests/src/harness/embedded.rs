//! [`Embedded`]: a broker in this process, with its events.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use broker::journal::{Mark, Record};
use broker::pattern::any_event;
use broker::settings::BrokerSettings;
use broker::{Answer, Broker, Error, Event, Report, Stats, Tail};
use tokio::runtime::Runtime;

use super::DEADLINE;

/// A running broker for plain `#[test]` functions, whose events a test can wait for.
#[derive(Debug)]
pub struct Embedded {
    broker: Broker,
    events: Mutex<Events>,
    runtime: Runtime,
}

#[derive(Debug)]
struct Events {
    tail: Tail,
    seen: Vec<Event>,
}

impl Embedded {
    /// A broker with default settings on a free port of 127.0.0.1.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// A broker with some of its settings changed.
    pub fn start_with(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let broker = Broker::builder()
            .configure(change)
            .start()
            .wait()
            .expect("the broker starts");
        let tail = broker.journal().tail_from(Mark::START);
        let events = Mutex::new(Events {
            tail: tail.matching(any_event()),
            seen: Vec::new(),
        });
        Self {
            broker,
            events,
            runtime,
        }
    }

    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        self.broker.stats().wait().expect("the broker runs")
    }

    /// Waits until this has happened, if it has not already.
    pub fn until(&self, what: &str, happened: impl Fn(&Event) -> bool) -> Event {
        let mut events = self.events.lock().expect("one test uses it");
        let Events { tail, seen } = &mut *events;
        if let Some(event) = seen.iter().find(|event| happened(event)) {
            return event.clone();
        }
        let found = async {
            loop {
                let next = tail.next().await.expect("the journal holds every event");
                let entry = next.unwrap_or_else(|| panic!("the broker stopped before: {what}"));
                if let Record::Event(event) = entry.record {
                    seen.push(event);
                    if let Some(event) = seen.last().filter(|event| happened(event)) {
                        return event.clone();
                    }
                }
            }
        };
        let found = self
            .runtime
            .block_on(async { tokio::time::timeout(DEADLINE, found).await });
        found.unwrap_or_else(|_| panic!("this did not happen in {DEADLINE:?}: {what}; these did: {seen:#?}"))
    }

    /// Waits until somebody has subscribed to `filter`.
    pub fn until_subscribed(&self, filter: &str) {
        self.until(
            &format!("a subscription to {filter}"),
            |event| matches!(event, Event::Subscribed { filter: to, .. } if &**to == filter),
        );
    }

    /// Waits until the connection of this client has ended.
    pub fn until_gone(&self, client_id: &str) {
        self.until(
            &format!("{client_id:?} disconnected"),
            |event| matches!(event, Event::Disconnected { client_id: who, .. } if &**who == client_id),
        );
    }

    /// Stops the broker.
    pub fn shutdown(self) -> Report {
        self.broker.shutdown().wait().expect("the broker stops")
    }

    /// What `answer` is by now, once the broker has taken many turns since it was asked for.
    pub fn answered<T>(&self, answer: &mut Answer<T>) -> Option<Result<T, Error>> {
        for _ in 0..20 {
            self.stats();
        }
        match Pin::new(answer).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    /// Does something async with the broker.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.broker.addr()
    }
}

impl Deref for Embedded {
    type Target = Broker;

    fn deref(&self) -> &Broker {
        &self.broker
    }
}

impl DerefMut for Embedded {
    fn deref_mut(&mut self) -> &mut Broker {
        &mut self.broker
    }
}
