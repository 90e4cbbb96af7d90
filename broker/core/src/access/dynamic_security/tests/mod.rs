//! Files of the plugin: read, changed by commands, and written; and what they make of users and rights.

mod commands;
mod mistakes;
mod rights;

use super::DynamicSecurity;

/// A file as mosquitto 2.0 writes it.
const FILE: &str = include_str!("../../../../tests/data/dynamic-security.json");

fn file() -> DynamicSecurity {
    DynamicSecurity::read(FILE).expect("it is a good file")
}

#[test]
fn a_file_is_written_as_it_was_read() {
    let written: serde_json::Value = serde_json::from_str(&file().to_json()).expect("it is JSON");
    let read: serde_json::Value = serde_json::from_str(FILE).expect("it is JSON");
    assert_eq!(written, read);
    assert!(
        file()
            .to_json()
            .starts_with("{\n\t\"clients\": [\n\t\t{\n\t\t\t\"username\": \"admin\"")
    );
}

#[test]
fn what_is_not_known_is_kept() {
    let text = r#"{"changeIndex": 7, "clients": [{"username": "a", "textName": "A", "roles": []}],
        "roles": [{"rolename": "r", "allowwildcardsubs": false, "acls": [], "mine": {"x": 1}}]}"#;
    let written = DynamicSecurity::read(text).expect("it is good").to_json();
    let written: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(written["changeIndex"], 7);
    assert_eq!(written["clients"][0]["textName"], "A");
    assert_eq!(written["roles"][0]["mine"]["x"], 1);
    assert_eq!(written["roles"][0]["allowwildcardsubs"], false);
}

#[test]
fn users_have_their_password_their_client_id_and_may_be_disabled() {
    let users = file().users();
    assert!(
        users
            .get("admin")
            .is_some_and(|it| it.password.is_some() && !it.disabled)
    );
    let bob = users.get("bob").expect("he is there");
    assert_eq!((bob.disabled, bob.client_id.as_deref()), (true, Some("bb")));
    let text = r#"{"clients": [{"username": "carl"}]}"#;
    let users = DynamicSecurity::read(text).expect("it is good").users();
    assert_eq!(users.get("carl").map(|it| it.password.is_some()), Some(false));
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?}", file());
    assert!(
        shown.contains("admin") && !shown.contains("kHad0") && !shown.contains("M3W76d"),
        "{shown}"
    );
}
