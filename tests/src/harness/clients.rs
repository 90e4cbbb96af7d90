//! Our two clients as libraries, for plain `#[test]` functions.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use client::{Connection, Version};
use subscriber::{Message, Notice, Report, Sink};
use tokio::sync::oneshot;

use super::DEADLINE;

/// Versions as our clients name them.
pub const CLIENT_VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

/// A connection to this broker with this client identifier.
pub fn connection(addr: SocketAddr, version: Version, client_id: &str) -> Connection {
    let mut connection = Connection::to(addr.ip().to_string(), addr.port());
    connection.version = version;
    client_id.clone_into(&mut connection.client_id);
    connection
}

/// [`publisher::run`], to its end.
pub fn publish(plan: publisher::Plan) -> Result<publisher::Report, publisher::Error> {
    block_on(publisher::run(plan))
}

/// [`subscriber::run`] in a thread of its own.
#[derive(Debug)]
pub struct Subscription {
    messages: Receiver<Message>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<Report, subscriber::Error>>>,
}

impl Subscription {
    /// Starts it; it is subscribed when this returns.
    pub fn start(plan: subscriber::Plan) -> Self {
        let (subscribed, is_subscribed) = channel();
        let (sender, messages) = channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let hooks = subscriber::Hooks {
                stop: Some(Box::pin(async { drop(stopped.await) })),
                ..subscriber::Hooks::default()
            };
            block_on(subscriber::run_with(
                plan,
                Forward {
                    subscribed,
                    messages: sender,
                },
                hooks,
            ))
        });
        let mut subscription = Self {
            messages,
            stop: Some(stop),
            thread: Some(thread),
        };
        match is_subscribed.recv_timeout(DEADLINE) {
            Ok(()) => subscription,
            Err(error) => panic!("not subscribed ({error}): {:?}", subscription.join()),
        }
    }

    /// The next message.
    pub fn message(&mut self) -> Message {
        match self.messages.recv_timeout(DEADLINE) {
            Ok(message) => message,
            Err(error) => panic!("no message ({error})"),
        }
    }

    /// Waits until the plan ends by itself; gives the messages not taken yet, too.
    pub fn end(mut self) -> (Vec<Message>, Result<Report, subscriber::Error>) {
        let mut rest = Vec::new();
        while let Ok(message) = self.messages.recv_timeout(DEADLINE) {
            rest.push(message);
        }
        (rest, self.join())
    }

    /// Ends it with a clean DISCONNECT; gives the messages not taken yet.
    pub fn stop(mut self) -> Vec<Message> {
        drop(self.stop.take());
        let (rest, report) = self.end();
        report.expect("it was only stopped");
        rest
    }

    fn join(&mut self) -> Result<Report, subscriber::Error> {
        let thread = self.thread.take().expect("it is joined once");
        thread.join().expect("it does not panic")
    }
}

struct Forward {
    subscribed: Sender<()>,
    messages: Sender<Message>,
}

impl Sink for Forward {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self.messages.send(message).map_err(io::Error::other)
    }

    fn notice(&mut self, notice: Notice) {
        if matches!(notice, Notice::Subscribed { .. }) {
            // Only the first one is waited for.
            let _ = self.subscribed.send(());
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
