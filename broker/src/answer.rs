//! [`Answer`]: what a call to a broker returns at once, and how to wait for it with and without async.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::sync::oneshot;

use crate::error::{Error, Kind};
use crate::front::is_brokers_thread;

/// What comes of a call to a broker. The call has sent its command already; `.await` the answer, or [`wait`](Answer::wait)
/// for it where there is no async.
///
/// The broker's thread does the work and watches the deadline. So an answer needs no runtime, borrows nothing, and can be
/// joined, raced, spawned and sent to another thread.
///
/// An answer that is dropped stops nothing that was asked for, apart from waiting: a wait ends there, and so does the
/// [moving of a clock](crate::BrokerClock::advance).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::Injected;
///
/// let broker = broker::Broker::start().await?; // in async code
/// let lamp = broker.publish(Injected::text("lamp", "on").retained());
/// let door = broker.publish(Injected::text("door", "shut").retained());
/// tokio::try_join!(lamp, door)?;
///
/// assert_eq!(broker.state().wait()?.retained.len(), 2); // anywhere else
/// # Ok(())
/// # }
/// ```
#[must_use = "the command is on its way; what comes of it is known once the answer is awaited (`.await`, `.wait()`)"]
pub struct Answer<T> {
    coming: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>,
}

impl<T> Answer<T> {
    /// Waits for it and blocks this thread meanwhile. For a plain `#[test]`, and for any other code that cannot `.await`.
    ///
    /// Inside a runtime, prefer `.await`: what else this thread has to run, such as a client of the test, stands still
    /// until the answer is there. A time-out says so.
    ///
    /// # Errors
    /// Those of the call. In a hook, such as [`check_login`](crate::Builder::check_login), there is no waiting: that runs
    /// on the broker's own thread.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert_eq!(broker.stats().wait()?.clients_connected, 0);
    /// # Ok::<(), broker::Error>(())
    /// ```
    pub fn wait(self) -> Result<T, Error> {
        if is_brokers_thread() {
            return Err(Kind::OwnThread.into());
        }
        let answered = block_on(self);
        let in_runtime = tokio::runtime::Handle::try_current().is_ok();
        answered.map_err(|error| if in_runtime { error.advise_await() } else { error })
    }
}

impl<T> Answer<T> {
    /// What `coming` comes to. It holds nothing that keeps the broker running, or a drop of the broker would wait for ever.
    pub(crate) fn new(coming: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self {
            coming: Box::pin(coming),
        }
    }
}

impl<T: Send + 'static> Answer<T> {
    /// What is `answered`, once `read`. A broker that stops before it answers drops the other end.
    pub(crate) fn of<R: Send + 'static>(
        answered: oneshot::Receiver<R>,
        read: impl FnOnce(R) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        Self::new(async move { read(answered.await.map_err(|_| Kind::ShutDown)?) })
    }

    /// Known already.
    pub(crate) fn ready(result: Result<T, Error>) -> Self {
        Self::new(std::future::ready(result))
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.coming.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

/// Waits for something that another thread brings about: polls, and parks this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    // Tokio lets a task poll only so often before it must give way. This thread cannot give way: it would spin for ever.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
