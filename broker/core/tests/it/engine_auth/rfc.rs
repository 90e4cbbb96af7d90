//! The examples of RFC 5802 and RFC 7677, byte for byte, and what the messages may look like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use broker_core::auth::Step;
use broker_core::auth::scram::{Credential, Hash, Server};
use broker_core::wire::ReasonCode;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

const CLIENT_FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const SERVER_FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const CLIENT_FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                            p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
/// The `s=` of the server.
const SALT: [u8; 16] = [
    0x5B, 0x6D, 0x99, 0x68, 0x9D, 0x12, 0x35, 0x8E, 0xEC, 0xA0, 0x4B, 0x14, 0x12, 0x36, 0xFA, 0x81,
];

fn user(name: &str) -> Credential {
    assert_eq!(name, "user");
    Credential::derive(Hash::Sha256, b"pencil", &SALT, 4096)
}

fn server() -> Server {
    Server::new(Hash::Sha256, SERVER_NONCE.to_owned())
}

fn step(server: &mut Server, message: &str) -> Step {
    server.step(Some(message.as_bytes()), user)
}

#[test]
fn the_example_of_the_rfc() {
    let mut server = server();
    assert_eq!(step(&mut server, CLIENT_FIRST), Step::challenge(SERVER_FIRST));
    let success = Step::Accept {
        user: Some("user".to_owned()),
        data: Some(SERVER_FINAL.as_bytes().to_vec()),
    };
    assert_eq!(step(&mut server, CLIENT_FINAL), success);
    // Over is over.
    assert_eq!(
        step(&mut server, CLIENT_FINAL),
        Step::Refuse(ReasonCode::NOT_AUTHORIZED)
    );
}

/// One login of `user` with the password `pencil`, as it goes over the wire.
struct Login {
    hash: Hash,
    client_nonce: &'static str,
    server_nonce: &'static str,
    salt: &'static str,
    proof: &'static str,
    verifier: &'static str,
}

impl Login {
    fn goes_so(&self) {
        let Self {
            client_nonce,
            server_nonce,
            salt,
            ..
        } = self;
        let mut server = Server::new(self.hash, (*server_nonce).to_owned());
        let salt_bytes = STANDARD.decode(salt).unwrap();
        let find = |_: &str| Credential::derive(self.hash, b"pencil", &salt_bytes, 4096);
        let first = format!("n,,n=user,r={client_nonce}");
        let challenge = format!("r={client_nonce}{server_nonce},s={salt},i=4096");
        assert_eq!(
            server.step(Some(first.as_bytes()), find),
            Step::challenge(challenge)
        );
        let last = format!("c=biws,r={client_nonce}{server_nonce},p={}", self.proof);
        let end = server.step(Some(last.as_bytes()), find);
        let data = Some(format!("v={}", self.verifier).into_bytes());
        let user = Some("user".to_owned());
        assert_eq!(end, Step::Accept { user, data }, "{:?}", self.hash);
    }
}

#[test]
fn the_example_of_rfc_5802_and_one_of_sha_512() {
    Login {
        hash: Hash::Sha1,
        client_nonce: "fyko+d2lbbFgONRv9qkxdawL",
        server_nonce: "3rfcNHYJY1ZVvWVs7j",
        salt: "QSXCR+Q6sek8bf92",
        proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        verifier: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    }
    .goes_so();
    // No RFC has one: what Python's hashlib and hmac make of the same password.
    Login {
        hash: Hash::Sha512,
        client_nonce: "rOprNGfwEbeRWgbNEkqO",
        server_nonce: SERVER_NONCE,
        salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
        proof: "gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
        verifier: "ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
    }
    .goes_so();
}

#[test]
fn the_first_word_may_be_asked_for_once() {
    for nothing in [None, Some(b"".as_slice())] {
        let mut server = server();
        assert_eq!(server.step(nothing, user), Step::Challenge(None));
        assert_eq!(step(&mut server, CLIENT_FIRST), Step::challenge(SERVER_FIRST));
    }
    let mut server = server();
    assert_eq!(server.step(None, user), Step::Challenge(None));
    assert_eq!(server.step(None, user), Step::refuse());
}

#[test]
fn first_messages_that_are_taken() {
    for message in [
        "n,,n=user,r=abc",
        "y,,n=user,r=abc",
        "n,a=user,n=user,r=abc",
        "n,,n=user,r=abc,x=an extension that nobody must know",
    ] {
        let mut server = server();
        let step = step(&mut server, message);
        assert!(matches!(step, Step::Challenge(Some(_))), "{message}: {step:?}");
    }
}

#[test]
fn names_are_unescaped() {
    let mut seen = String::new();
    server().step(Some(b"n,,n=a=2Cb=3Dc=3D2C,r=abc"), |name| {
        name.clone_into(&mut seen);
        Credential::derive(Hash::Sha256, b"", &SALT, 1)
    });
    assert_eq!(seen, "a,b=c=2C");
}

#[test]
fn first_messages_that_are_refused() {
    for message in [
        "n",
        "n,",
        "n,,",
        "n,,n=user",
        "n,,n=user,",
        "n,,n=user,r=",
        "n,,n=user,r=,x=y",
        "n,,n=user,r=with space",
        "n,,n=user,r=\u{e4}",
        "n,,r=abc,n=user",
        "n,,n=,r=abc",
        "n,,n=us=er,r=abc",
        "n,,n=user=2,r=abc",
        "n,,n=user=2c,r=abc",
        // must be understood, and is not
        "n,,m=future,n=user,r=abc",
        // somebody else
        "n,a=root,n=user,r=abc",
        "n,a=,n=user,r=abc",
        "n,root,n=user,r=abc",
        // channel binding
        "p=tls-unique,,n=user,r=abc",
        "x,,n=user,r=abc",
        "N,,n=user,r=abc",
        CLIENT_FINAL,
    ] {
        let mut server = server();
        assert_eq!(step(&mut server, message), Step::refuse(), "{message}");
        assert_eq!(step(&mut server, CLIENT_FIRST), Step::refuse(), "after {message}");
    }
    assert_eq!(server().step(Some(b"n,,n=user\xFF,r=abc"), user), Step::refuse());
}

#[test]
fn last_messages_that_are_refused() {
    let proof = &CLIENT_FINAL[CLIENT_FINAL.len() - 44..];
    let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    for message in [
        // "y,," although "n,," came first
        format!("c=eSws,r={nonce},p={proof}"),
        format!("c=,r={nonce},p={proof}"),
        format!("c=not base64!,r={nonce},p={proof}"),
        format!("r={nonce},p={proof}"),
        format!("c=biws,p={proof}"),
        format!("c=biws,r=rOprNGfwEbeRWgbNEkqO,p={proof}"),
        format!("c=biws,r={nonce}x,p={proof}"),
        // signed was a message without it
        format!("c=biws,r={nonce},x=y,p={proof}"),
        format!("c=biws,r={nonce}"),
        format!("c=biws,r={nonce},p="),
        format!("c=biws,r={nonce},p={}", &proof[..40]),
        format!("c=biws,r={nonce},p={}", &proof[..43]),
        format!("c=biws,r={nonce},p={proof},x=y"),
        format!("c=biws,r={nonce},p=A{}", &proof[1..]),
        String::new(),
        "p".to_owned(),
    ] {
        let mut server = server();
        step(&mut server, CLIENT_FIRST);
        assert_eq!(step(&mut server, &message), Step::refuse(), "{message}");
        assert_eq!(step(&mut server, CLIENT_FINAL), Step::refuse(), "after {message}");
    }
}

/// The proof that somebody who knows the password makes for these messages.
fn proof(first_bare: &str, without_proof: &str) -> String {
    fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
        Hmac::<Sha256>::new_from_slice(key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .into()
    }
    let mut salted = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(b"pencil", &SALT, 4096, &mut salted);
    let client_key = mac(&salted, b"Client Key");
    let message = format!("{first_bare},{SERVER_FIRST},{without_proof}");
    let signature = mac(&Sha256::digest(client_key), message.as_bytes());
    let proof: Vec<u8> = client_key
        .iter()
        .zip(signature)
        .map(|(key, sign)| key ^ sign)
        .collect();
    STANDARD.encode(proof)
}

#[test]
fn a_right_proof_does_not_excuse_a_wrong_message() {
    let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    for (without_proof, right) in [
        (format!("c=biws,r={nonce}"), true),
        (format!("c=biws,r={nonce},x=an extension"), true),
        // the header of another first message, "y,,": somebody changed one of them on its way
        (format!("c=eSws,r={nonce}"), false),
        (format!("c=,r={nonce}"), false),
        ("c=biws,r=rOprNGfwEbeRWgbNEkqO".to_owned(), false),
        (format!("c=biws,r={nonce}x"), false),
    ] {
        let mut server = server();
        step(&mut server, CLIENT_FIRST);
        let proof = proof("n=user,r=rOprNGfwEbeRWgbNEkqO", &without_proof);
        let end = step(&mut server, &format!("{without_proof},p={proof}"));
        assert_eq!(
            matches!(end, Step::Accept { .. }),
            right,
            "{without_proof}: {end:?}"
        );
    }
}
