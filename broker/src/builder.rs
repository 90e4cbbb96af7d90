//! [`Builder`]: what a broker is to be, before it starts.

mod hooks;
mod thread;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use settings::{BrokerSettings, EngineKind};
use tokio::sync::{mpsc, oneshot, watch};

use thread::{Plan, run};

pub(crate) use thread::engine_of;

use crate::auth::Hooks;
use crate::broker::{Broker, Injections};
use crate::capability;
use crate::front::{Bound, StartError};
use crate::notice::{NoticeReceiver, Notices};
use crate::snapshot::Snapshot;

/// Settings of a broker that is not started yet. Starts from the built-in defaults, but on a free port of 127.0.0.1.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::Broker;
///
/// let broker = Broker::builder()
///     .seed(7)
///     .configure(|settings| settings.session.max_inflight = 1)
///     .start()
///     .await?;
/// # drop(broker);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started: `.start().await?`"]
pub struct Builder {
    settings: BrokerSettings,
    hooks: Hooks,
    snapshot: Option<Snapshot>,
    ladder_on_panic: bool,
    deadline: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        let settings = BrokerSettings {
            port: 0,
            bind: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            ..Default::default()
        };
        Self {
            settings,
            hooks: Hooks::default(),
            snapshot: None,
            ladder_on_panic: true,
            deadline: crate::control::DEFAULT_DEADLINE,
        }
    }
}

/// What the broker's thread reports once it listens.
type Started = Result<Bound, StartError>;

impl Builder {
    /// Takes all settings from elsewhere, port and addresses included.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::settings::BrokerSettings;
    ///
    /// let mut settings = BrokerSettings::default(); // or as a `Loader` read them from files
    /// settings.port = 0; // the default there is 1883
    /// settings.limits.max_connections = 3;
    /// let broker = broker::Broker::builder().settings(settings).start().await?;
    /// assert_eq!(broker.settings().limits.max_connections, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn settings(mut self, settings: BrokerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Changes any of the settings.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::builder()
    ///     .configure(|settings| settings.limits.max_connections = 3)
    ///     .start()
    ///     .await?;
    /// assert_eq!(broker.settings().limits.max_connections, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(mut self, change: impl FnOnce(&mut BrokerSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The port to listen on; 0, the default here, is any free one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::builder().port(0).start().await?; // any free one
    /// let error = broker::Broker::builder().port(broker.addr().port()).start().await.unwrap_err();
    /// assert!(error.to_string().contains("the port is taken"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Listens on this address as well. The default is 127.0.0.1 alone.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::net::{IpAddr, Ipv6Addr};
    ///
    /// let broker = broker::Broker::builder().bind(IpAddr::from(Ipv6Addr::LOCALHOST)).start().await?;
    /// println!("listens on {:?}", broker.addrs()); // [127.0.0.1:40123, [::1]:40123]
    /// assert!(broker.addrs().iter().all(|addr| addr.ip().is_loopback()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn bind(mut self, address: IpAddr) -> Self {
        if !self.settings.bind.contains(&address) {
            self.settings.bind.push(address);
        }
        self
    }

    /// Fixes everything left to chance; 0 leaves it to the operating system.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::builder().seed(7).start().await?;
    /// assert_eq!(broker.seed(), 7);
    ///
    /// let any = broker::Broker::builder().seed(0).start().await?;
    /// assert_ne!(any.seed(), 0); // drawn, and told
    /// # Ok(())
    /// # }
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.engine.seed = seed;
        self
    }

    /// What is to answer: our own engine, which is the default, or stock rumqttd (with the cargo feature of that name).
    /// [`Engine::Relay`](capability::Engine::Relay) is chosen by [`Builder::upstream`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Broker, Engine};
    ///
    /// if Engine::Rumqttd.is_built_in() {
    ///     let broker = Broker::builder().engine(Engine::Rumqttd).start().await?;
    ///     assert_eq!(broker.engine(), Engine::Rumqttd); // behind the same journal and expectations
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn engine(mut self, engine: capability::Engine) -> Self {
        self.settings.engine.kind = match engine {
            capability::Engine::Rumqttd => EngineKind::Rumqttd,
            _ => EngineKind::Native,
        };
        self
    }

    /// Passes everything on to the broker at this URL, `mqtt://HOST:PORT` or `mqtts://HOST:PORT`, and what it answers
    /// back; the journal and expectations on it work as with our own engine.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::expect::connack;
    ///
    /// let real = broker::Broker::start().await?; // in real life a broker elsewhere
    /// let broker = broker::Broker::builder().upstream(&real.url()).start().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connack().to("lamp")).await; // read on the way
    /// real.wait_connected("lamp").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upstream(mut self, url: &str) -> Self {
        url.clone_into(&mut self.settings.upstream.url);
        self
    }

    /// Whether a test that fails is shown what happened: where the broker is dropped by a panic, the end of its journal
    /// and its seed are printed to stderr, unless the panic itself has told them. On at first.
    ///
    /// ```
    /// use broker::blocking::Broker;
    ///
    /// // A test that means to panic need not print its journal.
    /// let broker = Broker::start_with(broker::Broker::builder().ladder_on_panic(false))?;
    /// let panicked = std::thread::spawn(move || {
    ///     let _broker = broker;
    ///     panic!("on purpose");
    /// });
    /// assert!(panicked.join().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ladder_on_panic(mut self, print: bool) -> Self {
        self.ladder_on_panic = print;
        self
    }

    /// How long waits and expectations take at the most, in real time: 5 seconds where it is not said.
    /// [`Broker::set_deadline`] changes it later.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::builder().deadline(Duration::from_millis(10)).start().await?;
    /// assert!(broker.wait_connected("nobody").await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Starts with what a snapshot holds. Its seed counts, too, unless one is set here or in the settings.
    ///
    /// Clients that were connected when it was taken count as lost from the start on; see
    /// [`snapshot`](crate::snapshot).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Broker, Injected};
    ///
    /// let prepared = Broker::start().await?;
    /// prepared.publish(Injected::text("lamp", "on").retained()).await?;
    /// let snapshot = prepared.snapshot().await?;
    ///
    /// let broker = Broker::builder().restore(snapshot).start().await?;
    /// assert_eq!(broker.state().await?.retained[0].topic, "lamp");
    /// assert_eq!(broker.seed(), prepared.seed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Starts the broker; ready when this returns.
    ///
    /// # Errors
    /// An address cannot be listened on; or a setting has a value that the program `broker` would not take either.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::builder().start().await?;
    /// std::net::TcpStream::connect(broker.addr())?; // it listens already
    ///
    /// let none = broker::Broker::builder().configure(|settings| settings.session.receive_maximum = 0);
    /// assert_eq!(
    ///     none.start().await.unwrap_err().to_string(),
    ///     "the program: `session.receive_maximum` is 0, which is not allowed; expected an integer from 1 to 65535 (messages)"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start(self) -> Result<Broker, StartError> {
        let (mut broker, started, ()) = self.spawn(|_| ())?;
        broker.started(started.await)?;
        Ok(broker)
    }

    /// Starts the broker, with notices from the first connection on: one that comes between the start and a call of
    /// [`Broker::notices`] would be missing there.
    pub(crate) async fn start_watched(self, packets: bool) -> Result<(Broker, NoticeReceiver), StartError> {
        let (mut broker, started, receiver) = self.spawn(|broker| {
            // Nobody need wait for the answers.
            drop(broker.send(|backend| backend.collect_events(true)));
            if packets {
                drop(broker.send_watch_packets());
            }
            broker.notices.subscribe()
        })?;
        broker.started(started.await)?;
        Ok((broker, receiver))
    }

    /// The blocking twin of [`Builder::start`], for use outside of async code.
    pub(crate) fn start_blocking(self) -> Result<Broker, StartError> {
        let (mut broker, started, ()) = self.spawn(|_| ())?;
        broker.started(started.blocking_recv())?;
        Ok(broker)
    }

    /// What `before` sends to the broker is done before it accepts its first connection: commands that are there when
    /// its thread starts come first.
    fn spawn<T>(
        self,
        before: impl FnOnce(&Broker) -> T,
    ) -> Result<(Broker, oneshot::Receiver<Started>, T), StartError> {
        self.settings.check()?;
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
        let (commands, inbox) = mpsc::unbounded_channel();
        let notices = Notices::default();
        let (started, has_started) = oneshot::channel();
        let (report, has_report) = oneshot::channel();
        let (leave, has_left) = watch::channel(None);
        let mut broker = Broker {
            addrs: Vec::new(),
            skipped: Vec::new(),
            settings: settings.clone(),
            seed,
            engine: engine_of(&settings),
            commands: Some(commands),
            notices: notices.clone(),
            left: has_left,
            started_at: crate::clock::on_the_wall(),
            report: Some(has_report),
            thread: None,
            deadline: self.deadline,
            mark: AtomicU64::new(0),
            outages: AtomicU64::new(0),
            injections: Injections::default(),
            ladder_on_panic: AtomicBool::new(self.ladder_on_panic),
        };
        let prepared = before(&broker);
        let hooks = self.hooks;
        let thread = std::thread::Builder::new()
            .name("broker".to_owned())
            .spawn(move || {
                let plan = Plan {
                    settings,
                    seed,
                    hooks,
                    snapshot,
                };
                run(plan, notices, inbox, started, report, leave);
            })
            .map_err(StartError::Thread)?;
        broker.thread = Some(thread);
        Ok((broker, has_started, prepared))
    }
}

impl Broker {
    fn started(&mut self, started: Result<Started, oneshot::error::RecvError>) -> Result<(), StartError> {
        let ended = || StartError::Thread(std::io::Error::other("the thread ended while it started"));
        let bound = started.map_err(|_| ended())??;
        self.addrs = bound.addrs;
        self.skipped = bound.skipped;
        Ok(())
    }
}
