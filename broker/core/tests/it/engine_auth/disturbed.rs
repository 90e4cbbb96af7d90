//! A peer that misbehaves while a client authenticates, by the rules of docs/FAULTS.md.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use broker::fault::Rule;
use broker::settings::User;
use broker::wire::ReasonCode;

use super::bench::{SCRAM, Said, answer, auth, connect, with_method};
use super::client::Client;
use super::tcp::{read, send};

/// The rule of this name on the page.
fn rule(name: &str) -> Rule {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FAULTS.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("## Authentication that goes wrong").nth(1).unwrap();
    let block = section
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let file = std::env::temp_dir().join(format!("auth-{}-{}.toml", std::process::id(), name.len()));
    std::fs::write(&file, block).unwrap();
    let tables = broker::settings::script(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    let mut rules = tables.iter().map(|table| Rule::from_json(&table.value).unwrap());
    rules.find(|rule| rule.name() == name).unwrap()
}

/// A broker with the rule, and a client that has said its first word.
fn begin(name: &str) -> (broker::Broker, TcpStream, Client) {
    let broker = broker::Broker::builder()
        .configure(|settings| settings.auth.users = vec![User::new("alice", "wonderland")])
        .fault(rule(name))
        .start()
        .wait()
        .unwrap();
    let mut stream = TcpStream::connect(broker.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut client = Client::new("alice", "wonderland");
    let first = client.first();
    send(&mut stream, &connect(with_method("c", SCRAM, Some(&first))));
    (broker, stream, client)
}

/// The rest of a login; what CONNACK says.
fn finish(stream: &mut TcpStream, client: &mut Client) -> Said {
    let last = client.last(&read(stream));
    send(stream, &answer(&last));
    read(stream)
}

#[test]
fn the_method_of_a_challenge_is_another_one() {
    let (_broker, mut stream, _) = begin("another method in AUTH");
    let said = read(&mut stream);
    assert!(matches!(said, Said::Auth { method: Some(method), .. } if method == "SCRAM-SHA-1"));
}

#[test]
fn a_challenge_never_comes_and_that_is_settled() {
    let (broker, mut stream, _) = begin("AUTH that never comes");
    broker
        .expect(broker::expect::rule("AUTH that never comes").fired(1))
        .wait();
    broker.settle().wait().unwrap();
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_client_does_not_trust_a_server_that_does_not_know_the_password() {
    let (_broker, mut stream, mut client) = begin("a server that does not know the password");
    let end = finish(&mut stream, &mut client);
    assert_eq!(end.reason(), ReasonCode::SUCCESS);
    assert!(!client.trusts(&end), "{end:?}");
}

#[test]
fn one_that_authenticates_again_is_thrown_out() {
    let (_broker, mut stream, mut client) = begin("re-authentication refused");
    let end = finish(&mut stream, &mut client);
    assert!(client.trusts(&end));
    let first = Client::new("alice", "wonderland").first();
    send(
        &mut stream,
        &auth(ReasonCode::REAUTHENTICATE, SCRAM, Some(&first)),
    );
    assert_eq!(read(&mut stream), Said::Disconnect(ReasonCode::NOT_AUTHORIZED));
}

#[test]
fn auth_comes_behind_connack_although_nobody_asked() {
    let (_broker, mut stream, mut client) = begin("AUTH that nobody asked for");
    let end = finish(&mut stream, &mut client);
    assert_eq!(end.reason(), ReasonCode::SUCCESS);
    assert_eq!(read(&mut stream), Said::challenge(None));
}
