//! The broker's thread: what it starts from, and its life.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use settings::{BrokerSettings, EngineKind};
use tokio::sync::{mpsc, oneshot, watch};

use super::Started;
use crate::access::Realms;
use crate::auth::Authenticators;
use crate::backend::{Backend, Book, PlayedBroker, Relay, Rumqttd, Target, Upstream};
use crate::bridging::Bridging;
use crate::broker::Report;
use crate::capability::EngineName;
use crate::clock::Clock;
use crate::durable;
use crate::engine::{Contract, Engine};
use crate::front::{Bound, Command, Listener, LoginHook, Logins, Machines, Shell, StartError, bind};
use crate::journal::Journal;
use crate::notice::Notices;
use crate::realms::{self, Access};
use crate::snapshot::Snapshot;
use crate::time::Time;
use crate::way::{Authority, Door, Visitors};

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
    /// The time since 1970 that the clock on the wall is taken to show at the start.
    pub began: Duration,
    pub logins: Authenticators,
    pub login_hook: Option<LoginHook>,
    pub snapshot: Option<Snapshot>,
    pub authority: Authority,
    pub visitors: Visitors,
    pub once_bound: OnceBound,
    /// To other brokers.
    pub bridges: Vec<Bridging>,
    /// What the files of the settings say, for our own engine.
    pub realms: Option<Realms>,
    /// What clients are held against.
    pub contract: Option<Arc<dyn Contract>>,
}

/// What is done once every port is bound.
pub(super) type OnceBound = Box<dyn FnOnce() -> Result<(), StartError> + Send>;

impl Plan {
    /// What is to answer. On the broker's thread, where it stays.
    async fn backend(self) -> Result<Backend, StartError> {
        let engine = engine_of(&self.settings);
        let cannot = |why| StartError::Engine { engine, why };
        let target = match engine {
            EngineName::Native => {
                let mut engine = Engine::new(self.settings, self.seed);
                engine.set_authenticators(self.logins);
                if let Some(realms) = self.realms {
                    engine.set_realms(Time::ZERO, realms);
                }
                engine.set_contract(self.contract);
                if let Some(snapshot) = self.snapshot {
                    engine.restore(Time::ZERO, &snapshot)?;
                }
                let clock = Clock::start();
                return Ok(Backend::of_engine(engine, clock));
            }
            _ if !self.logins.is_empty() => {
                let why = "`check_login`, `check_login_later`, `check_access`, `authenticator` and `auth.http_url` are for the native \
                           engine; here, who answers decides who comes in";
                return Err(cannot(why.to_owned()));
            }
            _ if self.snapshot.is_some() => {
                let why = "a snapshot is for the native engine; here, who answers has a state of its own";
                return Err(cannot(why.to_owned()));
            }
            EngineName::Relay if let Some(file) = self.settings.upstream.recording() => {
                let played = PlayedBroker::open(file, &self.settings.upstream.speed).map_err(cannot)?;
                Target::Played(Rc::new(played))
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
        let mut book = Book::new(&self.settings);
        book.set_contract(self.contract);
        Ok(Backend::Relay(Relay::new(self.settings, target, book)))
    }
}

/// Who may come in, if our own engine is to answer.
fn access(settings: &BrokerSettings) -> Result<Option<Access>, StartError> {
    let engine = engine_of(settings);
    if engine == EngineName::Native {
        return Ok(Some(realms::read(settings)?));
    }
    match realms::key_for_native(settings) {
        Some(key) => Err(StartError::Engine {
            engine,
            why: format!("`{key}` is for the native engine; here, who answers decides who comes in"),
        }),
        None => Ok(None),
    }
}

/// The files that these settings name, read as a start would read them: what is wrong with each, and what may do harm.
pub(super) fn look(settings: &BrokerSettings) -> (Vec<StartError>, Vec<String>) {
    let (mut wrong, warnings) = match access(settings) {
        Ok(access) => (Vec::new(), access.map(|access| access.warnings)),
        Err(error) => (vec![error], None),
    };
    let authority = Authority::in_memory();
    let door = |place| Door::new(place, &authority, &Visitors::default()).err();
    #[cfg(feature = "http")]
    wrong.extend(crate::api::look(settings).err());
    wrong.extend(settings.listeners().iter().filter_map(door).map(StartError::Tls));
    (wrong, warnings.unwrap_or_default())
}

/// Everything that may go wrong at the start: takes the addresses, and makes what is to answer there.
async fn prepare(mut plan: Plan) -> Result<(Bound, Vec<Listener>, Backend), StartError> {
    let settings = plan.settings.clone();
    let once_bound = std::mem::replace(&mut plan.once_bound, Box::new(|| Ok(())));
    let places = settings.listeners();
    let access = access(&settings)?;
    let mut bound = bind(&places)?;
    if let Some(access) = access {
        plan.realms = Some(access.realms);
        bound.warnings = access.warnings;
    }
    let door = |place| Door::new(place, &plan.authority, &plan.visitors).map(Rc::new);
    let doors = places.iter().map(door).collect::<Result<Vec<_>, _>>();
    let doors = doors.map_err(StartError::Tls)?;
    let (seed, is_restored) = (plan.seed, plan.snapshot.is_some());
    let backend = plan.backend().await?;
    if let Some(relay) = backend.relay() {
        bound.warnings.extend(relay.notes().iter().cloned());
    }
    if let Some(why) = backend.relay().and_then(|relay| relay.is_itself(&bound.addrs())) {
        let engine = EngineName::Relay;
        return Err(StartError::Engine { engine, why });
    }
    let listening = std::mem::take(&mut bound.listening).into_iter();
    let listeners = listening
        .zip(&bound.places)
        .map(|((number, listening), (_, address))| Listener {
            listening,
            address: address.clone(),
            door: doors[number].clone(),
        });
    let listeners = listeners.collect();
    once_bound()?;
    // As the user that the program is from here on, whose the files are.
    bound
        .warnings
        .extend(keep(&backend, &settings, seed, is_restored)?);
    Ok((bound, listeners, backend))
}

/// From here on our own engine keeps what outlives the process, if the settings ask for that. It goes on from what it kept, but for
/// a broker that `is_restored` from a snapshot. Returns what is to be said of what was kept.
fn keep(
    backend: &Backend,
    settings: &BrokerSettings,
    seed: u64,
    is_restored: bool,
) -> Result<Vec<String>, StartError> {
    let Some(mut native) = backend.native_mut() else {
        let words = "`state_dir` keeps the CA alone: who answers here has a state of its own (`durability` is for the native engine)";
        return Ok(durable::directory(settings)
            .map(|_| words.to_owned())
            .into_iter()
            .collect());
    };
    let Some(found) = durable::open(settings, seed).map_err(StartError::Store)? else {
        return Ok(Vec::new());
    };
    let now = native.clock.now();
    native
        .engine
        .keep(now, found.state.as_ref().filter(|_| !is_restored))?;
    native.keeper = Some(found.keeper);
    Ok(found.warnings)
}

/// The broker's thread.
pub(super) fn run(
    mut plan: Plan,
    notices: Notices,
    inbox: mpsc::UnboundedReceiver<Command>,
    started: oneshot::Sender<Started>,
    report: oneshot::Sender<Report>,
    leave: watch::Sender<Option<Arc<Journal>>>,
) {
    let settings = plan.settings.clone();
    let patience = Duration::from_millis(u64::from(settings.auth.http_timeout_millis));
    let logins = Logins::new(plan.login_hook.clone(), patience);
    let bridges = std::mem::take(&mut plan.bridges);
    let machines = Machines::new(plan.seed, plan.began, bridges);
    machines.begin_contract(plan.contract.clone());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(StartError::Thread(error)));
            return;
        }
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let prepared = prepare(plan).await;
        let (bound, listeners, backend) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let shell = Shell::new(backend, notices, logins, machines, &settings);
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
