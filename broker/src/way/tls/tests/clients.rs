//! Certificates of clients: asked for, checked, and what they are called.

use settings::{Preset, Tls};

use super::harness::{BOTH, Client, Folder, Pair};
use crate::way::tls::{Acceptor, Authority};

fn acceptor(authority: &Authority, change: impl FnOnce(&mut Tls)) -> Acceptor {
    let mut settings = Tls::default();
    change(&mut settings);
    Acceptor::new(&settings, authority, &[]).unwrap()
}

fn lamp(authority: &Authority, preset: Preset) -> Client {
    Client {
        own: Some(authority.client_certificate("lamp", preset).unwrap()),
        ..Client::of(authority)
    }
}

#[test]
fn each_fault_of_a_clients_certificate_is_said() {
    let authority = Authority::in_memory();
    let acceptor = acceptor(&authority, |tls| tls.require_certificate = true);
    for version in BOTH {
        for (preset, words) in [
            (Preset::Expired, "its certificate was refused: it expired on 2"),
            (
                Preset::NotYetValid,
                "its certificate was refused: it is not yet valid, but from 2",
            ),
            (
                Preset::UnknownCa,
                "its certificate was refused: no CA that is trusted here signed it",
            ),
            (Preset::Revoked, "its certificate was refused: it is revoked"),
        ] {
            let mut client = lamp(&authority, preset);
            client.versions = vec![version];
            let mut pair = Pair::new(&client, &acceptor);
            let fault = pair.settle(100).expect_err(words);
            assert!(fault.0.starts_with(words), "{fault}");
            // The client is told by an alert.
            assert!(
                matches!(pair.refused, Some(rustls::Error::AlertReceived(_))),
                "{preset:?}"
            );
        }
        let mut client = Client::of(&authority);
        client.versions = vec![version];
        let fault = Pair::new(&client, &acceptor)
            .settle(100)
            .expect_err("it has none");
        assert!(
            fault
                .0
                .starts_with("showed no certificate, and `tls.require_certificate` asks for one"),
            "{fault}"
        );

        let mut client = lamp(&authority, Preset::Valid);
        client.versions = vec![version];
        let mut pair = Pair::new(&client, &acceptor);
        pair.settle(100).unwrap();
        assert_eq!(pair.machine.facts().certificate.as_deref(), Some("CN=lamp"));
        assert_eq!(pair.machine.identity(), None, "nobody asked for it");
        pair.assert_talk(100);
    }
    assert!(
        authority
            .client_certificate("lamp", Preset::WrongHost)
            .unwrap_err()
            .contains("is for servers")
    );
}

#[test]
fn nobody_is_asked_until_a_setting_speaks_of_it() {
    let authority = Authority::in_memory();
    // Such a client shows its certificate to all who ask. It would be refused.
    let client = lamp(&authority, Preset::UnknownCa);
    let mut pair = Pair::new(&client, &acceptor(&authority, |_| {}));
    pair.settle(100).unwrap();
    assert_eq!(pair.machine.facts().certificate, None);

    let asks = acceptor(&authority, |tls| tls.use_identity_as_username = true);
    Pair::new(&client, &asks)
        .settle(100)
        .expect_err("now it is looked at");
    let mut pair = Pair::new(&Client::of(&authority), &asks);
    pair.settle(100).unwrap();
    assert_eq!(pair.machine.identity(), None, "it has none, and need not");
}

#[test]
fn a_certificate_gives_a_user_name_if_asked_to() {
    let authority = Authority::in_memory();
    let client = lamp(&authority, Preset::Valid);
    for (subject, name) in [(false, "lamp"), (true, "CN=lamp")] {
        let acceptor = acceptor(&authority, |tls| {
            tls.use_identity_as_username = !subject;
            tls.use_subject_as_username = subject;
        });
        // The second time its session is resumed, and the certificate is known from the ticket.
        let config = std::sync::Arc::new(client.config());
        for is_resumed in [false, true] {
            let name_of_server = rustls::pki_types::ServerName::try_from("localhost").unwrap();
            let mut pair = Pair::new(&client, &acceptor);
            pair.client =
                rustls::ClientConnection::new(std::sync::Arc::clone(&config), name_of_server).unwrap();
            pair.settle(1_000).unwrap();
            pair.assert_talk(1_000);
            let kind = pair.client.handshake_kind();
            assert_eq!(
                kind == Some(rustls::HandshakeKind::Resumed),
                is_resumed,
                "{kind:?}"
            );
            assert_eq!(pair.machine.identity().as_deref(), Some(name));
        }
    }
}

#[test]
fn subjects_are_written_as_the_standard_does() {
    use rcgen::{CertificateParams, DnType, KeyPair};
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::NoCa;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "DE");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Lamps, \"bright\" & Co");
    params.distinguished_name.push(DnType::CommonName, "Küche");
    let certificate = params.self_signed(&key).unwrap();
    let subject = crate::way::tls::facts::subject_of(certificate.der());
    assert_eq!(
        subject.as_deref(),
        Some("CN=Küche,O=Lamps\\, \\\"bright\\\" & Co,C=DE")
    );
}

#[test]
fn other_authorities_and_lists_come_from_files() {
    let (own, other) = (Authority::in_memory(), Authority::in_memory());
    let folder = Folder::new();
    let ca_file = folder.file("other.crt", &other.ca_pem().unwrap());
    let crl_file = folder.file("list", &other.crl_pem().unwrap());
    let directory = folder.path().display().to_string();
    let fits = |preset| Client {
        ca: own.ca_pem().unwrap(),
        ..lamp(&other, preset)
    };
    for in_directory in [false, true] {
        let acceptor = acceptor(&own, |tls| {
            tls.require_certificate = true;
            if in_directory {
                tls.ca_path.clone_from(&directory);
            } else {
                tls.ca_file.clone_from(&ca_file);
            }
            tls.crl_file.clone_from(&crl_file);
        });
        Pair::new(&fits(Preset::Valid), &acceptor).settle(100).unwrap();
        let fault = Pair::new(&fits(Preset::Revoked), &acceptor)
            .settle(100)
            .unwrap_err();
        assert!(fault.0.ends_with("it is revoked"), "{fault}");
        let fault = Pair::new(&lamp(&own, Preset::Valid), &acceptor)
            .settle(100)
            .unwrap_err();
        assert!(
            fault.0.contains("no CA that is trusted here"),
            "the broker's own counts no more: {fault}"
        );
    }
    // A list of another CA says nothing of this one's clients.
    let acceptor = acceptor(&own, |tls| {
        tls.ca_file = ca_file;
        tls.crl_file = folder.file("list of another", &own.crl_pem().unwrap());
    });
    let fault = Pair::new(&fits(Preset::Valid), &acceptor)
        .settle(100)
        .unwrap_err();
    assert!(fault.0.contains("nobody knows whether it is revoked"), "{fault}");
}
