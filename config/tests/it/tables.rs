//! Lists of tables through the layers: `[[auth.users]]`.

use crate::common::{file, said_of_flag, said_of_variable, text};
use settings::{Loader, Origin, User};

const PASSWORD: &str = "CITRONELLA_AUTH__USERS__0__PASSWORD";
const TWO: &str = "[[auth.users]]\nname = \"ann\"\npassword = \"one\"\n\n[[auth.users]]\nname = \"bob\"\npassword = \"two\"\n";

fn at(path: &std::path::Path, line: usize) -> Origin {
    Origin::File {
        path: path.to_owned(),
        line: Some(line),
    }
}

#[test]
fn a_later_layer_replaces_the_whole_list() {
    let loaded = Loader::new()
        .file(file("tables_whole.toml", TWO))
        .env_from([("CITRONELLA_AUTH__USERS", "eve:three")])
        .load()
        .unwrap();
    assert_eq!(loaded.settings.auth.users, [User::new("eve", "three")]);
    let variable = Origin::Env("CITRONELLA_AUTH__USERS".to_owned());
    assert_eq!(*loaded.origin("auth.users[0].password"), variable);
}

#[test]
fn a_part_changes_one_key_of_one_table_and_has_an_origin_of_its_own() {
    let path = file("tables_part.toml", TWO);
    let loaded = Loader::new()
        .file(&path)
        .env_from([(PASSWORD, "three")])
        .flag("--set", "auth.users[1].name", "bill")
        .load()
        .unwrap();
    assert_eq!(
        loaded.settings.auth.users,
        [User::new("ann", "three"), User::new("bill", "two")]
    );
    assert_eq!(*loaded.origin("auth.users"), at(&path, 1));
    assert_eq!(*loaded.origin("auth.users[0].name"), at(&path, 2));
    assert_eq!(
        *loaded.origin("auth.users[0].password"),
        Origin::Env(PASSWORD.to_owned())
    );
    assert_eq!(*loaded.origin("auth.users[1]"), at(&path, 5));
    assert_eq!(
        *loaded.origin("auth.users[1].name"),
        Origin::Flag("--set".to_owned())
    );

    let printed = loaded.print();
    let (_, users) = printed.split_once("[[auth.users]]").unwrap();
    let (users, _) = users.split_once("\n\n").unwrap();
    let words: Vec<String> = users
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let path = path.display();
    assert_eq!(
        words,
        [
            format!("# {path}:1"),
            format!("name = \"ann\" # {path}:2"),
            format!("password = \"***\" # environment {PASSWORD}"),
            format!("[[auth.users]] # {path}:5"),
            "name = \"bill\" # flag --set".to_owned(),
            format!("password = \"***\" # {path}:7"),
        ]
    );
    assert!(printed.parse::<toml::Table>().is_ok(), "{printed}");

    let printed: serde_json::Value = serde_json::from_str(&loaded.print_json()).unwrap();
    let parts = &printed["auth.users"]["parts"];
    assert_eq!(
        parts["[0].password"],
        serde_json::json!({ "from": "environment", "name": PASSWORD })
    );
    assert_eq!(parts["[1]"]["line"], 5);
}

#[test]
fn what_a_file_leaves_out_the_environment_may_give() {
    let path = file("tables_open.toml", "[[auth.users]]\nname = \"ann\"\n");
    let said = text(Loader::new().file(&path).load());
    assert_eq!(
        said,
        r#"tables_open.toml:1: `auth.users[0]` has no password; expected { name = "…", password = "…" }"#
    );
    let loaded = Loader::new()
        .file(path)
        .env_from([(PASSWORD, "one")])
        .load()
        .unwrap();
    assert_eq!(loaded.settings.auth.users, [User::new("ann", "one")]);
}

#[test]
fn a_hash_may_stand_in_place_of_a_password() {
    let path = file(
        "tables_hash.toml",
        "[[auth.users]]\nname = \"ann\"\npassword_hash = \"$6$x\"\n[[auth.users]]\nname = \"bob\"\n",
    );
    let loaded = Loader::new()
        .file(path)
        .env_from([("CITRONELLA_AUTH__USERS__1__PASSWORD_HASH", "$7$y")])
        .load()
        .unwrap();
    let users = &loaded.settings.auth.users;
    assert_eq!(*users, [User::hashed("ann", "$6$x"), User::hashed("bob", "$7$y")]);
    for text in [
        loaded.print(),
        loaded.print_json(),
        format!("{:?}", loaded.settings),
    ] {
        assert!(!text.contains("$6$") && !text.contains("$7$"), "{text}");
    }
    let both = file(
        "tables_both.toml",
        "[[auth.users]]\nname = \"ann\"\npassword = \"one\"\npassword_hash = \"$6$x\"\n",
    );
    assert_eq!(
        text(Loader::new().file(both).load()),
        r#"tables_both.toml:1: `auth.users` has a password and a password_hash of "ann"; expected one of the two"#
    );
    let masked = file(
        "tables_masked.toml",
        "[[auth.users]]\nname = \"ann\"\npassword_hash = \"***\"\n",
    );
    assert!(text(Loader::new().file(masked).load()).contains("write the real one"));
    let mut settings = settings::BrokerSettings::default();
    settings.auth.users = vec![User::default()];
    let error = settings.check().unwrap_err().to_string();
    assert!(
        error.contains("neither a password nor a password_hash"),
        "{error}"
    );
}

#[test]
fn parts_add_the_next_table_whatever_the_order_of_the_variables() {
    let next = |name: &str| format!("CITRONELLA_AUTH__USERS__1__{name}");
    let loaded = Loader::new()
        .env_from([
            (next("PASSWORD"), "two"),
            (next("NAME"), "bob"),
            ("CITRONELLA_AUTH__USERS".to_owned(), "ann:one"),
        ])
        .load()
        .unwrap();
    assert_eq!(
        loaded.settings.auth.users,
        [User::new("ann", "one"), User::new("bob", "two")]
    );
}

#[test]
fn a_wrong_part_says_what_is_wrong_and_never_the_value() {
    assert_eq!(
        said_of_variable("CITRONELLA_AUTH__USERS__0__PASWORD", "hunter2"),
        "environment CITRONELLA_AUTH__USERS__0__PASWORD: unknown key `auth.users[0].pasword`; did you mean \
         `CITRONELLA_AUTH__USERS__0__PASSWORD`?"
    );
    assert_eq!(
        said_of_variable("CITRONELLA_AUTH__USERS__0", "ann:hunter2"),
        "environment CITRONELLA_AUTH__USERS__0: unknown key `auth.users[0]`; a part of the list is named like \
         `CITRONELLA_AUTH__USERS__0__NAME`"
    );
    assert_eq!(
        said_of_variable(PASSWORD, "hunter2"),
        format!(
            "environment {PASSWORD}: `auth.users[0]` has no name; expected {{ name = \"…\", password = \"…\" }}"
        )
    );
    assert_eq!(
        said_of_flag("auth.users[3].name", "ann"),
        "flag --flag: `auth.users[3]` is given, but the list has 0; the next one is `auth.users[0]`"
    );
    assert_eq!(
        said_of_flag("auth.users[0].password", 7),
        "2 problems in the settings:\n  \
         flag --flag: `auth.users[0].password` is an integer; expected a text\n  \
         flag --flag: `auth.users[0]` has no name; expected { name = \"…\", password = \"…\" }"
    );
    let mut settings = settings::BrokerSettings::default();
    let error = settings::set(&mut settings, "auth.users[0].name", "ann").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the program: `auth.users[0].name` is a part of a list; set the field itself, or the whole list"
    );
}
