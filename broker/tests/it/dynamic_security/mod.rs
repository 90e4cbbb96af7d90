//! `auth.dynamic_security_file`: who comes in, who may do what, and the commands that change it while the broker runs.

mod ctrl;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use broker::Broker;
use broker::settings::Listener;
use packets::{Client, Connect};
use serde_json::{Value, json};

const CONTROL: &str = "$CONTROL/dynamic-security/v1";
const RESPONSE: &str = "$CONTROL/dynamic-security/v1/response";

/// A file of dynamic security in a directory of its own, and a broker that heeds it.
struct Secured {
    broker: Broker,
    file: PathBuf,
}

/// The hash of "pencil": PBKDF2 with one iteration.
fn pencil() -> Value {
    json!({
        "password": "mX9gyy/AtG/cFxhSOPzRn/k0gSaoCDcORKKFVVcvXs0/4BnchvTFqEl0frt92Zs7hU9IA2N43yup0W6A1xAexg==",
        "salt": "c2FsdHNhbHRzYWx0", "iterations": 1,
    })
}

fn client(username: &str, role: &str) -> Value {
    let mut client = pencil();
    client["username"] = username.into();
    client["roles"] = json!([{ "rolename": role }]);
    client
}

impl Secured {
    fn new(test: &str) -> Self {
        let rule = |acltype: &str, topic: &str| json!({ "acltype": acltype, "topic": topic, "allow": true });
        let file = json!({
            "clients": [client("admin", "admin"), client("ann", "user")],
            "roles": [
                { "rolename": "admin", "acls": [
                    rule("publishClientSend", "$CONTROL/#"), rule("publishClientReceive", "$CONTROL/#"),
                    rule("subscribePattern", "$CONTROL/#"), rule("subscribePattern", "#")] },
                { "rolename": "user", "acls": [rule("publishClientSend", "a/#"), rule("subscribePattern", "a/#")] },
            ],
            "defaultACLAccess": { "publishClientReceive": true, "unsubscribe": true },
        });
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("dynamic_security")
            .join(test);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("a directory for the test");
        let path = directory.join("ds.json");
        fs::write(&path, file.to_string()).expect("it is written");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .expect("its mode is set");
        let name = path.to_string_lossy().into_owned();
        let builder = Broker::builder().configure(|settings| {
            settings.auth.dynamic_security_file = name;
            // Anybody may do anything there.
            settings.listener = vec![Listener {
                dynamic_security_file: Some(String::new()),
                ..Listener::port(0)
            }];
        });
        Self {
            broker: builder.start().wait().expect("it starts"),
            file: path,
        }
    }

    fn addr(&self) -> SocketAddr {
        self.broker.addr()
    }

    fn admin(&self) -> Client {
        let mut admin = self.client("the-admin", "admin");
        admin.subscribe(RESPONSE, 0);
        admin
    }

    fn client(&self, client_id: &str, user: &str) -> Client {
        let mut client = Client::open(self.addr());
        client.send(&login(4, client_id, user, "pencil"));
        assert_eq!(client.packet(), [0x20, 2, 0, 0], "{user} comes in");
        client
    }

    /// The return code for this login.
    fn refused(&self, user: &str, password: &str) -> u8 {
        let mut client = Client::open(self.addr());
        client.send(&login(4, "another", user, password));
        client.packet()[3]
    }

    fn written(&self) -> Value {
        serde_json::from_slice(&fs::read(&self.file).expect("it is there")).expect("it is JSON")
    }
}

/// Nothing has come before the answer to this PINGREQ.
fn silent(client: &mut Client) {
    client.send(&packets::PINGREQ);
    assert_eq!(client.packet(), [0xD0, 0]);
}

/// CONNECT with a user name and a password.
fn login(level: u8, client_id: &str, user: &str, password: &str) -> Vec<u8> {
    let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', level, 0xC2, 0, 0];
    if level == 5 {
        body.push(0);
    }
    for text in [client_id, user, password] {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.as_bytes());
    }
    packets::framed(0x10, &body)
}

/// Sends commands, and reads the answers to them.
fn command(admin: &mut Client, commands: Value) -> Value {
    let message = json!({ "commands": commands }).to_string();
    admin.send(&packets::publish(CONTROL, 0, false, 0, message.as_bytes()));
    responses(admin)
}

fn responses(admin: &mut Client) -> Value {
    let packet = admin.packet();
    let body = packets::body(&packet);
    let topic_len = usize::from(u16::from_be_bytes([body[0], body[1]]));
    let (topic, payload) = body[2..].split_at(topic_len);
    assert_eq!(std::str::from_utf8(topic), Ok(RESPONSE));
    let response: Value = serde_json::from_slice(payload).expect("it is JSON");
    response["responses"].clone()
}

#[test]
fn commands_are_answered_and_their_change_is_there_with_the_answer() {
    let secured = Secured::new("answered");
    let mut admin = secured.admin();
    assert_eq!(secured.refused("bob", "pencil"), 4, "nobody knows him");
    let answers = command(
        &mut admin,
        json!([
            { "command": "createClient", "username": "bob", "password": "quill", "roles": [{ "rolename": "user" }] },
            { "command": "listClients", "correlationData": "7" },
        ]),
    );
    let expected = json!([
        { "command": "createClient" },
        { "command": "listClients", "correlationData": "7",
          "data": { "totalCount": 3, "clients": ["admin", "ann", "bob"] } },
    ]);
    assert_eq!(answers, expected);
    assert_eq!(
        (secured.refused("bob", "quill"), secured.refused("bob", "pencil")),
        (0, 4)
    );
    let written = secured.written();
    assert_eq!(written["clients"][2]["username"], "bob");
    assert!(!written.to_string().contains("quill"));
    #[cfg(unix)]
    {
        let mode = fs::metadata(&secured.file).expect("it is there").permissions();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
            0o640,
            "as it was"
        );
    }
    let others = fs::read_dir(secured.file.parent().expect("a directory")).expect("it can be read");
    assert_eq!(others.count(), 1, "nothing is left beside it");
}

#[test]
fn who_is_concerned_is_disconnected_and_nobody_else() {
    let secured = Secured::new("concerned");
    let mut admin = secured.admin();
    let (mut ann, mut other) = (secured.client("ann-1", "ann"), secured.client("admin-2", "admin"));
    let removed = json!([{ "command": "removeRoleACL", "rolename": "user", "acltype": "subscribePattern", "topic": "a/#" }]);
    assert_eq!(
        command(&mut admin, removed),
        json!([{ "command": "removeRoleACL" }])
    );
    ann.expect_end();
    other.ping(1);
    let mut ann = secured.client("ann-1", "ann");
    let disabled = json!([{ "command": "disableClient", "username": "ann" }]);
    assert_eq!(
        command(&mut admin, disabled),
        json!([{ "command": "disableClient" }])
    );
    ann.expect_end();
    assert_eq!(secured.refused("ann", "pencil"), 4);
    let deleted = json!([{ "command": "deleteClient", "username": "ann" }]);
    assert_eq!(
        command(&mut admin, deleted),
        json!([{ "command": "deleteClient" }])
    );
    // Who changes its own password has the answer before it must come in again.
    let own = json!([{ "command": "setClientPassword", "username": "admin", "password": "quill" }]);
    assert_eq!(
        command(&mut admin, own),
        json!([{ "command": "setClientPassword" }])
    );
    admin.expect_end();
    assert_eq!(
        (
            secured.refused("admin", "pencil"),
            secured.refused("admin", "quill")
        ),
        (4, 0)
    );
}

#[test]
fn who_may_not_is_told_and_gets_no_answers() {
    let secured = Secured::new("may-not");
    let mut admin = secured.admin();
    let mut ann = Client::open(secured.addr());
    ann.send(&login(5, "ann-1", "ann", "pencil"));
    assert_eq!(ann.packet()[3], 0);
    let mut publish = |topic: &str| {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        body.extend([0, 1, 0]);
        body.extend(br#"{"commands":[{"command":"deleteClient","username":"admin"}]}"#);
        ann.send(&packets::framed(0x32, &body));
        let puback = ann.packet();
        (
            packets::body(&puback)[2],
            String::from_utf8_lossy(&puback).into_owned(),
        )
    };
    for topic in [CONTROL, RESPONSE, "$CONTROL/broker/v1"] {
        let (reason, words) = publish(topic);
        assert_eq!(reason, 0x87, "{topic}: {words}");
        assert!(
            words.contains("no role gives it topics below $CONTROL"),
            "{words}"
        );
    }
    let mut body = vec![0, 2, 0, 0, RESPONSE.len() as u8];
    body.extend(RESPONSE.as_bytes());
    body.push(0);
    ann.send(&packets::framed(0x82, &body));
    let suback = ann.packet();
    assert_eq!(suback.last(), Some(&0x87), "{suback:02x?}");
    assert_eq!(secured.refused("admin", "pencil"), 0, "nothing has happened");
    // The admin may, but there is nothing to be done.
    admin.subscribe("$CONTROL/broker/v1/response", 0);
    admin.send(&packets::publish(
        "$CONTROL/broker/v1",
        0,
        false,
        0,
        br#"{"commands":[{"command":"listPlugins"}]}"#,
    ));
    let answer = String::from_utf8_lossy(&admin.packet()).into_owned();
    assert!(
        answer.contains(r#""command":"listPlugins","error":"this broker has no plugins"#),
        "{answer}"
    );
}

#[test]
fn another_listener_takes_no_commands_and_hears_no_answers() {
    let secured = Secured::new("another");
    let elsewhere = secured.broker.listeners()[1].addrs()[0];
    let mut spy = Client::connect(elsewhere, "spy");
    spy.subscribe("$CONTROL/#", 0);
    let mut admin = secured.admin();
    let commands = json!([{ "command": "listClients" }]);
    assert_eq!(command(&mut admin, commands)[0]["data"]["totalCount"], 2);
    let message = br#"{"commands":[{"command":"deleteClient","username":"ann"}]}"#;
    spy.send(&packets::publish(CONTROL, 0, false, 0, message));
    spy.send(&packets::publish(RESPONSE, 0, false, 0, b"a lie"));
    silent(&mut spy);
    admin.ping(1);
    assert_eq!(secured.refused("ann", "pencil"), 0);
}

#[test]
fn a_file_that_cannot_be_changed_is_told_and_all_stays() {
    let secured = Secured::new("broken");
    let mut admin = secured.admin();
    fs::write(&secured.file, "{\n\"clients\": 5}").expect("it is written");
    let answers = command(&mut admin, json!([{ "command": "createRole", "rolename": "r" }]));
    let error = answers[0]["error"].as_str().expect("an error");
    assert!(
        error.contains("ds.json:2: `clients`: invalid type: integer `5`"),
        "{error}"
    );
    assert!(error.ends_with("; nothing was changed"), "{error}");
    assert_eq!(
        secured.refused("ann", "pencil"),
        0,
        "what was read before is in force"
    );
    admin.ping(1);
}

#[test]
fn without_such_a_file_commands_are_refused_in_words() {
    let broker = Broker::start().wait().expect("it starts");
    let mut watcher = Client::connect(broker.addr(), "watcher");
    watcher.subscribe("$CONTROL/#", 0);
    let mut client = Client::with(broker.addr(), &Connect::new(5, "five"));
    let mut body = vec![0, CONTROL.len() as u8];
    body.extend(CONTROL.as_bytes());
    body.extend([0, 1, 0]);
    client.send(&packets::framed(0x32, &body));
    let puback = client.packet();
    assert_eq!(packets::body(&puback)[2], 0x87);
    let words = String::from_utf8_lossy(&puback).into_owned();
    assert!(
        words.contains("no commands are taken here: there is no auth.dynamic_security_file"),
        "{words}"
    );
    // 3.1.1 has no way to say it.
    let mut client = Client::connect(broker.addr(), "four");
    client.send(&packets::publish(CONTROL, 1, false, 7, b"{}"));
    assert_eq!(client.packet(), [0x40, 2, 0, 7]);
    silent(&mut watcher);
}
