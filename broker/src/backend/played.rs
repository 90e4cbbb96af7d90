//! [`PlayedBroker`]: a recorded broker behind the relay, which answers as it did when it was recorded.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::relay::{Relay, Stream};
use crate::engine::Event;
use crate::recording::{Answering, Answers, Recording, Speed};
use crate::time::Time;
use crate::wire::{self, Packet, Version};

/// What waits between the relay and here, in each direction.
const PIPE_BYTES: usize = 64 * 1024;
/// How long the relay may take to pass on the last bytes.
const GOODBYE: Duration = Duration::from_millis(500);

/// A recorded broker.
#[derive(Debug)]
pub(crate) struct PlayedBroker {
    answers: RefCell<Answers>,
    file: String,
    notes: Vec<String>,
    relay: RefCell<Weak<Relay>>,
    connections: Cell<u64>,
    /// When each connection has something to say, on the relay's clock.
    dues: RefCell<BTreeMap<u64, Time>>,
    wake: Notify,
}

impl PlayedBroker {
    /// Reads the recording.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub fn open(file: &str, speed: &str) -> Result<Self, String> {
        let failed = |why: String| format!("the recording {file}: {why}");
        let recording = Recording::open(file).map_err(|error| failed(error.to_string()))?;
        let speed: Speed = speed.parse()?;
        let answers = Answers::new(&recording, speed).map_err(failed)?;
        let notes = recording
            .notes
            .iter()
            .map(|note| format!("{file}, {note}"))
            .collect();
        Ok(Self {
            answers: RefCell::new(answers),
            file: file.to_owned(),
            notes,
            relay: RefCell::default(),
            connections: Cell::new(0),
            dues: RefCell::default(),
            wake: Notify::new(),
        })
    }

    /// What of the recording could not be read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// From now on differences are told in this relay's journal.
    pub fn tell(&self, relay: &Rc<Relay>) {
        *self.relay.borrow_mut() = Rc::downgrade(relay);
    }

    pub fn file(&self) -> &str {
        &self.file
    }

    /// A connection to it.
    pub fn connect(self: &Rc<Self>) -> Box<dyn Stream> {
        let (theirs, ours) = duplex(PIPE_BYTES);
        let number = self.connections.get() + 1;
        self.connections.set(number);
        let played = self.clone();
        tokio::task::spawn_local(async move {
            played.serve(number, ours).await;
            played.dues.borrow_mut().remove(&number);
        });
        Box::new(theirs)
    }

    /// When something is to be said next.
    pub fn next_due(&self) -> Option<Time> {
        self.dues.borrow().values().min().copied()
    }

    /// What is due is said in the tasks of the connections, and is due until then.
    pub fn wake_due(&self, now: Time) {
        if self.next_due().is_some_and(|due| due <= now) {
            self.wake.notify_waiters();
        }
    }

    async fn serve(&self, number: u64, mut stream: DuplexStream) {
        let mut serving = Serving::default();
        let (mut bytes, mut out) = (Vec::new(), Vec::new());
        loop {
            let woken = self.wake.notified();
            self.is_due(number, serving.answering.as_mut().and_then(Answering::next_due));
            tokio::select! {
                read = stream.read_buf(&mut bytes) => match read {
                    Ok(n) if n > 0 => {}
                    _ => return,
                },
                () = woken => {}
            }
            let Some(now) = self.relay().map(|relay| relay.book.borrow().clock.now()) else {
                return;
            };
            if self.handle(&mut serving, &mut bytes, now, &mut out).is_none() {
                return;
            }
            if let Some(answering) = &mut serving.answering {
                answering.tick(now, &mut out);
            }
            if stream.write_all(&out).await.is_err() {
                return;
            }
            out.clear();
            if serving.answering.as_ref().is_some_and(|it| it.is_over) {
                self.is_due(number, None);
                let _ = stream.shutdown().await;
                let mut rest = Vec::new();
                let _ = timeout(GOODBYE, stream.read_to_end(&mut rest)).await;
                return;
            }
        }
    }

    fn relay(&self) -> Option<Rc<Relay>> {
        self.relay.borrow().upgrade()
    }

    /// This connection has something to say then.
    fn is_due(&self, number: u64, due: Option<Time>) {
        let before = match due {
            Some(due) => self.dues.borrow_mut().insert(number, due),
            None => self.dues.borrow_mut().remove(&number),
        };
        if before != due
            && let Some(relay) = self.relay()
        {
            // The timer is set anew.
            relay.tell();
        }
    }

    /// Handles all whole packets; `None` where bytes are no packet.
    fn handle(&self, serving: &mut Serving, bytes: &mut Vec<u8>, now: Time, out: &mut Vec<u8>) -> Option<()> {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let length = match wire::frame(rest, usize::MAX) {
                Ok(Some(length)) if length <= rest.len() => length,
                Ok(_) => break,
                Err(_) => return None,
            };
            let packet = wire::decode(serving.version, rest.get(..length)?).ok()?;
            self.packet(serving, &packet, now, out);
            taken += length;
        }
        bytes.drain(..taken);
        Some(())
    }

    fn packet(&self, serving: &mut Serving, packet: &Packet<'_>, now: Time, out: &mut Vec<u8>) {
        if let Packet::Connect(connect) = packet {
            serving.version = connect.version;
            connect.client_id.clone_into(&mut serving.client_id);
            serving.answering = Some(self.answers.borrow_mut().begin(connect.client_id));
        }
        let Some(answering) = &mut serving.answering else {
            return;
        };
        let Some(difference) = answering.receive(now, packet, out) else {
            return;
        };
        let event = Event::NotRecorded {
            client_id: serving.client_id.as_str().into(),
            came: difference.came,
            recorded: difference.recorded.map(Into::into),
        };
        if let Some(relay) = self.relay() {
            relay.book.borrow_mut().event(None, event);
            relay.tell();
        }
    }
}

impl Stream for DuplexStream {
    /// There is no socket behind it: its other end is ours.
    fn reset_at_close(&self) {}
}

#[derive(Default)]
struct Serving {
    answering: Option<Answering>,
    version: Version,
    client_id: String,
}
