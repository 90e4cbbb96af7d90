//! `broker ctl`, against a broker that runs: what it says, and its exit codes.

mod acting;
mod asking;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use packets::{Client, Connect};
use serde_json::Value;

use super::program::{Program, addresses, command, directory, said};

/// A broker, and how it is asked.
pub struct Asked {
    _program: Program,
    pub address: SocketAddr,
    pub directory: PathBuf,
}

impl Asked {
    /// With these flags, in a directory of its own.
    pub fn start(test: &str, flags: &[&str]) -> Self {
        let flags = [&["-p", "0", "--bind", "127.0.0.1"], flags].concat();
        let mut command = command(test, &flags);
        let mut program = Program::spawn(&mut command);
        let address = addresses(&program.line())[0];
        Self {
            _program: program,
            address,
            directory: command.get_current_dir().expect("it has one").to_owned(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut asked = Command::new(env!("CARGO_BIN_EXE_broker"));
        asked
            .env("CITRONELLA_URL", format!("http://{}", self.address))
            .env_remove("CITRONELLA_TOKEN_FILE")
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .arg("ctl")
            .args(args);
        asked
    }

    /// The exit code, stdout and stderr of `broker ctl …`.
    pub fn ctl(&self, args: &[&str]) -> (Option<i32>, String, String) {
        said(&mut self.command(args))
    }

    /// The same, where it does what it is told.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> String {
        let (code, out, err) = self.ctl(args);
        assert_eq!((code, &*err), (Some(0), ""), "{args:?}: {out}");
        out
    }

    /// The answer as JSON.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let out = self.done(&[&["--json"], args].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// A client that is connected.
    pub fn client(&self, name: &str) -> Client {
        Client::with(self.address, &Connect::new(5, name))
    }
}

#[test]
fn it_says_which_broker_it_is_in_words_and_as_json() {
    let asked = Asked::start("ctl_info", &["--set", "engine.seed=7"]);
    let words = asked.done(&["info"]);
    assert!(words.contains("engine  ") && words.contains("native"), "{words}");
    let json = asked.json(&["info"]);
    assert_eq!(json["url"], format!("mqtt://{}", asked.address));
    assert_eq!(json["seed"], 7);
    // Flags may stand behind the command; each URL of the port will do.
    let url = format!("mqtt://{}", asked.address);
    assert!(asked.done(&["info", "--json", "--url", &url]).starts_with('{'));
}

#[test]
fn it_publishes_text_bytes_and_properties() {
    let asked = Asked::start("ctl_publish", &[]);
    let mut client = asked.client("lamp");
    client.send(b"\x82\x0a\0\x01\0\0\x04lamp\0");
    assert_eq!(client.packet()[0], 0x90);
    assert_eq!(asked.done(&["publish", "lamp", "on"]), "sessions  1");
    assert_eq!(client.packet(), b"\x30\x09\0\x04lamp\0on");
    asked.done(&["publish", "lamp", "x", "--property", "content_type=a/b"]);
    assert_eq!(client.packet(), b"\x30\x0e\0\x04lamp\x06\x03\0\x03a/bx");
    // A payload that is no text comes by stdin.
    let mut command = asked.command(&["publish", "lamp", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"\xff\0")
        .expect("it reads");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(client.packet(), b"\x30\x09\0\x04lamp\0\xff\0");
}

#[test]
fn what_is_wrong_is_told_apart_by_the_exit_code() {
    let asked = Asked::start("ctl_wrong", &[]);
    let (code, _, err) = asked.ctl(&["publish", "a/#"]);
    assert!(code == Some(4) || code == Some(2), "{code:?} {err}");
    let (code, _, err) = asked.ctl(&["publish", "a", "--property", "content_tpye=x"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("`properties") && err.contains("did you mean `content_type`?"),
        "{err}"
    );
    let (code, _, err) = asked.ctl(&["--json", "api", "get", "nothing"]);
    let problem: Value = serde_json::from_str(&err).expect("JSON");
    assert_eq!((code, &problem["status"]), (Some(4), &404.into()));
    for words in [
        &["info", "--url", "localhost"][..],
        &["clock", "advance", "soon"],
        &["expect"],
        &["pack"],
    ] {
        assert_eq!(asked.ctl(words).0, Some(2), "{words:?}");
    }
    for (words, what) in [
        (
            &["clock", "advance", "-1h"][..],
            "\"-1h\"; time goes on, and never back",
        ),
        (
            &["interrupt", "lamp", "-5s"],
            "\"-5s\"; time goes on, and never back",
        ),
        (
            &["expect", "PUBLSH"],
            "error: there is no packet \"PUBLSH\" (did you mean \"PUBLISH\"?)",
        ),
        (
            &["expect", "connected", "then", "PUBLSH"],
            "error: pattern 2: there is no packet",
        ),
        (&["near-misses", "PUBLSH"], "error: there is no packet"),
    ] {
        let (code, _, err) = asked.ctl(words);
        assert!(code == Some(2) && err.contains(what), "{words:?}: {code:?} {err}");
    }
    let (code, _, err) = said(asked.command(&["info"]).env("CITRONELLA_URL", ""));
    assert!(
        code == Some(2) && err.starts_with("error: CITRONELLA_URL is empty; expected a URL"),
        "{code:?} {err}"
    );
    let free = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("it has one");
    let (code, _, err) = asked.ctl(&["info", "--url", &format!("http://{free}")]);
    assert_eq!(code, Some(3));
    assert!(
        err.starts_with(&format!("error: http://{free}: cannot connect")),
        "{err}"
    );
    // Others than a broker.
    for answer in [
        &b"SSH-2.0-OpenSSH\r\n"[..],
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one");
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("it comes");
            let mut head = [0; 1];
            stream.read_exact(&mut head).expect("it asks");
            stream.write_all(answer).expect("it reads");
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let (code, out, err) = asked.ctl(&["info", "--url", &format!("http://{address}")]);
        assert_eq!((code, &*out, err.lines().count()), (Some(3), "", 1), "{err}");
        other.join().expect("it has ended");
    }
    // A broker without the API.
    let without = Asked::start("ctl_without", &["--set", "http.enabled=false"]);
    let (code, _, err) = without.ctl(&["info"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("not as a control API does"), "{err}");
}

#[test]
fn it_shows_a_token_and_never_prints_it() {
    std::fs::write(directory("ctl_tokens").join("token"), "s3cret\n").expect("it is written");
    let token = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli/ctl_tokens/token");
    let token = token.to_str().expect("a path");
    let asked = Asked::start("ctl_token", &["--set", &format!("http.token_file={token}")]);
    let (code, _, err) = asked.ctl(&["info"]);
    assert_eq!(code, Some(4));
    assert!(err.contains("a token is needed"), "{err}");
    asked.done(&["info", "--token-file", token]);
    let said = said(asked.command(&["info"]).env("CITRONELLA_TOKEN_FILE", token));
    assert_eq!(said.0, Some(0), "{said:?}");
    let (code, _, err) = asked.ctl(&["info", "--token-file", "nothing"]);
    assert!(code == Some(2) && err.contains("the token file nothing"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_socket_will_do_and_so_will_tls() {
    let socket = "listener=[{ socket = \"mqtt.sock\" }]";
    let asked = Asked::start("ctl_socket", &["--set", socket]);
    let info = asked.json(&["info", "--url", "unix:mqtt.sock"]);
    assert_eq!(info["name"], "citronella");
    if cfg!(not(feature = "tls")) {
        return;
    }
    let url = format!("https://{}", asked.address);
    let (code, _, err) = asked.ctl(&["info", "--url", &url]);
    assert!(code == Some(3) || code == Some(2), "{code:?}: {err}");
    asked.done(&["info", "--url", &url, "--insecure"]);
    let mut ca = asked.command(&[]);
    let port = asked.address.port().to_string();
    ca = {
        let mut plain = Command::new(ca.get_program());
        plain.current_dir(&asked.directory).args(["ca", "-p", &port]);
        plain
    };
    let (code, pem, err) = said(&mut ca);
    assert_eq!(code, Some(0), "{err}");
    std::fs::write(asked.directory.join("ca.pem"), pem).expect("it is written");
    asked.done(&["info", "--url", &url, "--ca-file", "ca.pem"]);
}
