//! A mosquitto.conf becomes settings: what each line does, and where it comes from.

use std::collections::BTreeSet;

use settings::mosquitto::{Fate, options};
use settings::{Accepts, Loaded, Loader, Origin, TlsVersion};

use crate::common::{directory, file};

/// The settings of a mosquitto.conf of this name with this text.
pub fn conf(name: &str, text: &str) -> Loaded {
    Loader::new().file(file(name, text)).load().unwrap()
}

/// What is remarked on it, with bare file names.
pub fn remarks(loaded: &Loaded) -> Vec<String> {
    let bare = |text: String| text.replace(&format!("{}/", directory().display()), "");
    loaded
        .remarks
        .iter()
        .map(|remark| bare(remark.to_string()))
        .collect()
}

#[test]
fn every_option_of_mosquitto_has_a_row_and_only_one() {
    let known = include_str!("../data/mosquitto_options.txt");
    let rows: Vec<&str> = options().map(|option| option.name).collect();
    let names: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!(rows.len(), names.len(), "a row is there twice");
    for name in known.lines() {
        assert!(
            names.contains(name.replace("NAME", "*").as_str()),
            "{name} has no row"
        );
    }
}

#[test]
fn every_setting_that_a_row_names_is_there() {
    let Some(settings::Expect::Tables(listeners)) = settings::find("listener").map(|key| key.expect) else {
        panic!("a list of tables");
    };
    let Some(settings::Expect::Tables(bridges)) = settings::find("bridge").map(|key| key.expect) else {
        panic!("a list of tables");
    };
    let keys = options().filter_map(|option| match option.fate {
        Fate::Works(keys, _) => Some(keys),
        Fate::Warns(_) | Fate::Refused(_) => None,
    });
    for key in keys.flatten() {
        let of_listener = key.strip_prefix("listener.").and_then(|name| listeners.key(name));
        let of_bridge = key.strip_prefix("bridge.").and_then(|name| bridges.key(name));
        let of_table = of_listener.or(of_bridge);
        assert!(settings::find(key).is_some() || of_table.is_some(), "{key}");
    }
}

#[test]
fn every_row_says_what_becomes_of_its_option() {
    for option in options() {
        let said = match option.fate {
            Fate::Works(keys, words) => keys.len() + words.len(),
            Fate::Warns(words) | Fate::Refused(words) => words.len(),
        };
        assert!(said > 0, "{}", option.name);
    }
}

#[test]
fn a_listener_takes_what_its_lines_say_on_every_address() {
    let loaded = conf(
        "listeners.conf",
        "listener 1883\nallow_anonymous true\nlistener 9001 127.0.0.1 # pages\nprotocol websockets\nlistener 0 /tmp/a.sock\n",
    );
    let plans = loaded.settings.listeners();
    let [tcp, ws, unix] = &plans[..] else {
        panic!("{plans:?}")
    };
    assert_eq!(
        (tcp.port, &*tcp.accepts, tcp.bind.len()),
        (1883, &[Accepts::Tcp][..], 2)
    );
    assert!(tcp.bind.iter().all(std::net::IpAddr::is_unspecified));
    assert!(tcp.auth.allow_anonymous);
    assert_eq!((ws.port, &*ws.accepts), (9001, &[Accepts::Ws][..]));
    assert_eq!(ws.bind, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(unix.socket.as_deref(), Some(std::path::Path::new("/tmp/a.sock")));
    assert_eq!(unix.accepts, [Accepts::Tcp]);
    let line = |key: &str| {
        loaded
            .origin(key)
            .to_string()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(line("listener[0].port"), "1");
    assert_eq!(line("listener[1].accepts"), "4");
    assert_eq!(line("listener[2].socket"), "5");
    assert_eq!(line("auth.allow_anonymous"), "2");
    assert!(remarks(&loaded).is_empty());
}

#[test]
fn without_a_listener_only_this_machine_can_connect() {
    for text in [
        "# nothing\n",
        "max_queued_messages 5\n",
        "max_connections -1\nprotocol mqtt\n",
    ] {
        let loaded = conf("local.conf", text);
        let plans = loaded.settings.listeners();
        let [plan] = &plans[..] else { panic!("{plans:?}") };
        assert_eq!((plan.port, &*plan.accepts), (1883, &[Accepts::Tcp][..]));
        assert!(plan.bind.iter().all(std::net::IpAddr::is_loopback));
        assert!(plan.auth.allow_anonymous);
        assert_eq!(
            remarks(&loaded),
            [
                "local.conf: no `listener`: only programs on this machine can connect; `listener 1883` lets others in"
            ]
        );
    }
    let closed = conf("closed.conf", "allow_anonymous false\n");
    assert!(!closed.settings.listeners()[0].auth.allow_anonymous);
}

#[test]
fn port_and_bind_address_are_a_listener_of_their_own() {
    let loaded = conf(
        "port.conf",
        "port 1884\nbind_address 127.0.0.1\nprotocol websockets\nallow_anonymous true\nlistener 1885\n",
    );
    let plans = loaded.settings.listeners();
    let [main, other] = &plans[..] else {
        panic!("{plans:?}")
    };
    assert_eq!(
        (main.port, main.bind.len(), &*main.accepts),
        (1884, 1, &[Accepts::Ws][..])
    );
    assert_eq!((other.port, &*other.accepts), (1885, &[Accepts::Tcp][..]));
}

#[test]
fn a_port_from_outside_comes_beside_the_listeners_of_the_file() {
    let path = file("beside.conf", "listener 1885\nallow_anonymous true\n");
    let with = |path: &std::path::Path| Loader::new().file(path).flag("--port", "port", 0).load().unwrap();
    let ports: Vec<u16> = with(&path)
        .settings
        .listeners()
        .iter()
        .map(|plan| plan.port)
        .collect();
    assert_eq!(ports, [0, 1885]);
    // It takes the place of the one that a file without a listener has.
    let path = file("instead.conf", "allow_anonymous true\n");
    let ports: Vec<u16> = with(&path)
        .settings
        .listeners()
        .iter()
        .map(|plan| plan.port)
        .collect();
    assert_eq!(ports, [0]);
}

#[test]
fn clients_see_the_defaults_of_mosquitto() {
    let session = conf("defaults.conf", "listener 1883\n").settings.session;
    assert_eq!((session.max_inflight, session.receive_maximum), (20, 20));
    assert_eq!(session.max_queued_messages, 1_000);
    assert_eq!(session.topic_alias_maximum, 10);
    let session = conf(
        "given.conf",
        "max_inflight_messages 0\nmax_queued_messages 0\nmax_queued_bytes 7\n",
    )
    .settings
    .session;
    assert_eq!((session.max_inflight, session.receive_maximum), (65_535, 65_535));
    assert_eq!(
        (session.max_queued_messages, session.max_queued_bytes),
        (1_000_000_000, 7)
    );
}

#[test]
fn options_of_the_whole_broker_have_their_settings() {
    let text = "listener 1883\nmax_packet_size 500\nsys_interval 3\nretain_available false\nqueue_qos0_messages true\n\
                persistent_client_expiration 2d\nmax_keepalive 60\nmemory_limit 100000\nallow_zero_length_clientid false\n\
                set_tcp_nodelay true\nallow_anonymous true\n";
    let settings = conf("general.conf", text).settings;
    assert_eq!(settings.limits.max_packet_size_bytes, 500);
    assert_eq!(settings.limits.max_memory_bytes, 100_000);
    assert_eq!(settings.sys.interval_secs, 3);
    assert!(!settings.capabilities.retain_available && settings.session.queue_qos0);
    assert_eq!(settings.session.session_expiry_3x_secs, 172_800);
    assert_eq!(settings.session.max_keep_alive_secs, 60);
    assert!(!settings.session.allow_empty_client_id);
}

#[test]
fn a_certfile_means_tls_alone() {
    let pem = file("server.pem", "");
    let pem = pem.display();
    let text = format!(
        "allow_anonymous true\nlistener 8883\ncertfile {pem}\nkeyfile {pem}\ncafile {pem}\ntls_version tlsv1.3\n\
         listener 8884\nprotocol websockets\ncertfile {pem}\nkeyfile {pem}\ncafile {pem}\nrequire_certificate true\n\
         use_identity_as_username true\n"
    );
    let plans = conf("tls.conf", &text).settings.listeners();
    assert_eq!(
        (&*plans[0].accepts, plans[0].tls.min_version),
        (&[Accepts::Tls][..], TlsVersion::Tls13)
    );
    assert_eq!(plans[0].tls.ca_file, "", "no client is asked for a certificate");
    assert_eq!(plans[1].accepts, [Accepts::Wss]);
    assert!(plans[1].tls.require_certificate && plans[1].tls.use_identity_as_username);
    assert_eq!(plans[1].tls.ca_file, pem.to_string());
}

#[test]
fn with_per_listener_settings_security_belongs_to_the_listener_above() {
    let users = file("users", "");
    let users = users.display();
    let text = format!(
        "per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\npassword_file {users}\nacl_file {users}\nlistener 1885\n"
    );
    let loaded = conf("each.conf", &text);
    let plans = loaded.settings.listeners();
    let may: Vec<bool> = plans.iter().map(|plan| plan.auth.allow_anonymous).collect();
    assert_eq!(may, [true, false, false]);
    assert_eq!(plans[1].auth.password_file, users.to_string());
    assert!(plans[0].auth.password_file.is_empty() && plans[2].auth.acl_file.is_empty());
    let said = remarks(&loaded);
    assert!(
        said.iter()
            .any(|said| said.starts_with("each.conf:7: nobody can connect to 1885")),
        "{said:?}"
    );
}

#[test]
fn an_option_of_2_1_for_one_listener_wins_over_that_of_all() {
    let loaded = conf(
        "alone.conf",
        "allow_anonymous false\nlistener 1883\nlistener_allow_anonymous true\nlistener 1884\n",
    );
    let may: Vec<bool> = loaded
        .settings
        .listeners()
        .iter()
        .map(|plan| plan.auth.allow_anonymous)
        .collect();
    assert_eq!(may, [true, false]);
}

#[test]
fn plugins_that_the_broker_does_itself_are_known_by_their_names() {
    let json = file("dynamic-security.json", "{}");
    let json = json.display();
    let general = conf(
        "dynsec.conf",
        &format!(
            "listener 1883\nplugin /usr/lib/mosquitto_dynamic_security.so\nplugin_opt_config_file {json}\n"
        ),
    );
    assert_eq!(general.settings.auth.dynamic_security_file, json.to_string());
    assert!(general.remarks.is_empty(), "{:?}", general.remarks);
    let text = format!(
        "plugin_load users /usr/lib/mosquitto_password_file.so\nplugin_opt_password_file {json}\n\
         plugin_load acl /usr/lib/mosquitto_acl_file.so\nplugin_opt_acl_file {json}\n\
         listener 1883\nplugin_use users\nplugin_use acl\nlistener 1884\nlistener_allow_anonymous true\n"
    );
    let plans = conf("plugins.conf", &text).settings.listeners();
    assert_eq!(
        (&*plans[0].auth.password_file, &*plans[0].auth.acl_file),
        (&*json.to_string(), &*json.to_string())
    );
    assert!(plans[1].auth.password_file.is_empty());
}

#[test]
fn included_files_come_in_their_order_and_end_their_listeners() {
    let at = directory().join("include");
    std::fs::create_dir_all(&at).unwrap();
    for (name, text) in [
        ("b.conf", "sys_interval 4\n"),
        ("A.conf", "listener 1891\nprotocol websockets\n"),
        ("a.conf", "\u{feff}sys_interval 3\r\n"),
        ("not.txt", "nonsense\n"),
    ] {
        std::fs::write(at.join(name), text).unwrap();
    }
    let text = format!(
        "listener 1890\ninclude_dir {}\nallow_anonymous true\n",
        at.display()
    );
    let loaded = conf("including.conf", &text);
    assert_eq!(loaded.settings.sys.interval_secs, 4);
    let ways: Vec<Accepts> = loaded
        .settings
        .listeners()
        .iter()
        .map(|plan| plan.accepts[0])
        .collect();
    assert_eq!(ways, [Accepts::Tcp, Accepts::Ws]);
    let there = |name: &str, line| Origin::File {
        path: at.join(name),
        line: Some(line),
    };
    assert_eq!(*loaded.origin("listener[1].port"), there("A.conf", 1));
    assert_eq!(*loaded.origin("sys.interval_secs"), there("b.conf", 1));
    let files = [
        directory().join("including.conf"),
        at.join("A.conf"),
        at.join("a.conf"),
        at.join("b.conf"),
    ];
    assert_eq!(loaded.files, files);
}

#[test]
fn what_is_not_done_is_said_in_one_line_each() {
    let text = "listener 1883\nallow_anonymous true\npersistence true\nautosave_interval 60\npersistence_location /nowhere/\n\
                connection one\naddress other:1883\ntopic # both 1\nremote_password hunter2\nremote_username ann\nconnection two\naddress b\ntopic a\nbridge_ciphers A\n";
    let loaded = conf("warns.conf", text);
    assert_eq!(
        remarks(&loaded),
        [
            "warns.conf:3: sessions and retained messages are kept in memory, and are gone when the broker ends: there is no \
             directory /nowhere/, which mosquitto would miss, too",
            "warns.conf:14: `bridge_ciphers`: TLS is that of rustls, which has no weak suites: those that the other broker has, too, are taken",
        ]
    );
    assert!(!format!("{loaded:?}").contains("hunter2"));
}

#[test]
fn what_print_config_shows_of_it_can_be_fed_back_in() {
    let loaded = conf(
        "printed.conf",
        "listener 1883\nallow_anonymous true\nmax_queued_messages 7\nlistener 9001\nprotocol websockets\n",
    );
    let again = |name: &str, printed: &str| Loader::new().file(file(name, printed)).load().unwrap();
    let given = loaded.print_given();
    assert_eq!(
        again("given_of_conf.toml", &given).settings,
        loaded.settings,
        "{given}"
    );
    assert!(
        given.lines().count() < 30,
        "what has its default is left out: {given}"
    );
    let printed = loaded.print();
    assert_eq!(
        again("whole_of_conf.toml", &printed).settings,
        loaded.settings,
        "{printed}"
    );
    let lines: Vec<String> = printed
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for (line, number) in [
        ("max_queued_messages = 7", 3),
        ("[[listener]]", 1),
        ("[[listener]]", 4),
        ("accepts = [\"ws\"]", 5),
    ] {
        let line = format!("{line} # {}/printed.conf:{number}", directory().display());
        assert!(lines.contains(&line), "{line}\n{printed}");
    }
}
