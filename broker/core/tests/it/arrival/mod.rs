//! How a client came, and what follows from it: events, state, the user name; and connections that are not let in.

mod events;
mod half_open;
mod identity;

use std::sync::Arc;

use broker_core::arrival::{Arrival, TlsFacts, Way};

/// Over WebSocket in TLS, with a certificate.
fn with_certificate() -> Arrival {
    Arrival {
        peer: "192.0.2.7:40123".to_owned(),
        way: Way {
            tls: true,
            web_socket: true,
            ..Way::default()
        },
        listener: "outside".into(),
        tls: Some(Arc::new(TlsFacts {
            version: "1.3",
            cipher_suite: "TLS_AES_128_GCM_SHA256".to_owned(),
            server_name: Some("localhost".to_owned()),
            alpn: Some("mqtt".to_owned()),
            certificate: Some("CN=lamp,O=Home".to_owned()),
        })),
        identity: None,
    }
}

/// The same, where the certificate stands for a user.
fn identified(user: &str) -> Arrival {
    Arrival {
        identity: Some(user.into()),
        ..with_certificate()
    }
}
