//! [`Running`]: the broker's thread, and what keeps it running.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::Report;
use crate::error::{Error, Kind};
use crate::front::Command;

/// The broker's thread. It ends when this is dropped, and the drop waits for the end.
#[derive(Debug)]
pub(crate) struct Running {
    /// The thread serves for as long as this is there.
    pub commands: Option<mpsc::UnboundedSender<Command>>,
    pub report: oneshot::Receiver<Report>,
    pub thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Stops the thread and waits until it has ended.
    pub async fn end(mut self) -> Result<Report, Error> {
        self.report().await
    }

    /// The same for a program that ends after it: the system takes back all memory at once, and nobody waits until
    /// gigabytes of messages are let go of one by one.
    pub async fn end_with_the_program(mut self) -> Result<Report, Error> {
        let report = self.report().await;
        drop(self.thread.take());
        report
    }

    async fn report(&mut self) -> Result<Report, Error> {
        self.commands = None;
        Ok((&mut self.report).await.map_err(|_| Kind::ShutDown)?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.commands = None;
        // A hook may hold the broker: its thread ends without waiting for itself.
        let own = Some(std::thread::current().id());
        if let Some(thread) = self.thread.take()
            && Some(thread.thread().id()) != own
        {
            // A panic there was already printed, and there is nothing left to clean up here.
            let _ = thread.join();
        }
    }
}
