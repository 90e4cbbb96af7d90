//! Commands: what they answer, what they change, and whom that concerns.

use serde_json::{Value, json};

use super::super::{Carried, DynamicSecurity, refuse_commands};
use super::file;

fn carry_out(file: &mut DynamicSecurity, commands: &Value) -> Carried {
    let message = json!({ "commands": commands }).to_string();
    file.carry_out(message.as_bytes(), &mut || [7; 12])
}

/// The answers to commands.
fn answers(file: &mut DynamicSecurity, commands: &Value) -> Value {
    let carried = carry_out(file, commands);
    let response: Value = serde_json::from_str(&carried.response).expect("it is JSON");
    response["responses"].clone()
}

fn concerned(carried: &Carried) -> Vec<&str> {
    let names = carried.concerns.iter();
    names.map(|name| name.as_deref().unwrap_or("-")).collect()
}

#[test]
fn what_is_there_is_told_as_the_plugin_tells_it() {
    // The answers are those of mosquitto 2.0.11 with this file.
    let file = &mut file();
    let asked = json!([
        { "command": "listClients", "verbose": true, "correlationData": "c1" },
        { "command": "listRoles", "verbose": true, "count": 1, "offset": 1 },
        { "command": "listGroups", "verbose": true },
        { "command": "listClients", "count": 1 },
        { "command": "getDefaultACLAccess" },
        { "command": "getAnonymousGroup" },
        { "command": "getClient", "username": "nobody" },
    ]);
    let expected = json!([
        { "command": "listClients", "correlationData": "c1", "data": { "totalCount": 2, "clients": [
            { "username": "admin", "textname": "Dynsec admin user", "roles": [{ "rolename": "admin" }], "groups": [] },
            { "username": "bob", "clientid": "bb", "disabled": true, "roles": [{ "rolename": "r1", "priority": 3 }],
              "groups": [{ "groupname": "g", "priority": 4 }] },
        ] } },
        { "command": "listRoles", "data": { "totalCount": 2, "roles": [{ "rolename": "r1", "acls": [
            { "acltype": "publishClientSend", "topic": "a/#", "priority": 5, "allow": true },
            { "acltype": "publishClientSend", "topic": "a/b", "priority": 5, "allow": false },
            { "acltype": "subscribeLiteral", "topic": "x/#", "priority": 0, "allow": true },
        ] }] } },
        { "command": "listGroups", "data": { "totalCount": 1, "groups": [
            { "groupname": "g", "clients": [{ "username": "bob" }], "roles": [{ "rolename": "r1", "priority": 2 }] },
        ] } },
        { "command": "listClients", "data": { "totalCount": 2, "clients": ["admin"] } },
        { "command": "getDefaultACLAccess", "data": { "acls": [
            { "acltype": "publishClientSend", "allow": false },
            { "acltype": "publishClientReceive", "allow": true },
            { "acltype": "subscribe", "allow": false },
            { "acltype": "unsubscribe", "allow": true },
        ] } },
        { "command": "getAnonymousGroup", "data": { "group": { "groupname": "g" } } },
        { "command": "getClient", "error": "Client not found" },
    ]);
    let before = file.clone();
    assert_eq!(answers(file, &asked), expected);
    assert_eq!(*file, before);
}

#[test]
fn what_cannot_be_done_is_told_and_changes_nothing() {
    let file = &mut file();
    let before = file.clone();
    let wrong = [
        (json!({ "command": "nosuch" }), "Unknown command"),
        (json!(5), "Command not an object"),
        (
            json!({ "command": "createClient", "username": "bob" }),
            "Client already exists",
        ),
        (
            json!({ "command": "createClient", "username": "" }),
            "Empty username",
        ),
        (
            json!({ "command": "createClient", "username": 5 }),
            "Invalid/missing username",
        ),
        (
            json!({ "command": "createClient", "username": "c", "roles": [{ "rolename": "no" }] }),
            "Role not found",
        ),
        (
            json!({ "command": "createClient", "username": "c", "groups": [{ "groupname": "no" }] }),
            "Group not found",
        ),
        (
            json!({ "command": "modifyClient", "username": "bob", "textname": "x", "roles": 5 }),
            "'roles' not an array",
        ),
        (
            json!({ "command": "setClientPassword", "username": "bob", "password": "" }),
            "Empty password is not allowed",
        ),
        (
            json!({ "command": "addGroupClient", "groupname": "g", "username": "bob" }),
            "Client is already in this group",
        ),
        (
            json!({ "command": "deleteGroup", "groupname": "g" }),
            "Deleting the anonymous group is forbidden",
        ),
        (json!({ "command": "deleteRole" }), "Invalid/missing rolename"),
        (
            json!({ "command": "modifyRole", "rolename": "zz" }),
            "Role does not exist",
        ),
        (
            json!({ "command": "addRoleACL", "rolename": "r1", "acltype": "subscribe", "topic": "a" }),
            "Unknown acltype",
        ),
        (
            json!({ "command": "addRoleACL", "rolename": "r1", "acltype": "subscribePattern", "topic": "a/#/b" }),
            "Invalid ACL topic",
        ),
        (
            json!({ "command": "addRoleACL", "rolename": "r1", "acltype": "publishClientSend", "topic": "a/#" }),
            "ACL with this topic already exists",
        ),
        (
            json!({ "command": "removeRoleACL", "rolename": "r1", "acltype": "subscribePattern", "topic": "a/#" }),
            "ACL not found",
        ),
    ];
    for (command, words) in wrong {
        let carried = carry_out(file, &json!([command]));
        let response: Value = serde_json::from_str(&carried.response).expect("it is JSON");
        assert_eq!(response["responses"][0]["error"], words, "{command}");
        assert!(!carried.changed && carried.concerns.is_empty(), "{command}");
    }
    assert_eq!(*file, before);
    for (message, words) in [
        ("garbage", "Payload not valid JSON"),
        ("{}", "Invalid/missing commands"),
    ] {
        let expected = json!({ "responses": [{ "command": "Unknown command", "error": words }] });
        let carried = file.carry_out(message.as_bytes(), &mut || [7; 12]);
        assert_eq!(carried.response, expected.to_string());
        assert_eq!(refuse_commands(message.as_bytes(), "no"), expected.to_string());
    }
}

#[test]
fn a_change_is_made_and_concerns_those_whom_it_is_about() {
    let file = &mut file();
    let mut done = |command: Value, concerns: &[&str]| {
        let carried = carry_out(file, &json!([command]));
        let plain = json!({ "responses": [{ "command": command["command"] }] }).to_string();
        assert_eq!(carried.response, plain, "{command}");
        assert!(carried.changed, "{command}");
        assert_eq!(concerned(&carried), concerns, "{command}");
    };
    done(
        json!({ "command": "createClient", "username": "ann", "password": "pencil", "textname": "Ann",
            "roles": [{ "rolename": "r1" }], "groups": [{ "groupname": "g", "priority": 9 }] }),
        &[],
    );
    done(
        json!({ "command": "createRole", "rolename": "r2", "acls": [
        { "acltype": "publishClientSend", "topic": "c", "allow": true }] }),
        &[],
    );
    done(
        json!({ "command": "createGroup", "groupname": "h", "roles": [{ "rolename": "r2", "priority": -1 }] }),
        &[],
    );
    done(
        json!({ "command": "addGroupClient", "groupname": "h", "username": "ann" }),
        &["ann"],
    );
    done(
        json!({ "command": "addClientRole", "username": "bob", "rolename": "r2", "priority": 8 }),
        &["bob"],
    );
    // Of the role: bob has it, ann by her group.
    done(
        json!({ "command": "addRoleACL", "rolename": "r2", "acltype": "subscribePattern", "topic": "c/#", "allow": true,
            "priority": 2 }),
        &["ann", "bob"],
    );
    done(
        json!({ "command": "removeRoleACL", "rolename": "r2", "acltype": "publishClientSend", "topic": "c" }),
        &["ann", "bob"],
    );
    // The anonymous group: clients without a name, too.
    done(
        json!({ "command": "modifyGroup", "groupname": "g", "clients": [{ "username": "admin" }] }),
        &["-", "admin", "ann", "bob"],
    );
    done(
        json!({ "command": "setAnonymousGroup", "groupname": "h" }),
        &["-"],
    );
    done(json!({ "command": "deleteGroup", "groupname": "g" }), &["admin"]);
    done(json!({ "command": "enableClient", "username": "bob" }), &[]);
    done(
        json!({ "command": "setClientId", "username": "bob", "clientid": "" }),
        &["bob"],
    );
    done(
        json!({ "command": "deleteRole", "rolename": "r1" }),
        &["ann", "bob"],
    );
    done(
        json!({ "command": "setDefaultACLAccess", "acls": [{ "acltype": "subscribe", "allow": true }] }),
        &[],
    );
    let written: Value = serde_json::from_str(&file.to_json()).expect("it is JSON");
    // All that is left fits together.
    assert_eq!(DynamicSecurity::read(&file.to_json()).expect("it is good"), *file);
    let without_password = |client: &Value| {
        let mut client = client.clone();
        for key in ["password", "salt", "iterations"] {
            client.as_object_mut().expect("it is one").remove(key);
        }
        client
    };
    let clients: Vec<Value> = written["clients"]
        .as_array()
        .expect("a list")
        .iter()
        .map(without_password)
        .collect();
    assert_eq!(
        clients[1..],
        [
            json!({ "username": "ann", "textname": "Ann", "roles": [] }),
            json!({ "username": "bob", "roles": [{ "rolename": "r2", "priority": 8 }] }),
        ]
    );
    assert_eq!(
        written["groups"],
        json!([{ "groupname": "h", "roles": [{ "rolename": "r2" }], "clients": [{ "username": "ann" }] }])
    );
    assert_eq!(written["defaultACLAccess"]["subscribe"], true);
    assert_eq!(written["anonymousGroup"], "h");
}

#[test]
fn a_password_is_set_in_the_form_that_the_file_has() {
    let file = &mut file();
    answers(
        file,
        &json!([{ "command": "setClientPassword", "username": "bob", "password": "new" }]),
    );
    let written: Value = serde_json::from_str(&file.to_json()).expect("it is JSON");
    assert_eq!(written["clients"][1]["salt"], "BwcHBwcHBwcHBwcH");
    assert_eq!(written["clients"][1]["iterations"], 10_000);
    assert!(!file.to_json().contains("new"));

    let text = r#"{"clients": [{"username": "a", "encoded_password": "$7$1$AA==$AA=="}]}"#;
    let mut newer = DynamicSecurity {
        document: serde_json::from_str(text).expect("it is JSON"),
    };
    answers(
        &mut newer,
        &json!([{ "command": "modifyClient", "username": "a", "password": "new" }]),
    );
    let written: Value = serde_json::from_str(&newer.to_json()).expect("it is JSON");
    let encoded = written["clients"][0]["encoded_password"]
        .as_str()
        .expect("a text");
    assert!(encoded.starts_with("$7$10000$BwcHBwcHBwcHBwcH$"), "another form");
    assert_eq!(written["clients"][0]["password"], Value::Null);
}
