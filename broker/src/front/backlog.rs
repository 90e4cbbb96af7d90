//! A journal in a file must have no gaps: while its writer is behind, the broker reads from no client.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Shell;

/// How long all clients wait for a writer that does not move at all. Then the journal holds what it can, and nobody
/// waits until the writer moves again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether clients wait for the reader of the journal.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waits: Cell<Option<Waits>>,
    /// Where the reader stood when clients stopped waiting for it.
    stuck_at: Cell<Option<u64>>,
    over: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Waits {
    /// Where the reader is.
    at: u64,
    until: Instant,
}

impl Shell {
    /// Whether the broker must not read from clients now.
    pub(super) fn is_backed_up(&self) -> bool {
        self.backlog.waits.get().is_some()
    }

    /// Returns once reading may go on.
    pub(super) async fn backlog_is_read(&self) {
        while let Some(Waits { until, .. }) = self.backlog.waits.get() {
            let _ = tokio::time::timeout_at(until, self.backlog.over.notified()).await;
            self.look_at_backlog();
        }
    }

    /// Called after each input.
    pub(super) fn look_at_backlog(&self) {
        let Backlog {
            waits,
            stuck_at,
            over,
        } = &self.backlog;
        let journal = self.backend.journal();
        let at = journal.read_up_to().filter(|_| !self.stopping.get());
        if at == stuck_at.get() && waits.get().is_none() {
            return;
        }
        let until = Instant::now() + PATIENCE;
        let next = match (at, waits.get()) {
            (None, _) => None,
            (Some(at), None) => journal.is_behind(false).then_some(Waits { at, until }),
            (Some(_), Some(_)) if !journal.is_behind(true) => None,
            (Some(at), Some(before)) if at != before.at => Some(Waits { at, until }),
            (Some(at), Some(before)) if before.until <= Instant::now() => {
                stuck_at.set(Some(at));
                None
            }
            (Some(_), same) => same,
        };
        let was = waits.replace(next);
        if was.is_some() && next.is_none() {
            over.notify_waiters();
        }
    }
}
