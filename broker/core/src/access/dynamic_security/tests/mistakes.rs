//! Each mistake is told with its place and what would be right.

use super::super::DynamicSecurity;

fn told(text: &str) -> String {
    DynamicSecurity::read(text).expect_err("it is wrong").to_string()
}

#[test]
fn what_is_no_json_is_told_with_its_line() {
    assert_eq!(
        told("{\n  \"clients\": [\n"),
        "3: `clients`: EOF while parsing a list"
    );
    assert_eq!(told("{}\nmore"), "2: trailing characters");
    assert_eq!(told("[]"), "1: invalid type: sequence, expected struct Document");
}

#[test]
fn a_value_of_a_wrong_kind_is_told_with_its_path() {
    let text =
        "{\"clients\": [\n{\"username\": \"a\", \"roles\": [{\"rolename\": \"r\", \"priority\": \"1\"}]}]}";
    assert_eq!(
        told(text),
        "2: `clients[0].roles[0].priority`: invalid type: string \"1\", expected i32"
    );
    assert_eq!(
        told("{\"clients\": [{\n\"username\": \"\"}]}"),
        "2: `clients[0].username`: a name is not empty"
    );
    let rule = |acltype: &str, topic: &str| {
        told(&format!(
            "{{\"roles\": [\n{{\"rolename\": \"r\", \"acls\": [\n{{\"acltype\": {acltype:?}, \"topic\": {topic:?}}}]}}]}}"
        ))
    };
    assert_eq!(
        rule("publish", "a"),
        "3: `roles[0].acls[0].acltype`: \"publish\" is no acltype; there are publishClientSend, publishClientReceive, \
         subscribeLiteral, subscribePattern, unsubscribeLiteral, unsubscribePattern"
    );
    assert!(
        rule("publishClientSend", "a/#/b")
            .starts_with("3: `roles[0].acls[0].topic`: \"a/#/b\" is no topic filter: ")
    );
}

#[test]
fn parts_that_do_not_fit_together_are_told() {
    for (text, words) in [
        (
            "{\"clients\": [{\"username\": \"a\",\n\"roles\": [{\n\"rolename\": \"r\"}]}]}",
            "3: `clients[0].roles[0].rolename`: there is no role \"r\" among `roles`",
        ),
        (
            "{\"clients\": [{\"username\": \"a\"},\n{\"username\": \"a\"}]}",
            "2: `clients[1].username`: the client \"a\" is there twice: keep one of them",
        ),
        (
            "{\"groups\": [{\"groupname\": \"g\",\n\"clients\": [{\"username\": \"a\"}]}]}",
            "2: `groups[0].clients[0].username`: there is no client \"a\" among `clients`",
        ),
        (
            "{\n\n\"anonymousGroup\": \"g\"}",
            "3: `anonymousGroup`: there is no group \"g\" among `groups`",
        ),
        (
            "{\"roles\": [{\"rolename\": \"r\", \"acls\": [{\"acltype\": \"subscribeLiteral\", \"topic\": \"a\"},\n\
             {\"acltype\": \"subscribeliteral\", \"topic\": \"a\"}]}]}",
            "2: `roles[0].acls[1].topic`: a second subscribeLiteral rule of \"a\" in role \"r\": keep one",
        ),
    ] {
        assert_eq!(told(text), words);
    }
}

#[test]
fn a_wrong_password_is_told_without_showing_it() {
    for (key, value, words) in [
        (
            "password",
            "\"c2VjcmV0\"",
            "expected 64 bytes in Base64 (PBKDF2 with SHA-512)",
        ),
        ("salt", "\"!secret!\"", "expected Base64"),
        ("iterations", "0", "0 is not allowed; expected 1 or more"),
    ] {
        let hash =
            "\"b+H7z+VCO6Rb+/CCZn3gsi39n5Btz75IxBB7o0Sc6lpqbvyiGcPu+8s64h4i9H12yzWBiZH5UbHqTQDKDLMEjg==\"";
        let mut fields = [
            ("password", hash),
            ("salt", "\"vbeNl7cSpIPOayKc\""),
            ("iterations", "101"),
        ];
        for field in &mut fields {
            if field.0 == key {
                field.1 = value;
            }
        }
        let fields = fields
            .map(|(key, value)| format!("\"{key}\": {value}"))
            .join(",\n");
        let told = told(&format!("{{\"clients\": [{{\"username\": \"a\",\n{fields}}}]}}"));
        assert!(told.contains(&format!("`clients[0].{key}`: {words}")), "{told}");
        assert!(!told.contains("secret") && !told.contains("c2Vj"), "{told}");
    }
    let told = told("{\"clients\": [{\"username\": \"a\", \"password\": 12345}]}");
    assert_eq!(told, "1: `clients[0].password`: expected a text");
}
