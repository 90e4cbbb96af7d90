//! [`BrokerStubs`]: the stubs of a running broker.

use std::path::Path;
use std::sync::Arc;

use crate::answer::Answer;
use crate::broker::{Broker, Caller};
use crate::capability::Capability;
use crate::error::{Error, Kind};
use crate::script;
use crate::stub::{Standing, Stub};

impl Broker {
    /// The stubs: what answers messages, events and time by itself. docs/STUBS.md tells all about them.
    ///
    /// ```
    /// use broker::{expect, pattern::publish, stub::Stub};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let lamp = Stub::on(publish("cmd/+")).named("lamp").publish("state/{{ message.levels[1] }}", "{{ message.payload }}");
    /// let _lamp = broker.stubs().add(lamp).wait()?; // it answers as long as this lives
    /// // … a client publishes "on" to cmd/hall, and gets "on" from state/hall …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x0C\0\x08cmd/hallon")?;
    /// broker.expect(expect::stub("lamp").answered(1)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stubs(&self) -> BrokerStubs<'_> {
        BrokerStubs { broker: self }
    }
}

/// The stubs of a broker.
///
/// ```
/// use broker::{pattern::publish, stub::Stub};
///
/// let broker = broker::Broker::start().wait()?;
/// let stubs = broker.stubs(); // cheap to copy
/// stubs.add(Stub::on(publish("a")).publish("b", "")).wait()?.keep();
/// assert_eq!(stubs.list().wait()?[0].name, "stub-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerStubs<'a> {
    broker: &'a Broker,
}

impl BrokerStubs<'_> {
    /// Adds a stub. It answers until the guard is dropped, or [`keep`](StubGuard::keep) lets it stay. Files that it names are
    /// read now; their paths go from the current directory.
    ///
    /// # Errors
    /// It cannot work, which the error explains ([`Error::is_invalid`]); there is one of this name; the journal is off; the engine
    /// is not ours; or the broker has stopped.
    ///
    /// ```
    /// use broker::{pattern::publish, stub::Stub};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let guard = broker.stubs().add(Stub::on(publish("a")).publish("b", "")).wait()?;
    /// assert_eq!(guard.name(), "stub-1");
    ///
    /// let wrong = Stub::on(publish("a")).named("x").publish("b", "{{ mesage.topic }}");
    /// let error = broker.stubs().add(wrong).wait().unwrap_err().to_string();
    /// assert!(error.starts_with(r#"stub "x": publish.payload: line 1, column 4: there is no "mesage" here (did you mean "message"?)"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, stub: Stub) -> Answer<StubGuard> {
        let stub = match script::with_files(stub, Path::new("")) {
            Ok(stub) => stub,
            Err(invalid) => return Answer::ready(Err(invalid.into())),
        };
        self.add_whole(stub)
    }

    /// The same for a stub that has its files.
    fn add_whole(self, stub: Stub) -> Answer<StubGuard> {
        if self.broker.settings.journal.entries == 0 {
            return Answer::ready(Err(Kind::NoJournal.into()));
        }
        let caller = self.broker.caller.clone();
        let added = caller.disturb(Capability::Inject, move |machines, backend| {
            machines.with_stubs(backend, |stubs, now| stubs.add(now, stub, false))
        });
        Answer::new(async move {
            let name = added.await?;
            Ok(StubGuard {
                caller: Some(caller),
                name,
            })
        })
    }

    /// Adds a stub in the place of that of its name, if there is one. One that cannot work changes nothing.
    ///
    /// # Errors
    /// Those of [`add`](BrokerStubs::add), but that there may be one of its name.
    ///
    /// ```
    /// use broker::{pattern::publish, stub::Stub};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let lamp = |state| Stub::on(publish("cmd")).named("lamp").publish("state", state);
    /// broker.stubs().add(lamp("on")).wait()?.keep();
    /// broker.stubs().replace(lamp("off")).wait()?.keep();
    /// assert_eq!(broker.stubs().list().wait()?[0].stub["publish"]["payload"], "off");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&self, stub: Stub) -> Answer<StubGuard> {
        let stub = match script::with_files(stub, Path::new("")) {
            Ok(stub) => stub,
            Err(invalid) => return Answer::ready(Err(invalid.into())),
        };
        if let Some(name) = stub.name().map(str::to_owned) {
            // Its answer is not waited for: what follows is done behind it.
            drop(self.remove(&name));
        }
        self.add_whole(stub)
    }

    /// Takes a stub away; messages of it that wait for their time go with it. Returns whether there was one of this name.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(!broker.stubs().remove("lamp").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, name: &str) -> Answer<bool> {
        let name = name.to_owned();
        self.broker.caller.disturb(None, move |machines, backend| {
            Ok::<_, Error>(machines.with_stubs(backend, |stubs, _| stubs.remove(&name)))
        })
    }

    /// All stubs, with how often each answered and what waits.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(broker.stubs().list().wait()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self) -> Answer<Vec<Standing>> {
        self.broker.caller.disturb(None, |machines, backend| {
            Ok::<_, Error>(machines.with_stubs(backend, |stubs, _| stubs.list()))
        })
    }

    /// Takes all stubs away, and says how many there were. [`Broker::reset`] brings those back that were there at the start.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::{pattern::publish, stub::Stub};
    ///
    /// let broker = broker::Broker::builder().stub(Stub::on(publish("a")).publish("b", "")).start().wait()?;
    /// assert_eq!(broker.stubs().clear().wait()?, 1);
    /// assert!(broker.stubs().list().wait()?.is_empty());
    /// broker.reset().wait()?;
    /// assert_eq!(broker.stubs().list().wait()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&self) -> Answer<usize> {
        self.broker.caller.disturb(None, |machines, backend| {
            let were_there = machines.with_stubs(backend, |stubs, _| {
                let were_there = stubs.list().len();
                stubs.clear();
                were_there
            });
            Ok::<_, Error>(were_there)
        })
    }
}

/// Takes its stub away when it is dropped.
///
/// ```
/// use broker::{pattern::publish, stub::Stub};
///
/// let broker = broker::Broker::start().wait()?;
/// let guard = broker.stubs().add(Stub::on(publish("a")).publish("b", "")).wait()?;
/// drop(guard);
/// assert!(broker.stubs().list().wait()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the stub is taken away when this is dropped: keep it in a variable, or let the stub stay with `.keep()`"]
pub struct StubGuard {
    /// `None`: the stub stays.
    caller: Option<Caller>,
    name: Arc<str>,
}

impl StubGuard {
    /// The name of the stub.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets the stub stay for as long as the broker runs.
    pub fn keep(mut self) {
        self.caller = None;
    }
}

impl Drop for StubGuard {
    fn drop(&mut self) {
        if let Some(caller) = &self.caller {
            let name = self.name.clone();
            caller.send(crate::front::Command::Disturb(Box::new(
                move |machines, backend| {
                    machines.with_stubs(backend, |stubs, _| stubs.remove_this(&name));
                },
            )));
        }
    }
}
