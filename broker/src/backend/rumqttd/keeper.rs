//! [`Rumqttd`]: an embedded rumqttd, and the keeper that renews its dead parts.
//!
//! A connection's task in rumqttd may panic. Its remains make the next CONNECT with the same client identifier panic
//! while it holds a lock, and from then on the listener serves nobody. So a listener is renewed after every panic in
//! it: its connections live on, and new ones come to the fresh listener. The router, which knows sessions,
//! subscriptions and retained messages, stays the same. If the router itself panicked, everything is started anew, and
//! every connection ends.

use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::settings::BrokerSettings;
use rumqttd::protocol::v4::V4;
use rumqttd::protocol::v5::V5;
use rumqttd::{Router, Server};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::super::relay::{Relay, Stream};
use super::listener::Listener;
use super::{hook, probe, settings};
use crate::engine::Event;
use crate::wire::Version;

/// How long a client waits for a listener that is being renewed.
const RENEWAL: Duration = Duration::from_secs(2);
/// Each router has a number, which is also in its thread's name. The numbers of an embedding program's own routers
/// begin with 0.
static ROUTERS: AtomicUsize = AtomicUsize::new(10_000);

/// A part of rumqttd that can die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    V4,
    V5,
    Router,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::V4 => "the listener for MQTT 3.1.1",
            Self::V5 => "the listener for MQTT 5.0",
            Self::Router => "the router",
        }
    }

    fn of(version: Option<Version>) -> Self {
        if version == Some(Version::V5) {
            Self::V5
        } else {
            Self::V4
        }
    }
}

/// The messages to its keeper.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This part panicked, or ended by itself.
    Panic { part: Part, why: String },
    /// It did not answer a client. The keeper answers with the cause, if it is dead.
    Silent {
        part: Part,
        verdict: oneshot::Sender<Option<String>>,
    },
}

#[derive(Debug)]
pub(crate) struct Rumqttd {
    settings: BrokerSettings,
    running: RefCell<Option<Running>>,
    /// Counts renewals.
    generation: Cell<u64>,
    renewed: Notify,
    troubles: UnboundedSender<Trouble>,
    inbox: RefCell<Option<UnboundedReceiver<Trouble>>>,
    pub connack_timeout: Duration,
}

#[derive(Debug)]
struct Running {
    v4: Listener,
    v5: Listener,
    router: String,
    ports: [u16; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its thread cannot be ended from outside, and its panics no longer matter.
        hook::forget(&self.router);
    }
}

impl Rumqttd {
    /// Starts a rumqttd; its listeners listen when this returns.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub async fn start(settings: &BrokerSettings) -> Result<Self, String> {
        let (troubles, inbox) = unbounded_channel();
        let running = Running::start(settings, &troubles).await?;
        let millis = u64::from(settings.rumqttd.connack_timeout_millis);
        Ok(Self {
            settings: settings.clone(),
            running: RefCell::new(Some(running)),
            generation: Cell::new(0),
            renewed: Notify::new(),
            troubles,
            inbox: RefCell::new(Some(inbox)),
            connack_timeout: Duration::from_millis(millis),
        })
    }

    /// From now on the keeper looks after it, as long as the relay exists.
    pub fn keep(self: &Rc<Self>, relay: &Rc<Relay>) {
        if let Some(inbox) = self.inbox.borrow_mut().take() {
            tokio::task::spawn_local(keep(Rc::downgrade(self), Rc::downgrade(relay), inbox));
        }
    }

    /// Closes its ports and its connections, and ends its threads except the router's, which cannot be ended.
    pub fn stop(&self) {
        drop(self.running.borrow_mut().take());
    }

    /// A connection to the listener for this version.
    ///
    /// # Errors
    /// Why there is no connection, in words.
    pub async fn connect(&self, version: Option<Version>) -> Result<Box<dyn Stream>, String> {
        let part = Part::of(version);
        loop {
            let before = self.generation.get();
            let Some(port) = self.port(part) else {
                return Err("it has stopped".to_owned());
            };
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(Box::new(stream));
                }
                Err(error) => {
                    let renewed = self.renewed.notified();
                    if self.generation.get() == before {
                        self.suspect(version);
                        let _ = timeout(RENEWAL, renewed).await;
                    }
                    if self.generation.get() == before {
                        return Err(error.to_string());
                    }
                }
            }
        }
    }

    /// It did not answer in time: the keeper looks after it.
    pub fn suspect(&self, version: Option<Version>) {
        let (verdict, _) = oneshot::channel();
        let part = Part::of(version);
        let _ = self.troubles.send(Trouble::Silent { part, verdict });
    }

    /// Counts renewals.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// It closed a connection of this generation without an answer. Says what it died of, if it was dead.
    pub async fn autopsy(&self, version: Option<Version>, generation: u64) -> Option<String> {
        if self.generation.get() != generation {
            return Some("it was renewed just now".to_owned());
        }
        let (verdict, found) = oneshot::channel();
        let part = Part::of(version);
        let _ = self.troubles.send(Trouble::Silent { part, verdict });
        timeout(RENEWAL, found).await.ok()?.ok()?
    }

    fn port(&self, part: Part) -> Option<u16> {
        let running = self.running.borrow();
        let [v4, v5] = running.as_ref()?.ports;
        Some(if part == Part::V5 { v5 } else { v4 })
    }

    async fn is_alive(&self, part: Part) -> bool {
        let version = if part == Part::V5 {
            Version::V5
        } else {
            Version::V311
        };
        let user = self.settings.auth.users.first();
        match self.port(part) {
            Some(port) => probe::is_alive(port, version, user).await,
            None => false,
        }
    }

    /// Starts a fresh listener, or if the router is dead, starts everything anew. Says whether connections live on.
    async fn renew(&self, part: Part) -> Result<bool, String> {
        let renewed = match (&*self.running.borrow(), part) {
            (Some(running), Part::V4) => Some(running.v4.renew()),
            (Some(running), Part::V5) => Some(running.v5.renew()),
            (None, _) => return Err("it has stopped".to_owned()),
            (_, Part::Router) => None,
        };
        let port = match renewed {
            Some(renewed) => renewed.await.ok().and_then(Result::ok),
            None => None,
        };
        let kept = if let Some(port) = port {
            if let Some(running) = &mut *self.running.borrow_mut() {
                running.ports[usize::from(part == Part::V5)] = port;
            }
            true
        } else {
            let fresh = Running::start(&self.settings, &self.troubles).await?;
            let mut running = self.running.borrow_mut();
            if running.is_none() {
                return Err("it has stopped".to_owned());
            }
            *running = Some(fresh);
            false
        };
        self.generation.set(self.generation.get() + 1);
        self.renewed.notify_waiters();
        Ok(kept)
    }
}

impl Running {
    async fn start(settings: &BrokerSettings, troubles: &UnboundedSender<Trouble>) -> Result<Self, String> {
        let id = ROUTERS.fetch_add(1, Ordering::Relaxed);
        let router = format!("router-{id}");
        hook::watch(&router, Part::Router, troubles);
        let link = Router::new(id, settings::router(settings)).spawn();
        let server =
            |name: String, settings: BrokerSettings| move |port| settings::server(&settings, &name, port);
        let (v4_name, v5_name) = (format!("rumqttd-v4-{id}"), format!("rumqttd-v5-{id}"));
        let v4_settings = server(v4_name.clone(), settings.clone());
        let v5_settings = server(v5_name.clone(), settings.clone());
        let v4_link = link.clone();
        let v4 = Listener::start(v4_name, Part::V4, troubles, move |port| {
            Server::new(v4_settings(port), v4_link.clone(), V4)
        })?;
        let v5 = Listener::start(v5_name, Part::V5, troubles, move |port| {
            Server::new(v5_settings(port), link.clone(), V5)
        })?;
        let mut ports = [0; 2];
        for (port, listener) in ports.iter_mut().zip([&v4, &v5]) {
            *port = listener
                .renew()
                .await
                .map_err(|_| "its thread ended".to_owned())??;
        }
        Ok(Self {
            v4,
            v5,
            router,
            ports,
        })
    }
}

/// Handles one failure after the other.
async fn keep(rumqttd: Weak<Rumqttd>, relay: Weak<Relay>, mut inbox: UnboundedReceiver<Trouble>) {
    while let Some(trouble) = inbox.recv().await {
        let (Some(rumqttd), Some(relay)) = (rumqttd.upgrade(), relay.upgrade()) else {
            return;
        };
        match trouble {
            Trouble::Panic { part, why } => care(&rumqttd, &relay, part, why).await,
            Trouble::Silent { part, verdict } => {
                if rumqttd.is_alive(part).await {
                    let _ = verdict.send(None);
                    continue;
                }
                let why = "no answer to a CONNECT".to_owned();
                care(&rumqttd, &relay, part, why.clone()).await;
                if !rumqttd.is_alive(part).await {
                    // Then the listener is not the cause.
                    care(&rumqttd, &relay, Part::Router, why).await;
                }
                let _ = verdict.send(Some(format!(
                    "{} was dead; there is a fresh one now",
                    part.name()
                )));
            }
        }
    }
}

async fn care(rumqttd: &Rumqttd, relay: &Relay, part: Part, why: String) {
    say(
        relay,
        Event::EngineFailed {
            engine: "rumqttd",
            part: part.name(),
            why,
        },
    );
    let event = match rumqttd.renew(part).await {
        Ok(connections_kept) => Event::EngineRenewed {
            engine: "rumqttd",
            part: part.name(),
            connections_kept,
        },
        Err(why) => Event::EngineFailed {
            engine: "rumqttd",
            part: part.name(),
            why: format!("cannot be renewed: {why}"),
        },
    };
    say(relay, event);
}

fn say(relay: &Relay, event: Event) {
    relay.book.borrow_mut().event(None, event);
    relay.tell();
}
