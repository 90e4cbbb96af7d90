//! TLS, WebSocket and proxies, against mosquitto: what works is what `mosquitto_pub` can do too, what fails ends with
//! its exit code and says more.

use std::process::{Command, Output};

use crate::PUBLISHER;
use crate::support::certificates::{Authority, Files, listener, made_by_openssl};
use crate::support::socks::Proxy;
use crate::support::{Background, Mosquitto, free_port, have, run, stderr};

/// mosquitto with a listener of each kind; their ports by name.
struct World {
    broker: Mosquitto,
    authority: Authority,
    client: Files,
    stranger: Files,
}

const NAMES: [&str; 9] = [
    "{tls}",
    "{client}",
    "{expired}",
    "{future}",
    "{elsewhere}",
    "{self}",
    "{alone}",
    "{ws}",
    "{wss}",
];

impl World {
    fn start() -> Option<Self> {
        let authority = Authority::named("authority");
        let server = authority.sign("server", "localhost", (2020, 2090));
        let expired = authority.sign("expired", "localhost", (2020, 2021));
        let future = authority.sign("future", "localhost", (2089, 2090));
        let elsewhere = authority.sign("elsewhere", "broker.example", (2020, 2090));
        let called_authority = authority.self_signed("self", "localhost", true);
        let alone = authority.self_signed("alone", "localhost", false);
        let ca = authority.path("ca.pem");
        let config = [
            listener("{port1}", &server, &ca, ""),
            listener("{port2}", &server, &ca, "require_certificate true"),
            listener("{port3}", &expired, &ca, ""),
            listener("{port4}", &future, &ca, ""),
            listener("{port5}", &elsewhere, &ca, ""),
            listener("{port6}", &called_authority, &ca, ""),
            listener("{port7}", &alone, &ca, ""),
            "listener {port8} 127.0.0.1\nprotocol websockets\n".to_owned(),
            listener("{port9}", &server, &ca, "protocol websockets"),
        ];
        let stranger = Authority::named("another authority");
        let stranger_files = stranger.sign("stranger", "stranger", (2020, 2090));
        // They must outlive their authority's directory.
        let stranger = Files {
            certificate: authority.directory.file(
                "stranger.pem",
                &std::fs::read_to_string(&stranger_files.certificate).unwrap(),
            ),
            key: authority.directory.file(
                "stranger.key",
                &std::fs::read_to_string(&stranger_files.key).unwrap(),
            ),
        };
        let client = authority.sign("client", "someone", (2020, 2090));
        let text = std::fs::read_to_string(&client.key).unwrap();
        let text = text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        authority.directory.file("encrypted.key", &text);
        authority.directory.file("nothing.pem", "nothing\n");
        std::fs::create_dir(authority.directory.path.join("empty")).unwrap();
        std::fs::create_dir(authority.directory.path.join("path")).unwrap();
        let certificate = authority.directory.path.join("ca.pem");
        // What OpenSSL calls it in a directory is a hash; a name as good as any to us.
        std::fs::copy(certificate, authority.directory.path.join("path/ca.0")).unwrap();
        let config = format!("allow_anonymous true\n{}", config.concat());
        Some(Self {
            broker: Mosquitto::start_with(&config)?,
            authority,
            client,
            stranger,
        })
    }

    /// Words of a command line, with ports and files in their places.
    fn words(&self, line: &str) -> Vec<String> {
        let mut line = line.to_owned();
        for (name, port) in NAMES.iter().zip(&self.broker.ports) {
            line = line.replace(name, &port.to_string());
        }
        let files = [
            ("{plain}", self.broker.port.to_string()),
            ("{ca}", self.authority.path("ca.pem")),
            ("{dir}", self.authority.path("")),
            ("{cert}", self.client.certificate.clone()),
            ("{key}", self.client.key.clone()),
            ("{stranger}", self.stranger.certificate.clone()),
            ("{stranger-key}", self.stranger.key.clone()),
        ];
        for (name, value) in files {
            line = line.replace(name, &value);
        }
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn publish(&self, program: &str, line: &str) -> Output {
        let words = self.words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        run(program, &words)
    }
}

/// Lines that both programs carry out.
const RIGHT: &[&str] = &[
    "-t a -m x -q 1 -p {tls} --cafile {ca}",
    "-t a -m x -q 2 -p {tls} --cafile {ca} -V 5",
    "-t a -m x -q 0 -p {tls} --cafile {ca} -V 31",
    "-t a -m x -q 1 -L mqtts://localhost:{tls}/a --cafile {ca}",
    "-t a -m x -q 1 -p {elsewhere} --cafile {ca} --insecure",
    "-t a -m x -q 1 -h 127.0.0.1 -p {tls} --cafile {ca} --insecure",
    "-t a -m x -q 1 -p {self} --cafile {dir}self.pem",
    "-t a -m x -q 1 -p {alone} --cafile {dir}alone.pem",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --tls-version tlsv1.2",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --tls-version tlsv1.3",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --ciphers ECDHE-ECDSA-AES128-GCM-SHA256",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --tls-version tlsv1.2 --ciphers ECDHE+AESGCM:!aNULL",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --tls-alpn mqtt",
    "-t a -m x -q 1 -p {client} --cafile {ca} --cert {cert} --key {key}",
    "-t a -m x -q 1 -p {client} --cafile {ca} --cert {cert} --key {key} --keyform pem",
    "-t a -m x -q 1 -p {tls} --cafile {ca} -A 127.0.0.1 --nodelay",
];

/// Lines that only `publisher` carries out: `mosquitto_pub` 2.0 does not know their flags, or wants a hash as a name.
const RIGHT_FOR_US: &[&str] = &[
    "-t a -m x -q 1 -p {tls} --capath {dir}path",
    "-t a -m x -q 1 -p {tls} --cafile {ca} --tls-keylog {dir}secrets",
    "-t a -m x -q 1 -p {plain} --cafile {ca} --no-tls",
    "-t a -m x -q 1 -p {ws} --ws",
    "-t a -m x -q 1 -p {ws} --ws-path /",
    "-t a -m x -q 2 -p {ws} --ws -V 5",
    "-m x -q 1 -L ws://localhost:{ws}/a",
    "-t a -m x -q 1 -p {wss} --ws --cafile {ca}",
    "-m x -q 1 -L wss://localhost:{wss}/a --cafile {ca}",
];

/// Lines that fail: what `publisher` says, its exit code, and whether they fail with `mosquitto_pub` too, which ends after
/// a failure of TLS with 1, 7 or 8, as it happens.
const WRONG: &[(&str, &str, u8, bool)] = &[
    (
        "-p {tls} --cafile {stranger}",
        "is signed by an authority that is not trusted; give",
        8,
        true,
    ),
    (
        "-L mqtts://localhost:{tls}/a",
        "is signed by an authority that is not trusted; give",
        8,
        true,
    ),
    (
        "-p {tls} --tls-use-os-certs",
        "is signed by an authority that is not trusted; give",
        8,
        true,
    ),
    (
        "-p {expired} --cafile {ca}",
        "certificate expired on 2021-01-01 00:00 UTC",
        8,
        true,
    ),
    (
        "-p {expired} --cafile {ca} --insecure",
        "certificate expired on 2021-01-01 00:00 UTC",
        8,
        true,
    ),
    (
        "-p {future} --cafile {ca}",
        "is not yet valid, but from 2089-01-01 00:00 UTC on",
        8,
        true,
    ),
    (
        "-p {elsewhere} --cafile {ca}",
        "is not for `localhost`, but for broker.example; give",
        8,
        true,
    ),
    (
        "-h 127.0.0.1 -p {tls} --cafile {ca}",
        "is not for `127.0.0.1`, but for localhost; give",
        8,
        true,
    ),
    (
        "-p {client} --cafile {ca}",
        "asks for a client's certificate; give --cert and --key",
        8,
        true,
    ),
    (
        "-p {client} --cafile {ca} --cert {stranger} --key {stranger-key}",
        "does not accept this client's certificate (signed by an authority that it does not trust)",
        8,
        true,
    ),
    (
        "-p {self} --cafile {ca}",
        "that of an authority (CA:TRUE), not of a server",
        8,
        false,
    ),
    (
        "-p {alone} --cafile {ca}",
        "is signed by an authority that is not trusted; give",
        8,
        true,
    ),
    (
        "-p {tls} --cafile {ca} --tls-version tlsv1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256",
        "none of the cipher suites that are allowed here",
        8,
        false,
    ),
    ("-p {tls}", "lost before CONNACK came", 7, true),
    ("-p {ws}", "HTTP; for WebSocket add --ws", 2, true),
    ("-p {plain} --ws", "is that port one for WebSocket?", 1, false),
    ("-p {tls} --ws", "is that port one for WebSocket?", 1, false),
    ("-p {wss} --ws", "is that port one for WebSocket?", 1, false),
    // Flags alone.
    ("--cafile {dir}nowhere", "--cafile: cannot read ", 1, true),
    ("--cafile {dir}nothing.pem", "has no certificate (a line", 1, true),
    (
        "--cafile {key}",
        "has a private key and no certificate; are --cert and --key",
        1,
        true,
    ),
    ("--capath {dir}nowhere", "cannot read the directory", 1, true),
    ("--capath {dir}empty", "has a certificate", 1, true),
    (
        "--cafile {ca} --cert {cert}",
        "Both certfile and keyfile must be provided",
        1,
        true,
    ),
    (
        "--cafile {ca} --key {key}",
        "Both certfile and keyfile must be provided",
        1,
        true,
    ),
    (
        "--cafile {ca} --cert {cert} --key {cert}",
        "are --cert and --key the wrong way round?",
        1,
        true,
    ),
    (
        "--cafile {ca} --cert {cert} --key {stranger-key}",
        "is not the key of the certificate in",
        1,
        true,
    ),
    (
        "--cafile {ca} --cert {cert} --key {dir}encrypted.key",
        "decrypt it: openssl pkey",
        1,
        false,
    ),
    (
        "--cafile {ca} --tls-version tlsv1.1",
        "use tlsv1.2 or tlsv1.3",
        1,
        false,
    ),
    (
        "--cafile {ca} --tls-version tls1",
        "not one of tlsv1.3, tlsv1.2",
        1,
        true,
    ),
    (
        "--cafile {ca} --ciphers NONSENSE",
        "has no `NONSENSE`; it has TLS_AES_256_GCM",
        1,
        true,
    ),
    (
        "--cafile {ca} --keyform pem",
        "keyfile must be also specified",
        1,
        true,
    ),
    (
        "--psk 1234 --psk-identity me",
        "no pre-shared keys; use certificates",
        1,
        false,
    ),
    (
        "--cafile {ca} --tls-engine x",
        "no engines; give the key as a PEM file",
        1,
        true,
    ),
    ("--insecure", "nothing asks for it; add --cafile", 1, false),
    ("--proxy http://localhost", "a proxy is socks5h://", 1, true),
    ("--proxy socks5h://", "the host is missing", 1, true),
    ("--ws-path mqtt", "begins with a slash: /mqtt", 1, false),
    (
        "--unix /nonexistent --proxy socks5h://h",
        "needs no proxy",
        1,
        false,
    ),
];

#[test]
fn right_lines_arrive() {
    if !have("mosquitto_pub") || !have("mosquitto_sub") {
        return;
    }
    let Some(mut world) = World::start() else { return };
    let port = world.broker.port.to_string();
    let ours = RIGHT.len() + RIGHT_FOR_US.len();
    let count = (RIGHT.len() + ours).to_string();
    let watcher = Background::start(
        "mosquitto_sub",
        &["-p", &port, "-t", "a", "-q", "2", "-C", &count],
    );
    world.broker.wait_for("Sending SUBACK");
    let all = RIGHT.iter().chain(RIGHT_FOR_US).map(|line| (PUBLISHER, line));
    for (program, line) in all.chain(RIGHT.iter().map(|line| ("mosquitto_pub", line))) {
        let output = world.publish(program, line);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{program} {line}: {}",
            stderr(&output)
        );
        assert_eq!(stderr(&output), "", "{program} {line}");
    }
    let arrived = watcher.finish();
    assert_eq!(
        arrived.stdout.len(),
        2 * (RIGHT.len() + ours),
        "every message arrives"
    );
    let secrets = std::fs::read_to_string(world.authority.path("secrets")).unwrap();
    assert!(
        secrets.lines().all(|line| line.split(' ').count() == 3),
        "{secrets}"
    );
    assert!(secrets.contains("CLIENT_TRAFFIC_SECRET_0 "), "{secrets}");
}

#[test]
fn wrong_lines_say_what_is_wrong() {
    if !have("mosquitto_pub") {
        return;
    }
    let Some(world) = World::start() else { return };
    let mut differences = Vec::new();
    for (line, words, code, same) in WRONG {
        let line = format!("-t a -m x -q 1 {line}");
        let ours = world.publish(PUBLISHER, &line);
        let said = stderr(&ours);
        if !said.contains(words) || !said.starts_with("Error: ") {
            differences.push(format!("{line}: does not say {words:?}, but {said}"));
        }
        if ours.status.code() != Some((*code).into()) {
            differences.push(format!("{line}: {:?} and not {code}: {said}", ours.status.code()));
        }
        let theirs = world.publish("mosquitto_pub", &line).status.code();
        let (ours, theirs) = (i32::from(*code), theirs.unwrap_or(-1));
        if *same && ours != theirs && !(ours == 8 && [1, 7].contains(&theirs)) {
            differences.push(format!("{line}: mosquitto_pub ends with {theirs}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn proxies_make_the_connection() {
    let Some(world) = World::start() else { return };
    let (open, closed) = (Proxy::start(None), Proxy::start(Some(("us:er", "p@ss"))));
    let port = |proxy: &Proxy| proxy.port;
    let lines = [
        (port(&open), "", "-t a -m x -q 1 -p {plain}"),
        (port(&open), "", "-t a -m x -q 1 -p {plain} -h 127.0.0.1"),
        (port(&open), "", "-t a -m x -q 1 -p {tls} --cafile {ca}"),
        (port(&open), "", "-t a -m x -q 1 -p {ws} --ws"),
        (port(&open), "", "-t a -m x -q 1 -p {wss} --ws --cafile {ca}"),
        (port(&closed), "us%3aer:p%40ss@", "-t a -m x -q 1 -p {plain}"),
    ];
    for (port, login, line) in lines {
        let line = format!("{line} --proxy socks5h://{login}127.0.0.1:{port}");
        let output = world.publish(PUBLISHER, &line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        if have("mosquitto_pub") && !line.contains("--ws") && !line.contains("%40") {
            // mosquitto_pub 2.0 takes %40 for a colon.
            assert_eq!(
                world.publish("mosquitto_pub", &line).status.code(),
                Some(0),
                "{line}"
            );
        }
    }
    let asked = open.asked.lock().unwrap().clone();
    // The proxy looks names up, not we.
    assert!(asked.contains(&"name localhost".to_owned()), "{asked:?}");
    let nobody = free_port();
    for (line, words) in [
        (
            format!("--proxy socks5h://127.0.0.1:{nobody}"),
            "connection refused",
        ),
        (
            format!("--proxy socks5h://127.0.0.1:{} -p {nobody}", open.port),
            "no broker there",
        ),
        (
            format!("--proxy socks5h://127.0.0.1:{}", closed.port),
            "give --proxy socks5h://user:password@host",
        ),
        (
            format!("--proxy socks5h://u:p@127.0.0.1:{}", closed.port),
            "does not accept that user name",
        ),
        (
            format!("--proxy socks5h://127.0.0.1:{}", world.broker.port),
            "is it a SOCKS5 proxy?",
        ),
    ] {
        let output = world.publish(PUBLISHER, &format!("-t a -m x -p {{plain}} {line}"));
        assert_eq!(output.status.code(), Some(1), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{line}: {}", stderr(&output));
        assert!(!stderr(&output).contains("u:p@"), "a password is never repeated");
    }
}

#[test]
fn mqtt_url_can_name_any_of_them() {
    let Some(world) = World::start() else { return };
    for url in [
        "mqtts://localhost:{tls}",
        "ws://localhost:{ws}/mqtt",
        "wss://localhost:{wss}/any/path",
    ] {
        let url = world.words(url).pop().unwrap();
        let output = Command::new(PUBLISHER)
            .args(["-t", "a", "-m", "x", "-q", "1"])
            .args(if url.starts_with("ws:") {
                vec![]
            } else {
                world.words("--cafile {ca}")
            })
            .env("MQTT_URL", &url)
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success(), "{url}: {}", stderr(&output));
    }
}

/// Publishes with each line's flags to mosquitto, whose certificate `server` is one that OpenSSL made. There is nothing to
/// say, or these words and the exit code 8; `mosquitto_pub` succeeds where we do.
fn assert_said(server: &str, more: &str, expected: &[(&str, &str)]) {
    let authority = made_by_openssl("authority").certificate;
    let client = made_by_openssl("client_version_1");
    let listener = listener("{port1}", &made_by_openssl(server), &authority, more);
    let Some(broker) = Mosquitto::start_with(&format!("allow_anonymous true\n{listener}")) else {
        return;
    };
    for (line, words) in expected {
        let line = format!("-t a -m x -q 1 -p {} {line}", broker.ports[0])
            .replace("{ca}", &authority)
            .replace("{other}", &made_by_openssl("intermediate").certificate)
            .replace("{cert}", &client.certificate)
            .replace("{key}", &client.key);
        let flags: Vec<&str> = line.split_whitespace().collect();
        let (output, right) = (run(PUBLISHER, &flags), words.is_empty());
        let said = stderr(&output);
        assert_eq!(
            output.status.code(),
            Some(if right { 0 } else { 8 }),
            "{line}: {said}"
        );
        assert!(said.contains(words) && said.is_empty() == right, "{line}: {said}");
        if have("mosquitto_pub") {
            let theirs = run("mosquitto_pub", &flags);
            assert_eq!(theirs.status.success(), right, "{line}: {}", stderr(&theirs));
        }
    }
}

const ANOTHER_HOST: &str = "is not for `127.0.0.1`, but for localhost; give";

#[test]
fn a_host_may_be_only_the_common_name() {
    let expected = [
        ("--cafile {ca}", ""),
        ("--cafile {ca} -h 127.0.0.1", ANOTHER_HOST),
        ("--cafile {ca} -h 127.0.0.1 --insecure", ""),
        (
            "--cafile {other}",
            "is signed by an authority that is not trusted",
        ),
    ];
    assert_said("common_name", "", &expected);
}

#[test]
fn a_server_may_have_a_certificate_of_version_1() {
    let expected = [
        ("--cafile {ca}", ""),
        ("--cafile {ca} --tls-version tlsv1.2", ""),
        ("--cafile {ca} -h 127.0.0.1", ANOTHER_HOST),
        ("--cafile {ca} -h 127.0.0.1 --insecure", ""),
        // mosquitto sends its authority, too, which therefore could be one in between.
        (
            "--cafile {other} --insecure",
            "of version 1, which is accepted only if an authority of --cafile itself",
        ),
    ];
    assert_said("version_1", "", &expected);
}

#[test]
fn a_client_may_have_a_certificate_of_version_1() {
    let expected = [
        ("--cafile {ca} --cert {cert} --key {key}", ""),
        (
            "--cafile {ca} --cert {cert} --key {key} --tls-version tlsv1.2",
            "",
        ),
        (
            "--cafile {ca}",
            "asks for a client's certificate; give --cert and --key",
        ),
    ];
    assert_said("common_name", "require_certificate true", &expected);
}
