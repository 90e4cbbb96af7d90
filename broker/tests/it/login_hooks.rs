//! Logins that somebody else decides about: a hook that takes its time, a program that is asked over HTTP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use broker::access::Acl;
use broker::expect::{connack, connected};
use broker::pattern::event;
use broker::settings::{AclAccess, AclLine};
use broker::{Admission, Broker, LoginRequest, ReasonCode, Refusal};
use packets::{Client, Connect};
use tokio::sync::Notify;

/// CONNECT of 5.0 with a user name and a password.
fn login(client_id: &str, user: &str, password: &str) -> Vec<u8> {
    let mut body = b"\0\x04MQTT\x05\xC2\0\0\0".to_vec();
    for text in [client_id, user, password] {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.as_bytes());
    }
    packets::framed(0x10, &body)
}

/// The client that says this CONNECT, and its CONNACK.
fn said(to: SocketAddr, connect: &[u8]) -> (Client, Vec<u8>) {
    let mut client = Client::open(to);
    client.send(connect);
    let connack = client.packet();
    (client, connack)
}

/// A program that answers with this line of HTTP and this body, once `may` lets it.
fn program(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("it listens");
    let addr = listener.local_addr().expect("it has an address");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (BufReader::new(stream.expect("it is accepted")), answer.clone());
            std::thread::spawn(move || {
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if !stream.read_line(&mut head).is_ok_and(|len| len > 0) {
                            return;
                        }
                    }
                    let head = head.to_lowercase();
                    let len = head
                        .split("content-length: ")
                        .nth(1)
                        .and_then(|rest| rest.lines().next());
                    let mut body = vec![0; len.and_then(|len| len.parse().ok()).expect("a length")];
                    stream.read_exact(&mut body).expect("a body");
                    let question = String::from_utf8(body).expect("JSON is text");
                    let answer = answer(&question);
                    // The broker may have gone.
                    let _ = stream.get_mut().write_all(answer.as_bytes());
                }
            });
        }
    });
    addr
}

fn http(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn asking(program: SocketAddr) -> Broker {
    let url = format!("http://{program}/");
    let builder = Broker::builder().configure(|settings| settings.auth.http_url = url);
    builder.start().wait().expect("it starts")
}

#[test]
fn a_hook_decides_later_while_the_others_go_on() {
    let decides = Arc::new(Notify::new());
    let may = decides.clone();
    let check = move |login: LoginRequest| {
        let may = may.clone();
        async move {
            match login.user_name.as_deref() {
                None => Ok(Admission::default()),
                Some("ann") => {
                    may.notified().await;
                    let acl = Acl::of_lines(&[AclLine::new("ann/#", AclAccess::ReadWrite)]);
                    let acl = Some(acl.expect("it is good"));
                    Ok(Admission {
                        acl,
                        ..Admission::named("Ann")
                    })
                }
                Some(other) => {
                    let words = format!("{other} is not on the list");
                    Err(Refusal::from(ReasonCode::BANNED).because(words))
                }
            }
        }
    };
    let broker = Broker::builder()
        .check_login_later(check)
        .start()
        .wait()
        .expect("it starts");
    let mut other = Client::connect(broker.addr(), "other");
    let mut ann = Client::open(broker.addr());
    ann.send(&login("lamp", "ann", "pencil"));
    // What comes behind CONNECT waits with it.
    ann.send(&packets::PINGREQ);
    other.ping(100);
    let (_, refused) = said(broker.addr(), &login("b", "bob", "x"));
    assert_eq!(refused[3], 0x8A);
    let words = String::from_utf8_lossy(&refused).into_owned();
    assert!(words.contains("bob is not on the list"), "{words}");

    decides.notify_one();
    assert_eq!(ann.packet()[3], 0);
    assert_eq!(ann.packet(), [0xD0, 0]);
    broker.expect(connected().of("lamp").field("user", "Ann")).wait();
    // What this client alone may do.
    for (topic, reason) in [("ann/x", 0x10), ("bob/x", 0x87)] {
        let mut publish = Vec::new();
        publish.extend((topic.len() as u16).to_be_bytes());
        publish.extend(topic.as_bytes());
        publish.extend([0, 1, 0]);
        ann.send(&packets::framed(0x32, &publish));
        assert_eq!(ann.packet()[4], reason, "{topic}");
    }
}

#[test]
fn a_hook_that_panics_or_gives_no_answer_refuses_its_client_alone() {
    let check = |login: LoginRequest| async move {
        assert!(login.client_id != "bad", "a bug of the hook");
        if login.client_id == "slow" {
            std::future::pending::<()>().await;
        }
        Ok::<_, ReasonCode>(())
    };
    let broker = Broker::builder()
        .configure(|settings| settings.auth.http_timeout_millis = 50)
        .check_login_later(check)
        .start()
        .wait()
        .expect("it starts");
    for client_id in ["bad", "slow"] {
        let (mut client, connack) = said(broker.addr(), &login(client_id, "u", "p"));
        assert_eq!(connack[3], 0x88, "{client_id}");
        client.expect_end();
        let (_, connack) = said(broker.addr(), &Connect::new(4, client_id).bytes());
        assert_eq!(connack[3], 3, "{client_id}: Server unavailable of 3.1.1");
    }
    Client::connect(broker.addr(), "good").ping(1);
}

#[test]
fn a_program_is_asked_over_http() {
    let program = program(|question| {
        let question: serde_json::Value = serde_json::from_str(question).expect("it is JSON");
        assert_eq!(
            (&question["listener"], &question["way"]),
            (&"main".into(), &"tcp".into())
        );
        match question["user_name"].as_str() {
            Some("ann") if question["password"] == "pencil" => http(
                "200 OK",
                r#"{"allow": true, "user_name": "Ann", "acl": [{"topic": "a/#", "access": "write"}]}"#,
            ),
            Some("ann") => http(
                "200 OK",
                r#"{"allow": false, "reason": "that is not her password"}"#,
            ),
            Some(_) => http("403 Forbidden", ""),
            None if question["mqtt_version"] == "3.1.1" => http("200 OK", r#"{"allow": true}"#),
            None => http("500 Internal Server Error", "a trace of pencil"),
        }
    });
    let broker = asking(program);
    let addr = broker.addr();
    Client::connect(addr, "three").ping(1);
    let (mut ann, connack_of_ann) = said(addr, &login("lamp", "ann", "pencil"));
    assert_eq!(connack_of_ann[3], 0);
    broker.expect(connected().of("lamp").field("user", "Ann")).wait();
    ann.send(&packets::framed(0x32, b"\0\x03b/x\0\x01\0"));
    assert_eq!(ann.packet()[4], 0x87, "her ACL");
    let (_, wrong) = said(addr, &login("lamp-2", "ann", "wrong"));
    assert_eq!(wrong[3], 0x87);
    assert!(String::from_utf8_lossy(&wrong).contains("that is not her password"));
    let (_, unknown) = said(addr, &login("lamp-3", "bob", "pencil"));
    assert_eq!(unknown[3], 0x87);
    let (_, unanswered) = said(addr, &Connect::new(5, "lamp-4").bytes());
    assert_eq!(unanswered[3], 0x88);
    broker
        .expect(connack().to("lamp-4").reason(ReasonCode::SERVER_UNAVAILABLE))
        .wait();
    let refused = event("refused").field("client_id", "lamp-2");
    let told = broker.expect(refused).wait();
    assert!(!told[0].words().contains("wrong"), "{}", told[0].words());
}

#[test]
fn a_program_that_hangs_keeps_nobody_else_waiting() {
    let (lets, let_go) = std::sync::mpsc::channel::<()>();
    let let_go = std::sync::Mutex::new(let_go);
    let program = program(move |question| {
        if question.contains("\"first\"") {
            return http("200 OK", r#"{"allow": true}"#);
        }
        // Until the test is over.
        let _ = let_go.lock().expect("it is not poisoned").recv();
        String::new()
    });
    let broker = asking(program);
    let mut first = Client::connect(broker.addr(), "first");
    let waiting: Vec<Client> = (0..100)
        .map(|number| {
            let mut client = Client::open(broker.addr());
            client.send(&Connect::new(4, &format!("waiting-{number}")).bytes());
            client
        })
        .collect();
    first.subscribe("a", 0);
    for _ in 0..100 {
        first.send(&packets::publish("a", 0, false, 0, b"x"));
        first.packet();
    }
    // Those who wait may go.
    drop(waiting);
    first.ping(10);
    drop(lets);
}

#[test]
fn a_url_that_is_none_is_told_at_the_start() {
    let builder = Broker::builder().configure(|settings| settings.auth.http_url = "localhost".to_owned());
    let error = builder.start().wait().unwrap_err().to_string();
    assert_eq!(
        error,
        "`auth.http_url` begins with neither http:// nor https://; expected a URL such as \"http://localhost:8080/mqtt\""
    );
    let other = Broker::start().wait().expect("it starts");
    let builder = Broker::builder()
        .upstream(&other.url())
        .check_login_later(|_| async { Ok::<_, ReasonCode>(()) });
    let error = builder.start().wait().unwrap_err().to_string();
    assert!(error.contains("`check_login_later`"), "{error}");
}
