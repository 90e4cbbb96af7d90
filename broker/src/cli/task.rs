//! [`Task`]: the command after `--`, which the broker is started for. It begins once clients can connect, learns from its
//! environment where, and its end is the end of the broker.

use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use settings::Accepts;
use tokio::process::{Child, Command};

use crate::broker::{Broker, Listener};
use crate::cli::log::complain;
use crate::cli::signals::StopSignal;

/// The exit codes of a shell for a command that cannot be run, and for one that is not there.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// How long a command may take for its end that outlives who asked for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the command's environment says of the broker, and when.
pub(super) const VARIABLES: [(&str, &str); 6] = [
    ("MQTT_URL", "the broker, such as `mqtt://127.0.0.1:40123`"),
    ("MQTT_HOST", "its address"),
    ("MQTT_PORT", "its port"),
    (
        "CITRONELLA_URL",
        "its control API, which `broker ctl` asks then, such as `http://127.0.0.1:40123`",
    ),
    (
        "CITRONELLA_TOKEN_FILE",
        "the file with the token of that API, where it has one",
    ),
    (
        "CITRONELLA_CA_FILE",
        "the certificate to trust, with `--tls` and wherever the settings speak of TLS",
    ),
];

/// The command.
#[derive(Debug)]
pub(super) enum Task {
    /// There is nothing to run.
    Nothing,
    Runs {
        child: Box<Child>,
        /// Whether it and all that it starts can be told by one signal. On a terminal they cannot: there they are in the
        /// broker's own group, so that they may read what is typed, and hear Ctrl-C by themselves.
        #[cfg(unix)]
        has_group: bool,
    },
    /// It could not be run, and a shell would give this exit code.
    Unstarted(u8),
}

impl Task {
    /// Starts it, if there are words for it.
    pub(super) fn start(words: &[OsString], broker: &Broker, ca_file: Option<&Path>) -> Self {
        let Some((name, arguments)) = words.split_first() else {
            return Self::Nothing;
        };
        let mut command = Command::new(name);
        command.args(arguments).kill_on_drop(true);
        for (variable, value) in surroundings(broker, ca_file) {
            // Another broker's must not be taken for this one's.
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        #[cfg(unix)]
        let has_group = !is_in_front();
        #[cfg(unix)]
        if has_group {
            command.process_group(0);
        }
        match command.spawn() {
            Ok(child) => Self::Runs {
                child: Box::new(child),
                #[cfg(unix)]
                has_group,
            },
            Err(error) => Self::Unstarted(unstarted(&name.to_string_lossy(), &error)),
        }
    }

    /// Whether there is one.
    pub(super) const fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Waits for its end, and gives its exit code: 128 and the signal's number, where a signal ended it. For ever, where there
    /// is no command.
    pub(super) async fn ended(&mut self) -> u8 {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Runs { child, .. } => child.wait().await.map_or(1, exit_code),
            Self::Unstarted(code) => *code,
        }
    }

    /// Tells it what the broker was told.
    #[cfg(unix)]
    pub(super) fn pass_on(&self, signal: StopSignal) {
        match (self, signal) {
            // The terminal has told it.
            (Self::Runs { has_group: false, .. }, StopSignal::Interrupt) => {}
            (_, StopSignal::Interrupt) => self.signal(Signal::INT),
            (_, StopSignal::Terminate) => self.signal(Signal::TERM),
            (_, StopSignal::HangUp) => self.signal(Signal::HUP),
        }
    }

    /// A console tells all of its programs.
    #[cfg(not(unix))]
    pub(super) fn pass_on(&self, _: StopSignal) {}

    /// Ends it where nobody is left who could: with a word first, then for good. Gives its exit code, or 0 where there is none.
    pub(super) async fn end(&mut self) -> u8 {
        if !self.is_there() {
            return 0;
        }
        self.pass_on(StopSignal::Terminate);
        if let Ok(code) = tokio::time::timeout(PATIENCE, self.ended()).await {
            return code;
        }
        #[cfg(unix)]
        self.signal(Signal::KILL);
        #[cfg(not(unix))]
        if let Self::Runs { child } = self {
            let _ = child.start_kill();
        }
        self.ended().await
    }

    /// Where it has just ended, nothing.
    #[cfg(unix)]
    fn signal(&self, signal: Signal) {
        let Self::Runs { child, has_group } = self else {
            return;
        };
        let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
            return;
        };
        let _ = if *has_group {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }
}

/// Each of [`VARIABLES`] with what it says, if there is something to say.
fn surroundings(broker: &Broker, ca_file: Option<&Path>) -> [(&'static str, Option<OsString>); 6] {
    let [url, host, port, api, token_file, ca] = VARIABLES.map(|(name, _)| name);
    let address = broker.addrs().first();
    let ways = [Accepts::Tcp, Accepts::Tls, Accepts::Ws, Accepts::Wss];
    let places = broker.listeners();
    let mut urls = ways
        .iter()
        .flat_map(|way| places.iter().filter_map(|place| place.url(*way)));
    let token = Some(&broker.settings().http.token_file).filter(|path| !path.is_empty());
    [
        (url, urls.next().map(OsString::from)),
        (host, address.map(|at| reached_at(at.ip()).to_string().into())),
        (port, address.map(|at| at.port().to_string().into())),
        (api, api_of(broker).map(OsString::from)),
        (
            token_file,
            token.and_then(|path| std::path::absolute(path).ok()?.into_os_string().into()),
        ),
        (ca, ca_file.map(|path| path.as_os_str().to_owned())),
    ]
}

/// Where the control API is, as `broker ctl` is told.
fn api_of(broker: &Broker) -> Option<String> {
    #[cfg(feature = "http")]
    if let Some(url) = broker.api_url() {
        return url.strip_suffix("/api/v1").map(str::to_owned);
    }
    let https = |place: &Listener| place.url(Accepts::Https);
    broker.listeners().iter().find_map(https)
}

/// Every address of this machine has this machine's own among them.
fn reached_at(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(any) if any.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// Says why it cannot be run, and gives a shell's exit code for that.
fn unstarted(name: &str, error: &io::Error) -> u8 {
    let (why, exit_code) = match error.kind() {
        io::ErrorKind::NotFound => ("there is no such command".to_owned(), NOT_FOUND),
        io::ErrorKind::PermissionDenied => (
            "it may not be executed; `chmod +x` makes a script a command".to_owned(),
            CANNOT_RUN,
        ),
        _ => (error.to_string(), CANNOT_RUN),
    };
    complain(&format!("cannot run {name:?}: {why}"));
    exit_code
}

fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let by_signal = None;
    let code = status.code().or(by_signal);
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Whether what is typed on the terminal goes to this program and those that it starts.
#[cfg(unix)]
fn is_in_front() -> bool {
    let terminal = std::fs::File::open("/dev/tty").ok();
    let front = terminal.and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
    front == Some(rustix::process::getpgrp())
}
