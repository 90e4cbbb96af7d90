//! What the program tells systemd that started it (`man sd_notify`): that it is ready, that it reads files again, that it stops.
//! Elsewhere, and where nobody asked, nothing.

/// Clients can connect, there.
#[cfg(target_os = "linux")]
pub(super) fn is_ready(url: &str) {
    let status = format!("listening on {url}");
    tell(&[
        sd_notify::NotifyState::Ready,
        sd_notify::NotifyState::Status(&status),
    ]);
}

/// Files are read again; [`is_ready`] follows.
#[cfg(target_os = "linux")]
pub(super) fn reloads() {
    let Ok(now) = sd_notify::NotifyState::monotonic_usec_now() else {
        return;
    };
    tell(&[sd_notify::NotifyState::Reloading, now]);
}

/// The broker ends.
#[cfg(target_os = "linux")]
pub(super) fn stops() {
    tell(&[sd_notify::NotifyState::Stopping]);
}

/// The broker runs without a service manager, too.
#[cfg(target_os = "linux")]
fn tell(states: &[sd_notify::NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_ready(_: &str) {}

#[cfg(not(target_os = "linux"))]
pub(super) fn reloads() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn stops() {}
