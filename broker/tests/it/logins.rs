//! Logins that take long, over real sockets: nothing that a client sends meanwhile is lost, and nobody else waits.

use std::net::Shutdown;

use broker::Broker;
use broker::expect::{connected, publish as published, refused};
use broker::settings::User;
use packets::{Client, Connect, publish};

/// As `mosquitto_passwd` writes the password "pencil", with PBKDF2.
const PENCIL: &str = "$7$101$NuJq6CE3uWEiaiXw$ld5XdKvPUV6sKknMXOHi75pmgqn4wuUc2tqj3MKTFsQkC1/B4iM4n2/W1ioT3fRM38ygyDft6Dncpn0Jhb/d7g==";

fn start() -> Broker {
    let ann = User::hashed("ann", PENCIL);
    let builder = Broker::builder().configure(|settings| settings.auth.users = vec![ann]);
    builder.start().wait().expect("it starts")
}

/// CONNECT of ann, and what she says right behind it.
fn ann(client_id: &str, password: &str, more: &[u8]) -> Vec<u8> {
    let connect = Connect {
        login: Some(("ann", password)),
        ..Connect::new(4, client_id)
    };
    [&connect.bytes()[..], more].concat()
}

#[test]
fn what_a_client_says_behind_its_connect_counts_even_if_it_has_gone() {
    let broker = start();
    let mut reader = Client::connect(broker.addr(), "reader");
    reader.subscribe("#", 0);
    for n in 0..20 {
        let topic = format!("home/{n}");
        let last_words = [&publish(&topic, 0, false, 0, b"on")[..], b"\xE0\0"].concat();
        let mut client = Client::open(broker.addr());
        client.send(&ann(&format!("dev-{n}"), "pencil", &last_words));
        // It reads nothing, and says goodbye before it is let in.
        client.stream().shutdown(Shutdown::Write).expect("it is open");
        let message = reader.packet();
        assert!(message.windows(topic.len()).any(|part| part == topic.as_bytes()));
    }
    assert_eq!(broker.stats().wait().expect("it runs").clients_refused, 0);
}

#[test]
fn settle_waits_for_logins() {
    let broker = start();
    let mut reader = Client::connect(broker.addr(), "reader");
    reader.subscribe("#", 0);
    let mut clients = Vec::new();
    for n in 0..5 {
        let mut client = Client::open(broker.addr());
        client.send(&ann(
            &format!("dev-{n}"),
            "pencil",
            &publish("a", 0, false, 0, b"b"),
        ));
        clients.push(client);
    }
    broker.settle().wait().expect("nothing is going on any more");
    broker.expect(connected()).times(6).wait();
    broker.expect(published("a").to("reader")).times(5).wait();
}

#[test]
fn a_wrong_password_is_refused_in_its_turn() {
    let broker = start();
    let mut wrong = Client::open(broker.addr());
    wrong.send(&ann("wrong", "pen", b"\xC0\0"));
    assert_eq!(wrong.packet(), [0x20, 2, 0, 4], "bad user name or password");
    wrong.expect_end();
    broker.expect(refused().field("client_id", "wrong")).wait();
}
