//! What must outlive the process, on a disk.
//!
//! A store is a map of keys to values, both bytes. It changes by [`Batch`]es, each of which is there as a whole after a
//! crash, or not at all. Batches are appended to a log and synced, many at once while a sync runs. When the log has
//! outgrown what is live, a snapshot of it is written beside it, and the files before it go. No batch waits for that.
//!
//! ```no_run
//! use broker_store::{Batch, Directory, Options, Store, Told, Writer};
//!
//! let (store, recovered) = Store::open(Directory::open("/var/lib/citronella")?, Options::default())?;
//! for dropped in &recovered.dropped {
//!     eprintln!("{dropped}");
//! }
//! for (key, value) in recovered.entries {
//!     println!("{} has {} bytes", String::from_utf8_lossy(&key), value.len());
//! }
//! let writer = Writer::start(store, |told| {
//!     if let Told::Kept { through } = told {
//!         println!("all batches up to {through} outlive a power cut");
//!     }
//! })?;
//! let mut batch = Batch::new();
//! batch.put(b"lamp/1", b"on");
//! batch.remove_all(b"sessions/old/");
//! writer.submit(batch)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What holds, whatever happens to the process, the system or the power:
//!
//! - A batch that was told to be kept is there ([`Durability::Fsync`]; with [`Durability::Os`], unless the system itself
//!   goes down).
//! - No batch is there in part, and none without all before it.
//! - What a file has lost is said ([`Dropped`]), never guessed.
//!
//! This rests on what disks promise: what was synced stays as it was, also where a later write to the same sector is cut
//! off. Bytes that go bad later are noticed by their checks. The files are described in `form.rs`.

mod batch;
mod compaction;
mod directory;
mod disk;
mod error;
mod form;
mod frames;
mod helper;
mod index;
mod out;
mod recover;
mod repair;
mod store;
mod writer;

pub use batch::Batch;
pub use directory::Directory;
pub use disk::{Disk, File};
pub use error::{Dropped, OpenError, Refused, Trouble, Why};
pub use frames::Fault;
pub use recover::{Entry, Recovered};
pub use store::{Durability, Options, Store};
pub use writer::{Told, Writer};
