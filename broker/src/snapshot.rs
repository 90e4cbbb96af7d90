//! What a broker holds, written down: sessions with all that waits in them, retained messages, the state of chance.
//!
//! A [`Snapshot`] is taken with [`Broker::snapshot`](crate::Broker::snapshot) and put back with
//! [`Broker::restore`](crate::Broker::restore), or into a broker that is not started yet with
//! [`Builder::restore`](crate::Builder::restore). It is data: it can be read, changed, compared, and kept in a file.
//!
//! # What it holds
//!
//! Everything that outlives a connection: sessions with their subscriptions and options, messages in flight in both
//! directions with packet identifiers and stages, queues, wills with their delays, what is left of every expiry, retained
//! messages with properties, whose turn it is in shared subscriptions, and the state of chance. Not in it: connections and
//! what belongs to one (topic aliases, Keep Alive, unsent bytes), `$SYS` topics, counters, the journal, settings.
//!
//! # Clients that were connected
//!
//! A snapshot has no connections. A session whose client was connected comes back as if its connection was lost at
//! the moment of the restore: its Session Expiry Interval and its Will Delay Interval begin then. A session with
//! an interval of 0 ends, and a will without delay is published at once. So the client, once it comes back, is told Session
//! Present and gets what it is owed: unacknowledged messages again with DUP, PUBREL where PUBREC had come.
//!
//! # The file
//!
//! JSON, in the form of the types here. `version` is [`VERSION`]; another one is refused. Messages stand once in
//! `messages`, however many sessions wait for them, and are named by their place in that list, counted from 0. A
//! payload is `{"text": "…"}`, or `{"base64": "…"}` where it is no UTF-8. Times are what is left at the moment of the
//! snapshot, in nanoseconds.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use broker::{Broker, Injected, snapshot};
//!
//! let broker = Broker::start().wait()?;
//! broker.publish(Injected::text("lamp", "on").retained()).wait()?;
//! let path = std::env::temp_dir().join(format!("lamp-{}.json", std::process::id()));
//! snapshot::save(&broker.snapshot().wait()?, &path)?;
//!
//! let again = Broker::builder().restore(snapshot::load(&path)?).start().wait()?;
//! assert_eq!(again.state().wait()?.retained[0].topic, "lamp");
//! # std::fs::remove_file(path)?;
//! # Ok(())
//! # }
//! ```

use std::io::Write;
use std::path::Path;

pub use broker_core::snapshot::{
    Delivery, Exchange, Message, MessageProperties, Payload, Session, SharedGroup, Snapshot, SnapshotError,
    Subscription, VERSION, Will,
};

use crate::error::{Error, Kind};
use crate::private_file;

/// Writes a snapshot to a file, in place of what was there. A new file can be read by its owner alone.
///
/// # Errors
/// The file cannot be written.
///
/// ```
/// use broker::snapshot::{self, Snapshot};
///
/// let path = std::env::temp_dir().join(format!("empty-{}.json", std::process::id()));
/// snapshot::save(&Snapshot::empty(7), &path)?;
/// assert_eq!(snapshot::load(&path)?, Snapshot::empty(7));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save(snapshot: &Snapshot, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let written =
        private_file::create(path).and_then(|mut file| file.write_all(snapshot.to_json().as_bytes()));
    written.map_err(|cause| of_file("write", path, cause))
}

/// Reads a snapshot from a file.
///
/// # Errors
/// The file cannot be read, or what is in it is no snapshot; the error names file, line and key.
///
/// ```
/// use broker::snapshot;
///
/// let error = snapshot::load("/nowhere/snapshot.json").unwrap_err();
/// assert!(error.to_string().starts_with("cannot read the snapshot /nowhere/snapshot.json: "));
/// ```
pub fn load(path: impl AsRef<Path>) -> Result<Snapshot, Error> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(|cause| of_file("read", path, cause))?;
    Snapshot::from_json(&text).map_err(|cause| {
        Kind::SnapshotContent {
            path: path.to_owned(),
            cause,
        }
        .into()
    })
}

fn of_file(verb: &'static str, path: &Path, cause: std::io::Error) -> Error {
    Kind::SnapshotFile {
        verb,
        path: path.to_owned(),
        cause,
    }
    .into()
}
