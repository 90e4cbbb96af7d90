//! The name of this machine.

/// What it calls itself.
#[cfg(unix)]
pub(crate) fn name() -> Option<String> {
    let uname = rustix::system::uname();
    uname.nodename().to_str().ok().map(str::to_owned)
}

/// What it calls itself.
#[cfg(not(unix))]
pub(crate) fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}
