//! Each fault of a certificate, met by programs that people use: our clients, mosquitto's, `openssl s_client`. What each of them
//! says, and what the broker says of it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use broker::Broker;
use broker::pattern::{Is, event};
use broker::settings::{BrokerSettings, Preset};
use tests::harness::binaries::start;
use tests::harness::peers::{Missing, mosquitto, or_skip};

/// A broker with TLS, and its files.
struct Tls {
    broker: Broker,
    folder: PathBuf,
}

impl Tls {
    fn start(name: &str, change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let broker = Broker::builder().configure(change).start().wait().unwrap();
        let folder = std::env::temp_dir().join(format!("certificates-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("ca.pem"), broker.ca_pem().unwrap()).unwrap();
        std::fs::write(folder.join("crl.pem"), broker.crl_pem().unwrap()).unwrap();
        Self { broker, folder }
    }

    fn port(&self) -> String {
        self.broker.addr().port().to_string()
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Writes a client's certificate and key, and answers the flags for them.
    fn client(&self, preset: Preset) -> [String; 4] {
        let (certificate, key) = self.broker.faulty_client_certificate("lamp", preset).unwrap();
        let (of_certificate, of_key) = (self.file("lamp.pem"), self.file("lamp-key.pem"));
        std::fs::write(&of_certificate, certificate).unwrap();
        std::fs::write(&of_key, key).unwrap();
        ["--cert".to_owned(), of_certificate, "--key".to_owned(), of_key]
    }

    /// The flags of our programs and mosquitto's that lead there.
    fn flags(&self) -> Vec<String> {
        let flags = [
            "-h",
            "localhost",
            "-p",
            &self.port(),
            "--cafile",
            &self.file("ca.pem"),
            "-t",
            "a",
        ];
        flags.iter().map(ToString::to_string).collect()
    }

    /// The broker says so of a client.
    fn expect_failed(&self, why: &str) {
        self.broker
            .expect(event("handshake_failed").field("why", Is::containing(why)))
            .wait();
    }

    /// What one of our programs says when it cannot come in.
    fn complaint(&self, program: &str, more: &[&str]) -> String {
        let flags = self.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let rest: &[&str] = if program == "publisher" {
            &["-m", "x"]
        } else {
            &["-C", "1", "-W", "20"]
        };
        let finished = start(program, &[&flags, rest, more].concat()).wait();
        assert_ne!(finished.code, Some(0), "{program} came in");
        finished.stderr.join("\n")
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

fn openssl() -> Option<Command> {
    let found = Command::new("openssl").arg("version").output();
    or_skip(found.map_err(|_| Missing::new("there is no openssl".to_owned(), "apt-get install openssl")))?;
    Some(Command::new("openssl"))
}

/// Each preset with what our clients say, OpenSSL, and the broker of both.
const FAULTS: &[(Preset, &str, &str, &str)] = &[
    (
        Preset::Expired,
        "the broker's certificate expired on 2",
        "certificate has expired",
        "refused our certificate: certificate_expired",
    ),
    (
        Preset::NotYetValid,
        "the broker's certificate is not yet valid, but from 2",
        "certificate is not yet valid",
        "refused our certificate: ",
    ),
    (
        Preset::WrongHost,
        "the broker's certificate is not for `localhost`, but for elsewhere.example;",
        "hostname mismatch",
        "refused our certificate: ",
    ),
    (
        Preset::UnknownCa,
        "the broker's certificate is signed by an authority that is not trusted;",
        "unable to get local issuer certificate",
        "refused our certificate: unknown_ca",
    ),
    (
        Preset::Revoked,
        "the broker's certificate cannot be accepted: it is revoked",
        "certificate revoked",
        "refused our certificate: certificate_revoked",
    ),
];

#[test]
fn our_clients_say_each_fault_of_a_certificate_in_words() {
    for (preset, words, _, ours) in FAULTS {
        let tls = Tls::start("ours", |settings| settings.tls.preset = *preset);
        let crl = tls.file("crl.pem");
        for program in ["publisher", "subscriber"] {
            let said = tls.complaint(program, &["--crl", &crl]);
            assert!(said.contains(words), "{program}: {said}");
        }
        tls.expect_failed(ours);
    }
}

#[test]
fn openssl_finds_each_fault_of_a_certificate() {
    for (preset, _, words, ours) in FAULTS {
        let tls = Tls::start("openssl", |settings| settings.tls.preset = *preset);
        for version in ["-tls1_2", "-tls1_3"] {
            let Some(mut openssl) = openssl() else { return };
            let output = run(openssl
                .args([
                    "s_client",
                    version,
                    "-connect",
                    &format!("127.0.0.1:{}", tls.port()),
                ])
                .args([
                    "-servername",
                    "localhost",
                    "-verify_hostname",
                    "localhost",
                    "-verify_return_error",
                ])
                .args([
                    "-CAfile",
                    &tls.file("ca.pem"),
                    "-crl_check",
                    "-CRL",
                    &tls.file("crl.pem"),
                ])
                .arg("-x509_strict"));
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                !output.status.success() && said.contains(words),
                "{preset:?} {version}: {said}"
            );
        }
        tls.expect_failed(ours);
    }
}

#[test]
fn a_valid_certificate_pleases_all_of_them() {
    let tls = Tls::start("valid", |settings| settings.tls.require_certificate = true);
    let client = tls.client(Preset::Valid);
    let flags = [&tls.flags()[..], &client].concat();
    let crl = tls.file("crl.pem");
    let strict = [
        &flags[..],
        &["--crl".to_owned(), crl.clone(), "-m".to_owned(), "x".to_owned()],
    ]
    .concat();
    start(
        "publisher",
        &strict.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .succeed();
    if let Some(mosquitto_pub) = or_skip(mosquitto("mosquitto_pub")) {
        let output = run(Command::new(mosquitto_pub)
            .args(&flags)
            .args(["-m", "x", "-q", "1"]));
        assert!(output.status.success(), "{output:?}");
    }
    if let Some(mut openssl) = openssl() {
        let output = run(openssl
            .args([
                "s_client",
                "-connect",
                &format!("127.0.0.1:{}", tls.port()),
                "-x509_strict",
            ])
            .args([
                "-verify_hostname",
                "localhost",
                "-verify_return_error",
                "-CAfile",
                &tls.file("ca.pem"),
            ])
            .args([
                "-crl_check",
                "-CRL",
                &crl,
                "-cert",
                &client[1],
                "-key",
                &client[3],
            ]));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("Verify return code: 0 (ok)"),
            "{said}"
        );
    }
}

#[test]
fn clients_are_told_what_is_wrong_with_their_certificate() {
    let tls = Tls::start("clients", |settings| settings.tls.require_certificate = true);
    for (preset, words, ours) in [
        (
            Preset::Expired,
            "(expired, or not yet valid)",
            "its certificate was refused: it expired on 2",
        ),
        (
            Preset::NotYetValid,
            "(expired, or not yet valid)",
            "its certificate was refused: it is not yet valid",
        ),
        (
            Preset::UnknownCa,
            "(signed by an authority that it does not trust)",
            "no CA that is trusted here signed it",
        ),
        (
            Preset::Revoked,
            "(revoked)",
            "its certificate was refused: it is revoked",
        ),
    ] {
        let client = tls.client(preset);
        let client: Vec<&str> = client.iter().map(String::as_str).collect();
        for program in ["publisher", "subscriber"] {
            let said = tls.complaint(program, &client);
            assert!(
                said.contains(&format!(
                    "the broker does not accept this client's certificate {words}"
                )),
                "{preset:?} {program}: {said}"
            );
        }
        tls.expect_failed(ours);
    }
    for program in ["publisher", "subscriber"] {
        let said = tls.complaint(program, &[]);
        assert!(
            said.contains("the broker asks for a client's certificate; give --cert and --key"),
            "{said}"
        );
    }
    tls.expect_failed("showed no certificate");
}

#[test]
fn a_certificate_stands_for_a_user_name_and_password() {
    let tls = Tls::start("identity", |settings| {
        settings.tls.use_identity_as_username = true;
        settings.auth.allow_anonymous = false;
    });
    let client = tls.client(Preset::Valid);
    let flags = [&tls.flags()[..], &client, &["-m".to_owned(), "x".to_owned()]].concat();
    start("publisher", &flags.iter().map(String::as_str).collect::<Vec<_>>()).succeed();
    let said = tls.complaint("publisher", &[]);
    assert!(!said.is_empty(), "without a certificate nobody vouches for it");
}

#[test]
fn a_list_of_revoked_certificates_that_is_no_use_is_said() {
    let tls = Tls::start("lists", |_| {});
    let other = Tls::start("other", |_| {});
    for (file, words) in [
        (
            other.file("crl.pem"),
            "no list in --crl is of the authority that signed it",
        ),
        (tls.file("ca.pem"), "has no list of revoked certificates"),
        (tls.file("gone"), "--crl: cannot read "),
    ] {
        let said = tls.complaint("publisher", &["--crl", &file]);
        assert!(said.contains(words), "{said}");
    }
}
