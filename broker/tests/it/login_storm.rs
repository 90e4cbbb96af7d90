//! A hundred logins whose passwords are hashed slowly: the other clients go on meanwhile.

use broker::access::Scheme;
use broker::settings::User;
use packets::{Client, Connect, publish};

#[test]
fn messages_arrive_in_their_order_while_passwords_are_checked() {
    let hash = Scheme::Argon2id {
        memory_kib: 4096,
        passes: 1,
        lanes: 1,
    };
    let hash = hash
        .hash(b"pencil", b"a random salt")
        .expect("it is within bounds");
    let broker = broker::Broker::builder()
        .configure(move |settings| {
            settings.auth.users = vec![User::hashed("ann", hash.encode())];
            settings.auth.max_failed_logins_per_minute = 0;
        })
        .start()
        .wait()
        .expect("it starts");
    let mut subscriber = Client::connect(broker.addr(), "subscriber");
    subscriber.subscribe("turn", 0);
    let mut publisher = Client::connect(broker.addr(), "publisher");

    let names: Vec<String> = (0..100).map(|number| format!("login-{number}")).collect();
    let logins = names.iter().enumerate().map(|(number, client_id)| {
        // Every other one is wrong, each with a password of its own.
        let password = if number % 2 == 0 { "pencil" } else { client_id };
        let connect = Connect {
            login: Some(("ann", password)),
            ..Connect::new(4, client_id)
        };
        let mut client = Client::open(broker.addr());
        client.send(&connect.bytes());
        client
    });
    let mut logins: Vec<Client> = logins.collect();
    for number in 0..100_u8 {
        publisher.send(&publish("turn", 0, false, 0, &[number]));
        assert_eq!(subscriber.packet().last(), Some(&number));
    }
    for (number, login) in logins.iter_mut().enumerate() {
        let code = if number % 2 == 0 { 0 } else { 4 };
        assert_eq!(login.packet(), [0x20, 2, 0, code], "login {number}");
    }
}
