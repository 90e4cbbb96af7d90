//! Users and rights that change while clients are connected: from the handle, and by a hook that is asked again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use broker::access::{Access, Action};
use broker::settings::{AclAccess, AclLine, User};
use broker::{Broker, Builder, Capability};
use packets::{Client, Connect};

fn start(builder: Builder) -> Broker {
    builder.start().wait().expect("it starts")
}

/// CONNECT of 5.0 with a user name and a password, and the reason code that it gets.
fn login(to: SocketAddr, client_id: &str, user: &str, password: &str) -> (Client, u8) {
    let mut body = b"\0\x04MQTT\x05\xC2\0\0\0".to_vec();
    for text in [client_id, user, password] {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.as_bytes());
    }
    let mut client = Client::open(to);
    client.send(&packets::framed(0x10, &body));
    let reason = packets::body(&client.packet())[1];
    (client, reason)
}

/// Nothing has come before the answer to this PINGREQ.
fn silent(client: &mut Client) {
    client.send(&packets::PINGREQ);
    assert_eq!(client.packet(), [0xD0, 0]);
}

/// The reason code of the DISCONNECT that comes.
fn disconnected(client: &mut Client) -> u8 {
    let packet = client.packet();
    assert_eq!(packet[0], 0xE0, "DISCONNECT: {packet:02x?}");
    packet[2]
}

/// So many messages that lanes take them, in one go.
const RUN: usize = 500;

fn run(publisher: &mut Client, topic: &str) {
    publisher.send(&packets::publish(topic, 0, false, 0, b"x").repeat(RUN));
    // All of them are handled.
    publisher.ping(1);
}

#[test]
fn a_user_comes_and_goes_and_so_do_its_clients() {
    let mut users = vec![User::new("bob", "quill")];
    let builder = Broker::builder().configure(|settings| {
        settings.auth.allow_anonymous = false;
        settings.auth.users.append(&mut users);
    });
    let broker = start(builder);
    let addr = broker.addr();
    let (mut bob, _) = login(addr, "b", "bob", "quill");
    assert_eq!(login(addr, "a", "ann", "pencil").1, 0x86);
    broker.set_user("ann", "pencil").wait().expect("it runs");
    let (mut ann, reason) = login(addr, "a", "ann", "pencil");
    assert_eq!(reason, 0);
    assert_eq!(broker.users().wait().expect("it runs"), ["ann", "bob"]);
    // The same once more changes nothing; another password does.
    broker.set_user("ann", "pencil").wait().expect("it runs");
    ann.ping(1);
    broker.set_user("ann", "brush").wait().expect("it runs");
    assert_eq!(disconnected(&mut ann), 0x87);
    assert_eq!(login(addr, "a", "ann", "pencil").1, 0x86);
    let (mut ann, _) = login(addr, "a", "ann", "brush");
    // The files are read again: what was set stays. Whom the settings name may be removed, too.
    assert!(broker.remove_user("bob").wait().expect("it runs"));
    assert_eq!(disconnected(&mut bob), 0x87);
    broker.reload_access().wait().expect("there are no files");
    ann.ping(1);
    assert_eq!(broker.users().wait().expect("it runs"), ["ann"]);
    assert_eq!(login(addr, "b", "bob", "quill").1, 0x86);
    assert!(!broker.remove_user("bob").wait().expect("it runs"));
}

#[test]
fn anonymous_clients_are_let_in_or_not() {
    let broker = start(Broker::builder());
    let mut anybody = Client::with(broker.addr(), &Connect::new(5, "anybody"));
    broker.allow_anonymous(false).wait().expect("it runs");
    assert_eq!(disconnected(&mut anybody), 0x87);
    let mut again = Client::open(broker.addr());
    again.send(&Connect::new(5, "anybody").bytes());
    assert_eq!(packets::body(&again.packet())[1], 0x87);
    broker.allow_anonymous(true).wait().expect("it runs");
    Client::with(broker.addr(), &Connect::new(5, "anybody")).ping(1);
}

#[test]
fn an_acl_holds_from_the_next_packet_on_in_the_lanes_too() {
    let broker = start(Broker::builder());
    let mut publisher = Client::connect(broker.addr(), "publisher");
    let mut subscriber = Client::connect(broker.addr(), "subscriber");
    subscriber.subscribe("a", 0);
    let received = |subscriber: &mut Client, times: usize| {
        for _ in 0..times {
            assert_eq!(subscriber.packet()[0], 0x30);
        }
        silent(subscriber);
    };
    run(&mut publisher, "a");
    received(&mut subscriber, RUN);
    // Who may write, may not read: the publisher is heard by nobody.
    broker
        .set_acl(&[AclLine::new("#", AclAccess::Write)])
        .wait()
        .expect("it runs");
    run(&mut publisher, "a");
    received(&mut subscriber, 0);
    // The subscription is still there.
    broker
        .set_acl(&[AclLine::new("#", AclAccess::ReadWrite)])
        .wait()
        .expect("it runs");
    run(&mut publisher, "a");
    received(&mut subscriber, RUN);
    broker
        .set_acl(&[AclLine::new("#", AclAccess::Read)])
        .wait()
        .expect("it runs");
    run(&mut publisher, "a");
    received(&mut subscriber, 0);
    broker.reload_access().wait().expect("there are no files");
    run(&mut publisher, "a");
    received(&mut subscriber, 0);
    broker.set_acl(&[]).wait().expect("it runs");
    run(&mut publisher, "a");
    received(&mut subscriber, RUN);
}

#[test]
fn a_hook_is_asked_about_each_action_and_again_when_it_says_so() {
    let shut = Arc::new(AtomicBool::new(false));
    let is_shut = shut.clone();
    let check = move |access: &Access<'_>| match (access.action, access.topic) {
        (Action::Publish, "a") if is_shut.load(Ordering::Relaxed) => Err("a is shut".to_owned()),
        (Action::Receive, "b") => Err(format!("{} may not read b", access.client_id)),
        (Action::Subscribe, "c/#") => Err("c is nobody's".to_owned()),
        _ => Ok(()),
    };
    let broker = start(Broker::builder().check_access(check));
    let mut publisher = Client::connect(broker.addr(), "publisher");
    let mut subscriber = Client::connect(broker.addr(), "subscriber");
    subscriber.subscribe("+", 0);
    subscriber.send(&packets::subscribe(7, &["c/#", "$share/g/c/#"], 0));
    assert_eq!(subscriber.packet(), [0x90, 4, 0, 7, 0x80, 0x80]);
    run(&mut publisher, "b");
    run(&mut publisher, "a");
    for _ in 0..RUN {
        assert_eq!(packets::body(&subscriber.packet())[2], b'a');
    }
    shut.store(true, Ordering::Relaxed);
    broker.access_changed().wait().expect("it runs");
    run(&mut publisher, "a");
    silent(&mut subscriber);
    let mut five = Client::with(broker.addr(), &Connect::new(5, "five"));
    five.send(&packets::framed(0x32, b"\0\x01a\0\x01\0"));
    let puback = String::from_utf8_lossy(&five.packet()).into_owned();
    assert!(puback.contains("a is shut"), "{puback}");
}

#[test]
fn another_engine_has_users_of_its_own() {
    let real = start(Broker::builder());
    let relay = start(Broker::builder().upstream(&real.url()));
    let error = relay.set_user("ann", "pencil").wait().unwrap_err();
    assert_eq!(error.unsupported(), Some(Capability::Administration));
    assert!(relay.users().wait().is_err() && relay.set_acl(&[]).wait().is_err());
    let builder = Broker::builder()
        .upstream(&real.url())
        .check_access(|_| Err("no"));
    assert!(
        builder
            .start()
            .wait()
            .unwrap_err()
            .to_string()
            .contains("`check_access`")
    );
}

#[test]
fn the_will_of_a_user_who_was_removed_is_not_published_and_that_of_others_is() {
    let broker = start(Broker::builder().user("ann", "pencil").user("bob", "quill"));
    let addr = broker.addr();
    let mut watcher = Client::connect(addr, "watcher");
    watcher.subscribe("#", 0);
    for (name, password) in [("ann", "pencil"), ("bob", "quill")] {
        let mut client = Client::open(addr);
        let mut body = b"\0\x04MQTT\x05\xC6\0\0\0".to_vec();
        for text in [name, "", name, "gone", name, password] {
            body.extend((text.len() as u16).to_be_bytes());
            body.extend(text.as_bytes());
        }
        // The empty text above is half of the properties of the will: they are one byte.
        body.remove(b"\0\x04MQTT\x05\xC6\0\0\0".len() + 2 + name.len());
        client.send(&packets::framed(0x10, &body));
        assert_eq!(packets::body(&client.packet())[1], 0, "{name} comes in");
        if name == "ann" {
            broker.remove_user("ann").wait().expect("it runs");
        } else {
            broker.set_user("bob", "other").wait().expect("it runs");
        }
        assert_eq!(disconnected(&mut client), 0x87);
    }
    let will = watcher.packet();
    assert_eq!(&packets::body(&will)[..5], b"\0\x03bob", "ann's does not come");
}
