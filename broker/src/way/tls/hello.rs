//! What a client asked for in its first message, and the certificate that it is shown.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// What is remembered of a `ClientHello`.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// The server name that it asks for (SNI).
    pub(super) server_name: Option<String>,
    /// The protocols that it offers (ALPN).
    pub(super) protocols: Vec<String>,
}

thread_local! {
    /// The `ClientHello` that was handled last on this thread. rustls shows it to the resolver alone, which serves all
    /// connections; the machine that was just fed takes it from here.
    static LAST: RefCell<Option<Hello>> = const { RefCell::new(None) };
}

/// The `ClientHello` that was among the records just handled, if one was.
pub(super) fn take() -> Option<Hello> {
    LAST.take()
}

/// Says which certificate is shown to a client that asks for this server name.
pub(super) trait Choose: fmt::Debug + Send + Sync {
    fn choose(&self, server_name: Option<&str>) -> Option<Arc<CertifiedKey>>;
}

/// Remembers the `ClientHello`, and lets another choose.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<dyn Choose>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let server_name = hello.server_name();
        let protocols = hello.alpn().into_iter().flatten();
        let chosen = self.0.choose(server_name);
        LAST.set(Some(Hello {
            server_name: server_name.map(str::to_owned),
            protocols: protocols
                .map(|protocol| String::from_utf8_lossy(protocol).into_owned())
                .collect(),
        }));
        chosen
    }
}
