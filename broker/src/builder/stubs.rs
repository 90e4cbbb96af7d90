//! What answers by itself from the start on, and the time that it tells.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use settings::BrokerSettings;

use super::{Builder, engine_of};
use crate::broker::Broker;
use crate::capability::{Capability, Support};
use crate::front::{Command, StartError};
use crate::script;
use crate::stub::{Stub, Stubs};
use crate::time::Time;

impl Builder {
    /// A stub that is there from the first connection on. [`Broker::reset`] leaves it.
    ///
    /// ```
    /// use broker::{pattern::publish, stub::Stub};
    ///
    /// let lamp = Stub::on(publish("cmd/+")).named("lamp").publish("state/{{ message.wildcards[0] }}", "{{ message.payload }}");
    /// let broker = broker::Broker::builder().stub(lamp).start().wait()?;
    /// assert_eq!(broker.stubs().list().wait()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stub(mut self, stub: Stub) -> Self {
        self.stubs.push(stub);
        self
    }

    /// What the clock on the wall is taken to show at the start, for templates and captures; else it is looked at. With this, a
    /// [seed](Builder::seed) and a clock that stands still, a run tells the same times each time.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let new_year = UNIX_EPOCH + Duration::from_secs(1_767_225_600); // 2026-01-01
    /// let broker = broker::Broker::builder().wall_time(new_year).seed(7).start().wait()?;
    /// # drop(broker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wall_time(mut self, at: SystemTime) -> Self {
        self.wall_time = Some(at.duration_since(UNIX_EPOCH).unwrap_or_default());
        self
    }
}

/// The stubs with their files, if each of them can work.
pub(super) fn ready(stubs: Vec<Stub>, settings: &BrokerSettings) -> Result<Vec<Stub>, StartError> {
    let engine = engine_of(settings);
    if !stubs.is_empty() && engine.support(Capability::Inject) == Support::No {
        let why =
            "stubs publish messages, which only the native engine takes from the program itself".to_owned();
        return Err(StartError::Engine { engine, why });
    }
    let mut trial = Stubs::default();
    let mut ready = Vec::new();
    for stub in stubs {
        let stub = script::with_files(stub, Path::new(""))?;
        trial.add(Time::ZERO, stub.clone(), true)?;
        ready.push(stub);
    }
    Ok(ready)
}

/// They are there before the first connection: commands that are there when the thread starts come first.
pub(super) fn begin(broker: &Broker, stubs: Vec<Stub>) {
    if stubs.is_empty() {
        return;
    }
    broker
        .caller
        .send(Command::Disturb(Box::new(move |machines, backend| {
            machines.with_stubs(backend, |all, _| {
                for stub in stubs {
                    // Each was tried before.
                    let _ = all.add(Time::ZERO, stub, true);
                }
            });
        })));
}
