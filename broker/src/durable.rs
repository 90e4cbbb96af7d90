//! The keeper: what outlives the process goes from the engine to the store, turn by turn, and nobody is answered before.
//!
//! A turn's changes are one batch. The store's own thread writes it, and says when it is kept; meanwhile the engine goes on. What a
//! turn says to its clients waits in their outboxes until then, and what it answers to the program waits here.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::change::{self, Changes};
use broker_core::snapshot::Snapshot;
use broker_store::{Batch, Directory, OpenError, Options, Store, Told, Writer};
use settings::{BrokerSettings, Durability};
use tokio::sync::Notify;

use crate::clock::on_the_wall;
use crate::engine::Engine;
use crate::time::Time;

/// The directory of the store in `state_dir`.
const DIRECTORY: &str = "store";
/// While more than this waits for a disk that does not keep up, nothing more is taken on.
const MOST_WAITING_BYTES: usize = 64 * MIB;
/// A broker that ends while more than this waits says so first. An ordinary disk takes it in some milliseconds.
const MUCH_BYTES: usize = MIB;
const MIB: usize = 1024 * 1024;

/// What the store's thread has said and nobody has heard yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    told: Mutex<Vec<Told>>,
    pub arrived: Notify,
}

impl Inbox {
    fn put(&self, told: Told) {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(told);
        self.arrived.notify_one();
    }

    fn take(&self) -> Vec<Told> {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a keeper found out about its disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// It refuses, for this reason.
    Failing(String),
    /// It takes changes again.
    Recovered,
    /// Old files could not be removed or merged.
    NotCompacted(String),
}

/// Hands changes to the store.
pub(crate) struct Keeper {
    writer: Writer,
    inbox: Arc<Inbox>,
    /// The number of the last batch that was handed over, or that waits.
    last: u64,
    /// All up to this one are kept.
    kept: u64,
    /// The writer had no room for it yet.
    waiting: Option<Batch>,
    fails: bool,
    is_shut: bool,
    /// What is done once the batch of this number is kept.
    then: VecDeque<(u64, Box<dyn FnOnce() + Send>)>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("last", &self.last)
            .field("kept", &self.kept)
            .field("fails", &self.fails)
            .finish_non_exhaustive()
    }
}

/// A keeper, what it found, and what is to be said of that.
pub(crate) struct Found {
    pub keeper: Keeper,
    /// `None` if nothing was ever kept there.
    pub state: Option<Snapshot>,
    pub warnings: Vec<String>,
}

/// The directory of the store that these settings ask for, if they do.
pub(crate) fn directory(settings: &BrokerSettings) -> Option<PathBuf> {
    let asks = settings.durability != Durability::Off && !settings.state_dir.is_empty();
    asks.then(|| Path::new(&settings.state_dir).join(DIRECTORY))
}

/// Opens the store that these settings ask for, if they do. `seed` is where chance begins.
///
/// # Errors
/// Why the broker cannot keep anything there, or cannot read what it kept.
pub(crate) fn open(settings: &BrokerSettings, seed: u64) -> Result<Option<Found>, String> {
    let durability = match settings.durability {
        Durability::Os => broker_store::Durability::Os,
        Durability::Fsync => broker_store::Durability::Fsync,
        _ => return Ok(None),
    };
    let Some(path) = directory(settings) else {
        return Ok(None);
    };
    let options = Options {
        durability,
        ..Options::default()
    };
    let directory = Directory::open(&path).map_err(|error| match error {
        OpenError::Taken { .. } => {
            format!("{error}; with `durability` \"off\" they share the CA in it, and keep nothing else")
        }
        _ => error.to_string(),
    })?;
    let (store, recovered) = Store::open(directory, options).map_err(|error| error.to_string())?;
    // What a crash leaves half written was promised to nobody.
    let lost = recovered.dropped.iter().filter(|dropped| !dropped.is_torn_end());
    let warnings = lost.map(|dropped| format!("of what was kept in {}: {dropped}", path.display()));
    let warnings = warnings.collect();
    let entries = recovered
        .entries
        .iter()
        .map(|(key, value)| (&key[..], &value[..]));
    let state = (!recovered.entries.is_empty()).then(|| change::read(entries, wall(), seed)).transpose().map_err(|error| {
        format!(
            "what was kept in {} cannot be read: {error}. With another `state_dir` the broker begins anew",
            path.display()
        )
    })?;
    let inbox = Arc::new(Inbox::default());
    let to = inbox.clone();
    let last = recovered.through;
    let writer = Writer::start(store, move |told| to.put(told));
    let keeper = Keeper {
        writer: writer.map_err(|error| format!("the store's thread cannot be started: {error}"))?,
        inbox,
        last,
        kept: last,
        waiting: None,
        fails: false,
        is_shut: false,
        then: VecDeque::new(),
    };
    Ok(Some(Found {
        keeper,
        state,
        warnings,
    }))
}

/// The time on the wall, in nanoseconds since 1970.
fn wall() -> u64 {
    u64::try_from(on_the_wall().as_nanos()).unwrap_or(u64::MAX)
}

/// A batch takes changes.
struct Into<'a>(&'a mut Batch);

impl Changes for Into<'_> {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.put(key, value);
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.remove(key);
    }

    fn remove_all(&mut self, prefix: &[u8]) {
        self.0.remove_all(prefix);
    }
}

impl Keeper {
    /// Where the store's thread tells what it has done.
    pub fn inbox(&self) -> Arc<Inbox> {
        self.inbox.clone()
    }

    /// The turn is over: its changes are on their way to the disk, and what it says to clients waits for them.
    pub fn end_turn(&mut self, engine: &mut Engine, now: Time) {
        if !engine.has_changes() {
            return engine.end_turn(None);
        }
        let mut batch = self.waiting.take().unwrap_or_else(|| {
            self.last += 1;
            Batch::new()
        });
        let binds = engine.take_changes(now, wall(), &mut Into(&mut batch));
        engine.end_turn(binds.then_some(self.last));
        self.hand_over(batch);
        self.shut(engine);
    }

    fn hand_over(&mut self, batch: Batch) {
        if self.writer.has_room_for(&batch) {
            // It has room, and only this thread takes some.
            let _ = self.writer.submit(batch);
        } else {
            self.waiting = Some(batch);
        }
    }

    /// Nothing more is taken on while the disk fails, or is far behind.
    fn shut(&mut self, engine: &mut Engine) {
        let is_behind = self
            .waiting
            .as_ref()
            .is_some_and(|batch| batch.bytes() > MOST_WAITING_BYTES);
        let is_shut = self.fails || is_behind;
        if is_shut != self.is_shut {
            self.is_shut = is_shut;
            engine.cannot_keep(is_shut);
        }
    }

    /// Does this once what was just changed is kept; at once if nothing was. A question waits for nobody.
    pub fn then(&mut self, engine: &mut Engine, now: Time, work: impl FnOnce() + Send + 'static) {
        if !engine.has_changes() {
            return work();
        }
        self.end_turn(engine, now);
        self.then.push_back((self.last, Box::new(work)));
    }

    /// Hears what the store has said: lets go what waited for it. Returns what is to be told.
    pub fn hear(&mut self, engine: &mut Engine) -> Vec<News> {
        let mut news = Vec::new();
        for told in self.inbox.take() {
            match told {
                Told::Kept { through } => self.kept = through,
                Told::Recovered { through } => {
                    self.kept = through;
                    self.fails = false;
                    news.push(News::Recovered);
                }
                Told::Failing(trouble) => {
                    self.fails = true;
                    news.push(News::Failing(trouble.to_string()));
                }
                Told::NotCompacted(trouble) => news.push(News::NotCompacted(trouble.to_string())),
                _ => {}
            }
        }
        if let Some(batch) = self.waiting.take() {
            self.hand_over(batch);
        }
        self.shut(engine);
        engine.changes_kept(self.kept);
        let due = self.then.partition_point(|(batch, _)| *batch <= self.kept);
        for (_, work) in self.then.drain(..due) {
            work();
        }
        news
    }

    /// The broker stops: waits until everything is kept, or refused by the disk once more. Returns how many changes were lost then.
    pub fn end(mut self) -> Option<u64> {
        self.writer.end(self.waiting.take());
        self.inbox.take().into_iter().find_map(|told| match told {
            Told::Lost { batches } => Some(batches),
            _ => None,
        })
    }

    /// What an end has to wait for, in words, if it is so much that a slow disk shows.
    pub fn holds_up_the_end(&self) -> Option<String> {
        let waiting = self.waiting.as_ref().map_or(0, Batch::bytes);
        let bytes = self.writer.waiting_bytes() + waiting;
        (bytes > MUCH_BYTES).then(|| format!("{} MiB of changes wait for the disk", bytes.div_ceil(MIB)))
    }

    /// What waits for the disk, in words.
    pub fn waits(&self) -> Option<String> {
        let waits = self.kept < self.last;
        let words = if self.fails {
            "what has changed cannot be kept: the disk refuses it"
        } else {
            "what has changed is not kept yet"
        };
        waits.then(|| words.to_owned())
    }
}
