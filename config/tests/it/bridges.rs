//! What is wrong with several bridges together.

use crate::common::{file, said_of_file};
use settings::Loader;

/// Two bridges that are one client of this broker would throw each other out without end.
#[test]
fn two_bridges_of_one_client_identifier_are_refused() {
    let two = |one: &str, other: &str| {
        format!(
            "[[bridge]]\nname = \"one\"\naddresses = [\"mqtt://a:1883\"]\ntopics = [\"a/# out 1\"]\n{one}\n\
             [[bridge]]\nname = \"two\"\naddresses = [\"mqtt://b:1883\"]\ntopics = [\"b/# out 1\"]\n{other}\n"
        )
    };
    let why = "is that of a bridge before it: here both would be one client, and throw each other out; give one of them a \
               `local_client_id`";
    for (one, other, key) in [
        ("client_id = \"house\"", "client_id = \"house\"", "client_id"),
        (
            "client_id = \"house\"",
            "local_client_id = \"local.house\"",
            "local_client_id",
        ),
        (
            "local_client_id = \"x\"",
            "client_id = \"y\"\nlocal_client_id = \"x\"",
            "local_client_id",
        ),
    ] {
        let said = said_of_file("two_bridges.toml", &two(one, other));
        assert!(said.starts_with("two_bridges.toml:1"), "{said}");
        assert!(said.ends_with(&format!("`bridge[1].{key}` {why}")), "{said}");
    }
    for (one, other) in [
        (
            "client_id = \"house\"",
            "client_id = \"house\"\nlocal_client_id = \"another\"",
        ),
        ("client_id = \"house\"", "client_id = \"plant\""),
        ("", ""),
    ] {
        let path = file("two_good_bridges.toml", &two(one, other));
        let loaded = Loader::new().file(&path).load();
        assert_eq!(
            loaded.map(|it| it.settings.bridge.len()).ok(),
            Some(2),
            "{one} {other}"
        );
    }
}
