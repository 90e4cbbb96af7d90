//! Defaults < file < environment < flags, and what each layer's texts may look like.

use std::net::IpAddr;

use crate::common::{directory, file};
use settings::{BrokerSettings, EngineKind, Loader, Mechanism, Origin, Strategy, User};

const PORT: &str = "CITRONELLA_PORT";

#[test]
fn without_layers_the_defaults_are_in_force() {
    let loaded = Loader::new().load().unwrap();
    assert_eq!(loaded.settings, BrokerSettings::default());
    assert_eq!(loaded.settings.port, 1883);
    assert!(settings::keys().all(|doc| *loaded.origin(doc.key) == Origin::Default));
    loaded.settings.check().unwrap();
}

#[test]
fn a_file_overrides_the_defaults() {
    let path = file(
        "over_defaults.toml",
        "# mine\nport = 1\n\n[limits]\nmax_connections = 7\n",
    );
    let loaded = Loader::new().file(&path).load().unwrap();
    assert_eq!(loaded.settings.port, 1);
    assert_eq!(loaded.settings.limits.max_connections, 7);
    assert_eq!(
        loaded.settings.limits.max_sessions, 100_000,
        "a key beside it keeps its default"
    );
    assert_eq!(
        *loaded.origin("port"),
        Origin::File {
            path: path.clone(),
            line: Some(2)
        }
    );
    assert_eq!(
        *loaded.origin("limits.max_connections"),
        Origin::File {
            path: path.clone(),
            line: Some(5)
        }
    );
    assert_eq!(*loaded.origin("limits.max_sessions"), Origin::Default);
    assert_eq!(loaded.files, [path]);
}

#[test]
fn a_later_file_overrides_an_earlier_one_key_by_key() {
    let first = file("first.toml", "port = 1\n[limits]\nmax_connections = 7\n");
    let second = file("second.toml", "limits.max_sessions = 8\nport = 2\n");
    let loaded = Loader::new().file(first).file(&second).load().unwrap();
    assert_eq!(
        (loaded.settings.port, loaded.settings.limits.max_connections),
        (2, 7)
    );
    assert_eq!(loaded.settings.limits.max_sessions, 8);
    assert_eq!(
        *loaded.origin("port"),
        Origin::File {
            path: second,
            line: Some(2)
        }
    );
}

#[test]
fn the_environment_overrides_the_defaults() {
    let loaded = Loader::new()
        .env_from([(PORT, "2"), ("PATH", "/bin")])
        .load()
        .unwrap();
    assert_eq!(loaded.settings.port, 2);
    assert_eq!(*loaded.origin("port"), Origin::Env(PORT.to_owned()));
}

#[test]
fn the_environment_overrides_a_file_whatever_the_order_of_the_calls() {
    let path = file("under_env.toml", "port = 1\n");
    let loaded = Loader::new().env_from([(PORT, "2")]).file(path).load().unwrap();
    assert_eq!(loaded.settings.port, 2);
}

#[test]
fn a_flag_overrides_the_defaults() {
    let loaded = Loader::new().flag("-p", "port", 3).load().unwrap();
    assert_eq!(loaded.settings.port, 3);
    assert_eq!(*loaded.origin("port"), Origin::Flag("-p".to_owned()));
}

#[test]
fn a_flag_overrides_a_file() {
    let path = file("under_flag.toml", "port = 1\n");
    assert_eq!(
        Loader::new()
            .flag("-p", "port", 3)
            .file(path)
            .load()
            .unwrap()
            .settings
            .port,
        3
    );
}

#[test]
fn a_flag_overrides_the_environment() {
    let loaded = Loader::new()
        .flag("-p", "port", 3)
        .env_from([(PORT, "2")])
        .load()
        .unwrap();
    assert_eq!(loaded.settings.port, 3);
}

#[test]
fn a_list_is_replaced_whole_not_merged() {
    let path = file("list.toml", "bind = [\"127.0.0.2\", \"127.0.0.3\"]\n");
    let loaded = Loader::new()
        .file(path)
        .env_from([("CITRONELLA_BIND", "::1")])
        .load()
        .unwrap();
    assert_eq!(loaded.settings.bind, ["::1".parse::<IpAddr>().unwrap()]);
}

#[test]
fn the_file_is_the_flags_then_the_environments_then_the_usual_one() {
    let usual = file("usual.toml", "port = 1\n");
    let named = file("named.toml", "port = 2\n");
    let flagged = file("flagged.toml", "port = 3\n");
    let loader = Loader::new().default_file_if_present(&usual);
    assert_eq!(loader.clone().load().unwrap().settings.port, 1);

    let loader = loader.env_from([("CITRONELLA_CONFIG", named.as_os_str())]);
    assert_eq!(loader.clone().load().unwrap().settings.port, 2);
    assert_eq!(loader.file(flagged).load().unwrap().settings.port, 3);

    let absent = Loader::new()
        .default_file_if_present(directory().join("absent.toml"))
        .load()
        .unwrap();
    assert_eq!((absent.settings.port, absent.files.len()), (1883, 0));
}

#[test]
fn reserved_variables_are_no_keys() {
    let variables = [
        ("CITRONELLA_TEST_SEED", "7"),
        ("CITRONELLA_CONFIG", ""),
        ("CITRONELLA_URL", "http://localhost:1884"),
        ("CITRONELLA_TOKEN_FILE", "token"),
        ("CITRONELLA_BIN", "broker"),
    ];
    assert_eq!(
        Loader::new().env_from(variables).load().unwrap().settings,
        BrokerSettings::default()
    );
}

#[test]
fn texts_of_the_environment_stand_for_every_type() {
    let loaded = Loader::new()
        .env_from([
            ("CITRONELLA_BIND", "localhost, 0.0.0.0,127.0.0.1"),
            ("CITRONELLA_READY_FILE", "ready.txt"),
            ("CITRONELLA_LIMITS__MAX_RETAINED_BYTES", "4_000_000_000"),
            ("CITRONELLA_SESSION__QUEUE_QOS0", "Yes"),
            ("CITRONELLA_CAPABILITIES__RETAIN_AVAILABLE", "0"),
            ("CITRONELLA_SHARED__STRATEGY", "least_inflight"),
            ("CITRONELLA_AUTH__USERS", "alice:se:cret,bob:x"),
            ("CITRONELLA_AUTH__MECHANISMS", ""),
            ("CITRONELLA_ACCESS__DENY_PUBLISH", "[\"a,b/#\", \"c/+\"]"),
            ("CITRONELLA_ACCESS__DENY_SUBSCRIBE", "a/#,b"),
            ("CITRONELLA_ENGINE__SEED", "9223372036854775807"),
        ])
        .load()
        .unwrap();
    let s = loaded.settings;
    let bind: Vec<String> = s.bind.iter().map(ToString::to_string).collect();
    assert_eq!(bind, ["127.0.0.1", "::1", "0.0.0.0"]);
    assert_eq!(s.ready_file, "ready.txt");
    assert_eq!(s.limits.max_retained_bytes, 4_000_000_000);
    assert!(s.session.queue_qos0);
    assert!(!s.capabilities.retain_available);
    assert_eq!(s.shared.strategy, Strategy::LeastInflight);
    assert_eq!(
        s.auth.users,
        [User::new("alice", "se:cret"), User::new("bob", "x")]
    );
    assert_eq!(s.auth.mechanisms, []);
    assert_eq!(s.access.deny_publish, ["a,b/#", "c/+"]);
    assert_eq!(s.access.deny_subscribe, ["a/#", "b"]);
    assert_eq!(s.engine.seed, 9_223_372_036_854_775_807);
}

#[test]
fn a_file_may_hold_every_type() {
    let text = r#"
        bind = "0.0.0.0"
        [shared]
        strategy = "sticky"
        [engine]
        kind = "native"
        seed = 0xFF
        [[auth.users]]
        name = "alice"
        password = "secret"
        [[auth.users]]
        name = "bob"
        password = ""
    "#;
    let s = Loader::new()
        .file(file("types.toml", text))
        .load()
        .unwrap()
        .settings;
    assert_eq!(s.bind, ["0.0.0.0".parse::<IpAddr>().unwrap()]);
    assert_eq!(
        (s.shared.strategy, s.engine.kind, s.engine.seed),
        (Strategy::Sticky, EngineKind::Native, 255)
    );
    assert_eq!(s.auth.users, [User::new("alice", "secret"), User::new("bob", "")]);
    assert_eq!(s.auth.mechanisms, Mechanism::ALL);
}

#[test]
fn a_program_sets_fields_by_name() {
    let mut s = BrokerSettings::default();
    settings::set(&mut s, "limits.max_connections", 5).unwrap();
    settings::set(&mut s, "port", "0").unwrap();
    settings::set(&mut s, "bind", vec![IpAddr::from([0, 0, 0, 0])]).unwrap();
    settings::set(&mut s, "session.queue_qos0", true).unwrap();
    settings::set(&mut s, "auth.users", "alice:secret").unwrap();
    assert_eq!(
        (s.limits.max_connections, s.port, s.session.queue_qos0),
        (5, 0, true)
    );
    assert_eq!(s.bind.len(), 1);
    assert_eq!(s.auth.users, [User::new("alice", "secret")]);
    s.check().unwrap();
}

#[test]
fn every_key_can_be_set_to_its_default_by_name() {
    // The defaults as texts: what `--print-config` prints, line by line.
    let printed: toml::Table = Loader::new().load().unwrap().print().parse().unwrap();
    let mut s = BrokerSettings::default();
    for doc in settings::keys() {
        let section = if doc.section().is_empty() {
            &printed
        } else {
            printed[doc.section()].as_table().unwrap()
        };
        let text = match &section[doc.name()] {
            toml::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        settings::set(&mut s, doc.key, text.as_str()).unwrap_or_else(|error| panic!("{}: {error}", doc.key));
    }
    assert_eq!(s, BrokerSettings::default());
}
