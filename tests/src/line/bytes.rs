//! Bytes that begin an attack, as no well-behaved client sends them.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use super::tls;

/// The first record of a usual handshake.
pub fn client_hello() -> Vec<u8> {
    let name = ServerName::IpAddress(Ipv4Addr::LOCALHOST.into());
    let mut bytes = Vec::new();
    if let Ok(mut tls) = ClientConnection::new(tls::client(), name) {
        // Writing to a Vec cannot fail.
        let _ = tls.write_tls(&mut bytes);
    }
    bytes
}

/// A `ClientHello` that announces all that its length can say, in records of one byte.
pub fn fragmented_hello() -> Vec<u8> {
    let message = [1, 0xFF, 0xFF, 0xFF, 3, 3].into_iter().chain([0; 4096]);
    message.flat_map(|byte| [22, 3, 1, 0, 1, byte]).collect()
}

/// So many lines of a head, all short.
pub fn headers(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        // Writing to a String cannot fail.
        let _ = write!(lines, "X-Line-{number}: of no use\r\n");
    }
    lines
}

/// One line of a head with a value of so many bytes.
pub fn long_header(bytes: usize) -> String {
    format!("X-Long: {}\r\n", "x".repeat(bytes))
}
