//! Questions to a program that answers well, badly, late and not at all.

use std::future::Future;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use serde_json::Value;

use super::escaped;
use super::question::Password;
use super::{Answered, HttpHook, Question};

/// A connection of the broker, as the program sees it.
struct Asked {
    stream: BufReader<TcpStream>,
}

impl Asked {
    /// The next question: its head, in small letters, and its JSON. `None` where the broker closed.
    fn question(&mut self) -> Option<(String, Value)> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let head = head.to_lowercase();
        let len = head
            .split("content-length: ")
            .nth(1)?
            .lines()
            .next()?
            .parse()
            .ok()?;
        let mut body = vec![0; len];
        self.stream.read_exact(&mut body).ok()?;
        Some((head, serde_json::from_slice(&body).expect("it is JSON")))
    }

    fn send(&mut self, bytes: &str) {
        // The broker may have gone.
        let _ = self.stream.get_mut().write_all(bytes.as_bytes());
    }

    fn answer(&mut self, status: &str, body: &str) {
        let len = body.len();
        self.send(&format!(
            "HTTP/1.1 {status}\r\ncontent-length: {len}\r\n\r\n{body}"
        ));
    }
}

/// A program that does this with each connection, and a hook that asks it.
fn program(mut serve: impl FnMut(usize, Asked) + Send + 'static) -> (HttpHook, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("it listens");
    let addr = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let stream = BufReader::new(stream.expect("it is accepted"));
            serve(number, Asked { stream });
        }
    });
    (hook(&format!("http://{addr}/mqtt?a=1")), addr)
}

fn hook(url: &str) -> HttpHook {
    let auth = settings::Auth {
        http_url: url.to_owned(),
        ..settings::Auth::default()
    };
    HttpHook::new(&auth).expect("it is a good URL")
}

const QUESTION: Question<'_> = Question {
    client_id: "lamp",
    user_name: Some("ann"),
    password: Password::Text {
        password: Some("pencil"),
    },
    peer: "127.0.0.1:50000",
    listener: "main",
    way: "tcp",
    certificate: None,
    identity: None,
    mqtt_version: "5.0",
};

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("it starts");
    runtime.block_on(future)
}

#[test]
fn a_question_says_all_that_is_known_and_connections_are_kept() {
    let (told, tells) = mpsc::channel();
    let (hook, addr) = program(move |number, mut asked| {
        while let Some(question) = asked.question() {
            told.send((number, question)).expect("the test listens");
            asked.answer("200 OK", r#"{"allow": true, "user_name": "Ann", "more": 1}"#);
        }
    });
    wait(async {
        for _ in 0..3 {
            let answered = hook.ask(&QUESTION).await.expect("it answers");
            assert!(answered.allow);
            assert_eq!(answered.user_name.as_deref(), Some("Ann"));
        }
    });
    for _ in 0..3 {
        let (connection, (head, json)) = tells.recv().expect("it was asked");
        assert_eq!(connection, 0);
        assert!(head.starts_with("post /mqtt?a=1 http/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("host: {addr}\r\n")), "{head}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        let expected = serde_json::json!({
            "client_id": "lamp", "user_name": "ann", "password": "pencil", "peer": "127.0.0.1:50000",
            "listener": "main", "way": "tcp", "certificate": null, "identity": null,
            "mqtt_version": "5.0",
        });
        assert_eq!(json, expected);
    }
}

#[test]
fn a_password_that_is_no_text_goes_in_base64_and_none_as_null() {
    let json = |password: Option<&[u8]>| {
        let question = Question {
            password: password.into(),
            ..QUESTION
        };
        serde_json::from_slice::<Value>(&question.to_json()).expect("it is JSON")
    };
    assert_eq!(json(Some(&[0xFF, 0])).get("password"), None);
    assert_eq!(json(Some(&[0xFF, 0]))["password_base64"], "/wA=");
    assert_eq!(json(None)["password"], Value::Null);
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_made_again() {
    let (hook, _) = program(|_, mut asked| {
        // One answer a connection, without saying so.
        let _ = asked.question();
        asked.answer("200 OK", r#"{"allow": true}"#);
    });
    wait(async {
        for _ in 0..5 {
            assert!(hook.ask(&QUESTION).await.expect("it answers").allow);
        }
    });
}

#[test]
fn what_the_program_says_is_understood() {
    let says = |status: &'static str, body: &'static str| {
        let (hook, _) = program(move |_, mut asked| {
            let _ = asked.question();
            asked.answer(status, body);
        });
        wait(hook.ask(&QUESTION))
    };
    let refused = Ok(Answered::refused());
    assert_eq!(says("200 OK", r#"{"allow": false}"#), refused);
    assert_eq!(says("401 Unauthorized", ""), refused);
    assert_eq!(says("403 Forbidden", "<html>no</html>"), refused);
    let with_acl =
        r#"{"allow": true, "acl": [{"topic": "a/#", "access": "read"}, {"topic": "b"}], "reason": "r"}"#;
    let answered = says("201 Created", with_acl).expect("it is an answer");
    let acl = answered.acl.expect("it has one");
    assert_eq!(acl[0], settings::AclLine::new("a/#", settings::AclAccess::Read));
    assert_eq!(
        acl[1],
        settings::AclLine::new("b", settings::AclAccess::ReadWrite)
    );

    let wrong = |status, body, words: &str| {
        let told = says(status, body).expect_err("it is no answer");
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("pencil"), "{told}");
    };
    wrong(
        "200 OK",
        "",
        "no JSON (line 1, column 0); expected {\"allow\": true}",
    );
    wrong("200 OK", "pencil", "no JSON");
    wrong(
        "200 OK",
        r#"{"allow": "pencil"}"#,
        "not of the right form (line 1, column 18)",
    );
    wrong("204 No Content", "", "no JSON");
    wrong(
        "500 Internal Server Error",
        "pencil",
        "it answered 500 Internal Server Error",
    );
    wrong("503 Service Unavailable", "", "it answered 503");
    wrong("301 Moved Permanently", "", "it answered 301");
    wrong("404 Not Found", "", "it answered 404");
}

#[test]
fn what_is_no_answer_is_told() {
    let told = |serve: fn(&mut Asked)| {
        let (hook, _) = program(move |_, mut asked| {
            let _ = asked.question();
            serve(&mut asked);
        });
        wait(hook.ask(&QUESTION)).expect_err("it is no answer")
    };
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"all";
    assert!(told(|_| ()).starts_with("the connection broke: "));
    assert!(told(|asked| asked.send("SSH-2.0-x\r\n\r\n")).starts_with("the connection broke: "));
    let (hook, _) = program(move |_, mut asked| {
        let _ = asked.question();
        asked.send(cut);
    });
    let told_of = wait(hook.ask(&QUESTION)).expect_err("it is no answer");
    assert!(told_of.starts_with("its answer broke off: "), "{told_of}");
    assert_eq!(
        told(|asked| asked.answer("200 OK", &" ".repeat(65_537))),
        "its answer has more than 65536 bytes"
    );
    let endless = |asked: &mut Asked| {
        asked.send("HTTP/1.1 200 OK\r\n");
        for _ in 0..10_000 {
            asked.send("x-filler: 0123456789\r\n");
        }
    };
    assert!(told(endless).starts_with("the connection broke: "));

    let nobody = TcpListener::bind("127.0.0.1:0").expect("it listens");
    let addr = nobody.local_addr().expect("it has an address");
    drop(nobody);
    let told = wait(hook_at(addr).ask(&QUESTION)).expect_err("nobody is there");
    assert!(told.starts_with(&format!("cannot connect to {addr}: ")), "{told}");
}

fn hook_at(addr: std::net::SocketAddr) -> HttpHook {
    hook(&format!("http://{addr}"))
}

#[test]
fn many_questions_are_asked_at_once() {
    let (hook, _) = program(|_, mut asked| {
        std::thread::spawn(move || {
            while asked.question().is_some() {
                asked.answer("200 OK", r#"{"allow": true}"#);
            }
        });
    });
    let hook = std::sync::Arc::new(hook);
    wait(async {
        let asking: Vec<_> = (0..100)
            .map(|_| {
                let hook = hook.clone();
                tokio::spawn(async move { hook.ask(&QUESTION).await })
            })
            .collect();
        for asked in asking {
            let answered = asked.await.expect("it does not panic");
            assert!(answered.expect("it answers").allow);
        }
    });
}

#[test]
fn a_url_that_is_none_is_told_and_its_password_is_not() {
    for (url, words) in [
        ("localhost:8080", "begins with neither http:// nor https://"),
        ("ftp://localhost", "begins with neither http:// nor https://"),
        ("/mqtt", "has no host"),
        ("http://a b", "is no URL"),
        ("http://ann:pencil@/x", "is no URL"),
    ] {
        let auth = settings::Auth {
            http_url: url.to_owned(),
            ..settings::Auth::default()
        };
        let told = HttpHook::new(&auth).expect_err("it is wrong");
        assert!(told.contains(words) && !told.contains("pencil"), "{url}: {told}");
    }
}

#[test]
fn names_of_any_kind_fit_into_a_path() {
    assert_eq!(escaped("a/b +ü"), "a%2Fb%20%2B%C3%BC");
}
