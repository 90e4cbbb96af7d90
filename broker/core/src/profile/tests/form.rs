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
            "limit[1].max: it is a whole number from 0 to 4294967295, not -1",
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
