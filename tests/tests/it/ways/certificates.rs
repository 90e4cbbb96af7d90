//! What clients say to each fault of a certificate, and what the broker says of them: docs/CERTIFICATES.md.
//!
//! The words are the clients' own and change with their versions. So this test holds the kind of each answer, and
//! `UPDATE_DOCS=1` writes the page with the words of the clients that are installed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use broker::Event;
use broker::journal::{Mark, Record};
use broker::settings::{Listener, Preset};
use tests::harness::binaries::{program, workspace};
use tests::harness::peers::{mosquitto, or_skip, tool};
use tests::harness::way::Reachable;
use tests::harness::wishes::Library;
use tests::harness::{Program, Way};

/// A preset, its heading, and what a client's answer has in it: one of these.
const PRESETS: [(Preset, &str, &[&str]); 6] = [
    (Preset::Valid, "Nothing is wrong", &["accepted"]),
    (
        Preset::Expired,
        "Expired",
        &[
            "certificate has expired",
            "CERT_HAS_EXPIRED",
            "CertificateExpired",
            "is after",
            "expired on",
        ],
    ),
    (
        Preset::NotYetValid,
        "Not yet valid",
        &[
            "not yet valid (",
            "CERT_NOT_YET_VALID",
            "CertificateNotYetValid",
            "is before",
            "not yet valid,",
            "is not yet valid",
        ],
    ),
    (
        Preset::WrongHost,
        "For another host",
        &[
            "mismatch",
            "ALTNAME_INVALID",
            "No subject alternative",
            "No name matching",
            "elsewhere.example",
            "no alternative certificate subject name",
        ],
    ),
    (
        Preset::UnknownCa,
        "Of an unknown CA",
        &[
            "local issuer",
            "UNABLE_TO_",
            "valid certification path",
            "unknown authority",
            "not trusted",
            "verify failed",
        ],
    ),
    (
        Preset::Revoked,
        "Revoked",
        &["revoked", "CERT_REVOKED", "CertificateRevoked"],
    ),
];

/// How a listener is called.
fn name(preset: Preset) -> String {
    format!("{preset:?}").to_ascii_lowercase()
}

/// A client that meets brokers.
struct Client {
    name: &'static str,
    /// How it is given a list of revoked certificates, if it can be.
    crl: Option<&'static str>,
    meets: Meets,
}

/// What it says, given the broker's port and a list of revoked certificates.
type Meets = Box<dyn FnMut(u16, Option<&str>) -> String>;

fn library(library: Library, ca: &str) -> Option<Client> {
    let mut client = library.start()?;
    let ca = ca.to_owned();
    Some(Client {
        name: library.name(),
        crl: Some(match library {
            Library::Paho1 | Library::Paho2 => {
                "an `ssl.SSLContext` that has loaded the list, with `VERIFY_CRL_CHECK_LEAF`, given to `tls_set_context`"
            }
            Library::MqttJs => "the option `crl`",
            Library::Java => {
                "a `TrustManagerFactory` of `PKIXBuilderParameters` with a `CertStore` of the list and revocation enabled"
            }
            Library::Go => {
                "a `tls.Config` whose `VerifyConnection` looks into the list: Go's TLS reads none by itself"
            }
        }),
        meets: Box::new(move |port, crl| {
            let url = format!("mqtts://localhost:{port}");
            client.wish(&["meet", &url, &ca, crl.unwrap_or("-")]).join(" ")
        }),
    })
}

/// A program that is given a port and, where it knows one, a list of revoked certificates.
fn run(
    name: &'static str,
    crl: Option<&'static str>,
    command: impl Fn(&str, Option<&str>) -> Command + 'static,
) -> Client {
    let meets = move |port: u16, crl: Option<&str>| {
        let ended = Program::start(&mut command(&port.to_string(), crl)).wait();
        match ended.code {
            Some(0) => "accepted".to_owned(),
            _ => format!("refused {}", ended.stderr.first().map_or("", String::as_str)),
        }
    };
    Client {
        name,
        crl,
        meets: Box::new(meets),
    }
}

/// All clients that are installed here.
fn clients(ca: &str) -> Vec<Client> {
    let mut clients: Vec<Client> = Library::ALL
        .into_iter()
        .filter_map(|it| library(it, ca))
        .collect();
    for ours in ["publisher", "subscriber"] {
        let ca = ca.to_owned();
        clients.push(run(ours, Some("`--crl`"), move |port, crl| {
            let mut command = program(ours);
            command.args(["-L", &format!("mqtts://localhost:{port}/met"), "--cafile", &ca]);
            command.args(crl.map(|crl| ["--crl", crl]).into_iter().flatten());
            command.args(if ours == "publisher" {
                &["-m", "x"][..]
            } else {
                &["-E"]
            });
            command.args(crl.map(|crl| ["--crl", crl]).into_iter().flatten());
            command
        }));
    }
    if let Some(path) = or_skip(mosquitto("mosquitto_pub")) {
        let ca = ca.to_owned();
        clients.push(run("mosquitto_pub 2.0.11", None, move |port, _| {
            let mut command = Command::new(&path);
            command.args([
                "-h",
                "localhost",
                "-p",
                port,
                "--cafile",
                &ca,
                "-t",
                "met",
                "-m",
                "x",
            ]);
            command
        }));
    }
    if let Some(path) = or_skip(tool("curl")) {
        let ca = ca.to_owned();
        clients.push(run("curl 7.88.1", Some("`--crlfile`"), move |port, crl| {
            let mut command = Command::new(&path);
            command.args([
                "--silent",
                "--show-error",
                "--output",
                "/dev/null",
                "--cacert",
                &ca,
            ]);
            command.args(crl.map(|crl| ["--crlfile", crl]).into_iter().flatten());
            command.arg(format!("https://localhost:{port}/"));
            command
        }));
    }
    clients
}

/// What a client said to a preset, and the broker of it: by the numbers of both.
type Said = BTreeMap<(usize, usize), (String, String)>;

/// Dates, ports and places of this run, and what only tells where in a program an error was found.
fn without_chance(text: &str, port: u16) -> String {
    let text = text.replace(&port.to_string(), "8883");
    let text = match text.find(" (_ssl.c:") {
        Some(at) => text[..at].to_owned(),
        None => text,
    };
    let is_time = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        digits >= 4 && word.starts_with(|first: char| first.is_ascii_digit()) && word.contains(['-', ':'])
    };
    let words = text
        .split_whitespace()
        .map(|word| if is_time(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// What the broker says of the handshake that failed since `mark`.
fn heard(broker: &Reachable, mark: Mark) -> String {
    broker.settle().wait().expect("nothing is going on");
    let entries = broker.journal().since(mark).wait().expect("it is kept").entries;
    let whys = entries.into_iter().filter_map(|entry| match entry.record {
        Record::Event(Event::HandshakeFailed { why, .. }) => Some(why),
        _ => None,
    });
    whys.last().unwrap_or_default()
}

#[test]
fn each_client_tells_each_fault_of_a_certificate() {
    let broker = Reachable::start_with(|settings| {
        settings.listener.extend(PRESETS.map(|(preset, ..)| Listener {
            name: name(preset),
            preset: Some(preset),
            ..Listener::port(0)
        }));
    });
    let (ca, crl) = (broker.ca_file(Way::Tls), broker.crl_file());
    let mut clients = clients(&ca);
    let mut said = Said::new();
    for (row, client) in clients.iter_mut().enumerate() {
        for (column, (preset, _, answers)) in PRESETS.iter().enumerate() {
            let listener = broker.listener(&name(*preset)).expect("it has one for each");
            let port = listener.addrs()[0].port();
            let is_revoked = *preset == Preset::Revoked;
            if is_revoked {
                // Without the list nobody can know.
                let answer = (client.meets)(port, None);
                assert!(answer.starts_with("accepted"), "{}: {answer}", client.name);
                if client.crl.is_none() {
                    continue;
                }
            }
            let mark = broker.mark().wait().expect("it runs");
            let answer = (client.meets)(port, is_revoked.then_some(&*crl));
            let kind = answers.iter().any(|known| answer.contains(known));
            // mosquitto's words for each of them.
            let kind = kind || *preset != Preset::Valid && answer.contains("A TLS error occurred");
            assert!(kind, "{} to {preset:?}: {answer}", client.name);
            let heard = heard(&broker, mark);
            // A client that looks only after the handshake closes without a word.
            let is_curl = client.name.starts_with("curl");
            assert!(
                is_curl || heard.is_empty() == (*preset == Preset::Valid),
                "{}: {heard}",
                client.name
            );
            said.insert((column, row), (without_chance(&answer, port), heard));
        }
    }
    let path = workspace().join("docs/CERTIFICATES.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page(&clients, &said)).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for client in &clients {
        let begin = format!("| {} |", client.name);
        let rows = written.lines().filter(|line| line.starts_with(&begin)).count();
        assert!(
            rows >= PRESETS.len() - 2,
            "docs/CERTIFICATES.md does not have {}: write it anew with `UPDATE_DOCS=1 cargo test -p tests --test it ways::certificates`",
            client.name
        );
    }
}

/// Begins the page.
const HEAD: &str = "\
# Certificates with a fault

What clients do when a broker's certificate is not as it should be, to compare with what yours does. Each broker below is
one of these:

    broker --preset expired          # not_yet_valid, wrong_host, unknown_ca, revoked

or, in a test in Rust, `Broker::builder().tls(Preset::Expired)`, with `broker.ca_pem()` for the client to trust. Each client
trusts the CA of the broker and connects to `mqtts://localhost`. The last column is what the broker tells of it, in its event
`handshake_failed`. A test meets each of them again in every run, and holds that each says which fault it was;
`UPDATE_DOCS=1 cargo test -p tests --test it ways::certificates` writes their words anew.
";

const REVOKED: &str = "
That a certificate is revoked stands in a list of its CA (a CRL), not in the certificate. A client that is not given the list
accepts it: all of these do. `GET /ca.pem` on the broker's port gives the CA's certificate, `broker ca --crl` prints the list, and
`broker.crl_pem()` gives it to a test.

| client | how it is given the list |
|---|---|
";

fn page(clients: &[Client], said: &Said) -> String {
    let mut page = HEAD.to_owned();
    for (column, (preset, heading, _)) in PRESETS.iter().enumerate() {
        if *preset == Preset::Valid {
            continue;
        }
        let _ = write!(page, "\n## {heading}\n");
        if *preset == Preset::Revoked {
            page.push_str(REVOKED);
            for client in clients {
                let how = client.crl.unwrap_or("it cannot be");
                let _ = writeln!(page, "| {} | {how} |", client.name);
            }
        }
        page.push_str("\n| client | what it says | what the broker says |\n|---|---|---|\n");
        for (row, client) in clients.iter().enumerate() {
            if let Some((answer, heard)) = said.get(&(column, row)) {
                let answer = answer.replacen("refused ", "", 1).replace('|', "\\|");
                let _ = writeln!(page, "| {} | {answer} | {heard} |", client.name);
            }
        }
    }
    page
}
