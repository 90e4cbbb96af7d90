//! `[tls]`, `[websocket]` and `[[listener]]`: what they come to, and what of them does not go together.

use crate::common::{file, said_of_file, said_of_variable};
use settings::{Accepts, BrokerSettings, Listener, ListenerPlan, Loader, Preset, Tls, TlsVersion};

fn plans(name: &str, text: &str) -> Vec<ListenerPlan> {
    let loaded = Loader::new().file(file(name, text)).load();
    loaded
        .unwrap_or_else(|error| panic!("{error}"))
        .settings
        .listeners()
}

#[test]
fn the_main_port_takes_everything_and_the_others_come_in_order() {
    let text = "port = 7\nbind = \"::1\"\n[tls]\nlisten = true\n[websocket]\nlisten = true\n\
                [[listener]]\nport = 8884\n[[listener]]\nsocket = \"x.sock\"\nname = \"here\"\naccepts = \"tcp\"\n";
    let plans = plans("order.toml", text);
    let said: Vec<(&str, &str, u16)> = plans
        .iter()
        .map(|plan| (&*plan.name, &*plan.key, plan.port))
        .collect();
    assert_eq!(
        said,
        [
            ("main", "port", 7),
            ("tls", "tls.port", 8883),
            ("ws", "websocket.port", 9001),
            ("listener-1", "listener[0].port", 8884),
            ("here", "listener[1].socket", 0),
        ]
    );
    let accepts: Vec<Vec<&str>> = plans
        .iter()
        .map(|plan| plan.accepts.iter().map(|accepts| accepts.name()).collect())
        .collect();
    let all = vec!["tcp", "tls", "ws", "wss", "http", "https"];
    assert_eq!(
        accepts,
        [
            all.clone(),
            vec!["tls", "wss"],
            vec!["ws", "wss"],
            all,
            vec!["tcp"]
        ]
    );
    assert_eq!(plans[3].bind, plans[0].bind);
    assert_eq!(plans[4].socket.as_deref(), Some(std::path::Path::new("x.sock")));
}

#[test]
fn a_listener_says_what_differs_from_tls_at_large() {
    let text = "[tls]\ncert_file = \"a.pem\"\nkey_file = \"a.key\"\nmin_version = \"1.3\"\nuse_subject_as_username = true\n\
                [[listener]]\nport = 1\npreset = \"revoked\"\nuse_identity_as_username = true\n\
                [[listener]]\nport = 2\nca_file = \"ca.pem\"\nrequire_certificate = true\n";
    let [main, revoked, asking] = <[ListenerPlan; 3]>::try_from(plans("differs.toml", text)).unwrap();
    assert_eq!(main.tls.cert_file, "a.pem");
    let expected = Tls {
        preset: Preset::Revoked,
        min_version: TlsVersion::Tls13,
        use_identity_as_username: true,
        ..Tls::default()
    };
    assert_eq!(revoked.tls, expected);
    let expected = Tls {
        ca_file: "ca.pem".to_owned(),
        require_certificate: true,
        ..main.tls
    };
    assert_eq!(asking.tls, expected);

    let text =
        "[tls]\npreset = \"expired\"\n[[listener]]\nport = 1\ncert_file = \"a.pem\"\nkey_file = \"a.key\"\n";
    let [_, own] = <[ListenerPlan; 2]>::try_from(plans("own.toml", text)).unwrap();
    assert_eq!((own.tls.preset, &*own.tls.cert_file), (Preset::Valid, "a.pem"));
}

#[test]
fn ports_that_nobody_chose_are_free_ones_where_the_main_port_is() {
    let ports = |loader: Loader| {
        let settings = loader.load().unwrap().settings;
        (settings.port, settings.tls.port, settings.websocket.port)
    };
    assert_eq!(ports(Loader::new()), (1883, 8883, 9001));
    assert_eq!(ports(Loader::new().flag("-p", "port", 0)), (0, 0, 0));
    let given = Loader::new()
        .flag("-p", "port", 0)
        .flag("--tls", "tls.port", 8883);
    assert_eq!(ports(given), (0, 8883, 0));
}

#[test]
fn a_variable_gives_listeners_by_their_ports_or_as_in_a_file() {
    let listeners = |value: &str| {
        let loader = Loader::new().env_from([("CITRONELLA_LISTENER", value)]);
        loader.load().unwrap().settings.listener
    };
    assert_eq!(listeners("8884, 0"), [Listener::port(8884), Listener::port(0)]);
    let expired = Listener {
        preset: Some(Preset::Expired),
        accepts: vec![Accepts::Tls],
        ..Listener::port(1)
    };
    assert_eq!(
        listeners(r#"[{ port = 1, preset = "expired", accepts = "tls" }]"#),
        [expired]
    );
    let part = Loader::new()
        .env_from([("CITRONELLA_LISTENER__0__SOCKET", "a.sock")])
        .load()
        .unwrap();
    assert_eq!(part.settings.listener, [Listener::socket("a.sock")]);
    assert_eq!(
        said_of_variable("CITRONELLA_LISTENER", "here"),
        "environment CITRONELLA_LISTENER: `listener[0].port` is \"here\"; expected an integer from 0 to 65535"
    );
}

#[test]
fn what_is_shown_of_a_listener_is_what_was_said_and_can_be_fed_back() {
    let text = "[[listener]]\nport = 8884\npreset = \"expired\"\n";
    let loaded = Loader::new()
        .file(file("shown.toml", text))
        .flag("--set", "listener[0].name", "old")
        .load()
        .unwrap();
    let printed = loaded.print();
    assert!(
        printed.contains("preset = \"expired\"") && !printed.contains("ca_path = null"),
        "{printed}"
    );
    let again = Loader::new()
        .file(file("shown_again.toml", &printed))
        .load()
        .unwrap();
    assert_eq!(again.settings, loaded.settings);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = "port = 8883\n\n[tls]\nlisten = true\nkey_file = \"a.key\"\npreset = \"expired\"\n\n\
                [[listener]]\n\n[[listener]]\nport = 1\nsocket = \"a.sock\"\naccepts = []\n\n\
                [[listener]]\nsocket = \"a.sock\"\nname = \"tls\"\n";
    assert_eq!(
        said_of_file("together.toml", text),
        "8 problems in the settings:\n  \
         together.toml:5: `tls.key_file` is set, but `cert_file` is not; set the certificate of the key, too\n  \
         together.toml:6: `tls.preset` is \"expired\", which is for certificates that the broker makes, and `cert_file` \
         or `key_file` names one of your own; leave one of them out\n  \
         together.toml:8: `listener[0]` has neither `port` nor `socket`; expected one of them, such as port = 8884\n  \
         together.toml:11: `listener[1].port` is given beside `socket`; leave one of them out\n  \
         together.toml:13: `listener[1].accepts` is an empty list; expected some of \"tcp\", \"tls\", \"ws\", \
         \"wss\", \"http\", \"https\"\n  \
         default: `tls.port` is 8883, where the listener \"main\" is already (`port`)\n  \
         together.toml:17: `listener[2].name` is \"tls\", as another listener is called already\n  \
         together.toml:16: `listener[2].socket` is that of the listener \"listener-2\", too"
    );
}

/// What the check says of these settings.
fn said_of(listener: Listener, tls: Tls) -> String {
    let settings = BrokerSettings {
        listener: vec![listener],
        tls,
        ..BrokerSettings::default()
    };
    let error = settings.check().expect_err("these settings are wrong");
    error.to_string().replace("the program: ", "")
}

#[test]
fn each_mistake_in_a_listener_says_what_would_be_right() {
    let yes = Some(true);
    let own = |listener: Listener| Listener {
        cert_file: Some("a.pem".to_owned()),
        key_file: Some("a.key".to_owned()),
        ..listener
    };
    let port = || Listener::port(8884);
    for (listener, words) in [
        (
            Listener::port(1883),
            "`listener[0].port` is 1883, where the listener \"main\" is already (`port`)",
        ),
        (
            Listener {
                bind: Some(vec!["0.0.0.0".parse().unwrap()]),
                ..Listener::port(1883)
            },
            "`listener[0].port` is 1883, where",
        ),
        (
            Listener::socket("x".repeat(108)),
            "`listener[0].socket` has 108 bytes; the system takes at most ",
        ),
        (
            Listener {
                bind: Some(vec!["::1".parse().unwrap()]),
                ..Listener::socket("a.sock")
            },
            "`listener[0].bind` is given beside `socket`, which has no addresses; leave it out",
        ),
        (
            Listener {
                accepts: vec![Accepts::Tcp],
                preset: Some(Preset::Expired),
                ..port()
            },
            "`listener[0].preset` is given, but its `accepts` has none of \"tls\", \"wss\" and \"https\"",
        ),
        (
            Listener {
                preset: Some(Preset::Expired),
                ..own(port())
            },
            "`listener[0].preset` is \"expired\", which is for certificates that the broker makes",
        ),
        (
            Listener {
                require_certificate: yes,
                ..own(port())
            },
            "`listener[0].require_certificate` is true and the certificate is one of your own",
        ),
        (
            Listener {
                use_identity_as_username: yes,
                use_subject_as_username: yes,
                ..port()
            },
            "`listener[0].use_subject_as_username` is true, and so is `use_identity_as_username`",
        ),
        (
            Listener {
                key_file: None,
                ..own(port())
            },
            "`listener[0].cert_file` is set, but `key_file` is not",
        ),
        (
            Listener {
                name: "main".to_owned(),
                ..port()
            },
            "`listener[0].name` is \"main\", as another",
        ),
        (
            Listener {
                name: "a b".to_owned(),
                ..port()
            },
            "`listener[0].name` is \"a b\"; expected letters, digits, `-`, `_` and `.`, such as \"expired\"",
        ),
        (
            Listener {
                alpn: Some(vec![String::new()]),
                ..port()
            },
            "`listener[0].alpn[0]` is \"\", which is not allowed; expected the name of a protocol: 1 to 255 bytes",
        ),
    ] {
        let said = said_of(listener, Tls::default());
        assert!(said.starts_with(words) && !said.contains('\n'), "{said}");
    }
    let other = Listener {
        bind: Some(vec!["127.0.0.2".parse().unwrap()]),
        ..Listener::port(1883)
    };
    let settings = BrokerSettings {
        listener: vec![other],
        ..BrokerSettings::default()
    };
    assert!(settings.check().is_ok(), "another address is another place");
}

#[test]
fn words_of_ways_are_held_against_those_there_are() {
    assert_eq!(
        said_of_file(
            "words.toml",
            "[websocket]\norigins = [\"app.example\", \"https://a.example/x\"]\n\n[tls]\nmin_version = \"1.1\"\n\n\
             [[listener]]\nport = 1\naccepts = [\"mqtt\"]\nproxy_protocol = \"v1\"\n[[listeners]]\nport = 2\n"
        ),
        "6 problems in the settings:\n  \
         words.toml:2: `websocket.origins[0]` is \"app.example\", which is not allowed; expected an origin: \
         \"https://app.example\", with the port behind it if the page has another one than its scheme; or \"file://\", \
         \"null\", \"*\"\n  \
         words.toml:2: `websocket.origins[1]` is \"https://a.example/x\", which is not allowed; expected an origin: \
         \"https://a.example\", without what follows the host and port\n  \
         words.toml:5: `tls.min_version` is \"1.1\", which is not allowed; expected \"1.2\" or \"1.3\"\n  \
         words.toml:9: `listener[0].accepts[0]` is \"mqtt\", which is not allowed; expected \"tcp\", \"tls\", \"ws\", \
         \"wss\", \"http\" or \"https\"\n  \
         words.toml:10: `listener[0].proxy_protocol` is \"v1\"; expected true or false\n  \
         words.toml:11: unknown key `listeners`; did you mean `listener`?"
    );
}

#[test]
fn a_listener_says_what_differs_for_its_clients() {
    use settings::{ClientRules, MqttVersion};

    let text = "[session]\ntopic_alias_maximum = 7\nassigned_client_id_prefix = \"guest-\"\n[capabilities]\nmaximum_qos = 1\n\
                [[listener]]\nport = 1\n[[listener]]\nport = 2\nmax_connections = 3\nmaximum_qos = 2\ntopic_alias_maximum = 0\n\
                use_username_as_client_id = true\nmount_point = \"house/\"\nmqtt_versions = [\"3.1.1\", \"5.0\"]\nallow_empty_client_id = false\n\
                assigned_client_id_prefix = \"lamp-\"\n";
    let [main, same, other] = <[ListenerPlan; 3]>::try_from(plans("clients.toml", text)).unwrap();
    let expected = ClientRules {
        max_connections: None,
        mqtt_versions: MqttVersion::ALL.to_vec(),
        mount_point: String::new(),
        maximum_qos: 1,
        topic_alias_maximum: 7,
        use_username_as_client_id: false,
        allow_empty_client_id: true,
        assigned_client_id_prefix: "guest-".to_owned(),
    };
    assert_eq!((&main.clients, &same.clients), (&expected, &expected));
    let expected = ClientRules {
        max_connections: Some(3),
        mqtt_versions: vec![MqttVersion::V311, MqttVersion::V5],
        mount_point: "house/".to_owned(),
        maximum_qos: 2,
        topic_alias_maximum: 0,
        use_username_as_client_id: true,
        allow_empty_client_id: false,
        assigned_client_id_prefix: "lamp-".to_owned(),
    };
    assert_eq!(other.clients, expected);
    for wrong in ["house/+/", "#", "$share/g/"] {
        let text = format!("[[listener]]\nport = 1\nmount_point = \"{wrong}\"\n");
        let said = said_of_file("mount_point.toml", &text);
        assert!(said.contains("such as \"house/\""), "{said}");
    }
    for text in [
        format!(
            "[session]\nassigned_client_id_prefix = \"{}\"\n",
            "x".repeat(1025)
        ),
        format!(
            "[[listener]]\nport = 1\nassigned_client_id_prefix = \"{}\"\n",
            "x".repeat(1025)
        ),
    ] {
        let said = said_of_file("prefix.toml", &text);
        assert!(said.contains("expected at most 1024 bytes"), "{said}");
    }
    let said = said_of_file("versions.toml", "[[listener]]\nport = 1\nmqtt_versions = []\n");
    assert!(
        said.contains("expected some of \"3.1\", \"3.1.1\", \"5.0\""),
        "{said}"
    );
}

#[test]
fn a_listener_says_what_differs_for_its_ways_in() {
    let text = "[websocket]\nmax_header_bytes = 1024\n[tls]\nciphers = [\"HIGH\"]\n[[listener]]\nport = 1\n[[listener]]\nport = 2\n\
                origins = [\"*\"]\nmax_header_bytes = 600\nmax_version = \"1.2\"\nciphers = [\"ECDHE-RSA-AES128-GCM-SHA256\"]\n\
                proxy_protocol = true\nproxy_protocol_v2_require_tls = true\n";
    let [_, same, other] = <[ListenerPlan; 3]>::try_from(plans("ways_in.toml", text)).unwrap();
    assert_eq!(
        (&*same.origins, same.max_header_bytes),
        (&["file://".to_owned()][..], 1024)
    );
    assert_eq!(
        (same.tls.max_version, &*same.tls.ciphers),
        (TlsVersion::Tls13, &["HIGH".to_owned()][..])
    );
    assert_eq!(
        (&*other.origins, other.max_header_bytes),
        (&["*".to_owned()][..], 600)
    );
    assert_eq!(other.tls.max_version, TlsVersion::Tls12);
    assert_eq!(other.tls.ciphers, ["ECDHE-RSA-AES128-GCM-SHA256"]);
    assert!(other.proxy_protocol_v2_require_tls && !same.proxy_protocol_v2_require_tls);
    for (text, right) in [
        (
            "port = 1\nmin_version = \"1.3\"\nmax_version = \"1.2\"\n",
            "leave one of them out",
        ),
        (
            "port = 1\nproxy_protocol_v2_require_tls = true\n",
            "`proxy_protocol` is not; set that, too",
        ),
        (
            "socket = \"x\"\nbind_interface = \"lo\"\n",
            "which has no interface",
        ),
        (
            "port = 1\nciphers = [\"\"]\n",
            "expected the name of a cipher suite: printable ASCII",
        ),
    ] {
        let said = said_of_file("ways_in_wrong.toml", &format!("[[listener]]\n{text}"));
        assert!(said.contains(right), "{said}");
    }
}
