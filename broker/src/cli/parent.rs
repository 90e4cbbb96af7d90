//! [`Parent`]: the process that the program ends with, `--parent-pid`.
//!
//! The system tells when that process ends, by a file that can be read from then on: a pidfd on Linux, a kqueue on macOS and
//! the BSDs. An old kernel, a sandbox and other kinds of Unix have neither; there the process is looked for once a second.

use tokio::sync::oneshot;

#[cfg(unix)]
use {
    rustix::event::{PollFd, PollFlags, Timespec, poll},
    rustix::io::Errno,
    rustix::process::{Pid, test_kill_process},
    std::os::fd::OwnedFd,
    std::time::Duration,
};

/// How often a process is looked for whose end the system does not tell.
#[cfg(unix)]
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What to give instead of a number that is wrong.
const RIGHT: &str = "`$$` in a shell, `os.getpid()` in Python, `process.pid` in Node";

/// The number of a process that may be a parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParentPid(i32);

/// That process, while it runs; or there is none to end with.
#[derive(Debug)]
pub(super) struct Parent(Option<(ParentPid, oneshot::Receiver<()>)>);

impl ParentPid {
    /// Reads what the flag says. What is wrong with it names what would be right.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if cfg!(not(unix)) {
            return Err(
                "--parent-pid: this system does not tell the program when another ends; end it over the handle of its process"
                    .to_owned(),
            );
        }
        match text.parse() {
            Ok(own) if u32::try_from(own) == Ok(std::process::id()) => Err(format!(
                "--parent-pid: {own} is this broker itself; give the process that it is to end with: {RIGHT}"
            )),
            Ok(pid @ 1..) => Ok(Self(pid)),
            _ => Err(format!(
                "--parent-pid: {text:?} is no number of a process; expected one such as 4711: {RIGHT}"
            )),
        }
    }

    const fn number(self) -> u32 {
        self.0.unsigned_abs()
    }
}

impl Parent {
    /// Finds it, and has a thread that waits for its end.
    ///
    /// # Errors
    /// It has ended already, or it is not a process.
    pub(super) fn find(pid: Option<ParentPid>) -> Result<Self, String> {
        let Some(parent) = pid else { return Ok(Self(None)) };
        let (end, ended) = oneshot::channel();
        #[cfg(unix)]
        let wait = wait_for(parent)?;
        #[cfg(not(unix))]
        let wait = || ();
        let watch = move || {
            wait();
            let _ = end.send(());
        };
        std::thread::Builder::new()
            .name("parent".to_owned())
            .spawn(watch)
            .map_err(|error| format!("--parent-pid: no thread can be started: {error}"))?;
        Ok(Self(Some((parent, ended))))
    }

    /// Waits until it has ended, and gives its number; for ever, where there is none. A process that has ended and that nobody has asked about yet,
    /// a zombie, has ended.
    pub(super) async fn ended(&mut self) -> u32 {
        match &mut self.0 {
            Some((parent, ended)) => {
                let _ = ended.await;
                parent.number()
            }
            None => std::future::pending().await,
        }
    }
}

/// What waits for its end, if it has not ended already.
#[cfg(unix)]
fn wait_for(parent: ParentPid) -> Result<Box<dyn FnOnce() + Send>, String> {
    let gone = || {
        format!(
            "--parent-pid: there is no process {} here: it has ended, or it is one outside of this container",
            parent.0
        )
    };
    let pid = Pid::from_raw(parent.0).ok_or_else(gone)?;
    match told_by(pid) {
        Ok(file) if is_readable(&file, Some(Duration::ZERO)) => Err(gone()),
        Ok(file) => Ok(Box::new(move || {
            is_readable(&file, None);
        })),
        Err(Errno::SRCH) => Err(gone()),
        Err(_) => match process_of(pid) {
            Some(process) => Err(format!(
                "--parent-pid: {pid} is a thread of process {process}; give {process}"
            )),
            None if is_there(pid) => Ok(Box::new(move || {
                while is_there(pid) {
                    std::thread::sleep(LOOK_EVERY);
                }
            })),
            None => Err(gone()),
        },
    }
}

/// A file that can be read once the process has ended.
#[cfg(target_os = "linux")]
fn told_by(pid: Pid) -> Result<OwnedFd, Errno> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
}

#[cfg(any(
    target_vendor = "apple",
    target_os = "dragonfly",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd"
))]
fn told_by(pid: Pid) -> Result<OwnedFd, Errno> {
    use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};
    let of_nix = |error: nix::errno::Errno| Errno::from_raw_os_error(error as i32);
    let queue = Kqueue::new().map_err(of_nix)?;
    let end = KEvent::new(
        pid.as_raw_pid().unsigned_abs() as usize,
        EventFilter::EVFILT_PROC,
        EvFlags::EV_ADD,
        FilterFlag::NOTE_EXIT,
        0,
        0,
    );
    // Without room for events, a mistake is the call's own.
    queue.kevent(&[end], &mut [], None).map_err(of_nix)?;
    Ok(queue.into())
}

#[cfg(all(
    unix,
    not(any(
        target_os = "linux",
        target_vendor = "apple",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd"
    ))
))]
fn told_by(_: Pid) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// Whether this file can be read before so much time has passed.
#[cfg(unix)]
fn is_readable(file: &OwnedFd, within: Option<Duration>) -> bool {
    let limit = within.and_then(|time| Timespec::try_from(time).ok());
    let mut files = [PollFd::new(file, PollFlags::IN)];
    loop {
        match poll(&mut files, limit.as_ref()) {
            Err(Errno::INTR) => {}
            ready => return ready.is_ok_and(|ready| ready > 0),
        }
    }
}

/// The process of which this is a thread and not the whole, where the system says so (Linux).
#[cfg(unix)]
fn process_of(thread: Pid) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let process = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
    let process = process.trim().parse().ok()?;
    (process != thread.as_raw_pid()).then_some(process)
}

/// Whether the process still runs. Where that can be read (Linux), a zombie does not.
#[cfg(unix)]
fn is_there(pid: Pid) -> bool {
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) {
        let state = status.lines().find_map(|line| line.strip_prefix("State:"));
        return !state.is_some_and(|state| state.trim_start().starts_with(['Z', 'X']));
    }
    !matches!(test_kill_process(pid), Err(Errno::SRCH))
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use rustix::process::{WaitId, WaitIdOptions, waitid};

    use super::*;

    #[test]
    fn a_number_that_is_wrong_is_told_with_what_would_be_right() {
        for wrong in ["0", "-1", "x", "", "99999999999"] {
            let error = ParentPid::parse(wrong).unwrap_err();
            assert_eq!(
                error,
                format!(
                    "--parent-pid: {wrong:?} is no number of a process; expected one such as 4711: {RIGHT}"
                )
            );
        }
        let own = ParentPid::parse(&std::process::id().to_string()).unwrap_err();
        assert!(own.contains("is this broker itself; give the process"), "{own}");
        assert_eq!(ParentPid::parse("1"), Ok(ParentPid(1)));
    }

    /// For kernels that tell nothing.
    #[test]
    fn a_process_that_is_looked_for_is_there_until_it_has_ended_also_as_a_zombie() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        assert!(is_there(pid));
        child.kill().unwrap();
        let left = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(pid), left).unwrap();
        if cfg!(target_os = "linux") {
            assert!(!is_there(pid), "it is a zombie");
        }
        child.wait().unwrap();
        assert!(!is_there(pid));
    }
}
