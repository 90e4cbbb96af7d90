//! Logins that are checked outside the engine: slow hashes on threads of their own, questions to the program's hook or to
//! somebody else as tasks. The broker's thread goes on meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::Shell;
use crate::access::PasswordHash;
use crate::auth::{Admission, GivenPassword, LoginRequest};
use crate::engine::{Asks, Check, ConnId};
use crate::wire::ReasonCode;

/// So many questions are open at once; more wait.
const QUESTIONS: usize = 64;

/// What comes back.
pub(crate) type Answered = Result<Admission, ReasonCode>;

/// Decides about logins, later.
pub(crate) type LoginHook =
    Arc<dyn Fn(LoginRequest) -> Pin<Box<dyn Future<Output = Answered> + Send>> + Send + Sync>;

/// Who decides, and how much is checked at once.
pub(crate) struct Logins {
    hook: Option<LoginHook>,
    /// How long the hook has for its answer.
    patience: Duration,
    hashes: Semaphore,
    questions: Semaphore,
    /// The engine has some to give out.
    pub(super) arrived: Notify,
}

impl Logins {
    pub(crate) fn new(hook: Option<LoginHook>, patience: Duration) -> Self {
        Self {
            hook,
            patience,
            hashes: Semaphore::new(threads()),
            questions: Semaphore::new(QUESTIONS),
            arrived: Notify::new(),
        }
    }
}

/// How many threads check passwords: half of the processors, so that clients that are in notice nothing.
fn threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (processors / 2).clamp(1, 4)
}

impl Shell {
    /// Has the logins checked that the engine gives out.
    pub(super) async fn check_logins(self: Rc<Self>) {
        let next = || self.backend.native_mut()?.engine.next_check();
        loop {
            self.logins.arrived.notified().await;
            while let Some(check) = next() {
                tokio::task::spawn_local(self.clone().check_login(check));
            }
        }
    }

    async fn check_login(self: Rc<Self>, Check { conn, asks }: Check) {
        let answer = match asks {
            Asks::Password { hash, password } => self.check_password(conn, hash, password).await,
            Asks::Hook(request) => self.ask_hook(conn, *request).await,
        };
        if let (Some(answer), Some(mut native)) = (answer, self.backend.native_mut()) {
            let now = native.clock.now();
            native.engine.checked(now, conn, answer);
        }
        self.after_input();
    }

    /// `None` if the client has gone before its turn.
    async fn check_password(
        &self,
        conn: ConnId,
        hash: Arc<PasswordHash>,
        password: GivenPassword,
    ) -> Option<Answered> {
        let turn = self.logins.hashes.acquire().await;
        if !self.is_being_checked(conn) {
            return None;
        }
        let work = tokio::task::spawn_blocking(move || {
            yield_to_others();
            hash.verify(password.expose())
        });
        let is_right = work.await.unwrap_or(false);
        drop(turn);
        Some(if is_right {
            Ok(Admission::default())
        } else {
            Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD)
        })
    }

    async fn ask_hook(&self, conn: ConnId, request: LoginRequest) -> Option<Answered> {
        let turn = self.logins.questions.acquire().await;
        if !self.is_being_checked(conn) {
            return None;
        }
        let hook = self.logins.hook.as_ref()?;
        // A task of its own: a panic in the hook is its alone.
        let task = tokio::spawn(hook(request));
        let stop = task.abort_handle();
        let answer = tokio::time::timeout(self.logins.patience, task).await;
        drop(turn);
        if let Ok(Ok(answer)) = answer {
            return Some(answer);
        }
        stop.abort();
        Some(Err(ReasonCode::SERVER_UNAVAILABLE))
    }

    fn is_being_checked(&self, conn: ConnId) -> bool {
        self.backend.is(|engine| engine.is_being_checked(conn))
    }
}

/// This thread works when the others have nothing to do, where the system allows that: a password that takes a little longer
/// hurts nobody.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    {
        // On Linux a thread has a priority of its own, and this call means the thread that makes it.
        let _ = rustix::process::setpriority_process(None, 10);
    }
}
