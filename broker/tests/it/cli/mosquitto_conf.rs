//! `-c mosquitto.conf`, `broker check`, and mosquitto's flags.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use packets::Client;

use super::program::{Program, command, said};

/// The program with a mosquitto.conf in its directory.
fn with_conf(test: &str, args: &[&str], conf: &str) -> Command {
    let command = command(test, args);
    let path = command.get_current_dir().expect("its own").join("mosquitto.conf");
    fs::write(path, conf).expect("a file");
    command
}

/// A port that is free now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it has one").port()
}

#[test]
fn a_broker_starts_with_it_and_says_what_should_be_known() {
    let port = free_port();
    let conf = format!(
        "# ours\nlistener {port} 127.0.0.1\nallow_anonymous true\npersistence true\nlog_dest stdout\n"
    );
    let mut program = Program::spawn(&mut with_conf("conf_start", &["-c", "mosquitto.conf"], &conf));
    let banner = program.line();
    assert!(
        banner.ends_with(&format!(
            "listening on 127.0.0.1:{port} (MQTT 3.1, 3.1.1, 5.0); Ctrl-C stops"
        )),
        "{banner}"
    );
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    Client::connect(address, "foo1");
    program.kill();
    let (_, err) = program.exit();
    assert_eq!(
        err,
        "note: mosquitto.conf:4: what outlives the broker is kept in the directory `citronella` of the working directory; \
         `persistence_location` says where else"
    );
}

#[test]
fn the_banner_says_what_the_first_listener_takes_and_which_line_lets_everybody_in() {
    let conf = format!(
        "listener {}\nprotocol websockets\nallow_anonymous true\n",
        free_port()
    );
    let mut command = with_conf("conf_open", &["-c", "mosquitto.conf"], &conf);
    let mut program = Program::spawn(&mut command);
    assert!(
        program
            .line()
            .ends_with("(MQTT 3.1, 3.1.1, 5.0; ws alone); Ctrl-C stops")
    );
    program.kill();
    let (_, err) = program.exit();
    let warning = "may connect, without a password, as mosquitto.conf:3 says";
    assert!(err.lines().any(|line| line.ends_with(warning)), "{err}");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_alone_is_named_in_the_banner() {
    let conf = "listener 0 here.sock\nallow_anonymous true\n";
    let mut program = Program::spawn(&mut with_conf("conf_unix", &["-c", "mosquitto.conf"], conf));
    let banner = program.line();
    assert!(banner.contains(" listening on here.sock (MQTT "), "{banner}");
}

#[test]
fn its_listeners_take_what_they_say_and_its_users_come_in() {
    let (open, closed) = (free_port(), free_port());
    let conf = format!(
        "per_listener_settings true\nlistener {open} 127.0.0.1\nallow_anonymous true\nlistener {closed} 127.0.0.1\n"
    );
    let mut command = with_conf("conf_realms", &["-c", "mosquitto.conf", "--json"], &conf);
    let mut program = Program::spawn(&mut command);
    let banner: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
    let urls = &banner["listeners"][0]["urls"];
    assert!(
        urls["tcp"].is_string() && urls["tls"].is_null() && urls["ws"].is_null(),
        "{banner}"
    );
    let remark = &banner["remarks"][0];
    assert_eq!(
        (&remark["file"], &remark["line"]),
        (&"mosquitto.conf".into(), &4.into())
    );
    let text = remark["text"].as_str().expect("a text");
    assert!(
        text.starts_with(&format!("nobody can connect to {closed}")),
        "{text}"
    );
    Client::connect(SocketAddr::from(([127, 0, 0, 1], open)), "foo1");
    let refused =
        std::panic::catch_unwind(|| Client::connect(SocketAddr::from(([127, 0, 0, 1], closed)), "foo2"));
    assert!(refused.is_err(), "nobody was asked for");
}

#[test]
fn a_port_on_the_command_line_comes_beside_its_listeners() {
    let port = free_port();
    let conf = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    let mut command = with_conf("conf_port", &["-c", "mosquitto.conf", "-p", "0", "--json"], &conf);
    let mut program = Program::spawn(&mut command);
    let banner: serde_json::Value = serde_json::from_str(&program.line()).expect("JSON");
    let listeners = banner["listeners"].as_array().expect("a list");
    let names: Vec<&str> = listeners
        .iter()
        .filter_map(|listener| listener["name"].as_str())
        .collect();
    assert_eq!(names, ["main", "listener-1"], "{banner}");
    let main = listeners[0]["addresses"][0]
        .as_str()
        .expect("an address")
        .parse()
        .expect("an address");
    Client::connect(main, "foo1");
    Client::connect(SocketAddr::from(([127, 0, 0, 1], port)), "foo2");
}

#[test]
fn the_banner_names_the_versions_that_some_listener_takes() {
    let port = free_port();
    let conf = format!("listener {port} 127.0.0.1\nallow_anonymous true\naccept_protocol_versions 5,4\n");
    let mut program = Program::spawn(&mut with_conf("conf_versions", &["-c", "mosquitto.conf"], &conf));
    let banner = program.line();
    assert!(banner.contains("(MQTT 3.1.1, 5.0);"), "{banner}");
}

#[test]
fn the_ca_of_a_mosquitto_conf_is_that_of_its_first_port() {
    let port = free_port();
    let conf = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    let args = ["ca", "-c", "mosquitto.conf"];
    let out = with_conf("conf_ca", &args, &conf)
        .output()
        .expect("the program runs");
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(err.contains(&format!("no broker on port {port} ")), "{err}");
}

#[test]
fn a_port_that_is_taken_is_told_with_its_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let conf = format!("# ours\nlistener {port} 127.0.0.1\nallow_anonymous true\n");
    let out = with_conf("conf_taken", &["-c", "mosquitto.conf"], &conf)
        .output()
        .expect("the program runs");
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    let expected = format!("error: mosquitto.conf:2: cannot listen on 127.0.0.1:{port}: the port is taken");
    assert!(err.contains(&expected) && !err.contains("listener["), "{err}");
}

#[test]
fn a_second_port_is_answered_with_how_it_is_said() {
    let out = with_conf("conf_ports", &["-p", "0", "-p", "1884"], "")
        .output()
        .expect("the program runs");
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        out.status.code() == Some(2) && err.contains("`--set 'listener[0].port=1884'`"),
        "{err}"
    );
}

#[test]
fn check_prints_remarks_and_the_same_as_toml() {
    let conf = "listener 1883\nallow_anonymous true\npersistence true\nmax_queued_messages 7\npersistence_location /nowhere/\n";
    let (code, out, err) = said(&mut with_conf("check", &["check", "-c", "mosquitto.conf"], conf));
    assert_eq!(code, Some(0), "{err}");
    assert!(err.starts_with("note: mosquitto.conf:3: "), "{err}");
    let toml = format!("{out}\n");
    let mut again = command("check_again", &["--print-config", "-c", "again.toml"]);
    fs::write(
        again.get_current_dir().expect("its own").join("again.toml"),
        &toml,
    )
    .expect("a file");
    let (code, printed, err) = said(&mut again);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        toml.starts_with("# The settings of mosquitto.conf; all others have their defaults.\n"),
        "{toml}"
    );
    for (line, place) in [("port = 1883", 1), ("max_queued_messages = 7", 4)] {
        let has = |text: &str| {
            text.lines()
                .any(|shown| shown.split("  #").next().map(str::trim_end) == Some(line))
        };
        assert!(
            has(&toml) && toml.contains(&format!("# mosquitto.conf:{place}\n")),
            "{toml}"
        );
        assert!(has(&printed), "{printed}");
    }

    let (code, out, _) = said(&mut with_conf(
        "check_json",
        &["check", "--json", "-c", "mosquitto.conf"],
        conf,
    ));
    let printed: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &printed["ok"]), (Some(0), &true.into()));
    assert_eq!(printed["remarks"][0]["line"], 3);
    assert_eq!(printed["settings"]["session.max_queued_messages"]["value"], 7);
}

#[test]
fn check_says_what_is_wrong_and_ends_with_1() {
    let conf = "lisener 1883\npersistence true\npersistence_location /nowhere/\n";
    let (code, out, err) = said(&mut with_conf(
        "check_wrong",
        &["check", "-c", "mosquitto.conf"],
        conf,
    ));
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(err.contains("note: mosquitto.conf:2: "), "{err}");
    assert!(
        err.ends_with("error: mosquitto.conf:1: unknown option `lisener`; did you mean `listener`?"),
        "{err}"
    );
    let (code, out, _) = said(&mut with_conf(
        "check_wrong_json",
        &["check", "--json", "-c", "mosquitto.conf"],
        conf,
    ));
    let printed: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &printed["ok"]), (Some(1), &false.into()));
    assert_eq!(
        printed["problems"][0],
        serde_json::json!({ "file": "mosquitto.conf", "line": 1, "text": "unknown option `lisener`; did you mean `listener`?" })
    );
    let (code, out, err) = said(&mut command("check_nothing", &["check"]));
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(out.starts_with("# No settings file was found"), "{out}");
}

#[test]
fn check_reads_the_files_that_a_start_would_read() {
    let conf = "listener 1883\npassword_file users\n";
    let mut command = with_conf("check_users", &["check", "-c", "mosquitto.conf"], conf);
    fs::write(
        command.get_current_dir().expect("its own").join("users"),
        "ann:pencil\n",
    )
    .expect("a file");
    let (code, _, err) = said(&mut command);
    assert_eq!(code, Some(1), "{err}");
    assert!(
        err.contains("error: users:1: ") && !err.contains("pencil"),
        "{err}"
    );

    let conf = "listener 8883\ncertfile none.pem\nkeyfile none.pem\nallow_anonymous true\n";
    let mut command = with_conf("check_tls", &["check", "-c", "mosquitto.conf"], conf);
    fs::write(
        command.get_current_dir().expect("its own").join("none.pem"),
        "no certificate\n",
    )
    .expect("a file");
    let (code, _, err) = said(&mut command);
    assert!(
        code == Some(1) && err.contains("error: mosquitto.conf:2: `certfile`: none.pem "),
        "{err}"
    );

    let mut command = command_with_toml("check_open", "bind = \"0.0.0.0\"\n");
    let (code, out, err) = said(&mut command);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("nothing says who may come in there"), "{err}");
    assert!(out.contains("bind = [\"0.0.0.0\"]"), "{out}");
}

/// `broker check` with these settings in the usual place.
fn command_with_toml(test: &str, toml: &str) -> Command {
    let command = command(test, &["check"]);
    fs::write(
        command
            .get_current_dir()
            .expect("its own")
            .join("citronella.toml"),
        toml,
    )
    .expect("a file");
    command
}

#[test]
fn a_wrong_file_stops_the_broker_before_it_listens() {
    let (code, _, err) = said(&mut with_conf(
        "conf_wrong",
        &["-c", "mosquitto.conf"],
        "psk_file /etc/psk\n",
    ));
    assert_eq!(code, Some(2));
    assert!(
        err.starts_with("error: mosquitto.conf:1: `psk_file` is refused: "),
        "{err}"
    );
}
