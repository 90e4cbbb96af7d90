//! `broker --watch`: the console in a terminal.
//!
//! A thread of its own has the terminal. Others tell it what happens, through one bounded channel: one reads keys, one the journal
//! (`feed`), and the log writes its lines there. Entries become rows, clients, topics and exchanges (`ingest`), which are all bounded;
//! `view` knows what is looked at, and `draw` makes a picture of it, at most twenty times a second. The broker never waits for it.

mod backend;
mod describe;
mod draw;
mod exchanges;
mod feed;
mod filter;
mod ingest;
mod keys;
mod lanes;
mod meaning;
mod packets;
mod people;
mod refusal;
mod row;
mod screen;
#[cfg(test)]
mod tests;
mod topics;
mod view;
mod word;

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};
use tokio::sync::oneshot;

use crate::broker::Broker;
use crate::clock::after;
use crate::journal::{Entry, Everything, Journal, Mark, Part};
use crate::time::Time;

use draw::Look;
use keys::Wish;
use screen::Screen;
use view::{Opened, View};

pub(super) use refusal::{is_on_screen, refusal};
pub(super) use screen::has_terminal;

/// The name of the thread that draws.
const THREAD: &str = "watch";
/// What may wait for it.
const MOST_WAITING: usize = 256;
/// How often the broker's clock is looked at.
const IDLE: Duration = Duration::from_secs(1);
/// How long it may take to give the terminal back.
const LAST_PICTURE: Duration = Duration::from_millis(300);

/// What the view is told.
#[derive(Debug)]
enum Said {
    Key(Event),
    /// What the journal has.
    Entries {
        entries: Vec<Entry>,
        missed: u64,
        last: u64,
    },
    /// What the program says of itself.
    Line(String),
    /// The view ends, or its terminal has gone.
    End,
}

/// Lines of the log, for the view while there is one. Behind its end they are printed.
#[derive(Debug)]
pub(super) struct Lines(SyncSender<Said>);

impl Lines {
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        match self.0.send(Said::Line(text.to_owned())) {
            Ok(()) => Ok(()),
            Err(_) => writeln!(io::stdout(), "{text}"),
        }
    }
}

/// A view that is to be.
#[derive(Debug)]
pub(super) struct Prepared {
    to: SyncSender<Said>,
    said: Receiver<Said>,
}

/// The view, as its owner sees it.
#[derive(Debug)]
pub(super) struct Watch {
    to: SyncSender<Said>,
    /// `None` once that has come.
    closed: Option<oneshot::Receiver<()>>,
}

impl Prepared {
    pub(super) fn new() -> Self {
        let (to, said) = sync_channel(MOST_WAITING);
        Self { to, said }
    }

    /// Where the log writes.
    pub(super) fn lines(&self) -> Lines {
        Lines(self.to.clone())
    }

    /// Takes the terminal, until the view is closed.
    pub(super) fn start(self, broker: &Broker) -> io::Result<Watch> {
        screen::mind_panics(self.to.clone());
        let screen = screen::take()?;
        feed::start(broker, self.to.clone())?;
        let keys = self.to.clone();
        thread::Builder::new()
            .name("watch keys".to_owned())
            .spawn(move || {
                loop {
                    let said = event::read().map_or(Said::End, Said::Key);
                    let is_end = matches!(said, Said::End);
                    if keys.send(said).is_err() || is_end {
                        break;
                    }
                }
            })?;
        let shown = Shown {
            screen,
            look: Look {
                has_colours: super::log::wants_colours(),
            },
            view: View::new(broker.url(), broker.addr().port()),
            broker: broker.view(),
            looked: after(Duration::ZERO),
        };
        let (close, closed) = oneshot::channel();
        let said = self.said;
        thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            // An error is that of a terminal which is gone.
            let _ = shown.run(said);
            screen::give_back();
            let _ = close.send(());
        })?;
        Ok(Watch {
            to: self.to,
            closed: Some(closed),
        })
    }
}

impl Watch {
    /// Waits until somebody closes it, which is to stop the broker, or until its terminal has gone.
    pub(super) async fn closed(&mut self) {
        if let Some(closed) = &mut self.closed {
            let _ = closed.await;
            self.closed = None;
        }
    }

    /// Gives the terminal back, unless that is done.
    pub(super) async fn end(mut self) {
        // Where its channel is full, it may stand still for good.
        let _ = self.to.try_send(Said::End);
        let _ = tokio::time::timeout(LAST_PICTURE, self.closed()).await;
        screen::give_back();
    }
}

/// The view on its terminal.
struct Shown {
    screen: Screen,
    look: Look,
    view: View,
    broker: Broker,
    /// When the broker's clock was looked at.
    looked: Instant,
}

impl Shown {
    fn run(mut self, said: Receiver<Said>) -> io::Result<()> {
        let now = || after(Duration::ZERO);
        self.look_at_the_clock();
        let mut due = Some(now());
        loop {
            // With nothing to draw it looks up once a second, for the times that run.
            let wait = due.map_or(IDLE, |due| due.saturating_duration_since(now()));
            match said.recv_timeout(wait) {
                Ok(said) => {
                    if !self.take(said)? {
                        return Ok(());
                    }
                    let since = *due.get_or_insert_with(now);
                    // What waits is taken first, but not for ever.
                    if since + feed::FRAME > now() {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if now() >= self.looked + IDLE {
                self.look_at_the_clock();
            }
            self.draw()?;
            due = None;
            // Nothing is drawn again within the time of a picture.
            thread::sleep(feed::FRAME);
        }
    }

    /// Whether it goes on.
    fn take(&mut self, said: Said) -> io::Result<bool> {
        match said {
            Said::Key(Event::Key(key)) => return self.wish(key),
            Said::Key(_) => {}
            Said::Entries {
                entries,
                missed,
                last,
            } => {
                let now = entries.last().map_or(Time::ZERO, |entry| entry.at);
                self.view.take(&entries, missed, last, now);
                self.look_for_wills();
            }
            Said::Line(line) => self.view.say(line),
            Said::End => return Ok(false),
        }
        Ok(true)
    }

    fn wish(&mut self, key: event::KeyEvent) -> io::Result<bool> {
        match self.view.key(key) {
            Wish::Nothing => {}
            Wish::Quit => return Ok(false),
            Wish::Redraw => self.screen.clear()?,
            Wish::Freeze => self.freeze(),
            Wish::Open => self.open(),
            Wish::Suspend => {
                screen::give_back();
                #[cfg(unix)]
                let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
                screen::begin()?;
                self.screen.clear()?;
            }
        }
        Ok(true)
    }

    /// Fetches the entry of the selected row.
    fn open(&mut self) {
        let Some((n, row)) = self
            .view
            .selected
            .and_then(|n| Some((n, self.view.ladder.rows.get(n)?)))
        else {
            return;
        };
        let seq = row.seq;
        let part = Part {
            entries: 1,
            ..Part::ALL
        };
        let read = move |journal: &Journal| journal.read_part(Mark::before(seq), part, &Everything);
        let excerpt = self.broker.journal().read(read).wait();
        let entry = excerpt
            .ok()
            .and_then(|excerpt| excerpt.entries.into_iter().next());
        self.view.opened = Some(Opened {
            n,
            entry: entry.filter(|entry| entry.seq == seq),
        });
    }

    fn freeze(&mut self) {
        let clock = self.broker.clock();
        let done = match clock.is_frozen().wait() {
            Ok(true) => clock.resume().wait(),
            Ok(false) => clock.freeze().wait(),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            self.view.say(error.to_string());
        }
        self.look_at_the_clock();
    }

    fn look_at_the_clock(&mut self) {
        self.looked = after(Duration::ZERO);
        let clock = self.broker.clock();
        // Another broker behind the relay has a clock that nobody sees.
        if let (Ok(now), Ok(is_frozen)) = (clock.now().wait(), clock.is_frozen().wait()) {
            self.view.tick(now);
            self.view.is_frozen = is_frozen;
        }
    }

    /// Whether a will is retained, and what it says, no entry tells unless a client gets it.
    fn look_for_wills(&mut self) {
        for topic in self.view.ladder.topics.unsure() {
            if let Ok(Some(kept)) = self.broker.retained_message(&topic).wait() {
                self.view.ladder.topics.keeps(&kept);
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let Self {
            screen, look, view, ..
        } = self;
        screen.draw(|frame| draw::draw(view, *look, frame.buffer_mut()))?;
        Ok(())
    }
}
