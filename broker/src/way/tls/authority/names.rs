//! The names and addresses in a server's certificate.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use crate::host;

/// What a server's certificate is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names {
    pub(super) hosts: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
}

impl Names {
    /// localhost, the loopback addresses, the host name, and the addresses that a listener has.
    pub(super) fn of_this_machine(listening: &[IpAddr]) -> Self {
        let mut names = Self {
            hosts: vec!["localhost".to_owned()],
            addresses: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        };
        if let Some(host) = host::name() {
            names.add_host(&host);
            // As machines of a home or an office find each other (mDNS).
            if !host.contains('.') {
                names.add_host(&format!("{host}.local"));
            }
        }
        for address in listening {
            if address.is_unspecified() {
                if let Some(address) = outward(*address) {
                    names.add_address(address);
                }
            } else {
                names.add_address(*address);
            }
        }
        names
    }

    /// A host that nobody asks for. RFC 2606 keeps its name free.
    pub(super) fn elsewhere() -> Self {
        Self {
            hosts: vec!["elsewhere.example".to_owned()],
            addresses: Vec::new(),
        }
    }

    /// Adds a host if it is one.
    pub(crate) fn add_host(&mut self, host: &str) {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if is_host(&host) && !self.hosts.contains(&host) {
            self.hosts.push(host);
        }
    }

    pub(crate) fn has_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn add_address(&mut self, address: IpAddr) {
        if !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }
}

/// Whether this is a name that only means something here: one label, such as a container's, or below one of the names that
/// are kept for such use (RFC 6761, RFC 6762, RFC 8375, and `internal`). No public CA vouches for any of them.
pub(crate) fn is_private_name(host: &str) -> bool {
    const KEPT: &[&str] = &["localhost", "local", "internal", "test", "lan", "home.arpa"];
    let host = host.to_ascii_lowercase();
    is_host(&host)
        && (!host.contains('.')
            || KEPT
                .iter()
                .any(|kept| host.strip_suffix(kept).is_some_and(|rest| rest.ends_with('.'))))
}

/// Whether it can stand in a certificate. RFC 1123 2.1
pub(super) fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= 253 && text.split('.').all(is_label) && text.parse::<IpAddr>().is_err()
}

/// The address by which others reach this machine, of the same kind as this unspecified one. Connecting a UDP socket sends
/// nothing; the system only looks up the way.
fn outward(unspecified: IpAddr) -> Option<IpAddr> {
    // Any address of the internet does.
    let far: IpAddr = match unspecified {
        IpAddr::V4(_) => Ipv4Addr::new(192, 0, 2, 1).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    };
    let socket = UdpSocket::bind((unspecified, 0)).ok()?;
    socket.connect((far, 9)).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_for_this_machine_and_where_it_listens() {
        let names = Names::of_this_machine(&["192.0.2.7".parse().unwrap(), Ipv4Addr::LOCALHOST.into()]);
        assert!(names.has_host("LOCALHOST"));
        let own = host::name().expect("this machine has a name");
        assert!(names.has_host(&own), "{own} is not in {names:?}");
        let texts: Vec<_> = names.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["127.0.0.1", "::1", "192.0.2.7"]);
        // Whether there is a way out is up to the machine.
        let everywhere = Names::of_this_machine(&[Ipv4Addr::UNSPECIFIED.into()]);
        assert!(
            everywhere
                .addresses
                .iter()
                .all(|address| !address.is_unspecified())
        );
    }

    #[test]
    fn names_that_mean_something_here_alone_are_told_from_others() {
        for private in [
            "mqtt",
            "broker.localhost",
            "pi.local",
            "a.b.svc.cluster.local",
            "x.home.arpa",
            "my_broker",
        ] {
            assert!(is_private_name(private), "{private}");
        }
        for public in [
            "example.com",
            "local.com",
            "notlocal.",
            "",
            "-a",
            "a..local",
            "127.0.0.1",
            "a b",
            "*.local",
        ] {
            assert!(!is_private_name(public), "{public}");
        }
    }
}
