//! The keys that say what stands behind the front door, held against each other.

use crate::common::file;
use settings::Loader;

#[test]
fn only_one_thing_stands_behind_the_front_door() {
    let conflict = |text: &str| {
        let error = Loader::new().file(file("behind.toml", text)).load().unwrap_err();
        error.to_string()
    };
    let both = conflict("[engine]\nkind = \"rumqttd\"\n[upstream]\nurl = \"mqtt://localhost\"\n");
    assert!(
        both.contains("engine.kind") && both.contains("upstream.url"),
        "{both}"
    );
    let no_url = conflict("[upstream]\nurl = \"localhost:1883\"\n");
    assert!(
        no_url.contains("upstream.url") && no_url.contains("mqtt://HOST:PORT"),
        "{no_url}"
    );
    for url in ["http://joe:hunter2@127.0.0.1:1/x", "http://hunter2@[::1]/x?a@b"] {
        let with_login = conflict(&format!("[auth]\nhttp_url = \"{url}\"\n"));
        assert!(
            with_login.contains("auth.http_url") && !with_login.contains("hunter2"),
            "{with_login}"
        );
    }
    let nothing_to_pass = conflict("[upstream]\nurl = \"mqtt://localhost\"\ntls = \"pass_through\"\n");
    assert!(nothing_to_pass.contains("upstream.tls"), "{nothing_to_pass}");
    let mounted = "[[listener]]\nport = 0\nmount_point = \"house/\"\n";
    for behind in [
        "[upstream]\nurl = \"mqtt://localhost\"\n",
        "[engine]\nkind = \"rumqttd\"\n",
    ] {
        let not_kept = conflict(&format!("{behind}{mounted}"));
        assert!(
            not_kept.contains("listener[0]") && not_kept.contains("only the native engine keeps them"),
            "{not_kept}"
        );
    }
    let not_its = conflict(
        "[engine]\nkind = \"rumqttd\"\n[rumqttd]\nshared_subscriptions_strategy = \"least_inflight\"\n",
    );
    assert!(not_its.contains("round_robin"), "{not_its}");
}
