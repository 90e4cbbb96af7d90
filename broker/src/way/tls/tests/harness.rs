//! A client of rustls, and the machine opposite to it.

use std::io::{IoSlice, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use settings::Preset;

use crate::way::tls::{Acceptor, Authority, Tls};
use crate::way::{Fault, Layer};

pub(super) const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// How a client is set up.
pub(super) struct Client {
    pub(super) versions: Vec<&'static SupportedProtocolVersion>,
    pub(super) host: &'static str,
    /// What it trusts, in PEM.
    pub(super) ca: String,
    /// What it looks revoked certificates up in, in PEM.
    pub(super) crl: Option<String>,
    /// Its certificate and key, in PEM.
    pub(super) own: Option<(String, String)>,
    pub(super) alpn: Vec<&'static str>,
}

impl Client {
    pub(super) fn of(authority: &Authority) -> Self {
        Self {
            versions: BOTH.to_vec(),
            host: "localhost",
            ca: authority.ca_pem().unwrap(),
            crl: None,
            own: None,
            alpn: Vec::new(),
        }
    }

    pub(super) fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(self.ca.as_bytes()) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(ring::default_provider());
        let lists = self
            .crl
            .iter()
            .map(|crl| CertificateRevocationListDer::from_pem_slice(crl.as_bytes()).unwrap());
        let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots),
            Arc::clone(&provider),
        )
        .with_crls(lists)
        .only_check_end_entity_revocation()
        .build()
        .unwrap();
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_webpki_verifier(verifier);
        let mut config = match &self.own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(
                    CertificateDer::pem_slice_iter(certificate.as_bytes())
                        .map(Result::unwrap)
                        .collect(),
                    PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
                )
                .unwrap(),
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    pub(super) fn connect(&self) -> ClientConnection {
        let name = ServerName::try_from(self.host).unwrap();
        ClientConnection::new(Arc::new(self.config()), name).unwrap()
    }
}

/// Both ends of a connection, and what the machine gave.
pub(super) struct Pair {
    pub(super) client: ClientConnection,
    pub(super) machine: Tls,
    /// The plaintext that reached the machine's upper side.
    pub(super) up: Vec<u8>,
    /// What the client said of the machine's bytes, if it refused them.
    pub(super) refused: Option<rustls::Error>,
}

impl Pair {
    pub(super) fn new(client: &Client, acceptor: &Acceptor) -> Self {
        Self {
            client: client.connect(),
            machine: acceptor.accept().unwrap(),
            up: Vec::new(),
            refused: None,
        }
    }

    /// Everything that the client has to send now.
    pub(super) fn client_says(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// Gives bytes to the client, and answers what it can read of them.
    pub(super) fn tell_client(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        while !bytes.is_empty() {
            self.client.read_tls(&mut bytes).unwrap();
            match self.client.process_new_packets() {
                Ok(state) => {
                    let before = plain.len();
                    plain.resize(before + state.plaintext_bytes_to_read(), 0);
                    self.client.reader().read_exact(&mut plain[before..]).unwrap();
                }
                Err(error) => {
                    self.refused = Some(error);
                    break;
                }
            }
        }
        plain
    }

    /// Gives bytes to the machine, `step` at a time, and answers what it sends.
    pub(super) fn tell_machine(&mut self, bytes: &[u8], step: usize) -> (Vec<u8>, Result<(), Fault>) {
        let mut down = Vec::new();
        let mut bytes = bytes.to_vec();
        for part in bytes.chunks_mut(step) {
            if let Err(fault) = self.machine.receive(part, &mut self.up, &mut down) {
                // Its neighbours may not know yet. Nothing comes of it.
                let said = down.len();
                self.machine.end(&mut down);
                self.machine.send(&[IoSlice::new(b"too late")], &mut down);
                self.machine
                    .receive(&mut [1; 100], &mut self.up, &mut down)
                    .unwrap();
                assert_eq!(down.len(), said);
                return (down, Err(fault));
            }
        }
        (down, Ok(()))
    }

    /// Carries bytes to and fro until neither has anything to say, or the machine refuses the client.
    pub(super) fn settle(&mut self, step: usize) -> Result<(), Fault> {
        loop {
            let bytes = self.client_says();
            if bytes.is_empty() {
                return Ok(());
            }
            let (down, result) = self.tell_machine(&bytes, step);
            assert_eq!(self.tell_client(&down), b"", "nothing was sent");
            result?;
        }
    }

    /// What the client sends arrives, and what the machine sends, too.
    pub(super) fn assert_talk(&mut self, step: usize) {
        self.client.writer().write_all(b"from the client").unwrap();
        self.settle(step).unwrap();
        assert_eq!(std::mem::take(&mut self.up), b"from the client");
        let mut down = Vec::new();
        self.machine.send(
            &[
                IoSlice::new(b"from the "),
                IoSlice::new(b""),
                IoSlice::new(b"broker"),
            ],
            &mut down,
        );
        assert_eq!(self.tell_client(&down), b"from the broker");
    }
}

/// One that makes its certificate.
pub(super) fn made(authority: &Authority, preset: Preset) -> Acceptor {
    let settings = settings::Tls {
        preset,
        ..settings::Tls::default()
    };
    Acceptor::new(&settings, authority, &[]).unwrap()
}

/// A directory that is gone at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "broker-tls-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and answers its path.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
