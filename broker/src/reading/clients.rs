//! [`ClientState`]: what the journal knows of a client: whether it is connected, and why it went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::BrokerJournal;
use super::paging::turn;
use crate::answer::Answer;
use crate::broker::Broker;
use crate::error::Error;
use crate::journal::{Entry, Event, Glance, Journal, Mark, Part, Record, Wanted};
use crate::time::Time;

/// A client, as far as the journal still knows it.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp\xE0\0")?;
/// // … "lamp" connects and says goodbye …
/// broker.wait_disconnected("lamp").wait()?;
/// let lamp = broker.client("lamp").wait()?.expect("it was here");
/// let went = lamp.disconnected.expect("it has gone");
/// assert!(!lamp.is_connected);
/// assert_eq!(went.words(), "lamp is disconnected: the client said goodbye");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientState {
    /// The client identifier.
    pub client_id: String,
    /// Whether it is connected now.
    pub is_connected: bool,
    /// The event with which its latest connection began.
    pub connected: Option<Entry>,
    /// The event with which its latest connection that has ended did.
    pub disconnected: Option<Entry>,
    /// The event that tells of its latest CONNECT that was refused.
    pub refused: Option<Entry>,
    /// The rule that keeps it out now.
    pub kept_out: Option<KeptOut>,
}

/// A rule that keeps a client out, such as an [interruption](crate::BrokerFaults::interrupt).
///
/// ```
/// use std::time::Duration;
///
/// let broker = broker::Broker::start().wait()?;
/// broker.faults().interrupt("lamp", Duration::from_secs(30)).wait()?;
/// let lamp = broker.client("lamp").wait()?.expect("it is kept out");
/// let kept_out = lamp.kept_out.expect("it is");
/// assert_eq!(kept_out.rule, r#"interruption of "lamp""#); // `broker.faults().remove(…)` ends it
/// assert!(kept_out.until.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptOut {
    /// The name of the rule.
    pub rule: String,
    /// When that ends, by the broker's clock; `None` where it has no end of its own.
    pub until: Option<Time>,
}

impl Broker {
    /// One client; `None` where it is not connected, nothing keeps it out, and the journal knows nothing of it.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert_eq!(broker.client("lamp").wait()?, None);
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// assert!(broker.client("lamp").wait()?.is_some_and(|lamp| lamp.is_connected));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client(&self, client_id: &str) -> Answer<Option<ClientState>> {
        let (journal, caller, client_id) = (self.journal(), self.caller.clone(), client_id.to_owned());
        Answer::new(async move {
            let mut told = told(&journal, Names::One(client_id.clone()), 1).await?;
            let wanted = client_id.clone();
            let stands = caller.disturb(None, move |machines, backend| {
                let kept_out = machines.keeps_out(backend.now(), &wanted);
                Ok::<_, Error>((backend.is_connected(&wanted), kept_out.map(KeptOut::from)))
            });
            let (is_connected, kept_out) = stands.await?;
            let told = told.remove(&client_id);
            let is_known = is_connected || told.is_some() || kept_out.is_some();
            Ok(is_known.then(|| ClientState {
                client_id,
                is_connected,
                kept_out,
                ..told.unwrap_or_default()
            }))
        })
    }

    /// The first `most` clients behind the client identifier `after`, in the order of these: those that are connected, and those of which
    /// the journal knows that they came or went. From the beginning, where `after` is empty.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let page = broker.clients("", 100).wait()?;
    /// assert_eq!((page.len(), &*page[0].client_id), (1, "lamp"));
    /// assert!(broker.clients("lamp", 100).wait()?.is_empty()); // that was all
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clients(&self, after: &str, most: usize) -> Answer<Vec<ClientState>> {
        let (journal, caller, after) = (self.journal(), self.caller.clone(), after.to_owned());
        Answer::new(async move {
            let mut told = told(&journal, Names::Behind(after.clone(), None), most).await?;
            let connected = caller.ask(move |backend| backend.connected_behind(&after, most));
            let connected: BTreeSet<String> = connected.await?.into_iter().collect();
            for client_id in &connected {
                told.entry(client_id.clone()).or_default();
            }
            let told: Vec<_> = told.into_iter().take(most).collect();
            let stands = caller.disturb(None, move |machines, backend| {
                let now = backend.now();
                let all = told.into_iter().map(|(client_id, client)| ClientState {
                    is_connected: connected.contains(&client_id),
                    kept_out: machines.keeps_out(now, &client_id).map(KeptOut::from),
                    client_id,
                    ..client
                });
                Ok::<_, Error>(all.collect())
            });
            stands.await
        })
    }
}

/// Which clients are wanted.
#[derive(Debug, Clone)]
enum Names {
    One(String),
    /// Those behind the first of these names, up to the second, where the page is full.
    Behind(String, Option<String>),
}

/// The events that tell that these clients come and go.
struct Comings(Names);

impl Names {
    fn have(&self, client_id: &str) -> bool {
        match self {
            Self::One(one) => client_id == one,
            Self::Behind(after, last) => {
                client_id > &**after && last.as_deref().is_none_or(|last| client_id <= last)
            }
        }
    }
}

impl Wanted for Comings {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        match glance.event {
            Some(event @ (Event::Connected { .. } | Event::Disconnected { .. } | Event::Refused { .. })) => {
                self.0.have(&event.client_id())
            }
            _ => false,
        }
    }

    fn fits(&self, entry: &Entry) -> bool {
        self.0.have(&entry.client_id)
    }
}

/// What the journal tells of the first `most` of these clients. No more than that is held at any time: a name that was too far behind
/// once stays so.
async fn told(
    journal: &BrokerJournal,
    mut names: Names,
    most: usize,
) -> Result<BTreeMap<String, ClientState>, Error> {
    let part = Part {
        looked_at: turn(0),
        ..Part::ALL
    };
    let mut told: BTreeMap<String, ClientState> = BTreeMap::new();
    let (mut from, end) = (Mark::START, journal.mark().await?);
    while from < end {
        let wanted = Arc::new(Comings(names.clone()));
        let read = move |journal: &Journal| journal.read_part(from, part, &*wanted);
        let seen = journal.read(read).await?;
        from = seen.until;
        for entry in seen.entries {
            told.entry(entry.client_id.to_string()).or_default().take(entry);
        }
        if let Names::Behind(_, last) = &mut names
            && told.len() >= most
        {
            while told.len() > most {
                told.pop_last();
            }
            *last = told.keys().next_back().cloned();
        }
    }
    Ok(told)
}

impl ClientState {
    fn take(&mut self, entry: Entry) {
        match &entry.record {
            Record::Event(Event::Connected { .. }) => self.connected = Some(entry),
            Record::Event(Event::Disconnected { .. }) => self.disconnected = Some(entry),
            Record::Event(Event::Refused { .. }) => self.refused = Some(entry),
            _ => {}
        }
    }
}

impl From<(Arc<str>, Time)> for KeptOut {
    fn from((rule, until): (Arc<str>, Time)) -> Self {
        Self {
            rule: rule.to_string(),
            until: (until != Time::NEVER).then_some(until),
        }
    }
}
