//! Which versions and cipher suites are spoken, where a listener says so.

use rustls::version::{TLS12, TLS13};
use settings::TlsVersion;

use super::harness::{Client, Pair};
use crate::way::tls::{Acceptor, Authority};

/// What a client that takes everything agrees on with such a listener: version and suite; or what the listener says of it.
fn agreed(
    change: impl FnOnce(&mut settings::Tls),
    version: &'static rustls::SupportedProtocolVersion,
) -> Result<(&'static str, String), String> {
    let authority = Authority::in_memory();
    let mut settings = settings::Tls::default();
    change(&mut settings);
    let acceptor = Acceptor::new(&settings, &authority, &[]).unwrap();
    let client = Client {
        versions: vec![version],
        ..Client::of(&authority)
    };
    let mut pair = Pair::new(&client, &acceptor);
    pair.settle(100).map_err(|fault| fault.0)?;
    let facts = pair.machine.facts();
    Ok((facts.version, facts.cipher_suite))
}

#[test]
fn the_newest_version_may_be_bounded() {
    let bounded = |settings: &mut settings::Tls| settings.max_version = TlsVersion::Tls12;
    assert_eq!(agreed(bounded, &TLS12).unwrap().0, "1.2");
    let fault = agreed(bounded, &TLS13).unwrap_err();
    assert!(fault.contains("tls.max_version"), "{fault}");
}

#[test]
fn a_suite_that_was_not_named_is_not_spoken() {
    let only = |name: &str| vec![name.to_owned()];
    let ours = only("ECDHE-ECDSA-CHACHA20-POLY1305:AES256-SHA");
    let (_, suite) = agreed(|settings| settings.ciphers = ours.clone(), &TLS12).unwrap();
    assert_eq!(suite, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    // What is named of 1.2 does not touch 1.3.
    let (_, suite) = agreed(|settings| settings.ciphers = ours, &TLS13).unwrap();
    assert_eq!(suite, "TLS_AES_256_GCM_SHA384");
    let new = only("TLS_CHACHA20_POLY1305_SHA256");
    let (_, suite) = agreed(|settings| settings.ciphers = new, &TLS13).unwrap();
    assert_eq!(suite, "TLS_CHACHA20_POLY1305_SHA256");
    // The certificate is one of ECDSA.
    let of_rsa = only("ECDHE-RSA-AES128-GCM-SHA256");
    assert!(agreed(|settings| settings.ciphers = of_rsa, &TLS12).is_err());
}

#[test]
fn a_list_of_which_nothing_is_spoken_does_not_begin() {
    let settings = settings::Tls {
        ciphers: vec!["DHE-RSA-AES256-SHA".to_owned()],
        ..settings::Tls::default()
    };
    let error = Acceptor::new(&settings, &Authority::in_memory(), &[]).unwrap_err();
    assert!(error.contains("tls.ciphers is \"DHE-RSA-AES256-SHA\""), "{error}");
}
