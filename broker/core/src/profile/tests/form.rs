//! What is wrong with a profile.

use super::*;

#[test]
fn what_is_wrong_with_a_profile_is_said_with_its_place() {
    let good = json!({"name": "publish_qos", "max": 1, "outcome": "close", "source": "x"});
    let with = |change: fn(&mut serde_json::Map<String, Json>)| {
        let mut limit = good.clone();
        change(limit.as_object_mut().expect("a table"));
        json!({"title": "It", "as_of": "2026-11-28", "limit": [good.clone(), limit]})
    };
    for (profile, said) in [
        (json!([]), r#"profile "it": a profile is an object, not []"#),
        (
            json!({}),
            r#"profile "it": title: it is needed, and it is not there"#,
        ),
        (
            json!({"title": "It", "as_of": "yesterday"}),
            r#"as_of: it is a day such as "2026-11-28", not "yesterday""#,
        ),
        (
            json!({"title": "It", "limits": []}),
            r#"limits: there is no key "limits" here (did you mean "limit"?)"#,
        ),
        (
            json!({"title": "It", "limit": []}),
            "limit: there is none: write [[limit]] above each",
        ),
        (
            json!({"title": "It"}),
            "limit: there is none: write [[limit]] above each",
        ),
        (
            json!({"title": "It", "limit": {}}),
            "limit: it is a list of tables: write [[limit]] above each",
        ),
        (
            json!({"title": "It", "limit": [good]}),
            "limit[0].as_of: it is needed, and it is not there",
        ),
        (
            with(|it| drop(it.insert("name".into(), "publis_qos".into()))),
            r#"limit[1].name: there is no "publis_qos" here (did you mean "publish_qos"?)"#,
        ),
        (
            with(|it| drop(it.remove("max"))),
            "limit[1].max: it is needed, and it is not there",
        ),
        (
            with(|it| drop(it.insert("max".into(), json!(-1)))),
            "limit[1].max: it is a whole number from 0 to 2, not -1",
        ),
        (
            with(|it| drop(it.insert("min".into(), json!(0)))),
            r#"limit[1].min: there is no key "min" here"#,
        ),
        (
            with(|it| drop(it.insert("outcome".into(), "cloes".into()))),
            r#"limit[1].outcome: there is no outcome "cloes" (did you mean "close"?)"#,
        ),
        (
            with(|it| drop(it.insert("outcome".into(), "answer".into()))),
            "limit[1].reason: it is needed, and it is not there",
        ),
        (
            with(|it| drop(it.insert("reason".into(), json!(0x97)))),
            "limit[1].reason: `close` says no reason code: leave it out",
        ),
        (
            with(|it| drop(it.remove("source"))),
            "limit[1].source: it is needed, and it is not there",
        ),
    ] {
        let wrongs = Profile::from_json_or_all_wrongs("it", &profile).unwrap_err();
        assert!(
            wrongs.iter().any(|wrong| wrong.to_string().contains(said)),
            "{said}
{wrongs:#?}"
        );
    }
}

#[test]
fn what_no_broker_can_have_is_refused_with_what_would_be_right() {
    for (limit, said) in [
        (
            json!({"name": "publish_qos", "max": 9, "outcome": "close"}),
            "limit[0].max: it is a whole number from 0 to 2, not 9",
        ),
        (
            json!({"name": "keep_alive_secs", "min": 0, "outcome": "close"}),
            "limit[0].min: it is a whole number from 1 to 65535, not 0",
        ),
        (
            json!({"name": "publish_topics", "only": ["a/#/b"], "outcome": "close"}),
            "limit[0].only: \"a/#/b\" is not a topic filter: '#' is not the last level; nothing may follow it",
        ),
        (
            json!({"name": "user_properties", "not": ["connect"], "outcome": "close"}),
            "limit[0].not: there is no \"connect\" here (did you mean \"CONNECT\"?)",
        ),
        (
            json!({"name": "will", "outcome": "lose"}),
            "limit[0].outcome: will cannot have \"lose\"; it can have close, disconnect, ignore",
        ),
        (
            json!({"name": "parent_of_hash", "outcome": "close"}),
            "limit[0].outcome: parent_of_hash cannot have \"close\"; it can have ignore",
        ),
        (
            json!({"name": "publish_qos", "max": 1, "outcome": "lower"}),
            "publish_qos cannot have \"lower\"; it can have close, disconnect, answer, ignore, lose, pause",
        ),
        (
            json!({"name": "publish_qos", "max": 1, "outcome": "answer", "reason": "Keep Alive timeout"}),
            "limit[0].reason: PUBACK cannot say 0x8D Keep Alive timeout; it can say Unspecified error, ",
        ),
        (
            json!({"name": "publish_qos", "max": 1, "outcome": "answer", "reason": 0}),
            "limit[0].reason: PUBACK cannot say 0x00 Success; it can say Unspecified error, ",
        ),
        (
            json!({"name": "will", "outcome": "disconnect", "reason": "Topic Filter invalid"}),
            "limit[0].reason: CONNACK cannot say 0x8F Topic Filter invalid; it can say ",
        ),
        (
            json!({"name": "publish_qos", "max": 1, "outcome": "disconnect", "reason": 0x66}),
            "limit[0].reason: DISCONNECT cannot say 0x66 Unknown reason code; it can say ",
        ),
        (
            json!({"name": "subscribe_qos", "max": 1, "outcome": "answer", "reason": "Packet too large"}),
            "limit[0].reason: SUBACK cannot say 0x95 Packet too large; it can say ",
        ),
    ] {
        let mut limit = limit;
        limit["source"] = json!("x");
        let profile = json!({"title": "It", "as_of": "2026-11-28", "limit": [limit]});
        let wrongs = Profile::from_json_or_all_wrongs("it", &profile).unwrap_err();
        let told: Vec<String> = wrongs.iter().map(ToString::to_string).collect();
        assert!(told.len() == 1 && told[0].contains(said), "{said}\n{told:#?}");
    }
}

#[test]
fn a_limit_that_is_there_twice_is_told_with_the_place_of_the_first() {
    let limit = |max| json!({"name": "publish_qos", "max": max, "outcome": "close", "source": "x"});
    let will = json!({"name": "will", "outcome": "close", "source": "x"});
    let profile = json!({"title": "It", "as_of": "2026-11-28", "limit": [limit(1), will, limit(0)]});
    let wrongs = Profile::from_json_or_all_wrongs("it", &profile).unwrap_err();
    let said = "limit[2].name: limit[0] is on publish_qos, too: leave one of them out";
    assert!(
        wrongs.len() == 1 && wrongs[0].to_string().contains(said),
        "{wrongs:#?}"
    );
}
