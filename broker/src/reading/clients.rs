//! [`ClientState`]: what the journal knows of a client: whether it is connected, and why it went.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Answer;
use crate::backend::Backend;
use crate::broker::Broker;
use crate::journal::{Entry, Event, Mark, Record};
use crate::pattern::{Is, Pattern, any_event};

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
}

impl Broker {
    /// One client; `None` where it is not connected and the journal knows nothing of it.
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
        let events = self
            .journal()
            .page(comings().of(client_id), Mark::START, usize::MAX);
        let (caller, client_id) = (self.caller.clone(), client_id.to_owned());
        Answer::new(async move {
            let told = events.await?.entries;
            let wanted = client_id.clone();
            let is_connected = caller.ask(move |backend| backend.is_connected(&wanted)).await?;
            let known = is_connected || !told.is_empty();
            let mut client = ClientState {
                client_id,
                is_connected,
                ..ClientState::default()
            };
            for entry in told {
                client.take(entry);
            }
            Ok(known.then_some(client))
        })
    }

    /// Every client that is connected, or of which the journal knows that it came or went, in the order of their identifiers.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let all = broker.clients().wait()?;
    /// assert_eq!((all.len(), &*all[0].client_id), (1, "lamp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clients(&self) -> Answer<Vec<ClientState>> {
        let (journal, caller) = (self.journal(), self.caller.clone());
        Answer::new(async move {
            let mut all: BTreeMap<String, ClientState> = BTreeMap::new();
            let (mut mark, end) = (Mark::START, journal.mark().await?);
            while mark < end {
                let page = journal.page(comings(), mark, PAGE).await?;
                mark = page.until;
                for entry in page
                    .entries
                    .into_iter()
                    .filter(|entry| !entry.client_id.is_empty())
                {
                    all.entry(entry.client_id.to_string()).or_default().take(entry);
                }
            }
            let connected: BTreeSet<String> = caller
                .ask(Backend::connected_clients)
                .await?
                .into_iter()
                .collect();
            for client_id in &connected {
                all.entry(client_id.clone()).or_default();
            }
            let told = |(client_id, client): (String, ClientState)| ClientState {
                is_connected: connected.contains(&client_id),
                client_id,
                ..client
            };
            Ok(all.into_iter().map(told).collect())
        })
    }
}

/// So many events are read at a time.
const PAGE: usize = 1_000;

/// The events that tell of clients that come and go.
fn comings() -> Pattern {
    any_event().field("event", Is::one_of(["connected", "disconnected", "refused"]))
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
