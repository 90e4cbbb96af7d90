//! Certificates and keys from files, and what is said when they are wrong.

use rcgen::{CertificateParams, KeyPair};
use settings::{Preset, Tls};

use super::harness::{Client, Folder, Pair, made};
use crate::way::tls::{Acceptor, Authority};

/// A self-signed certificate and its key. Each has its own CA.
fn own(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn with(change: impl FnOnce(&mut Tls)) -> Result<Acceptor, String> {
    let mut settings = Tls::default();
    change(&mut settings);
    Acceptor::new(&settings, &Authority::in_memory(), &[])
}

fn client(ca: &str) -> Client {
    Client {
        ca: ca.to_owned(),
        ..Client::of(&Authority::in_memory())
    }
}

/// Keys in their three forms, each with its certificate.
#[test]
fn own_files_are_shown() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/tls");
    let ca = std::fs::read_to_string(format!("{data}/ca.pem")).unwrap();
    let acceptor = with(|tls| {
        tls.cert_file = format!("{data}/localhost.pem");
        tls.key_file = format!("{data}/localhost.key");
    });
    Pair::new(&client(&ca), &acceptor.unwrap()).settle(1_000).unwrap();
}

#[test]
fn what_is_wrong_is_said_with_the_file_and_what_would_be_right() {
    let folder = Folder::new();
    let (certificate, key) = own("localhost");
    let cert = folder.file("cert.pem", &certificate);
    let other_key = folder.file("other.key", &own("localhost").1);
    let key = folder.file("key.pem", &key);
    let empty = folder.file("empty", "");
    let broken = folder.file(
        "broken",
        &format!("{certificate}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
    );
    let encrypted = folder.file(
        "encrypted",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let gone = folder.path().join("gone").display().to_string();
    let directory = folder.path().join("none");
    std::fs::create_dir(&directory).unwrap();
    let directory = directory.display().to_string();

    let identity = |cert: &str, key: &str| {
        with(|tls| {
            (tls.cert_file, tls.key_file) = (cert.to_owned(), key.to_owned());
        })
    };
    identity(&cert, &key).unwrap();
    let wrong: Vec<(Result<Acceptor, String>, String)> = vec![
        (
            identity(&gone, &key),
            format!("tls.cert_file: cannot read {gone}: "),
        ),
        (
            identity(&empty, &key),
            format!("tls.cert_file: {empty} has no certificate (a line"),
        ),
        (
            identity(&key, &cert),
            format!("tls.cert_file: {key} has a private key and no certificate; are the files"),
        ),
        (
            identity(&broken, &key),
            format!("tls.cert_file: {broken} has a certificate, block 2, that cannot be read"),
        ),
        (
            identity(&cert, &empty),
            format!("tls.key_file: {empty} has no private key"),
        ),
        (
            identity(&cert, &cert),
            format!("tls.key_file: {cert} has a certificate and no private key"),
        ),
        (
            identity(&cert, &encrypted),
            format!("tls.key_file: {encrypted} is encrypted"),
        ),
        (
            identity(&cert, &other_key),
            format!("tls.key_file: {other_key} is not the key of the first certificate in {cert}"),
        ),
        (
            identity(&cert, ""),
            format!("tls.cert_file is {cert}, and tls.key_file is empty"),
        ),
        (
            identity("", &key),
            format!("tls.key_file is {key}, and tls.cert_file is empty"),
        ),
        (
            with(|tls| tls.ca_file.clone_from(&empty)),
            format!("tls.ca_file: {empty} has no certificate"),
        ),
        (
            with(|tls| tls.ca_path.clone_from(&gone)),
            format!("tls.ca_path: cannot read the directory {gone}: "),
        ),
        (
            with(|tls| tls.ca_path.clone_from(&directory)),
            format!("tls.ca_path: no file in {directory} that ends in"),
        ),
        (
            with(|tls| tls.crl_file.clone_from(&cert)),
            format!("tls.crl_file: {cert} has no revocation list"),
        ),
    ];
    for (result, words) in wrong {
        let error = result.map(|_| ()).expect_err(&words);
        assert!(error.starts_with(&words), "{error}\nis not\n{words}");
    }
}

#[test]
fn files_are_read_again_and_connections_stay_as_they_are() {
    let folder = Folder::new();
    let (old, new) = (own("localhost"), own("localhost"));
    let cert = folder.file("cert.pem", &old.0);
    let key = folder.file("key.pem", &old.1);
    let authority = Authority::in_memory();
    let settings = Tls {
        cert_file: cert,
        key_file: key,
        ..Tls::default()
    };
    let acceptor = Acceptor::new(&settings, &authority, &[]).unwrap();
    let another = made(&authority, Preset::Valid);
    Pair::new(&Client::of(&authority), &another)
        .settle(1_000)
        .unwrap();
    let (old_client, new_client) = (client(&old.0), client(&new.0));
    let mut open = Pair::new(&old_client, &acceptor);
    open.settle(1_000).unwrap();
    let mut halfway = Pair::new(&old_client, &acceptor);

    folder.file("key.pem", &new.1);
    let error = authority.reload().unwrap_err();
    assert!(
        error.contains("is not the key of the first certificate"),
        "{error}"
    );
    Pair::new(&old_client, &acceptor)
        .settle(1_000)
        .expect("the old one stays");

    folder.file("cert.pem", &new.0);
    authority.reload().unwrap();
    Pair::new(&Client::of(&authority), &another)
        .settle(1_000)
        .unwrap();
    Pair::new(&new_client, &acceptor)
        .settle(1_000)
        .expect("the new one is shown");
    Pair::new(&old_client, &acceptor)
        .settle(1_000)
        .expect_err("and no other");
    halfway.settle(1_000).expect("it began before");
    open.assert_talk(1_000);
}

/// To open a pipe is to wait for somebody who writes to it, and `/dev/zero` has no end.
#[cfg(unix)]
#[test]
fn what_is_not_a_plain_file_is_refused_and_not_waited_for() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    let (certificate, key) = own("localhost");
    folder.file("cert.pem", &certificate);
    let key = folder.file("key.pem", &key);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let make_pipe = |path: &str| {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    let (pipe, link, zero) = (at("pipe"), at("link"), at("zero"));
    make_pipe(&pipe);
    symlink("cert.pem", &link).unwrap();
    symlink("/dev/zero", &zero).unwrap();
    let identity = |cert: &str, key: &str| {
        with(|tls| (tls.cert_file, tls.key_file) = (cert.to_owned(), key.to_owned())).map(|_| ())
    };
    identity(&link, &key).expect("a link to a plain file is followed");

    std::fs::create_dir(at("authorities")).unwrap();
    make_pipe(&at("authorities/ca.pem"));
    std::fs::create_dir(at("state")).unwrap();
    make_pipe(&at("state/ca-key.pem"));
    let large = std::fs::File::create(at("large")).unwrap();
    large.set_len(17 * 1024 * 1024).unwrap();
    let no_plain_file = "it is not a plain file, nor a link to one";
    for (result, key, path, words) in [
        (
            identity(&pipe, &key),
            "tls.cert_file: ",
            pipe.clone(),
            no_plain_file,
        ),
        (identity(&zero, &key), "tls.cert_file: ", zero, no_plain_file),
        (
            identity(&link, &pipe),
            "tls.key_file: ",
            pipe.clone(),
            no_plain_file,
        ),
        (
            with(|tls| tls.ca_file.clone_from(&pipe)).map(|_| ()),
            "tls.ca_file: ",
            pipe.clone(),
            no_plain_file,
        ),
        (
            with(|tls| tls.crl_file.clone_from(&pipe)).map(|_| ()),
            "tls.crl_file: ",
            pipe.clone(),
            no_plain_file,
        ),
        (
            with(|tls| tls.ca_path = at("authorities")).map(|_| ()),
            "tls.ca_path: ",
            at("authorities/ca.pem"),
            no_plain_file,
        ),
        (
            Authority::in_directory(&folder.path().join("state")).map(|_| ()),
            "",
            at("state/ca-key.pem"),
            no_plain_file,
        ),
        (
            identity(&at("large"), &key),
            "tls.cert_file: ",
            at("large"),
            "it has more than 16 MiB; is it the right file?",
        ),
    ] {
        assert_eq!(result.unwrap_err(), format!("{key}cannot read {path}: {words}"));
    }
}
