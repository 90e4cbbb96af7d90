//! [`BrokerFaults`]: the rules in force on a running broker.

use std::sync::Arc;

use crate::answer::Answer;
use crate::backend::Backend;
use crate::broker::{Broker, Caller};
use crate::error::Error;
use crate::fault::{Listed, Rule};
use crate::front::{Command, Machines};

impl Broker {
    /// The rules that disturb what passes between clients and broker. docs/FAULTS.md tells all about them.
    ///
    /// ```
    /// use std::{io::{Read, Write}, net::TcpStream};
    /// use broker::{expect::rule, fault::Rule, pattern::publish};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut lamp = TcpStream::connect(broker.addr())?;
    /// lamp.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// lamp.read_exact(&mut [0; 4])?; // CONNACK
    ///
    /// let lost = Rule::on(publish("lamp").from("lamp")).first(1).drop_it().named("lost");
    /// let _lost = broker.faults().add(lost).wait()?; // in force as long as this lives
    /// lamp.write_all(b"\x30\x07\0\x04lamp1\x30\x07\0\x04lamp2")?; // two messages
    /// broker.expect(rule("lost").fired(1)).wait();
    /// assert_eq!(broker.stats().wait()?.publish_received, 1); // the first was lost on the way
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn faults(&self) -> BrokerFaults<'_> {
        BrokerFaults { broker: self }
    }
}

/// The rules of a broker: those of its settings and its builder, and those that were added while it runs.
///
/// ```
/// use broker::fault::Rule;
///
/// let broker = broker::Broker::start().wait()?;
/// let faults = broker.faults(); // cheap to copy
/// faults.add(Rule::for_bytes().of("lamp").latency(100).named("slow")).wait()?.keep();
/// assert_eq!(faults.list().wait()?[0].name, "slow");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerFaults<'a> {
    pub(super) broker: &'a Broker,
}

impl BrokerFaults<'_> {
    /// Puts a rule into force, for connections that are open, too, from the next packet on. It stays until the guard is dropped, or
    /// [`keep`](FaultGuard::keep) lets it stay.
    ///
    /// # Errors
    /// It cannot work, which the error explains ([`Error::is_invalid`]); a rule of its name is in force; or the broker has stopped.
    ///
    /// ```
    /// use broker::{fault::Rule, pattern::puback};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let guard = broker.faults().add(Rule::on(puback()).drop_it().toxicity(0.1)).wait()?;
    /// assert_eq!(guard.name(), "drop PUBACK from a client, toxicity 0.1");
    ///
    /// let wrong = Rule::on(puback()).drop_it().toxicity(10.0).named("loss");
    /// let error = broker.faults().add(wrong).wait().unwrap_err();
    /// assert!(error.is_invalid() && error.to_string().starts_with(r#"fault "loss": toxicity"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, rule: Rule) -> Answer<FaultGuard> {
        let caller = self.broker.caller.clone();
        let added = caller.disturb(None, move |machines, backend| {
            machines.faults.borrow_mut().add(backend.now(), rule)
        });
        Answer::new(async move {
            let name = added.await?;
            Ok(FaultGuard {
                caller: Some(caller),
                name,
            })
        })
    }

    /// Puts a rule into force in the place of that of its name, if there is one: what that keeps goes on. One that cannot work
    /// changes nothing.
    ///
    /// # Errors
    /// Those of [`add`](BrokerFaults::add), but that the name may be in force.
    ///
    /// ```
    /// use broker::fault::Rule;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let slow = |millis| Rule::for_bytes().of("lamp").latency(millis).named("slow");
    /// broker.faults().add(slow(100)).wait()?.keep();
    /// broker.faults().replace(slow(200)).wait()?.keep();
    /// assert_eq!(broker.faults().list().wait()?[0].rule, slow(200));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&self, rule: Rule) -> Answer<FaultGuard> {
        if let Err(invalid) = rule.check() {
            return Answer::ready(Err(invalid.into()));
        }
        let name = rule.name();
        // A command of its own: what the old one keeps goes on before the new one is there.
        let remove = move |machines: &Machines, _: &Backend| {
            machines.faults.borrow_mut().remove(&name);
        };
        self.broker.caller.send(Command::Disturb(Box::new(remove)));
        self.add(rule)
    }

    /// Takes a rule out of force: what it keeps goes on. Returns whether there was one of this name.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(!broker.faults().remove("lost").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, name: &str) -> Answer<bool> {
        let name = name.to_owned();
        self.broker.caller.disturb(None, move |machines, _| {
            Ok::<_, Error>(machines.faults.borrow_mut().remove(&name))
        })
    }

    /// Switches a rule off, or on again: it keeps its place, its counts and its window of time. One that is off does and counts
    /// nothing, and what it kept goes on. Returns whether there is a rule of this name.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::{fault::Rule, pattern::puback};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.faults().add(Rule::on(puback()).drop_it().named("no PUBACK")).wait()?.keep();
    /// assert!(broker.faults().set_enabled("no PUBACK", false).wait()?);
    /// assert!(!broker.faults().list().wait()?[0].rule.is_enabled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_enabled(&self, name: &str, is_enabled: bool) -> Answer<bool> {
        let name = name.to_owned();
        let done = self.broker.caller.disturb(None, move |machines, _| {
            Ok::<_, Error>(machines.faults.borrow_mut().set_enabled(&name, is_enabled))
        });
        self.then_followed(done)
    }

    /// The counts and the window of time of a rule begin anew: one that acts on the first packet acts once more. Returns whether
    /// there is a rule of this name.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::{fault::Rule, pattern::puback};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.faults().add(Rule::on(puback()).first(1).drop_it().named("lost")).wait()?.keep();
    /// assert!(broker.faults().reset_counts("lost").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset_counts(&self, name: &str) -> Answer<bool> {
        let name = name.to_owned();
        let done = self.broker.caller.disturb(None, move |machines, backend| {
            Ok::<_, Error>(machines.faults.borrow_mut().reset_one(backend.now(), &name))
        });
        self.then_followed(done)
    }

    /// The answer, once the broker has done what follows from it: what a rule kept goes on before the next call is answered.
    fn then_followed(self, done: Answer<bool>) -> Answer<bool> {
        let followed = self.broker.caller.ask(|_| ());
        Answer::new(async move {
            let done = done.await?;
            followed.await.map(|()| done)
        })
    }

    /// The rules in force, in the order in which they are asked, each with how often it acted.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(broker.faults().list().wait()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self) -> Answer<Vec<Listed>> {
        self.broker.caller.disturb(None, |machines, _| {
            Ok::<_, Error>(machines.faults.borrow().list().collect())
        })
    }

    /// Takes every rule out of force, and says how many there were: what they keep goes on. [`Broker::reset`] brings those back
    /// that were there at the start.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::{fault::Rule, pattern::connect};
    ///
    /// let broker = broker::Broker::builder().fault(Rule::on(connect()).drop_it()).start().wait()?;
    /// assert_eq!(broker.faults().clear().wait()?, 1);
    /// assert!(broker.faults().list().wait()?.is_empty());
    /// broker.reset().wait()?;
    /// assert_eq!(broker.faults().list().wait()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&self) -> Answer<usize> {
        self.broker.caller.disturb(None, |machines, _| {
            let mut faults = machines.faults.borrow_mut();
            let were_there = faults.list().count();
            faults.clear();
            Ok::<_, Error>(were_there)
        })
    }

    /// Lets go what a rule holds, in the order in which it came. The rule stays in force.
    ///
    /// # Errors
    /// No rule of this name is in force, or the broker has stopped.
    ///
    /// ```
    /// use std::{io::{Read, Write}, net::TcpStream};
    /// use broker::{expect::rule, fault::Rule, pattern::connect};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let _held = broker.faults().add(Rule::on(connect()).hold().named("door")).wait()?;
    /// let mut lamp = TcpStream::connect(broker.addr())?;
    /// lamp.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.expect(rule("door").fired(1)).wait();
    ///
    /// broker.faults().release("door").wait()?;
    /// lamp.read_exact(&mut [0; 4])?; // CONNACK
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn release(&self, name: &str) -> Answer<()> {
        let name: Arc<str> = name.into();
        let release = |answer| Command::Release(name, answer);
        self.broker
            .caller
            .call(None, release, |released| released.map_err(Error::from))
    }
}

/// Takes its rule out of force when it is dropped.
///
/// ```
/// use broker::{fault::Rule, pattern::connect};
///
/// let broker = broker::Broker::start().wait()?;
/// let guard = broker.faults().add(Rule::on(connect()).drop_it()).wait()?;
/// drop(guard);
/// assert!(broker.faults().list().wait()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the rule goes when this is dropped: keep it in a variable, or let the rule stay with `.keep()`"]
pub struct FaultGuard {
    /// `None`: the rule stays.
    caller: Option<Caller>,
    name: Arc<str>,
}

impl FaultGuard {
    /// The name of the rule.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets the rule stay for as long as the broker runs.
    pub fn keep(mut self) {
        self.caller = None;
    }

    /// Takes the rule out of force now, with all that follows from it.
    pub(super) fn remove(mut self) -> Answer<()> {
        let Some(caller) = self.caller.take() else {
            return Answer::ready(Ok(()));
        };
        let name = self.name.clone();
        let removed = caller.disturb(None, move |machines, _| {
            machines.faults.borrow_mut().remove_this(&name);
            Ok::<_, Error>(())
        });
        // What follows is done before the next call is answered.
        let done = caller.ask(|_| ());
        Answer::new(async move {
            removed.await?;
            done.await
        })
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        if let Some(caller) = &self.caller {
            let name = self.name.clone();
            caller.send(Command::Disturb(Box::new(move |machines, _| {
                machines.faults.borrow_mut().remove_this(&name);
            })));
        }
    }
}
