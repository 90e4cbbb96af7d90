//! A CA in a directory.

use std::fs;
use std::sync::Barrier;

use settings::Preset;

use super::harness::{Client, Folder, Pair, made};
use crate::way::tls::Authority;

#[test]
fn it_is_there_again_after_a_restart() {
    let folder = Folder::new();
    let directory = folder.path().join("state");
    assert!(Authority::found_in(&directory).unwrap().is_none());
    let first = Authority::in_directory(&directory).unwrap();
    let ca = first.ca_pem().unwrap();
    assert_eq!(fs::read_to_string(first.ca_file().unwrap()).unwrap(), ca);
    assert_eq!(
        fs::read_to_string(first.crl_file().unwrap()).unwrap(),
        first.crl_pem().unwrap()
    );

    let second = Authority::found_in(&directory).unwrap().unwrap();
    assert_eq!(second.ca_pem().unwrap(), ca);
    let client = Client {
        crl: Some(first.crl_pem().unwrap()),
        ..Client::of(&first)
    };
    Pair::new(&client, &made(&second, Preset::Valid))
        .settle(1_000)
        .unwrap();
    let mut revoked = Pair::new(&client, &made(&second, Preset::Revoked));
    revoked
        .settle(1_000)
        .expect_err("its serial number is still on the list");

    // Whatever is lost of it, and can be made from the rest.
    fs::remove_file(directory.join("crl.pem")).unwrap();
    fs::remove_file(directory.join("ca.pem")).unwrap();
    let third = Authority::in_directory(&directory).unwrap();
    Pair::new(&Client::of(&third), &made(&third, Preset::Valid))
        .settle(1_000)
        .unwrap();
}

#[cfg(unix)]
#[test]
fn its_key_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let directory = folder.path().join("state");
    Authority::in_directory(&directory).unwrap();
    let mode = |name: &str| fs::metadata(directory.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("ca-key.pem")), (0o700, 0o600));
    assert_eq!((mode("ca.pem"), mode("crl.pem")), (0o644, 0o644));
    assert_eq!(
        fs::read_dir(&directory).unwrap().count(),
        3,
        "nothing is left over"
    );
}

#[test]
fn a_hundred_may_begin_at_a_time() {
    let folder = Folder::new();
    let barrier = Barrier::new(100);
    let mut made: Vec<(String, String)> = std::thread::scope(|scope| {
        let begin = || {
            barrier.wait();
            let authority = Authority::in_directory(folder.path()).unwrap();
            (authority.ca_pem().unwrap(), authority.crl_pem().unwrap())
        };
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(begin)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    made.dedup();
    assert_eq!(made.len(), 1, "all have the same");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        3,
        "nothing is left over"
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let folder = Folder::new();
    let directory = folder.path();
    Authority::in_directory(directory).unwrap();
    let said = || Authority::in_directory(directory).unwrap_err();
    let key = fs::read_to_string(directory.join("ca-key.pem")).unwrap();
    let ca = fs::read_to_string(directory.join("ca.pem")).unwrap();

    fs::remove_file(directory.join("ca-key.pem")).unwrap();
    assert!(
        said().contains("ca.pem has no key beside it (ca-key.pem): put it back, or remove"),
        "{}",
        said()
    );
    folder.file("ca-key.pem", "nonsense");
    assert!(
        said().contains("ca-key.pem is not a private key in PEM"),
        "{}",
        said()
    );
    folder.file("ca-key.pem", &rcgen::KeyPair::generate().unwrap().serialize_pem());
    assert!(
        said().contains("ca.pem is not the certificate of the key in ca-key.pem"),
        "{}",
        said()
    );
    folder.file("ca-key.pem", &key);
    folder.file("ca.pem", "nonsense");
    assert!(
        said().contains("ca.pem is not a certificate in PEM"),
        "{}",
        said()
    );
    let foreign = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&rcgen::KeyPair::from_pem(&key).unwrap())
        .unwrap();
    folder.file("ca.pem", &foreign.pem());
    assert!(said().contains("not a CA that the broker made"), "{}", said());
    folder.file("ca.pem", &ca);
    Authority::in_directory(directory).unwrap();
}

#[test]
fn names_of_clients_are_bounded() {
    let authority = Authority::in_memory();
    for (name, words) in [
        ("", "has 1 to 64 characters, not 0"),
        (&*"x".repeat(65), "not 65"),
        ("a\x1b[2J", "no control characters"),
    ] {
        let error = authority.client_certificate(name, Preset::Valid).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    for name in ["lamp", "Küche/1", &"ü".repeat(64), "a,b=c+d\"e\\f"] {
        authority.client_certificate(name, Preset::Valid).unwrap();
    }
}
