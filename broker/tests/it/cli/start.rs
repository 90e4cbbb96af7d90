//! Being ready: the banner, the ready file, what is printed instead of starting.

use std::fs;
use std::time::Instant;

use packets::{Client, Connect};

use super::program::{HANG, Program, addresses, command, directory, has_ipv6, said};

#[test]
fn the_banner_names_both_addresses_and_both_accept() {
    let mut program = Program::spawn(&mut command("banner", &["-p", "0"]));
    let banner = program.line();
    let listening = addresses(&banner);
    let port = listening[0].port();
    assert_ne!(port, 0);
    let expected = if has_ipv6() {
        format!("127.0.0.1:{port} and [::1]:{port}")
    } else {
        format!("127.0.0.1:{port}")
    };
    assert_eq!(
        banner,
        format!(
            "citronella {} listening on {expected} (MQTT 3.1, 3.1.1, 5.0; TLS and WebSocket, too); Ctrl-C stops",
            env!("CARGO_PKG_VERSION")
        )
    );
    for address in listening {
        Client::connect(address, "foo1");
    }
}

#[test]
fn an_address_that_this_machine_lacks_is_left_out_and_told() {
    // 192.0.2.0/24 is reserved for examples: no machine has it.
    let bind = ["-p", "0", "--bind", "127.0.0.1,192.0.2.1"];
    let args = [&bind[..], &["--set", "auth.allow_anonymous_remotely=true"]].concat();
    let mut program = Program::spawn(&mut command("skipped", &args));
    let listening = addresses(&program.line());
    assert_eq!(listening.len(), 1);
    Client::connect(listening[0], "foo1");
    program.kill();
    let (_, err) = program.exit();
    assert_eq!(
        err,
        "note: this machine has no address 192.0.2.1: not listening there"
    );
}

#[test]
fn a_cipher_suite_that_is_not_here_is_left_out_and_told() {
    let ciphers = "tls.ciphers=[\"ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA\"]";
    let mut program = Program::spawn(&mut command("ciphers", &["-p", "0", "--set", ciphers]));
    program.line();
    program.kill();
    let (_, err) = program.exit();
    assert_eq!(
        err,
        "note: listener \"main\": there is no cipher suite \"AES256-SHA\" here; it is left out"
    );
}

#[test]
fn the_ready_file_is_whole_and_true_from_the_moment_it_is_there() {
    let path = directory("ready").join("broker.addr");
    let args = ["-p", "0", "--ready-file", "broker.addr"];
    let mut program = Program::spawn(&mut command("ready", &args));
    let started = Instant::now();
    let content = loop {
        match fs::read_to_string(&path) {
            Ok(content) => break content,
            Err(error) => assert!(started.elapsed() < HANG, "it never comes: {error}"),
        }
        std::thread::yield_now();
    };
    assert!(content.ends_with('\n'));
    let told: Vec<std::net::SocketAddr> = content.lines().map_while(|line| line.parse().ok()).collect();
    for address in &told {
        Client::with(*address, &Connect::new(5, "foo1"));
    }
    assert_eq!(told, addresses(&program.line()));
    let ways: Vec<&str> = content.lines().skip(told.len()).collect();
    let first = told[0];
    assert_eq!(
        ways,
        [
            format!("main mqtt://{first}"),
            format!("main mqtts://{first}"),
            format!("main ws://{first}/mqtt"),
            format!("main wss://{first}/mqtt"),
            format!("main http://{first}"),
            format!("main https://{first}"),
        ]
    );
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left there: {left:?}");
}

#[cfg(unix)]
#[test]
fn every_further_place_is_told_and_takes_clients() {
    let mut command = command(
        "places",
        &[
            "-p",
            "0",
            "--bind",
            "127.0.0.1",
            "--tls",
            "--ws",
            "--json",
            "--ready-file",
            "addr",
        ],
    );
    let folder = command.get_current_dir().unwrap().to_owned();
    fs::write(
        folder.join("citronella.toml"),
        "[[listener]]\nport = 0\nname = \"more\"\n[[listener]]\nsocket = \"mqtt.sock\"\n\
         [[listener]]\nport = 0\naccepts = \"ws\"\nproxy_protocol = true\n",
    )
    .unwrap();
    let mut program = Program::spawn(&mut command);
    let said: serde_json::Value = serde_json::from_str(&program.line()).unwrap();
    let places = said["listeners"].as_array().unwrap();
    let names: Vec<&str> = places
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["main", "tls", "ws", "more", "listener-2", "listener-3"]);
    let proxied: Vec<bool> = places
        .iter()
        .map(|place| place["proxy_protocol"].as_bool().unwrap())
        .collect();
    assert_eq!(proxied, [false, false, false, false, false, true]);
    let address = |place: usize| places[place]["addresses"][0].as_str().unwrap();
    Client::with(address(3).parse().unwrap(), &Connect::new(5, "foo1"));
    assert_eq!(places[4]["socket"], "mqtt.sock");
    std::os::unix::net::UnixStream::connect(folder.join("mqtt.sock")).expect("somebody listens");

    let mut told = vec![address(0).to_owned()];
    let ways = |name: &str, at: &str, schemes: &[&str]| -> Vec<String> {
        let url = |scheme: &&str| {
            let path = if scheme.starts_with('w') { "/mqtt" } else { "" };
            format!("{name} {scheme}://{at}{path}")
        };
        schemes.iter().map(url).collect()
    };
    let all = ["mqtt", "mqtts", "ws", "wss", "http", "https"];
    told.extend(ways("main", address(0), &all));
    told.extend(ways("tls", address(1), &["mqtts", "wss"]));
    told.extend(ways("ws", address(2), &["ws", "wss"]));
    told.extend(ways("more", address(3), &all));
    told.push("listener-2 mqtt.sock".to_owned());
    told.extend(ways("listener-3", address(5), &["ws"]));
    let ca_file = said["ca_file"].as_str().expect("TLS was asked for");
    assert!(
        fs::read_to_string(ca_file)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE")
    );
    told.push(format!("ca_file {ca_file}"));
    let content = fs::read_to_string(folder.join("addr")).unwrap();
    assert_eq!(content.lines().collect::<Vec<_>>(), told);

    program.signal("INT");
    program.exit();
    assert!(!folder.join("mqtt.sock").exists() && !fs::exists(ca_file).unwrap());
}

#[test]
fn a_ready_file_of_a_broker_that_was_killed_is_gone_before_the_next_one_listens() {
    let mut command = command(
        "stale",
        &["-p", "1", "--bind", "192.0.2.1", "--ready-file", "old.addr"],
    );
    let path = command.get_current_dir().unwrap().join("old.addr");
    fs::write(&path, "127.0.0.1:1\n").unwrap();
    let (code, _, err) = said(&mut command);
    assert_eq!(code, Some(1), "{err}");
    assert!(!path.exists());
}

#[test]
fn print_config_shows_each_value_with_its_layer() {
    let args = [
        "--print-config",
        "-c",
        "mine.toml",
        "-p",
        "7",
        "--set",
        "sys.interval_secs=3",
    ];
    let mut command = command("print_config", &args);
    let file = command.get_current_dir().unwrap().join("mine.toml");
    fs::write(file, "port = 5\n[limits]\nmax_connections = 6\n").unwrap();
    command
        .env("CITRONELLA_SESSION__MAX_INFLIGHT", "4")
        .env("CITRONELLA_PORT", "6");

    let (code, out, err) = said(&mut command);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for expected in [
        "port = 7 # flag --port",
        "max_connections = 6 # mine.toml:3",
        "max_inflight = 4 # environment CITRONELLA_SESSION__MAX_INFLIGHT",
        "interval_secs = 3 # flag --set",
        "max_sessions = 100000 # default",
    ] {
        let shown = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") == expected;
        assert!(out.lines().any(shown), "{expected} in\n{out}");
    }

    command.arg("--json");
    let (code, out, _) = said(&mut command);
    let printed: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, Some(0));
    assert_eq!(
        printed["port"],
        serde_json::json!({ "value": 7, "origin": { "from": "flag", "name": "--port" } })
    );
}

#[test]
fn a_file_in_the_usual_place_is_taken() {
    let mut command = command("usual_place", &["--json"]);
    let file = command.get_current_dir().unwrap().join("citronella.toml");
    fs::write(file, "port = 0\nbind = \"127.0.0.1\"\n").unwrap();
    let banner: serde_json::Value = serde_json::from_str(&Program::spawn(&mut command).line()).unwrap();
    assert_eq!(banner["config_files"], serde_json::json!(["citronella.toml"]));
    assert_eq!(banner["addresses"].as_array().unwrap().len(), 1);
}

#[test]
fn help_and_version() {
    let (code, out, _) = said(&mut command("version", &["--version"]));
    assert_eq!(
        (code, out),
        (Some(0), format!("citronella {}", env!("CARGO_PKG_VERSION")))
    );
    let (code, out, err) = said(&mut command("help", &["--help"]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("Usage: broker [OPTIONS]") && out.contains("Examples:"));
    assert!(out.lines().count() < 40, "it fits a screen:\n{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    let names = "profile lint asyncapi --profile --asyncapi --schema --fail-on-violation";
    for name in names.split(' ') {
        let is_word = |word: &str| word.trim_end_matches([',', ':']) == name;
        assert!(out.split_whitespace().any(is_word), "{name}:\n{out}");
    }
}

#[test]
fn a_broker_that_everybody_can_reach_without_a_password_says_so() {
    let said = |arguments: &[&str]| {
        let arguments = [&["-p", "0", "--json"], arguments].concat();
        let mut program = Program::spawn(&mut command("open_to_all", &arguments));
        let line: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
        program.kill();
        // Where root runs the tests, that is told, too.
        let (_, err) = program.exit();
        let of_others = err.lines().filter(|line| !line.starts_with("note: root runs"));
        let err = of_others.collect::<Vec<_>>().join("\n");
        (line["warning"].as_str().map(str::to_owned), err)
    };
    let (warning, err) = said(&["--bind", "0.0.0.0", "--set", "auth.allow_anonymous_remotely=true"]);
    let warning = warning.expect("there is one");
    assert!(
        warning.starts_with("everybody who can reach 0.0.0.0:"),
        "{warning}"
    );
    assert_eq!(err, format!("warning: {warning}"));
    // Every listener counts.
    let all = "listener=[{ port = 0, bind = \"0.0.0.0\", allow_anonymous = true }]";
    let (warning, _) = said(&["--set", all]);
    assert!(warning.is_some_and(|warning| warning.starts_with("everybody who can reach 0.0.0.0:")));
    let certified =
        "listener=[{ port = 0, bind = \"0.0.0.0\", accepts = \"tls\", require_certificate = true }]";
    for safe in [
        &["--set", certified][..],
        &["--bind", "127.0.0.1"],
        &["--bind", "0.0.0.0", "--set", "auth.allow_anonymous=false"],
        &["--bind", "0.0.0.0", "--set", "auth.users=ann:pencil"],
    ] {
        assert_eq!(said(safe), (None, String::new()));
    }
}

#[test]
fn a_broker_that_others_can_reach_does_not_start_before_somebody_said_who_may_come_in() {
    let table = "listener=[{ port = 0, bind = \"0.0.0.0\", name = \"outside\" }]";
    for (arguments, place) in [
        (["--bind", "0.0.0.0"], "\"main\" (`port`)"),
        (["--set", table], "\"outside\" (`listener[0].port`)"),
    ] {
        let arguments = [&["-p", "0"][..], &arguments].concat();
        let mut program = Program::spawn(&mut command("undecided", &arguments));
        let (code, err) = program.exit();
        assert_eq!(code.code(), Some(1), "{err}");
        let expected =
            format!("error: other machines can reach the listener {place}, and nothing says who may come in");
        assert!(err.starts_with(&expected), "{err}");
        assert!(err.contains("--set auth.allow_anonymous_remotely=true"), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn to_be_out_of_file_descriptors_is_told_once_and_so_is_the_end_of_it() {
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", "ulimit -n 40 && exec \"$0\" -p 0 --json"])
        .arg(env!("CARGO_BIN_EXE_broker"))
        .current_dir(super::program::directory("descriptors"))
        .stdin(std::process::Stdio::null());
    let mut program = Program::spawn(&mut limited);
    let listening: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
    let address = listening["addresses"][0].as_str().expect("an address").to_owned();
    let crowd: Vec<_> = (0..60)
        .map(|_| std::net::TcpStream::connect(&address).expect("the system takes it"))
        .collect();
    let failed: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
    assert_eq!(
        (&failed["event"], &failed["open_files_limit"]),
        (&"accept_failed".into(), &40.into())
    );
    drop(crowd);
    // All were let in, the last ones in place of the first ones, which had said nothing, or which were gone by then.
    let (mut gone, mut resumed) = (0, None);
    while gone < 60 {
        let line = program.line();
        gone += usize::from(line.contains("\"disconnected\""));
        resumed = resumed.or_else(|| line.contains("accept_resumed").then_some(line));
    }
    // The last one that gave way had made room for one more; the next needs no other's place.
    let _again = [(); 2].map(|()| std::net::TcpStream::connect(&address).expect("the system takes it"));
    let resumed = resumed.unwrap_or_else(|| program.line_with("accept_resumed"));
    let resumed: serde_json::Value = serde_json::from_str(&resumed).expect("JSON");
    assert!(resumed["failed"].as_u64() > Some(0), "{resumed}");
}

#[test]
fn that_nobody_decides_about_logins_is_told_once_and_so_is_the_end_of_it() {
    use std::io::{Read as _, Write as _};

    let decides = std::net::TcpListener::bind("127.0.0.1:0").expect("it listens");
    let url = format!(
        "auth.http_url=http://{}/",
        decides.local_addr().expect("an address")
    );
    let mut program = Program::spawn(&mut command("http", &["-p", "0", "--json", "--set", &url]));
    let listening: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
    let address = listening["addresses"][0].as_str().expect("an address").to_owned();
    let mut lines = Vec::new();
    for answer in [
        "",
        "",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"allow\": false}",
    ] {
        let mut client = std::net::TcpStream::connect(&address).expect("it listens");
        client
            .write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")
            .expect("it is taken");
        let (mut asked, _) = decides.accept().expect("it is asked");
        let mut question = [0; 4096];
        assert!(asked.read(&mut question).expect("a question") > 0);
        asked.write_all(answer.as_bytes()).expect("it is taken");
        drop(asked);
        loop {
            lines.push(program.line());
            if lines.last().is_some_and(|line| line.contains("\"refused\"")) {
                break;
            }
        }
    }
    let told = lines
        .iter()
        .filter(|line| line.contains("\"login_"))
        .collect::<Vec<_>>();
    let [failed, answered] = &told[..] else {
        panic!("{told:?}")
    };
    let failed: serde_json::Value = serde_json::from_str(failed).expect("JSON");
    assert_eq!(failed["event"], "login_unanswered");
    assert!(
        failed["why"]
            .as_str()
            .is_some_and(|why| why.contains("the connection broke")),
        "{failed}"
    );
    let answered: serde_json::Value = serde_json::from_str(answered).expect("JSON");
    assert_eq!(
        (&answered["event"], &answered["unanswered"]),
        (&"login_answered".into(), &3.into())
    );
    assert!(!lines.concat().contains("pencil"));
}
