//! [`Builder`]: what a broker is to be, before it starts.

mod access;
mod bridges;
mod contracts;
mod devices;
mod logins;
mod looking;
mod scripted;
mod thread;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use settings::{BrokerSettings, EngineKind, ListenerPlan};
use tokio::sync::{mpsc, oneshot, watch};

use crate::answer::Answer;
use crate::auth::Authenticators;
use crate::backend::Backend;
use crate::broker::{Broker, Caller, Injections, Listener, Running};
use crate::capability::EngineName;
use crate::error::Error;
use crate::front::{Bound, Command, LoginHook, StartError};
use crate::notice::{NoticeReceiver, Notices};
use crate::snapshot::Snapshot;
use crate::way::{Authority, Visitors};

use scripted::Scripted;
use thread::{OnceBound, Plan, run};

#[cfg(feature = "contracts")]
pub(crate) use contracts::can_enforce;
pub(crate) use thread::engine_of;

/// Settings of a broker that is not started yet. Starts from the built-in defaults, but on a free port of 127.0.0.1.
///
/// ```
/// use broker::Broker;
///
/// let broker = Broker::builder()
///     .seed(7)
///     .configure(|settings| settings.session.max_inflight = 1)
///     .start()
///     .wait()?;
/// # drop(broker);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started: `.start()`"]
pub struct Builder {
    settings: BrokerSettings,
    logins: Authenticators,
    login_hook: Option<LoginHook>,
    snapshot: Option<Snapshot>,
    ladder_on_panic: bool,
    deadline: Duration,
    /// Since 1970.
    wall_time: Option<Duration>,
    scripted: Scripted,
}

impl Default for Builder {
    fn default() -> Self {
        let mut settings = BrokerSettings {
            port: 0,
            bind: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            ..Default::default()
        };
        settings.tls.port = 0;
        settings.websocket.port = 0;
        settings.http.port = 0;
        Self {
            settings,
            logins: Authenticators::default(),
            login_hook: None,
            snapshot: None,
            ladder_on_panic: true,
            deadline: crate::control::DEFAULT_DEADLINE,
            wall_time: None,
            scripted: Scripted::default(),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .field("logins", &self.logins)
            .finish_non_exhaustive()
    }
}

/// What the broker's thread reports once it listens.
type Started = Result<Bound, StartError>;

impl Builder {
    /// Takes all settings from elsewhere, port and addresses included.
    pub fn settings(mut self, settings: BrokerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Changes any of the settings.
    pub fn configure(mut self, change: impl FnOnce(&mut BrokerSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The port to listen on; 0, the default here, is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Listens on this address as well. The default is 127.0.0.1 alone.
    pub fn bind(mut self, address: IpAddr) -> Self {
        if !self.settings.bind.contains(&address) {
            self.settings.bind.push(address);
        }
        self
    }

    /// Listens in one more place: another port, with a certificate of its own, or a Unix socket
    /// ([`Listener::socket`](settings::Listener::socket)).
    ///
    /// ```
    /// use broker::settings::{Accepts, Listener};
    ///
    /// let mut plain = Listener::port(0);
    /// plain.name = "plain".to_owned();
    /// plain.accepts = vec![Accepts::Tcp];
    /// let broker = broker::Broker::builder().listener(plain).start().wait()?;
    /// let plain = broker.listener("plain").expect("it has that name");
    /// assert_ne!(plain.addrs()[0], broker.addr());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listener(mut self, listener: settings::Listener) -> Self {
        self.settings.listener.push(listener);
        self
    }

    /// What is wrong with the certificate that clients are shown over TLS, which the port takes beside everything else; or
    /// nothing, [`Preset::Valid`](settings::Preset::Valid). Clients trust it once they are given [`Broker::ca_pem`].
    ///
    /// ```
    /// let broker = broker::Broker::builder().tls(broker::settings::Preset::Expired).start().wait()?;
    /// let (port, ca) = (broker.addr().port(), broker.ca_pem()?);
    /// // … the client under test connects to `mqtts://localhost` on this port, trusts `ca`, and must refuse …
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self, preset: settings::Preset) -> Self {
        self.settings.tls.preset = preset;
        self
    }

    /// Fixes everything left to chance; 0 leaves it to the operating system.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.engine.seed = seed;
        self
    }

    /// What is to answer: our own engine, which is the default, or stock rumqttd (with the cargo feature of that name).
    /// [`EngineName::Relay`] is chosen by [`Builder::upstream`].
    pub fn engine(mut self, engine: EngineName) -> Self {
        self.settings.engine.kind = match engine {
            EngineName::Rumqttd => EngineKind::Rumqttd,
            _ => EngineKind::Native,
        };
        self
    }

    /// Passes everything on to the broker at this URL, `mqtt://HOST:PORT` or `mqtts://HOST:PORT`, and what it answers
    /// back; the journal and expectations on it work as with our own engine.
    ///
    /// ```
    /// use broker::expect::connack;
    ///
    /// let real = broker::Broker::start().wait()?; // in real life a broker elsewhere
    /// let broker = broker::Broker::builder().upstream(&real.url()).start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connack().to("lamp")).wait(); // read on the way
    /// real.wait_connected("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upstream(mut self, url: &str) -> Self {
        url.clone_into(&mut self.settings.upstream.url);
        self
    }

    /// Whether a test that fails is shown what happened: where the broker is dropped by a panic, the end of its journal
    /// and its seed are printed to stderr, unless the panic itself has told them. On at first.
    pub fn ladder_on_panic(mut self, print: bool) -> Self {
        self.ladder_on_panic = print;
        self
    }

    /// How long waits and expectations take at most, in real time. 5 seconds unless this sets it.
    /// [`Broker::set_deadline`] changes it later.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Starts with what a snapshot holds. Its seed counts, too, unless one is set here or in the settings.
    ///
    /// Clients that were connected when it was taken count as lost from the start on; see
    /// [`snapshot`](crate::snapshot).
    pub fn restore(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Starts the broker; the answer is there once clients can connect.
    ///
    /// # Errors
    /// An address cannot be listened on; or a setting has a value that the program `broker` would not take either.
    ///
    /// ```
    /// let broker = broker::Broker::builder().start().wait()?;
    /// std::net::TcpStream::connect(broker.addr())?; // it listens already
    ///
    /// let none = broker::Broker::builder().configure(|settings| settings.session.receive_maximum = 0);
    /// assert_eq!(
    ///     none.start().wait().unwrap_err().to_string(),
    ///     "the program: `session.receive_maximum` is 0, which is not allowed; expected an integer from 1 to 65535 (messages)"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(self) -> Answer<Broker> {
        match self.spawn(|_| (), Box::new(|| Ok(()))) {
            Ok((broker, started, ())) => Answer::new(broker.once(started)),
            Err(error) => Answer::ready(Err(error.into())),
        }
    }

    /// Starts the broker, with notices from the first connection on, for so many receivers. `once_bound` is done between
    /// two things: every port is bound and every file is read, and no client is accepted.
    pub(crate) async fn start_watched(
        self,
        packets: bool,
        receivers: usize,
        once_bound: impl FnOnce() -> Result<(), StartError> + Send + 'static,
    ) -> Result<(Broker, Vec<NoticeReceiver>), Error> {
        let watched = |broker: &Broker| {
            if receivers > 0 {
                let collect = |backend: &Backend| backend.collect_events(true);
                broker.caller.send(Command::Do(Box::new(collect)));
            }
            if packets && receivers > 0 {
                broker.caller.send(Command::WatchPackets);
            }
            (0..receivers).map(|_| broker.notices.subscribe()).collect()
        };
        let (broker, started, receivers) = self.spawn(watched, Box::new(once_bound))?;
        Ok((broker.once(started).await?, receivers))
    }

    /// Nobody comes in from another machine unless somebody said that he may.
    fn refuse_undecided(&self) -> Result<(), StartError> {
        let asks = !self.logins.is_empty() || engine_of(&self.settings) == EngineName::Relay;
        let plans = self.settings.listeners().into_iter();
        match plans.filter(|_| !asks).find(|plan| plan.is_undecided) {
            Some(ListenerPlan { name, key, .. }) => Err(StartError::Undecided { name, key }),
            None => Ok(()),
        }
    }

    /// What `before` sends to the broker is done before it accepts its first connection: commands that are there when
    /// its thread starts come first.
    fn spawn<T>(
        self,
        before: impl FnOnce(&Broker) -> T,
        once_bound: OnceBound,
    ) -> Result<(Broker, oneshot::Receiver<Started>, T), StartError> {
        self.settings.check()?;
        self.refuse_undecided()?;
        #[cfg(feature = "http")]
        crate::api::look(&self.settings)?;
        let scripted = self.scripted.ready(&self.settings)?;
        let contracts = contracts::of(&self.settings)?;
        let bridges = bridges::of(&self.settings)?;
        let settings = Arc::new(self.settings);
        let snapshot = self.snapshot;
        if let Some(snapshot) = &snapshot {
            snapshot.check()?;
        }
        let seed = match settings.engine.seed {
            0 if snapshot.is_some() => snapshot.as_ref().map_or(1, |snapshot| snapshot.seed),
            // 53 bits: a seed that settings take and that JSON carries through any reader whole.
            0 => (RandomState::new().hash_one("seed") >> 11).max(1),
            seed => seed,
        };
        let authority = match settings.state_dir.as_str() {
            "" => Authority::in_memory(),
            directory => Authority::in_directory(Path::new(directory)).map_err(StartError::Tls)?,
        };
        let began = self.wall_time.unwrap_or_else(crate::clock::on_the_wall);
        let visitors = Visitors::default();
        let (commands, inbox) = mpsc::unbounded_channel();
        let notices = Notices::default();
        let (started, has_started) = oneshot::channel();
        let (report, has_report) = oneshot::channel();
        let (leave, has_left) = watch::channel(None);
        let broker = Broker {
            listeners: Vec::new(),
            skipped: Vec::new(),
            warnings: scripted.warning(&settings).into_iter().collect(),
            settings: settings.clone(),
            seed,
            caller: Caller::new(&commands, engine_of(&settings)),
            running: Mutex::default(),
            notices: notices.clone(),
            left: has_left,
            started_at: began,
            deadline: self.deadline,
            outages: Arc::new(AtomicU64::new(0)),
            injections: Injections::default(),
            authority: authority.clone(),
            visitors: visitors.clone(),
            #[cfg(feature = "contracts")]
            contracts: contracts.clone(),
            #[cfg(feature = "http")]
            api: None,
            #[cfg(feature = "http")]
            recordings: Arc::default(),
            ladder_on_panic: Arc::new(AtomicBool::new(self.ladder_on_panic)),
        };
        scripted::begin(&broker, scripted);
        let prepared = before(&broker);
        let (mut logins, mut login_hook) = (self.logins, self.login_hook);
        if login_hook.is_none() && !settings.auth.http_url.is_empty() {
            login_hook = Some(logins::ask_over_http(&settings.auth).map_err(StartError::Login)?);
            logins.ask_later(true);
        }
        let thread = std::thread::Builder::new()
            .name("broker".to_owned())
            .spawn(move || {
                let plan = Plan {
                    settings,
                    seed,
                    began,
                    logins,
                    login_hook,
                    snapshot,
                    authority,
                    visitors,
                    once_bound,
                    bridges,
                    realms: None,
                    contract: contracts.map(|kept| kept as _),
                };
                run(plan, notices, inbox, started, report, leave);
            })
            .map_err(StartError::Thread)?;
        let running = Running {
            commands: Some(commands),
            report: has_report,
            thread: Some(thread),
        };
        *broker.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
        Ok((broker, has_started, prepared))
    }
}

impl Broker {
    /// The broker, once it listens.
    async fn once(mut self, started: oneshot::Receiver<Started>) -> Result<Self, Error> {
        let ended = |_| StartError::Thread(io::Error::other("the thread ended while it started"));
        let bound = started.await.map_err(ended)??;
        let plans = self.settings.listeners();
        let listener = |(number, plan)| Listener::new(plan, bound.addrs_of(number));
        self.listeners = plans.iter().enumerate().map(listener).collect();
        self.skipped = bound.skipped;
        self.warnings.extend(bound.warnings);
        #[cfg(feature = "http")]
        crate::api::open(&mut self)?;
        Ok(self)
    }
}
