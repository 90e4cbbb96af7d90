//! [`Caller`]: sends commands to the broker's thread.

use tokio::sync::{mpsc, oneshot};

use crate::answer::Answer;
use crate::backend::Backend;
use crate::capability::{Capability, EngineName, Support};
use crate::engine::Engine;
use crate::error::{Error, Kind};
use crate::front::{Command, Machines};
use crate::time::Time;

/// Sends commands to the broker's thread, from any thread. It does not keep that thread running.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    commands: mpsc::WeakUnboundedSender<Command>,
    engine: EngineName,
}

impl Caller {
    pub fn new(commands: &mpsc::UnboundedSender<Command>, engine: EngineName) -> Self {
        Self {
            commands: commands.downgrade(),
            engine,
        }
    }

    pub fn engine_name(&self) -> EngineName {
        self.engine
    }

    /// A broker that has stopped drops the command, and with it the sender of its answer: the receiver sees that.
    pub fn send(&self, command: Command) {
        if let Some(commands) = self.commands.upgrade() {
            let _ = commands.send(command);
        }
    }

    /// Errs where the engine does not have this at all.
    pub fn require(&self, what: Capability) -> Result<(), Error> {
        match self.engine.support(what) {
            Support::No => Err(Kind::Unsupported {
                what,
                engine: self.engine,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Sends `command` and reads what is sent back, if the engine has what it takes.
    pub fn call<R: Send + 'static, T: Send + 'static>(
        &self,
        takes: impl Into<Option<Capability>>,
        command: impl FnOnce(oneshot::Sender<R>) -> Command,
        read: impl FnOnce(R) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        if let Some(Err(error)) = takes.into().map(|what| self.require(what)) {
            return Answer::ready(Err(error));
        }
        let (answer, answered) = oneshot::channel();
        self.send(command(answer));
        Answer::of(answered, read)
    }

    /// Does something with what answers behind the front door.
    pub fn ask<R: Send + 'static>(&self, work: impl FnOnce(&Backend) -> R + Send + 'static) -> Answer<R> {
        self.call(
            None,
            |answer| doing(answer, move |backend| Some(work(backend))),
            Ok,
        )
    }

    /// Does something with our own engine, which alone has what this takes.
    pub fn engine<R: Send + 'static>(
        &self,
        takes: Capability,
        work: impl FnOnce(&mut Engine, Time) -> R + Send + 'static,
    ) -> Answer<R> {
        self.try_engine(takes, move |engine, now| Ok::<_, Error>(work(engine, now)))
    }

    /// Does something with what acts by itself beside the engine.
    pub fn disturb<R: Send + 'static, E: Into<Error> + Send + 'static>(
        &self,
        takes: impl Into<Option<Capability>>,
        work: impl FnOnce(&Machines, &Backend) -> Result<R, E> + Send + 'static,
    ) -> Answer<R> {
        let command = |answer: oneshot::Sender<Result<R, E>>| {
            Command::Disturb(Box::new(move |machines, backend| {
                let _ = answer.send(work(machines, backend));
            }))
        };
        self.call(takes, command, |result| result.map_err(Into::into))
    }

    /// The same for something that can fail.
    pub fn try_engine<R: Send + 'static, E: Into<Error> + Send + 'static>(
        &self,
        takes: Capability,
        work: impl FnOnce(&mut Engine, Time) -> Result<R, E> + Send + 'static,
    ) -> Answer<R> {
        let work = |backend: &Backend| {
            let mut native = backend.native_mut()?;
            let now = native.clock.now();
            Some(work(&mut native.engine, now))
        };
        self.call(
            takes,
            |answer| doing(answer, work),
            |result| result.map_err(Into::into),
        )
    }
}

/// Work that sends what it comes to as the answer, if it comes to something.
pub(crate) fn doing<R: Send + 'static>(
    answer: oneshot::Sender<R>,
    work: impl FnOnce(&Backend) -> Option<R> + Send + 'static,
) -> Command {
    Command::Do(Box::new(move |backend| {
        if let Some(result) = work(backend) {
            backend.then(move || drop(answer.send(result)));
        }
    }))
}
