#[cfg(feature = "tls")]
use std::sync::Arc;

use settings::BrokerSettings;

use super::*;
use crate::way::{Authority, Visitors};

fn layers(authority: &Authority) -> Layers {
    let plan = &BrokerSettings::default().listeners()[0];
    let door = Door::new(plan, authority, &Visitors::default()).expect("they are the defaults");
    Layers::new(Rc::new(door), false)
}

#[test]
fn a_panic_in_a_layer_ends_that_connection_only() {
    let mut layers = layers(&Authority::in_memory());
    layers.guarded(|_| panic!("on purpose"));
    let fault = layers.fault().expect("it is noted").to_string();
    assert!(fault.contains("please report it"), "{fault}");
    // Nothing is done any more.
    let mut up = Vec::new();
    layers.receive(&mut [0x10, 0], &mut up);
    layers.end();
    assert!(up.is_empty() && layers.down().is_empty());
}

#[cfg(feature = "tls")]
#[test]
fn a_client_that_goes_without_a_word_may_not_accept_our_certificate() {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
    use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};

    let authority = Authority::in_memory();
    let ca = authority.ca_pem().expect("it is made");
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca.as_bytes()).expect("it is one");
    roots.add(ca).expect("it is fit for that");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("it has some")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("it is one");
    let mut client = ClientConnection::new(Arc::new(config), name).expect("it begins");

    let mut layers = layers(&authority);
    let give = |layers: &mut Layers, bytes: &mut [u8]| layers.receive(bytes, &mut Vec::new());
    let ends = |layers: &Layers| layers.broken_off().unwrap_or_default();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).expect("it is a Vec");
    let (begin, rest) = hello.split_at_mut(10);
    give(&mut layers, begin);
    assert!(
        ends(&layers).ends_with("it owes the rest of a TLS handshake"),
        "{}",
        ends(&layers)
    );
    give(&mut layers, rest);
    assert!(
        ends(&layers).contains("in the middle of the TLS handshake: it may not accept"),
        "{}",
        ends(&layers)
    );
    let answer = layers.down().to_vec();
    layers.wrote(answer.len());
    client.read_tls(&mut &*answer).expect("it is a slice");
    client.process_new_packets().expect("it trusts the CA");
    let mut finished = Vec::new();
    client.write_tls(&mut finished).expect("it is a Vec");
    give(&mut layers, &mut finished);
    assert!(
        ends(&layers).contains("right after the TLS handshake: it may not accept"),
        "{}",
        ends(&layers)
    );
}
