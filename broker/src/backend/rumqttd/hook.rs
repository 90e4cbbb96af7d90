//! Panics in rumqttd's threads, told to its keeper instead of being printed on stderr.
//!
//! The process has one panic hook. Ours is put in front of it when the first rumqttd starts; it looks at the thread's name,
//! and leaves every panic of another thread to the hook that was there before.

use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Mutex, Once, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::keeper::{Part, Trouble};

static WATCHED: Mutex<Vec<Watched>> = Mutex::new(Vec::new());

struct Watched {
    thread: String,
    part: Part,
    keeper: UnboundedSender<Trouble>,
}

/// Panics of the thread with this name are told to `keeper` from now on.
pub(super) fn watch(thread: &str, part: Part, keeper: &UnboundedSender<Trouble>) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !tell(info) {
                before(info);
            }
        }));
    });
    let watched = Watched {
        thread: thread.to_owned(),
        part,
        keeper: keeper.clone(),
    };
    lock().push(watched);
}

/// The thread is left to itself.
pub(super) fn forget(thread: &str) {
    lock().retain(|watched| watched.thread != thread);
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Watched>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it was one of ours.
fn tell(info: &PanicHookInfo<'_>) -> bool {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    let watched = lock();
    let Some(watched) = watched.iter().find(|watched| watched.thread == name) else {
        return false;
    };
    let payload = info.payload();
    let what = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = info
        .location()
        .map(|place| format!(" ({}:{})", file_name(place.file()), place.line()));
    let trouble = Trouble::Panic {
        part: watched.part,
        why: format!("{what}{}", place.unwrap_or_default()),
    };
    watched.keeper.send(trouble).is_ok()
}

/// Where in rumqttd, without where this machine keeps its sources.
fn file_name(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(_, inside)| {
        inside.rsplit_once("/src/").map_or(inside, |(_, file)| file)
    })
}
