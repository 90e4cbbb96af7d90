//! What is shown and what is generated: `--print-config`, `docs/CONFIG.md`, `config/broker.toml`.

use std::path::Path;

use crate::common::file;
use settings::{BrokerSettings, Loader, SECTIONS, Secret, User, reference};

/// Compares a generated page with the one in the repository; with `UPDATE_DOCS` set, writes it instead.
fn assert_fresh(path: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a page is in a directory")).unwrap();
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == generated,
        "{} is stale: `UPDATE_DOCS=1 cargo test -p settings` writes it anew",
        path.display()
    );
}

#[test]
fn the_reference_page_is_fresh() {
    assert_fresh("../docs/CONFIG.md", &reference::markdown());
}

#[test]
fn the_page_of_mosquittos_options_is_fresh() {
    assert_fresh("../docs/MOSQUITTO.md", &settings::mosquitto::page::markdown());
}

#[test]
fn the_default_file_is_fresh() {
    assert_fresh("broker.toml", &reference::toml_file());
}

#[test]
fn the_default_file_is_exactly_the_defaults() {
    let loaded = Loader::new()
        .file(file("default.toml", &reference::toml_file()))
        .load()
        .unwrap();
    assert_eq!(loaded.settings, BrokerSettings::default());
    let tables = |key: &&settings::KeyDoc| matches!(key.expect, settings::Expect::Tables(_));
    assert_eq!(
        loaded.origins.len(),
        settings::keys().filter(|key| !tables(key)).count(),
        "every key is in it"
    );
}

#[test]
fn tables_can_be_added_at_the_end_of_the_default_file() {
    let text = reference::toml_file();
    let added = "[[listener]]\nport = 8884\n\n[[acl]]\ntopic = \"a/#\"\n\n[[auth.users]]\nname = \"ann\"\npassword = \"pencil\"\n";
    let loaded = Loader::new()
        .file(file("appended.toml", &format!("{text}\n{added}")))
        .load()
        .unwrap()
        .settings;
    assert_eq!(
        (loaded.listener.len(), loaded.acl.len(), loaded.auth.users.len()),
        (1, 1, 1)
    );
    // The examples are there as comments, and right.
    let example = "# [[listener]]\n# port = 8884\n# preset = \"expired\"\n";
    assert!(text.contains(example), "{text}");
    let lines = |list: &str| -> String {
        let after = text.split(&format!("# [[{list}]]\n")).nth(1).unwrap().lines();
        let lines = after
            .take_while(|line| line.starts_with("# "))
            .map(|line| format!("{}\n", &line[2..]));
        format!("[[{list}]]\n{}\n", lines.collect::<String>())
    };
    let examples: String = ["listener", "acl", "auth.users"]
        .iter()
        .map(|list| lines(list))
        .collect();
    let loaded = Loader::new()
        .file(file("examples.toml", &examples))
        .load()
        .unwrap();
    assert_eq!(
        loaded.settings.auth.users[0],
        User::new("alice", "secret"),
        "{examples}"
    );
}

#[test]
fn every_key_is_documented_once_in_its_section() {
    let mut seen = std::collections::BTreeSet::new();
    for section in SECTIONS {
        assert!(section.what.ends_with('.'), "{}", section.name);
        for doc in section.keys {
            assert_eq!(doc.section(), section.name);
            assert!(
                doc.what.ends_with('.') && !doc.what.starts_with(' '),
                "{}: {:?}",
                doc.key,
                doc.what
            );
            assert!(seen.insert(doc.key), "{} twice", doc.key);
            let counted = ["_secs", "_bytes"].iter().any(|unit| doc.key.ends_with(unit));
            assert!(!counted || !doc.unit.is_empty(), "{} has no unit", doc.key);
            assert!(
                doc.statements
                    .iter()
                    .all(|id| id.starts_with("MQTT5-") || id.starts_with("MQTT311-"))
            );
        }
    }
    // A field that has no doc would be missing here: serde knows every field.
    let fields = serde_json::to_value(BrokerSettings::default()).unwrap();
    let count: usize = fields
        .as_object()
        .unwrap()
        .values()
        .map(|v| v.as_object().map_or(1, serde_json::Map::len))
        .sum();
    assert_eq!(count, seen.len());
}

#[test]
fn print_config_shows_value_and_origin_of_every_key() {
    let path = file("printed.toml", "bind = \"0.0.0.0\"\n");
    let loaded = Loader::new()
        .file(&path)
        .env_from([
            ("CITRONELLA_SYS__INTERVAL_SECS", "0"),
            ("CITRONELLA_AUTH__USERS", "alice:secret"),
        ])
        .flag("--port", "port", 0)
        .load()
        .unwrap();
    let printed = loaded.print();
    let line = |start: &str| {
        let line = printed
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("{start}: {printed}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("port"), "port = 0 # flag --port");
    assert_eq!(
        line("bind"),
        format!("bind = [\"0.0.0.0\"] # {}:1", path.display())
    );
    assert_eq!(
        line("interval_secs"),
        "interval_secs = 0 # environment CITRONELLA_SYS__INTERVAL_SECS"
    );
    assert_eq!(line("max_sessions"), "max_sessions = 100000 # default");
    assert_eq!(
        line("users"),
        "users = [{ name = \"alice\", password = \"***\" }] # environment CITRONELLA_AUTH__USERS"
    );
    assert_eq!(printed.matches(" # ").count(), settings::keys().count());
    // The path of the file may have any word in it.
    let without_paths = printed.replace(&*path.display().to_string(), "");
    assert!(!without_paths.contains("secret"));

    let columns: std::collections::BTreeSet<_> =
        printed.lines().filter_map(|line| line.find("  # ")).collect();
    assert_eq!(columns.len(), 1, "comments stand in one column:\n{printed}");
}

#[test]
fn what_print_config_shows_can_be_fed_back_in() {
    let loaded = Loader::new()
        .flag("--port", "port", 0)
        .flag("--ready", "ready_file", "a \"b\"\\\n\u{7f}ä#")
        .flag("--deny", "access.deny_publish", vec!["a/#", "b"])
        .flag("--bind", "bind", "localhost")
        .flag("--strategy", "shared.strategy", "sticky")
        .flag("--weird\nflag", "engine.seed", 7)
        .load()
        .unwrap();
    let again = Loader::new()
        .file(file("again.toml", &loaded.print()))
        .load()
        .unwrap();
    assert_eq!(again.settings, loaded.settings);
}

#[test]
fn print_json_has_the_same() {
    let path = file("json.toml", "[limits]\nmax_connections = 5\n");
    let loaded = Loader::new()
        .file(&path)
        .flag("-u", "auth.users", "alice:secret")
        .load()
        .unwrap();
    let printed: serde_json::Value = serde_json::from_str(&loaded.print_json()).unwrap();
    assert_eq!(
        printed["limits.max_connections"],
        serde_json::json!({ "value": 5, "origin": { "from": "file", "path": path, "line": 2 } })
    );
    assert_eq!(
        printed["auth.users"],
        serde_json::json!({
            "value": [{ "name": "alice", "password": "***" }],
            "origin": { "from": "flag", "name": "-u" }
        })
    );
    assert_eq!(
        printed["port"],
        serde_json::json!({ "value": 1883, "origin": { "from": "default" } })
    );
    assert_eq!(printed.as_object().unwrap().len(), settings::keys().count());
}

#[test]
fn a_password_is_shown_nowhere() {
    let user = User::new("alice", "secret");
    assert_eq!(
        format!("{user:?}"),
        "User { name: \"alice\", password: Some(***), password_hash: None }"
    );
    assert_eq!(
        serde_json::to_string(&user).unwrap(),
        "{\"name\":\"alice\",\"password\":\"***\",\"password_hash\":null}"
    );
    assert_eq!(
        user.password.as_ref().map(settings::Secret::expose),
        Some("secret")
    );
    assert_ne!(Secret::from("a"), Secret::from("b"));
    let loaded = Loader::new()
        .flag("-u", "auth.users", "alice:secret")
        .load()
        .unwrap();
    assert!(!format!("{loaded:?}").contains("secret"));
}
