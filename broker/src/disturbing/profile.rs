//! [`BrokerProfile`]: the profile that clients of a running broker are held against.

use std::sync::Arc;

use crate::answer::Answer;
use crate::broker::Broker;
use crate::error::Error;
use crate::profile::{Mode, Profile, Tally};

impl Broker {
    /// What another broker would not take of these clients. docs/PROFILES.md tells all about it.
    ///
    /// ```
    /// use std::{io::{Read, Write}, net::TcpStream};
    ///
    /// let broker = broker::Broker::builder().profile("aws-iot").start().wait()?;
    /// let mut lamp = TcpStream::connect(broker.addr())?;
    /// lamp.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp")?; // CONNECT
    /// lamp.write_all(b"\x34\x06\0\x01a\0\x07x")?; // PUBLISH at QoS 2
    /// lamp.read_exact(&mut [0; 8])?; // CONNACK and PUBREC: nothing is different for the client
    ///
    /// let found = broker.profile().violations().wait()?;
    /// let first = found.rows().next().expect("there is one");
    /// let said = "AWS IoT Core would close this connection: a PUBLISH at QoS 2, 1 is the highest (mqtt_client#232, ";
    /// assert!(first.first.text.starts_with(said), "{}", first.first.text);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile(&self) -> BrokerProfile<'_> {
        BrokerProfile { broker: self }
    }
}

/// The profile of a broker: that of its settings or its builder, until it is changed.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// assert!(broker.profile().get().wait()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerProfile<'a> {
    broker: &'a Broker,
}

impl BrokerProfile<'_> {
    /// The profile, and what comes of violations.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::profile::Mode;
    ///
    /// let broker = broker::Broker::builder().profile("bifromq").start().wait()?;
    /// let (profile, mode) = broker.profile().get().wait()?.expect("there is one");
    /// assert_eq!((&*profile.title, mode), ("BifroMQ", Mode::Warn));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self) -> Answer<Option<(Arc<Profile>, Mode)>> {
        self.broker.caller.disturb(None, |machines, _| {
            let faults = machines.faults.borrow();
            let held = faults.profile();
            Ok::<_, Error>(held.map(|(profile, mode)| (Arc::clone(profile), mode)))
        })
    }

    /// Holds clients against this profile from their next packet on, in the place of the one before. What was counted is
    /// forgotten. [`Broker::reset`] brings the profile of the start back.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::{profile::Mode, profiles};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.profile().set(profiles::find("aws-iot")?, Mode::Enforce).wait()?;
    /// assert!(broker.profile().get().wait()?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&self, profile: Profile, mode: Mode) -> Answer<()> {
        let held = (Arc::new(profile), mode);
        let changed = self.change(Some(held));
        Answer::new(async move { changed.await.map(drop) })
    }

    /// Holds clients against no profile any more. Returns whether there was one.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::builder().profile("aws-iot").start().wait()?;
    /// assert!(broker.profile().remove().wait()?);
    /// assert!(!broker.profile().remove().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self) -> Answer<bool> {
        self.change(None)
    }

    /// Returns whether there was a profile before.
    fn change(self, held: Option<(Arc<Profile>, Mode)>) -> Answer<bool> {
        let changed = self.broker.caller.disturb(None, move |machines, _| {
            let mut faults = machines.faults.borrow_mut();
            let was_there = faults.profile().is_some();
            faults.set_profile(held);
            Ok::<_, Error>(was_there)
        });
        // Lines come and go before the next call is answered.
        let done = self.broker.caller.ask(|_| ());
        Answer::new(async move {
            let was_there = changed.await?;
            done.await.map(|()| was_there)
        })
    }

    /// Which client broke which limit, how often, and what was said of it first. [`Broker::reset`] forgets it.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::builder().profile("aws-iot").start().wait()?;
    /// assert_eq!(broker.profile().violations().wait()?.total(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn violations(&self) -> Answer<Tally> {
        #[cfg(feature = "contracts")]
        let contracts = self.broker.contracts.clone();
        self.broker.caller.disturb(None, move |machines, _| {
            #[cfg_attr(not(feature = "contracts"), allow(unused_mut))]
            let mut tally = machines.faults.borrow().tally().clone();
            #[cfg(feature = "contracts")]
            if let Some(kept) = contracts {
                tally.merge(&kept.tally());
            }
            Ok::<_, Error>(tally)
        })
    }
}
