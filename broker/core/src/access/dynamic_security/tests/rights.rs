//! What roles and groups allow, in the order in which the plugin asks them.

use serde_json::{Value, json};

use super::super::DynamicSecurity;
use crate::access::{Acl, Action, Subject};

fn acl(file: &Value) -> Acl {
    let text = file.to_string();
    DynamicSecurity::read(&text).expect("it is good").acl("ds.json")
}

fn rule(acltype: &str, topic: &str, priority: i32, allow: bool) -> Value {
    json!({ "acltype": acltype, "topic": topic, "priority": priority, "allow": allow })
}

/// Whether `user` may, and why.
fn may(acl: &Acl, action: Action, user: Option<&str>, topic: &str) -> (bool, String) {
    let subject = Subject { client_id: "c", user };
    let ruling = acl.ruling(action, subject, topic);
    (ruling.allowed, ruling.why().to_owned())
}

fn publishes(acl: &Acl, user: &str, topic: &str) -> bool {
    may(acl, Action::Publish, Some(user), topic).0
}

#[test]
fn roles_are_asked_by_priority_then_groups_and_rules_in_them_by_theirs() {
    let send = |topic, priority, allow| rule("publishClientSend", topic, priority, allow);
    let acl = acl(&json!({
        "clients": [{ "username": "ann", "roles": [
            { "rolename": "low", "priority": 1 }, { "rolename": "none" }, { "rolename": "high", "priority": 5 }] }],
        "groups": [
            { "groupname": "g1", "roles": [{ "rolename": "g1" }], "clients": [{ "username": "ann", "priority": 2 }] },
            { "groupname": "g2", "roles": [{ "rolename": "g2" }], "clients": [{ "username": "ann", "priority": 3 }] },
            { "groupname": "g3", "roles": [{ "rolename": "g3" }] },
        ],
        "roles": [
            { "rolename": "low", "acls": [send("a/#", 9, true), send("b", 0, true)] },
            { "rolename": "high", "acls": [send("a/x", 0, false), send("c/#", 1, true), send("c/x", 2, false)] },
            { "rolename": "none", "acls": [send("b", 0, false), send("n", 0, true)] },
            { "rolename": "g1", "acls": [send("d", 0, false), send("n", 0, false), send("e", 0, true)] },
            { "rolename": "g2", "acls": [send("d", 0, true)] },
            { "rolename": "g3", "acls": [send("f", 0, true)] },
        ],
    }));
    for (topic, allowed) in [
        ("a/x", false), // the role with the greater priority
        ("a/y", true),
        ("b", true),    // a role without a priority comes last
        ("c/x", false), // in a role the rule with the greater priority
        ("c/y", true),
        ("d", true), // of groups, the one with the greater priority for this client
        ("n", true), // the client's own roles come before those of its groups
        ("e", true),
        ("f", false), // of a group that it is not in
        ("z", false),
    ] {
        assert_eq!(publishes(&acl, "ann", topic), allowed, "{topic}");
    }
    let why = |topic| may(&acl, Action::Publish, Some("ann"), topic).1;
    assert_eq!(why("a/x"), "ds.json: role \"high\": publishClientSend deny a/x");
    assert_eq!(why("z"), "ds.json: defaultACLAccess: publishClientSend deny");
}

#[test]
fn without_a_rule_the_default_decides_but_never_below_control_and_never_for_strangers() {
    let acl = acl(&json!({
        "clients": [{ "username": "ann" }, { "username": "admin", "roles": [{ "rolename": "admin" }] }],
        "roles": [{ "rolename": "admin", "acls": [rule("publishClientSend", "$CONTROL/dynamic-security/#", 0, true)] }],
        "defaultACLAccess": { "publishClientSend": true, "publishClientReceive": true, "subscribe": true, "unsubscribe": false },
    }));
    assert!(publishes(&acl, "ann", "a"));
    assert!(publishes(&acl, "ann", "$SYS/a"));
    let control = "$CONTROL/dynamic-security/v1";
    for action in [Action::Publish, Action::Receive, Action::Subscribe] {
        assert!(!may(&acl, action, Some("ann"), control).0, "{action:?}");
        assert!(!may(&acl, action, None, control).0, "{action:?}");
    }
    assert!(publishes(&acl, "admin", control));
    assert!(!publishes(&acl, "admin", "$CONTROL/broker/v1"));
    assert!(may(&acl, Action::Subscribe, Some("ann"), "#").0);
    assert!(!may(&acl, Action::Subscribe, Some("ann"), "$CONTROL/#").0);
    assert!(!may(&acl, Action::Unsubscribe, Some("ann"), "a").0);
    // Without a name one is nobody's stranger.
    assert!(may(&acl, Action::Publish, None, "a").0);
    let stranger = may(&acl, Action::Publish, Some("zoe"), "a");
    assert_eq!(
        stranger,
        (false, "ds.json has no client of that user name".to_owned())
    );
}

#[test]
fn clients_without_a_name_have_the_roles_of_the_anonymous_group() {
    let acl = acl(&json!({
        "clients": [{ "username": "ann" }],
        "groups": [{ "groupname": "guests", "roles": [{ "rolename": "guest" }] }],
        "anonymousGroup": "guests",
        "roles": [{ "rolename": "guest", "acls": [rule("publishClientSend", "hello", 0, true)] }],
    }));
    assert!(may(&acl, Action::Publish, None, "hello").0);
    assert!(!may(&acl, Action::Publish, None, "other").0);
    assert!(!publishes(&acl, "ann", "hello"));
}

#[test]
fn subscriptions_are_compared_as_texts_first_and_then_by_patterns() {
    let acl = acl(&json!({
        "clients": [{ "username": "ann", "roles": [{ "rolename": "r" }, { "rolename": "narrow", "priority": 5 }] }],
        "roles": [
            { "rolename": "r", "acls": [
                rule("subscribePattern", "a/#", 9, false),
                rule("subscribeLiteral", "a/#", -5, true),
                rule("subscribePattern", "b/+", 0, true),
                rule("unsubscribeLiteral", "u", 0, true),
                rule("unsubscribePattern", "v/#", 0, true),
            ] },
            { "rolename": "narrow", "allowwildcardsubs": false, "acls": [
                rule("subscribePattern", "n/#", 0, true),
                rule("subscribeLiteral", "l/#", 0, true),
                rule("subscribeLiteral", "l", 0, true),
            ] },
        ],
    }));
    let subscribes = |filter| may(&acl, Action::Subscribe, Some("ann"), filter).0;
    for (filter, allowed) in [
        ("a/#", true), // word for word
        ("a/b", false),
        ("b/+", true),
        ("b/x", true),
        ("b/#", false), // selects more than the rule
        ("n/x", true),
        ("n/+", false), // a role that takes no wildcards
        ("n/#", false),
        ("l/#", false),
        ("l", true),
    ] {
        assert_eq!(subscribes(filter), allowed, "{filter}");
    }
    let unsubscribes = |filter| may(&acl, Action::Unsubscribe, Some("ann"), filter).0;
    assert!(unsubscribes("u") && unsubscribes("v/x") && unsubscribes("v/#"));
    assert!(!unsubscribes("w"));
}

#[test]
fn names_of_the_client_stand_in_filters() {
    let acl = acl(&json!({
        "clients": [{ "username": "ann", "roles": [{ "rolename": "r" }] }],
        "roles": [{ "rolename": "r", "acls": [
            rule("publishClientSend", "u/%u", 0, true), rule("publishClientSend", "c/%c", 0, true)] }],
    }));
    assert!(publishes(&acl, "ann", "u/ann") && publishes(&acl, "ann", "c/c"));
    assert!(!publishes(&acl, "ann", "u/bob") && !publishes(&acl, "ann", "u/%u"));
}
