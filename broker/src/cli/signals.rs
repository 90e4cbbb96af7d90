//! The signals that tell the program to stop.
//!
//! SIGHUP means one of two things. Either the terminal has gone, so that nobody can stop the program any more: that
//! stops it. Or a program without a terminal should read its files again: it does so with certificates, not with settings.

use std::io;

/// A signal that asks the broker to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopSignal {
    /// Ctrl-C, or SIGINT.
    Interrupt,
    /// SIGTERM.
    #[cfg_attr(not(unix), allow(dead_code))]
    Terminate,
    /// SIGHUP, because the terminal has gone.
    #[cfg_attr(not(unix), allow(dead_code))]
    HangUp,
}

impl StopSignal {
    /// The signal's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        }
    }

    /// The exit code of a program that the signal ended at once: 128 and the signal's number.
    pub(super) const fn exit_code(self) -> i32 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::HangUp => 129,
        }
    }
}

/// Catches the signals from its creation on.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// SIGHUP is left ignored if `nohup` has set that.
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    has_terminal: bool,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if is_ignored(HANG_UP) {
                None
            } else {
                Some(signal(SignalKind::hangup())?)
            },
            has_terminal: is_terminal_there(),
        })
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The next signal to stop. Until then the files of certificates, users and access control lists are read again when a signal asks for that.
    #[cfg(unix)]
    pub(super) async fn next(&mut self, read_again: impl Fn()) -> StopSignal {
        loop {
            let hang_up = async {
                match &mut self.hang_up {
                    Some(signal) => signal.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => return StopSignal::Interrupt,
                _ = self.terminate.recv() => return StopSignal::Terminate,
                _ = hang_up => {
                    if self.has_terminal && !is_terminal_there() {
                        return StopSignal::HangUp;
                    }
                    read_again();
                }
            }
        }
    }

    /// The next Ctrl-C.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self, _: impl Fn()) -> StopSignal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        StopSignal::Interrupt
    }
}

/// The number of SIGHUP.
#[cfg(unix)]
const HANG_UP: u32 = 1;

/// Whether the program was started with this signal ignored, where that can be read (Linux).
#[cfg(unix)]
fn is_ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether the terminal that the program was started from is still there.
#[cfg(unix)]
fn is_terminal_there() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}
