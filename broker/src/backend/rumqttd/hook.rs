//! Reports panics in rumqttd's threads to its keeper instead of printing them on stderr.
//!
//! The process has one panic hook. Ours is put in front of it when the first rumqttd starts. It looks at the thread's
//! name, and passes panics of other threads to the hook that was there before.

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

/// From now on panics of the thread with this name are reported to `keeper`.
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

/// Panics of the thread are no longer reported.
pub(super) fn forget(thread: &str) {
    lock().retain(|watched| watched.thread != thread);
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Watched>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the thread is one of ours.
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

/// The place in rumqttd's sources, without the folder where this machine keeps them.
fn file_name(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(_, inside)| {
        inside.rsplit_once("/src/").map_or(inside, |(_, file)| file)
    })
}
