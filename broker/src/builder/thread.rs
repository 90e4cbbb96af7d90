//! The broker's thread: what it starts from, and its life.

use std::rc::Rc;
use std::sync::Arc;

use settings::{BrokerSettings, EngineKind};
use tokio::sync::{mpsc, oneshot, watch};

use super::Started;
use crate::auth::Authenticators;
use crate::backend::{Backend, Book, Relay, Rumqttd, Target, Upstream};
use crate::broker::Report;
use crate::capability::EngineName;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::front::{Command, Shell, StartError, bind};
use crate::journal::Journal;
use crate::notice::Notices;
use crate::snapshot::Snapshot;
use crate::time::Time;

/// Which engine these settings ask for.
pub(crate) fn engine_of(settings: &BrokerSettings) -> EngineName {
    if !settings.upstream.url.is_empty() {
        return EngineName::Relay;
    }
    match settings.engine.kind {
        EngineKind::Rumqttd => EngineName::Rumqttd,
        _ => EngineName::Native,
    }
}

/// What the broker's thread starts from.
pub(super) struct Plan {
    pub settings: Arc<BrokerSettings>,
    pub seed: u64,
    pub logins: Authenticators,
    pub snapshot: Option<Snapshot>,
}

impl Plan {
    /// What is to answer. On the broker's thread, where it stays.
    async fn backend(self) -> Result<Backend, StartError> {
        let engine = engine_of(&self.settings);
        let cannot = |why| StartError::Engine { engine, why };
        let target = match engine {
            EngineName::Native => {
                let mut engine = Engine::new(self.settings, self.seed);
                engine.set_authenticators(self.logins);
                if let Some(snapshot) = self.snapshot {
                    engine.restore(Time::ZERO, &snapshot)?;
                }
                let clock = Clock::start();
                return Ok(Backend::of_engine(engine, clock));
            }
            _ if !self.logins.is_empty() => {
                let why = "`check_login` and `authenticator` are for the native engine; here, who answers decides who \
                           comes in";
                return Err(cannot(why.to_owned()));
            }
            _ if self.snapshot.is_some() => {
                let why = "a snapshot is for the native engine; here, who answers has a state of its own";
                return Err(cannot(why.to_owned()));
            }
            EngineName::Relay => {
                let upstream = Upstream::new(&self.settings.upstream).map_err(cannot)?;
                Target::Upstream(Box::new(upstream))
            }
            EngineName::Rumqttd => {
                let rumqttd = Rumqttd::start(&self.settings).await.map_err(cannot)?;
                Target::Rumqttd(Rc::new(rumqttd))
            }
        };
        let book = Book::new(&self.settings);
        Ok(Backend::Relay(Relay::new(self.settings, target, book)))
    }
}

/// The broker's thread.
pub(super) fn run(
    plan: Plan,
    notices: Notices,
    inbox: mpsc::UnboundedReceiver<Command>,
    started: oneshot::Sender<Started>,
    report: oneshot::Sender<Report>,
    leave: watch::Sender<Option<Arc<Journal>>>,
) {
    let settings = plan.settings.clone();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(StartError::Thread(error)));
            return;
        }
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut bound = match bind(&settings.bind, settings.port) {
            Ok(bound) => bound,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let backend = match plan.backend().await {
            Ok(backend) => backend,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        if let Some(error) = backend.relay().and_then(|relay| relay.is_itself(&bound.addrs)) {
            let engine = EngineName::Relay;
            let _ = started.send(Err(StartError::Engine { engine, why: error }));
            return;
        }
        let listeners = std::mem::take(&mut bound.listeners);
        let shell = Shell::new(backend, notices, &settings);
        // From here on the operating system queues connections: whoever is told the address may use it.
        if started.send(Ok(bound)).is_err() {
            return;
        }
        Rc::clone(&shell).run(listeners, inbox).await;
        if let Some(relay) = shell.backend.relay() {
            relay.end();
        }
        let backend = &shell.backend;
        let _ = leave.send(Some(Arc::new(std::mem::take(&mut *backend.journal_mut()))));
        let uptime_millis = u64::try_from(backend.now().since_start().as_millis()).unwrap_or(u64::MAX);
        let _ = report.send(Report {
            stats: backend.stats(),
            uptime_millis,
        });
    });
}
