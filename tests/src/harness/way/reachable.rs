//! [`Reachable`]: a broker in this process that is reached on every way.

use std::ops::{Deref, DerefMut};

use broker::settings::{BrokerSettings, Listener};

use super::{Door, Way};
use crate::harness::Embedded;
use crate::harness::folder::Folder;

/// A broker with its port, a Unix socket, and files that say which certificates to trust. All ways over TCP lead to the one
/// port.
#[derive(Debug)]
pub struct Reachable {
    broker: Embedded,
    folder: Folder,
}

impl Reachable {
    /// With default settings otherwise.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// With some settings changed.
    pub fn start_with(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let folder = Folder::new();
        let broker = Embedded::start_with(|settings| {
            if cfg!(unix) {
                settings
                    .listener
                    .push(Listener::socket(folder.file("broker.sock")));
            }
            change(settings);
        });
        folder.write("ca.pem", &broker.ca_pem().expect("it makes its own CA"));
        folder.write(
            "crl.pem",
            &broker.crl_pem().expect("and a list of what it revoked"),
        );
        Self { broker, folder }
    }

    /// Where a client of the harness comes in.
    pub fn door(&self, way: Way) -> Door {
        match way {
            Way::Unix => Door::unix(self.folder.file("broker.sock")),
            way if way.has_tls() => {
                let ca = self.ca_pem().expect("it makes its own CA");
                Door::new(way, self.addr()).trusting(&ca)
            }
            way => Door::new(way, self.addr()),
        }
    }

    /// Where a client of others comes in, as a URL; of a Unix socket `unix:` and its path.
    pub fn url(&self, way: Way) -> String {
        let port = self.addr().port();
        match way {
            Way::Tcp => format!("mqtt://127.0.0.1:{port}"),
            Way::Tls => format!("mqtts://127.0.0.1:{port}"),
            Way::Ws => format!("ws://127.0.0.1:{port}/mqtt"),
            Way::Wss => format!("wss://127.0.0.1:{port}/mqtt"),
            Way::Unix => format!("unix:{}", self.folder.file("broker.sock").display()),
        }
    }

    /// The file with the authority to trust; `-` where there is no TLS.
    pub fn ca_file(&self, way: Way) -> String {
        if way.has_tls() {
            self.folder.file("ca.pem").display().to_string()
        } else {
            "-".to_owned()
        }
    }

    /// The file with the certificates that were revoked.
    pub fn crl_file(&self) -> String {
        self.folder.file("crl.pem").display().to_string()
    }

    /// A folder for more files.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Deref for Reachable {
    type Target = Embedded;

    fn deref(&self) -> &Embedded {
        &self.broker
    }
}

impl DerefMut for Reachable {
    fn deref_mut(&mut self) -> &mut Embedded {
        &mut self.broker
    }
}
