//! Starting, running and stopping the broker.

use std::process::ExitCode;
use std::sync::Arc;

use settings::{Durability, ListenerPlan, Loaded, LogType, Origin};

use crate::access::AccessChanges;
use crate::broker::{Broker, Listener, Report};
use crate::builder::Builder;
use crate::capability::EngineName;
use crate::cli::account::{Account, is_root, look_at_state_dir, missing_above};
use crate::cli::detached;
use crate::cli::journal_file::JournalFile;
use crate::cli::line::{At, Line, mqtt_versions};
use crate::cli::log::{self, Log, Prepared, complain, remark, warn};
use crate::cli::manner::Manner;
use crate::cli::parent::Parent;
use crate::cli::pid_file::PidFile;
use crate::cli::place::Place;
use crate::cli::ready_file::ReadyFile;
use crate::cli::recording_file::RecordingFile;
use crate::cli::service;
use crate::cli::shared_ca::Shared;
use crate::cli::signals::{Signals, StopSignal};
use crate::cli::stop::Stop;
use crate::cli::task::Task;
#[cfg(feature = "watch")]
use crate::cli::watch;
use crate::cli::words;
use crate::durable;
use crate::error::{Error, Kind};
use crate::front::StartError;
use crate::time::Time;

/// Runs a broker with these settings until something ends it.
pub(super) fn run(loaded: &Loaded, manner: &Manner) -> ExitCode {
    if manner.is_detached {
        detached::enter();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(serve(loaded, manner)),
        Err(error) => Err(StartError::Thread(error).into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let line = match error.kind() {
                Kind::Start(error) => words::of_mosquitto(error, loaded),
                _ => None,
            };
            complain(&line.map_or_else(|| error.to_string(), |line| line.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn serve(loaded: &Loaded, manner: &Manner) -> Result<ExitCode, Error> {
    let settings = &loaded.settings;
    // Each connection is a file, so the limit is raised to what the system allows. If that fails, it stays as it is.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    // From here on a signal no longer kills the program halfway.
    let mut signals = Signals::catch().map_err(StartError::Thread)?;
    let mut parent = match Parent::find(manner.parent) {
        Ok(parent) => parent,
        Err(error) => {
            complain(&error);
            return Ok(ExitCode::FAILURE);
        }
    };
    let account = Account::find(&settings.user)?;
    // Before anything is made there.
    let store = durable::directory(settings).map(|store| (missing_above(&store), store));
    let pid_file = Arc::new(PidFile::prepare(&settings.pid_file)?);
    let mut ready_file = ReadyFile::prepare(&settings.ready_file)?;
    let log = Prepared::open(&settings.log)?;
    #[cfg(feature = "watch")]
    let view = manner.is_watched.then(watch::Prepared::new);
    #[cfg(feature = "watch")]
    let log = match &view {
        Some(view) => log.with_view(view.lines()),
        None => log,
    };
    if let Some(account) = &account {
        for file in log.made() {
            // Where that fails, the file cannot be opened anew; then that is told.
            let _ = account.give(file);
        }
    }
    let journal_file = tokio::select! {
        created = JournalFile::create(settings) => created?,
        // These end the wait for a pipe that nobody reads.
        signal = signals.next(|| {}) => return Ok(manner.unstarted(signal)),
        _ = parent.ended() => return Ok(manner.unstarted(StopSignal::Terminate)),
    };
    let recording_file = RecordingFile::create(settings)?;
    let builder = Builder::default()
        .settings(settings.clone())
        .tables(loaded.script.clone());
    let (broker, notices) = builder
        .start_watched(settings.log.wants(LogType::Debug), log.len(), {
            let (pid_file, account) = (pid_file.clone(), account.clone());
            move || {
                pid_file.write(account.as_ref())?;
                let Some(account) = account else { return Ok(()) };
                if let Some((missing, store)) = store {
                    account.give_directory(&store, &missing)?;
                }
                account.enter()
            }
        })
        .await?;
    log.take_remarks(&broker);
    match &account {
        Some(account) => look_at_state_dir(&settings.state_dir, account.name()),
        None => remark_on_root(&broker),
    }
    let journal = journal_file.follow(broker.journal()).await?;
    let recording = recording_file.follow(&broker).await?;
    for known in &loaded.remarks {
        remark(&known.to_string());
    }
    if let Some(words) = keeps_nowhere(loaded) {
        remark(&words);
    }
    for address in broker.skipped() {
        remark(&format!(
            "this machine has no address {address}: not listening there"
        ));
    }
    for listener in broker.listeners() {
        for name in listener.unknown_ciphers() {
            remark(&format!(
                "listener {:?}: there is no cipher suite {name:?} here; it is left out",
                listener.name()
            ));
        }
    }
    for warning in broker.warnings() {
        warn(warning);
    }
    #[cfg(feature = "contracts")]
    for note in broker.contract_notes() {
        remark(&note);
    }
    let warning = open_to_all(&broker, loaded);
    if let Some(warning) = &warning {
        warn(warning);
    }
    // The file comes first: a program that has read the banner may expect it.
    let listeners: Vec<Place<'_>> = broker.listeners().iter().map(Place::from).collect();
    let shared = Shared::of(&broker);
    let ca_file = shared.ca_file();
    ready_file.write(&listeners, ca_file)?;
    let first = Line::Listening {
        at_secs: At(Time::ZERO),
        version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        addresses: broker.addrs(),
        url: broker.url(),
        #[cfg(feature = "http")]
        api: broker.api_url(),
        #[cfg(not(feature = "http"))]
        api: None,
        listeners,
        ca_file,
        skipped: broker.skipped(),
        mqtt_versions: &mqtt_versions(settings),
        engine: broker.engine().name(),
        upstream: Some(settings.upstream.url.as_str()).filter(|url| !url.is_empty()),
        seed: broker.seed(),
        config_files: &loaded.files,
        remarks: &loaded.remarks,
        warning: warning.as_deref(),
    };
    let log = log.start(&first, &broker, notices).map_err(StartError::Thread)?;
    service::is_ready(&broker.url());
    if manner.is_detached && detached::let_go(&log::of_detached(&settings.log, &first)).is_err() {
        return Ok(ExitCode::FAILURE);
    }

    let mut task = Task::start(&manner.task, &broker, ca_file);
    #[cfg(feature = "watch")]
    let mut view = view
        .map(|view| view.start(&broker))
        .transpose()
        .map_err(StartError::Thread)?;
    let stop = {
        let until = until_stop(&mut signals, &mut parent, &mut task, &broker, &log);
        #[cfg(feature = "watch")]
        let until = closed_or(&mut view, until);
        until.await
    };
    #[cfg(feature = "watch")]
    if let Some(view) = view {
        view.end().await;
    }
    let Some(stop) = stop else {
        complain("the broker's thread ended by itself. This is a fault in Citronella; please report it");
        return Ok(ExitCode::FAILURE);
    };
    service::stops();
    let has_ended = matches!(stop, Stop::TaskEnded(_));
    // From here on clients that wait for the file must not find it.
    ready_file.remove();
    let code = super::profiles::judged(&broker, manner, stop.exit_code()).await;
    let running = broker.take_running();
    #[cfg(feature = "contracts")]
    let (contracts, sparkplug) = (broker.contract_report(), broker.sparkplug_report());
    // The broker can send notices, and the printer waits until nobody can.
    drop(broker);
    let end = async {
        let report = match running {
            Some(running) => running.end_with_the_program().await.unwrap_or_default(),
            None => Report::default(),
        };
        tokio::join!(journal.finish(), recording.finish(), log.finish(stop, report));
    };
    let second = async {
        // The Ctrl-C that ended the command may be heard here only now.
        if has_ended {
            signals.next(|| {}).await;
        }
        signals.next(|| {}).await
    };
    tokio::select! {
        () = end => {}
        second = second => {
            // With it the CA's key goes, if it lies in a file for this run.
            drop(shared);
            pid_file.remove();
            std::process::exit(second.exit_code())
        }
    }
    #[cfg(feature = "contracts")]
    if let Some(report) = contracts {
        super::asyncapi::tell(&report);
    }
    #[cfg(feature = "contracts")]
    if let Some(report) = sparkplug {
        super::sparkplug::tell(&report);
    }
    Ok(ExitCode::from(code))
}

/// Waits for what ends the broker, and for whoever closes the view.
#[cfg(feature = "watch")]
async fn closed_or(
    view: &mut Option<watch::Watch>,
    until: impl Future<Output = Option<Stop>>,
) -> Option<Stop> {
    let closed = async {
        match view {
            Some(view) => view.closed().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        stop = until => stop,
        () = closed => Some(Stop::ViewClosed),
    }
}

/// Waits for what ends the broker. `None` if it broke down.
async fn until_stop(
    signals: &mut Signals,
    parent: &mut Parent,
    task: &mut Task,
    broker: &Broker,
    log: &Log,
) -> Option<Stop> {
    let read_again = || {
        service::reloads();
        read_again(broker, log);
        service::is_ready(&broker.url());
    };
    loop {
        tokio::select! {
            signal = signals.next(read_again) => {
                if !task.is_there() {
                    return Some(Stop::Signal(signal));
                }
                // When it ends is its own affair.
                task.pass_on(signal);
            }
            pid = parent.ended() => return Some(Stop::ParentEnded { pid, code: task.end().await }),
            code = task.ended() => return Some(Stop::TaskEnded(code)),
            () = broker.failed() => {
                task.end().await;
                return None;
            }
        }
    }
}

/// Where other machines can reach it, a fault in the broker would be a fault in root. In a container root is the first process,
/// and less.
fn remark_on_root(broker: &Broker) {
    let is_reachable = broker
        .listeners()
        .iter()
        .any(|listener| listener.reachable().is_some());
    if is_root() && is_reachable && std::process::id() != 1 && broker.settings().user.is_empty() {
        remark(
            "root runs this broker, and other machines can reach it; `user = \"nobody\"` makes it another user once it listens",
        );
    }
}

/// SIGHUP came: reads again what can change while the broker runs. Where one part is faulty, the other is read nevertheless.
fn read_again(broker: &Broker, log: &Log) {
    log.reopen();
    let mut read = Vec::new();
    let mut is_faulty = false;
    #[cfg(feature = "tls")]
    match broker.reload_certificates() {
        Ok(()) => read.push("certificates, keys and revocation lists".to_owned()),
        Err(error) => {
            is_faulty = true;
            complain(&format!("SIGHUP: {error}; all certificates stay as they were"));
        }
    }
    match broker.reload_access().wait() {
        Ok(changes) if is_faulty => {
            if changes != AccessChanges::default() {
                remark(&format!("SIGHUP: users and access control lists: {changes}"));
            }
        }
        Ok(changes) => read.push(format!("users and access control lists ({changes})")),
        // Who answers has users of its own.
        Err(error) if error.is_unsupported() => {}
        Err(error) => {
            is_faulty = true;
            complain(&format!(
                "SIGHUP: {error}; users and access control lists stay as they were"
            ));
        }
    }
    if !read.is_empty() && !is_faulty {
        remark(&format!(
            "SIGHUP: read again: {}. Settings stay as they were at the start; SIGTERM stops the broker",
            read.join("; ")
        ));
    }
}

/// What to say of settings that ask to keep state and name no place for it.
fn keeps_nowhere(loaded: &Loaded) -> Option<String> {
    let Loaded { settings, .. } = loaded;
    let asks = settings.state_dir.is_empty() && settings.durability != Durability::Off;
    let asks = asks && *loaded.origin("durability") != Origin::Default;
    asks.then(|| {
        format!(
            "`durability` is {:?}, but without a `state_dir` nothing is kept: --state-dir DIR names one",
            settings.durability.name()
        )
    })
}

/// The warning about a broker that other machines can reach without a password.
fn open_to_all(broker: &Broker, loaded: &Loaded) -> Option<String> {
    // Who answers behind a relay asks.
    let asks = broker.engine() == EngineName::Relay;
    let plans = loaded.settings.listeners();
    let open = |(listener, plan): (&Listener, ListenerPlan)| {
        let at = listener.is_open().then(|| listener.reachable())??;
        Some((*at, plan.key))
    };
    let (reachable, key) = broker
        .listeners()
        .iter()
        .zip(plans)
        .find_map(open)
        .filter(|_| !asks)?;
    let own = key
        .rsplit_once('.')
        .map(|(table, _)| format!("{table}.allow_anonymous"));
    let own = own.filter(|own| loaded.origins.contains_key(own));
    let key = own.as_deref().unwrap_or("auth.allow_anonymous_remotely");
    let place = match loaded.origin(key) {
        line @ Origin::File { line: Some(_), .. } => line.to_string(),
        _ => format!("`{key}`"),
    };
    Some(format!(
        "everybody who can reach {reachable} may connect, without a password, as {place} says"
    ))
}
