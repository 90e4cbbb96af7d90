//! Acknowledging what a client sent without the delay that TCP allows: its kernel may hold the next small write back for
//! that long (Nagle's algorithm).

use tokio::net::TcpStream;

/// Whether [`acknowledge_at_once`] does anything here.
pub(crate) const ACKNOWLEDGES_AT_ONCE: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// After a read of less than this a client's kernel may hold the next write back until we acknowledge. More than this is a
/// stream, which the kernel acknowledges by itself.
pub(crate) const LITTLE_BYTES: usize = 16 * 1024;

/// Sends the acknowledgement that the kernel delays, if there is one.
pub(crate) fn acknowledge_at_once(stream: &TcpStream) {
    // It fails only on a socket that is at its end.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = stream.set_quickack(true);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}
