//! Each preset, met by a client that knows what it trusts.

use rustls::{AlertDescription, CertificateError, Error};
use settings::Preset;

use super::harness::{BOTH, Client, Pair, made};
use crate::way::tls::Authority;

/// What the client says of the certificate.
fn refused(client: &Client, authority: &Authority, preset: Preset) -> Option<CertificateError> {
    let mut pair = Pair::new(client, &made(authority, preset));
    let result = pair.settle(1_000);
    match pair.refused.take() {
        None => {
            result.unwrap();
            pair.assert_talk(100);
            None
        }
        Some(Error::InvalidCertificate(error)) => {
            // And it tells the broker, which says so.
            let fault = result.expect_err("an alert came");
            assert!(fault.0.starts_with("refused our certificate: "), "{fault}");
            Some(error)
        }
        Some(other) => panic!("{preset:?}: {other}"),
    }
}

#[test]
fn each_has_the_one_fault_that_it_is_named_after() {
    let authority = Authority::in_memory();
    for version in BOTH {
        let client = Client {
            versions: vec![version],
            crl: Some(authority.crl_pem().unwrap()),
            ..Client::of(&authority)
        };
        let refused = |preset| refused(&client, &authority, preset);
        assert_eq!(refused(Preset::Valid), None);
        assert!(matches!(
            refused(Preset::Expired),
            Some(CertificateError::ExpiredContext { .. })
        ));
        assert!(matches!(
            refused(Preset::NotYetValid),
            Some(CertificateError::NotValidYetContext { .. })
        ));
        assert!(matches!(
            refused(Preset::WrongHost),
            Some(CertificateError::NotValidForNameContext { .. })
        ));
        assert_eq!(refused(Preset::UnknownCa), Some(CertificateError::UnknownIssuer));
        assert_eq!(refused(Preset::Revoked), Some(CertificateError::Revoked));
    }
}

#[test]
fn a_revoked_one_is_noticed_with_the_list_alone() {
    let authority = Authority::in_memory();
    let client = Client::of(&authority);
    assert_eq!(refused(&client, &authority, Preset::Revoked), None);
}

#[test]
fn the_certificate_is_for_this_machine_and_for_names_that_only_mean_something_here() {
    let authority = Authority::in_memory();
    for (host, is_right) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("mqtt", true),
        ("broker.test", true),
        ("broker.example", false),
        ("10.1.2.3", false),
    ] {
        let client = Client {
            host,
            ..Client::of(&authority)
        };
        let refused = refused(&client, &authority, Preset::Valid);
        assert_eq!(refused.is_none(), is_right, "{host}: {refused:?}");
    }
    // What is wrong with it stays wrong under each name.
    let client = Client {
        host: "mqtt",
        ..Client::of(&authority)
    };
    assert!(matches!(
        refused(&client, &authority, Preset::WrongHost),
        Some(CertificateError::NotValidForNameContext { .. })
    ));
}

#[test]
fn a_protocol_that_is_not_offered_is_refused_by_name() {
    let authority = Authority::in_memory();
    let client = Client {
        alpn: vec!["h2", "amqp"],
        ..Client::of(&authority)
    };
    let mut pair = Pair::new(&client, &made(&authority, Preset::Valid));
    let fault = pair.settle(1_000).expect_err("none of them is MQTT");
    assert!(
        fault
            .0
            .starts_with("asked by ALPN for `h2` and `amqp`, and this port offers `mqtt`"),
        "{fault}"
    );
    assert_eq!(
        pair.refused,
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol))
    );
}
