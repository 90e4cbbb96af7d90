//! Users, rights and certificates over HTTP.

use broker::Broker;
use broker::wire::{Connect, ReasonCode, Version};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::{Client, hello};

fn login(broker: &Broker, user: Option<&'static str>) -> (Client, ReasonCode) {
    let connect = Connect {
        username: user,
        password: user.map(|_| &b"pencil"[..]),
        ..hello(Version::V5, "lamp")
    };
    let (client, connack) = Client::say_hello(broker.addr(), &connect);
    (client, connack.reason)
}

#[test]
fn users_come_and_go_and_no_password_is_shown() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    assert_eq!(api.get("users").json(200), json!({"users": []}));
    let (mut nobody, reason) = login(&broker, None);
    assert_eq!(reason, ReasonCode::SUCCESS);
    assert_eq!(
        api.put("allow-anonymous", &json!({"allow": false})).json(200),
        json!({"allow": false})
    );
    nobody.ended_with(ReasonCode::NOT_AUTHORIZED);

    assert_eq!(
        api.put("users/ann", &json!({"password": "pencil"})).json(200),
        json!({"name": "ann"})
    );
    assert_eq!(api.get("users").json(200), json!({"users": ["ann"]}));
    let (mut ann, reason) = login(&broker, Some("ann"));
    assert_eq!(reason, ReasonCode::SUCCESS);
    for wrong in [
        json!({"password": 1_234_567}),
        json!({"password": ["pencil"]}),
        json!({"pasword": "pencil"}),
        json!({}),
    ] {
        let problem = api.put("users/ann", &wrong).problem(422);
        assert!(problem.contains("password"), "{problem}");
        assert!(
            !problem.contains("pencil") && !problem.contains("1234567"),
            "{problem}"
        );
    }
    assert_eq!(api.delete("users/ann").json(200), json!({"removed": 1}));
    ann.ended_with(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(
        login(&broker, Some("ann")).1,
        ReasonCode::BAD_USER_NAME_OR_PASSWORD
    );
    api.delete("users/ann").problem(404);
}

#[test]
fn the_list_of_rights_is_replaced() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let (mut lamp, _) = login(&broker, None);
    let lines = json!({"acl": [{"topic": "lamp/#", "access": "read"}, {"user": "ann", "topic": "#"}]});
    assert_eq!(api.put("acl", &lines).json(200), json!({"lines": 2}));
    let refused = lamp.publish(&tests::harness::raw::message(
        "lamp/a",
        "",
        broker::QoS::AtLeastOnce,
    ));
    assert_eq!(refused, ReasonCode::NOT_AUTHORIZED);
    for (wrong, path) in [
        (
            json!({"acl": [{"topic": "lamp/#/x", "access": "read"}]}),
            "acl[0]",
        ),
        (
            json!({"acl": [{"topic": "a"}, {"topic": "a", "acess": "read"}]}),
            "acl[1].acess",
        ),
        (json!({"acl": 3}), "acl"),
    ] {
        let problem = api.put("acl", &wrong).json(422);
        assert_eq!(problem["path"], path, "{problem}");
    }
    assert_eq!(api.put("acl", &json!({"acl": []})).json(200), json!({"lines": 0}));
    let taken = lamp.publish(&tests::harness::raw::message(
        "lamp/a",
        "",
        broker::QoS::AtLeastOnce,
    ));
    assert!(!taken.is_error());
    assert_eq!(api.post("access/reload", &json!({})).json(200)["added"], 0);
}

#[test]
fn certificates_are_given_and_no_key() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let ca = api.get("certificates/ca");
    assert_eq!(ca.text(), broker.ca_pem().unwrap());
    assert!(ca.head.contains("application/x-pem-file"));
    let crl = api.get("certificates/crl").text();
    assert!(crl.starts_with("-----BEGIN X509 CRL-----"), "{crl}");
    assert!(!format!("{crl}{}", ca.text()).contains("PRIVATE KEY"));
    assert_eq!(
        api.post("certificates/reload", &json!({})).json(200),
        json!({"reloaded": true})
    );
}
