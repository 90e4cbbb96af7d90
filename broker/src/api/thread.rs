//! [`Api`]: the thread that serves the control API of one broker.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

use super::{Shared, server};
use crate::way::{Visitor, Visitors};

/// The thread that serves the control API. It begins with the first visitor, and ends when this is dropped.
pub(crate) struct Api {
    shared: Arc<Shared>,
    thread: Mutex<Option<Running>>,
    /// It is to end.
    over: watch::Sender<bool>,
}

/// So many visitors more than may be connected can wait for a thread that is at work: it tells them that they are too many. The
/// connections of others are closed.
const MORE_WAITING: usize = 64;

struct Running {
    visitors: mpsc::Sender<Visitor>,
    thread: JoinHandle<()>,
}

impl Api {
    pub(super) fn open(shared: Arc<Shared>, visitors: &Visitors) -> Arc<Self> {
        let api = Arc::new(Self {
            shared,
            thread: Mutex::default(),
            over: watch::channel(false).0,
        });
        let served = Arc::downgrade(&api);
        visitors.open(Box::new(move |visitor| {
            if let Some(api) = Weak::upgrade(&served) {
                api.serve(visitor);
            }
        }));
        api
    }

    fn serve(&self, visitor: Visitor) {
        if *self.over.borrow() {
            return;
        }
        // Nothing in here panics halfway.
        let mut running = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if running
            .as_ref()
            .is_none_or(|running| running.visitors.is_closed())
        {
            // Without a thread the visitor is turned away, and the next one tries again.
            *running = self.begin().ok();
        }
        if let Some(running) = &*running {
            let _ = running.visitors.try_send(visitor);
        }
    }

    fn begin(&self) -> std::io::Result<Running> {
        let (visitors, inbox) =
            mpsc::channel(self.shared.broker.settings.http.max_connections as usize + MORE_WAITING);
        let (shared, over) = (self.shared.clone(), self.over.subscribe());
        let thread = std::thread::Builder::new()
            .name("broker-http".to_owned())
            .spawn(move || server::run(shared, inbox, over))?;
        Ok(Running { visitors, thread })
    }

    /// Requests that are under way get a moment; then the thread ends. Nobody waits for that here.
    pub fn end(&self) {
        self.over.send_replace(true);
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.end();
        let running = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Running { visitors, thread }) = running {
            drop(visitors);
            // The broker that a request ends may be dropped on this very thread.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}
