//! Logins that are checked outside the engine: slow hashes on threads of their own, questions to the program's hook or to
//! somebody else as tasks. The broker's thread goes on meanwhile.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::Shell;
use crate::access::PasswordHash;
use crate::auth::{Admission, GivenPassword, LoginRequest, Refusal};
use crate::engine::{Asks, Check, ConnId};
use crate::notice::Notice;
use crate::wire::ReasonCode;

/// So many questions are open at once; more wait.
const QUESTIONS: usize = 64;

/// What a hook says.
#[derive(Debug)]
pub(crate) enum Answered {
    /// The client is let in, or not.
    Said(Result<Admission, Refusal>),
    /// It says nothing, for this reason: the client is told that the server is unavailable.
    Nothing(String),
}

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
    /// How many logins the hook has left without an answer since the last one that it gave.
    unanswered: Cell<u64>,
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
            unanswered: Cell::new(0),
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
    ) -> Option<Result<Admission, Refusal>> {
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
            Err(ReasonCode::BAD_USER_NAME_OR_PASSWORD.into())
        })
    }

    async fn ask_hook(&self, conn: ConnId, request: LoginRequest) -> Option<Result<Admission, Refusal>> {
        let turn = self.logins.questions.acquire().await;
        if !self.is_being_checked(conn) {
            return None;
        }
        let hook = self.logins.hook.as_ref()?;
        // A task of its own: a panic in the hook is its alone.
        let task = tokio::spawn(hook(request));
        let stop = task.abort_handle();
        let patience = self.logins.patience;
        let answered = match tokio::time::timeout(patience, task).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) => Answered::Nothing("the hook panicked".to_owned()),
            Err(_) => Answered::Nothing(format!(
                "no answer within {patience:?} (auth.http_timeout_millis)"
            )),
        };
        stop.abort();
        drop(turn);
        match answered {
            Answered::Said(answer) => {
                self.hook_answered();
                Some(answer)
            }
            Answered::Nothing(why) => {
                self.hook_said_nothing(why);
                Some(Err(ReasonCode::SERVER_UNAVAILABLE.into()))
            }
        }
    }

    /// Reported once, until it answers again.
    fn hook_said_nothing(&self, why: String) {
        let unanswered = &self.logins.unanswered;
        if unanswered.replace(unanswered.get() + 1) == 0 {
            let at = self.backend.now();
            self.notices.send(Notice::LoginUnanswered { at, why });
        }
    }

    fn hook_answered(&self) {
        let unanswered = self.logins.unanswered.take();
        if unanswered > 0 {
            let at = self.backend.now();
            self.notices.send(Notice::LoginAnswered { at, unanswered });
        }
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
