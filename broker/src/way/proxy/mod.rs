//! The header of the PROXY protocol, versions 1 and 2, as `HAProxy`'s document `proxy-protocol.txt` defines it: a proxy says in
//! front of everything else where the connection comes from.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::Fault;
use crate::wire::Foreign;

/// Version 2 begins with this.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The signature, version and command, family, length.
const FIXED_BYTES: usize = 16;
/// Where version 2 has the family of the addresses.
const AT_FAMILY: usize = 13;
/// Version 1 begins with this.
const WORD: &[u8; 6] = b"PROXY ";
/// The longest line of version 1, with its end.
const LINE_BYTES: usize = 107;
/// The longest header of version 2 that is read, without the fixed part. Proxies add a few hundred bytes at most: the names in
/// a client's certificate and the like.
const REST_BYTES: usize = 4096;

/// What a PROXY header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proxied {
    /// Where the connection comes from. `None` if the proxy does not know, or speaks for itself: a check of health, say.
    pub source: Option<SocketAddr>,
}

/// Reads the header at the front of these bytes, and says how long it is. `None` if it is not whole yet.
///
/// What it says of the destination is checked and not used. Of the additions of version 2 (TLVs) only that of TLS is looked at,
/// and only where `needs_tls` says that the client must have come to the proxy over TLS.
pub(crate) fn read(bytes: &[u8], needs_tls: bool) -> Result<Option<(Proxied, usize)>, Fault> {
    if begins(bytes, WORD) && needs_tls && bytes.len() >= WORD.len() {
        return Err(Fault::new(
            "the PROXY header is one of version 1, which cannot say whether the client came over TLS; let the proxy send version 2",
        ));
    }
    if begins(bytes, WORD) {
        return read_line(bytes);
    }
    if begins(bytes, SIGNATURE) {
        let read = read_binary(bytes)?;
        let is_plain = |(_, length): &(Proxied, usize)| !came_over_tls(bytes, *length);
        if needs_tls && read.as_ref().is_some_and(is_plain) {
            return Err(Fault::new(
                "the PROXY header does not say that the client came over TLS, and proxy_protocol_v2_require_tls asks for that; \
                 HAProxy says it with `send-proxy-v2-ssl`",
            ));
        }
        return Ok(read);
    }
    let common = |beginning: &[u8]| beginning.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let at = common(WORD).max(common(SIGNATURE));
    Err(Fault::new(match Foreign::of(bytes) {
        Some(foreign) if at == 0 => format!("this port waits for a PROXY header first, and {} came", foreign.name()),
        _ if bytes.first() == Some(&0x10) => {
            "this port waits for a PROXY header first, and the first byte is that of CONNECT: connect through the proxy, or \
             turn proxy_protocol off here"
                .to_owned()
        }
        _ => wrong(at, &format!("0x{:02X} begins no PROXY header of version 1 or 2", bytes[at])),
    }))
}

/// Whether the bytes begin so, as far as they go.
fn begins(bytes: &[u8], beginning: &[u8]) -> bool {
    bytes.starts_with(beginning) || beginning.starts_with(bytes)
}

fn wrong(at: usize, what: &str) -> String {
    format!("the PROXY header is wrong at byte {}: {what}", at + 1)
}

fn fault<T>(at: usize, what: &str) -> Result<T, Fault> {
    Err(Fault::new(wrong(at, what)))
}

/// Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883` and the end of the line.
fn read_line(bytes: &[u8]) -> Result<Option<(Proxied, usize)>, Fault> {
    let seen = &bytes[..bytes.len().min(LINE_BYTES)];
    let Some(end) = seen.iter().position(|byte| *byte == b'\n') else {
        return if seen.len() == LINE_BYTES {
            fault(LINE_BYTES, "the line does not end within 107 bytes")
        } else {
            Ok(None)
        };
    };
    let Some(line) = seen[..end].strip_suffix(b"\r") else {
        return fault(end, "the line must end with CR LF, not with LF alone");
    };
    let Ok(line) = std::str::from_utf8(line) else {
        return fault(WORD.len(), "the line is not ASCII");
    };
    let mut words = Words { line, at: WORD.len() };
    let source = match words.next("TCP4, TCP6 or UNKNOWN")? {
        (_, "TCP4") => Some(words.addresses::<Ipv4Addr>("an IPv4 address")?),
        (_, "TCP6") => Some(words.addresses::<Ipv6Addr>("an IPv6 address")?),
        // What follows it is for nobody.
        (_, "UNKNOWN") => None,
        (at, _) => return fault(at, "the protocol must be TCP4, TCP6 or UNKNOWN"),
    };
    if source.is_some() && words.at < line.len() {
        return fault(words.at, "the line must end behind the second port");
    }
    Ok(Some((Proxied { source }, end + 1)))
}

/// The words of a line, each a blank from the next.
struct Words<'a> {
    line: &'a str,
    /// Where the next begins.
    at: usize,
}

impl<'a> Words<'a> {
    /// The next word, and where it begins.
    fn next(&mut self, expected: &str) -> Result<(usize, &'a str), Fault> {
        let at = self.at.min(self.line.len());
        let rest = self.line.get(at..).unwrap_or_default();
        let word = rest.split(' ').next().unwrap_or_default();
        if word.is_empty() {
            return fault(at, &format!("{expected} is missing"));
        }
        self.at += word.len() + 1;
        Ok((at, word))
    }

    /// Source, destination, and a port of each. Gives the source.
    fn addresses<A: FromStr + Into<IpAddr>>(&mut self, expected: &str) -> Result<SocketAddr, Fault> {
        let source: A = self.parse(expected)?;
        let _destination: A = self.parse(expected)?;
        let port = self.port()?;
        self.port()?;
        // The last word has no blank behind it.
        self.at -= 1;
        Ok(SocketAddr::new(source.into(), port))
    }

    fn parse<A: FromStr>(&mut self, expected: &str) -> Result<A, Fault> {
        let (at, word) = self.next(expected)?;
        word.parse()
            .or_else(|_| fault(at, &format!("{expected} must stand here")))
    }

    fn port(&mut self) -> Result<u16, Fault> {
        const EXPECTED: &str = "a port from 0 to 65535, without leading zeros,";
        let at = self.at;
        let port: u16 = self.parse(EXPECTED)?;
        // Only one way to write it: no sign, no zeros in front.
        if port.to_string().len() == self.at - 1 - at {
            Ok(port)
        } else {
            fault(at, &format!("{EXPECTED} must stand here"))
        }
    }
}

/// Version 2.
fn read_binary(bytes: &[u8]) -> Result<Option<(Proxied, usize)>, Fault> {
    const AT_COMMAND: usize = 12;
    const AT_LENGTH: usize = 14;
    let byte = |at: usize| bytes.get(at).copied();

    let Some(command) = byte(AT_COMMAND) else {
        return Ok(None);
    };
    let is_local = match command {
        0x20 => true,
        0x21 => false,
        _ if command >> 4 != 2 => return fault(AT_COMMAND, "the version must be 2"),
        _ => return fault(AT_COMMAND, "the command must be LOCAL (0) or PROXY (1)"),
    };
    let Some(family) = byte(AT_FAMILY) else {
        return Ok(None);
    };
    // How many bytes the addresses have.
    let least = match family {
        // Unknown; or LOCAL, where nothing here counts.
        _ if is_local => 0,
        0x00 => 0,
        0x11 => 12,
        0x21 => 36,
        0x31 => 216,
        0x12 | 0x22 | 0x32 => {
            return fault(
                AT_FAMILY,
                "datagrams cannot carry MQTT: the transport must be STREAM (1)",
            );
        }
        _ => {
            return fault(
                AT_FAMILY,
                "family and transport must be unknown (0x00), TCP over IPv4 (0x11), TCP over IPv6 (0x21) or a Unix stream (0x31)",
            );
        }
    };
    let (Some(high), Some(low)) = (byte(AT_LENGTH), byte(AT_LENGTH + 1)) else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < least {
        let what = format!("the length is {length}: the addresses alone have {least} bytes");
        return fault(AT_LENGTH, &what);
    }
    if length > REST_BYTES {
        let what = format!("the length is {length}: at most {REST_BYTES} bytes are read");
        return fault(AT_LENGTH, &what);
    }
    let Some(rest) = bytes.get(FIXED_BYTES..FIXED_BYTES + length) else {
        return Ok(None);
    };
    let source = match (is_local, family) {
        (false, 0x11) => source::<4, Ipv4Addr>(rest),
        (false, 0x21) => source::<16, Ipv6Addr>(rest),
        // A path says nothing of where somebody is.
        _ => None,
    };
    Ok(Some((Proxied { source }, FIXED_BYTES + length)))
}

/// Whether the additions behind the addresses of this header have one of type SSL (0x20) that says so: its first byte has bit 0 set.
fn came_over_tls(bytes: &[u8], length: usize) -> bool {
    let addresses = match bytes.get(AT_FAMILY) {
        Some(0x11) => 12,
        Some(0x21) => 36,
        Some(0x31) => 216,
        _ => 0,
    };
    let mut rest = bytes.get(FIXED_BYTES + addresses..length).unwrap_or_default();
    while let [kind, high, low, more @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((value, next)) = more.split_at_checked(length) else {
            return false;
        };
        if *kind == 0x20 {
            return value.first().is_some_and(|client| client & 1 == 1);
        }
        rest = next;
    }
    false
}

/// Source, destination, and a port of each.
fn source<const N: usize, A: From<[u8; N]> + Into<IpAddr>>(rest: &[u8]) -> Option<SocketAddr> {
    let address = A::from(*rest.first_chunk()?);
    let port = u16::from_be_bytes(*rest.get(2 * N..)?.first_chunk()?);
    Some(SocketAddr::new(address.into(), port))
}
