use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use super::helpers::table;
use super::*;
use crate::chance::Rng;
use crate::time::Time;

fn scope() -> Scope {
    Scope::default().with_message().with("state").with("row")
}

fn fill(source: &str, message: Message) -> Result<String, String> {
    let template = Template::new(source, &scope()).map_err(|error| error.to_string())?;
    let seen = Seen::default()
        .with_message(message)
        .with("row", &json!({"t": 21.5, "n": null}));
    let mut feed = Feed::new(Duration::from_secs(1_767_225_600)); // 2026-01-01
    let rows = Content::Items(vec![json!({"a": 1}), json!({"a": 2})]);
    let names = Content::Text("ann\n\nbob\n".into());
    feed.set_files(Files::default().with("names.txt", names).with("rows.csv", rows));
    let text = template.text(&seen, &mut feed, Time::from_secs(90), &mut Rng::new(7));
    text.map_err(|error| error.to_string())
}

fn plain(source: &str) -> Result<String, String> {
    fill(
        source,
        Message::new("cmd/lamp/set", br#"{"on": true, "list": [1, 2]}"#.to_vec()).under("cmd/+/#"),
    )
}

#[test]
fn a_message_is_seen_by_its_parts() {
    let made = |source| plain(source).unwrap();
    assert_eq!(made("{{ message.topic }}"), "cmd/lamp/set");
    assert_eq!(
        made("{{ message.levels[1] }} {{ message.wildcards | join(',') }}"),
        "lamp lamp,set"
    );
    assert_eq!(
        made("{{ message.json.on }} {{ message.json.list }} {{ message.json }}"),
        r#"true [1,2] {"list":[1,2],"on":true}"#
    );
    assert_eq!(
        made("{% if message.json.off is defined %}a{% else %}b{% endif %}"),
        "b"
    );
    assert_eq!(
        made("{{ message.properties.content_type | default('none') }}"),
        "none"
    );
    assert_eq!(made("{{ row.n }} {{ row.t * 2 }}"), "null 43.0");
}

#[test]
fn helpers_give_what_their_table_says() {
    let made = |source| plain(source).unwrap();
    assert_eq!(made("{{ now() }}"), "2026-01-01T00:01:30Z");
    assert_eq!(
        made(r#"{{ now(offset="-3 days", format="%d.%m.%Y") }}"#),
        "29.12.2025"
    );
    assert_eq!(
        made(r#"{{ now(format="unix") }} {{ now(format="epoch") }}"#),
        "1767225690 1767225690000"
    );
    assert_eq!(
        made(r#"{{ "2026-01-31T12:00:00Z" | date(offset="1 month", format="%m-%d") }} {{ 60 | date }}"#),
        "02-28 1970-01-01T00:01:00Z"
    );
    assert_eq!(
        made("{{ counter() }}{{ counter() }}{{ counter('b', from=5, step=5) }}{{ counter('b') }}"),
        "1256"
    );
    assert_eq!(
        made("{{ 'hi' | base64 }} {{ 'aGk=' | base64_decode }} {{ 'hi' | hex }} {{ '6869' | hex_decode }}"),
        "aGk= hi 6869 hi"
    );
    assert_eq!(
        made(r#"{{ {"a": "<x>"} | tojson }} {{ ('{"b": [7]}' | fromjson).b[0] }}"#),
        r#"{"a":"<x>"} 7"#
    );
    assert_eq!(
        made(
            "{{ item('names.txt', 1) }} {{ item('names.txt', 2) }} {{ item('rows.csv', -1).a }} {{ file('names.txt') | lines | length }}"
        ),
        "bob ann 2 3"
    );
    assert_eq!(
        made("{{ floor(1.7) }} {{ ceil(1.2) }} {{ clamp(7, 0, 5) }} {{ (sin(pi / 2) * 10) | round(1) }}"),
        "1 2 5.0 10.0"
    );
    for _ in 0..3 {
        assert!(["ann", "bob"].contains(&&*made("{{ pick('names.txt') }}")));
        assert!((1..=3).contains(&made("{{ random_int(1, 3) }}").parse().unwrap()));
    }
    assert_eq!(
        made("{{ alphanumeric(8) | length }} {{ uuid() | length }} {{ [5] | choice }} {{ choice(5) }}"),
        "8 36 5 5"
    );
    assert_eq!(made("{{ uuid() }}").as_bytes()[14], b'4');
    // One seed, the same chance.
    let drawn = "{{ random_int(0, 1000000) }} {{ random_decimal(0, 1) }} {{ random_normal(0, 1) }} {{ uuid() }} {{ hexadecimal(9) }}";
    assert_eq!(made(drawn), made(drawn));
}

#[test]
fn every_helper_of_the_table_exists_and_can_be_written_as_the_table_writes_it() {
    let scope = scope().with("x").with("y").with("other").with("stub");
    for helper in table::HELPERS {
        let source = match helper.kind {
            table::Kind::Function => format!("{{{{ {} }}}}", helper.call),
            table::Kind::Filter => format!("{{{{ x | {} }}}}", helper.call),
        };
        let template = Template::new(&*source, &scope).unwrap_or_else(|error| panic!("{source}: {error}"));
        let mut feed = Feed::default();
        let seen = Seen::default()
            .with("x", &1)
            .with("y", &1)
            .with("other", &1)
            .with("stub", &json!({"nth": 1}));
        if let Err(error) = template.text(&seen, &mut feed, Time::ZERO, &mut Rng::new(1)) {
            assert!(!error.what.contains("unknown"), "{source}: {error}");
        }
    }
    for test in table::TESTS {
        let source = format!("{{{{ 1 is {test} }}}}");
        let template = Template::new(&*source, &scope).unwrap();
        if let Err(error) = template.text(
            &Seen::default(),
            &mut Feed::default(),
            Time::ZERO,
            &mut Rng::new(1),
        ) {
            assert!(!error.what.contains("unknown"), "{source}: {error}");
        }
    }
}

#[test]
fn what_cannot_work_is_an_error_with_its_place_when_the_template_is_made() {
    for (source, error) in [
        (
            "{{ mesage.topic }}",
            r#"line 1, column 4: there is no "mesage" here (did you mean "message"?); there are message, row, state"#,
        ),
        (
            "a\n {{ message.topik }}",
            r#"line 2, column 13: there is no "topik" in message (did you mean "topic"?); it has topic, levels"#,
        ),
        (
            "{{ message.properties.contenttype }}",
            r#"line 1, column 23: there is no "contenttype" in message.properties (did you mean "content_type"?)"#,
        ),
        (
            "{{ randomInt(1, 2) }}",
            r#"line 1, column 4: there is no "randomInt" here (did you mean "random_int"?)"#,
        ),
        (
            "{{ 'message.x' }}{{ row.a | uper }}",
            r#"line 1, column 29: there is no filter "uper" (did you mean "upper"?)"#,
        ),
        (
            "{{ upper(row.a) }}",
            r#"line 1, column 4: "upper" is a filter: write `… | upper`"#,
        ),
        (
            "{{ row.a | now }}",
            r#"line 1, column 12: "now" is a function: write `now("#,
        ),
        (
            "{{ row.a is not defind }}",
            r#"line 1, column 17: there is no test "defind" (did you mean "defined"?)"#,
        ),
        (
            "{{ pick(row.a) }}",
            r#"line 1, column 9: the name of a file stands in the template, in quotes: pick("names.txt")"#,
        ),
        ("{{ row.a ", "line 1, column "),
        ("{% if row.a %}", "line 1, column "),
        ("{% include 'x' %}", "line 1, column "),
    ] {
        let found = Template::new(source, &scope()).unwrap_err().to_string();
        assert!(found.starts_with(error), "{source}\n  {found}\n  {error}");
    }
    for fine in [
        "{% for x in row %}{{ x }}{{ loop.index }}{% endfor %}",
        "{% set a = 1 %}{{ a }}",
        "{{ dict(message=1) }}",
        "plain {",
        "",
    ] {
        Template::new(fine, &scope()).unwrap();
    }
}

#[test]
fn what_goes_wrong_later_is_an_error_with_its_place() {
    let not_json = || Message::new("a", b"on".to_vec());
    let binary = || Message::new("a", b"\xff".to_vec());
    let mut wrong = String::new();
    for (source, message, error) in [
        (
            "x{{ message.json.on }}",
            not_json(),
            "line 1, column 12: `message.json` is undefined: the payload is not JSON: expected value at line 1",
        ),
        (
            "{{ message.json }}",
            not_json(),
            "line 1, column 4: `message.json` is undefined: the payload is not JSON",
        ),
        (
            "{{ message.payload }}",
            binary(),
            "line 1, column 4: `message.payload` is undefined: the payload is not UTF-8; message.payload_base64 has it",
        ),
        (
            "{{ message.levels[3] }}",
            not_json(),
            "line 1, column 4: `message.levels[3]` is undefined",
        ),
        (
            "{{ row.x }}",
            not_json(),
            "line 1, column 4: `row.x` is undefined",
        ),
        (
            "{{ now(offset='soon') }}",
            not_json(),
            "line 1, column 4: \"soon\" is no offset",
        ),
        (
            "{{ now(ofset='soon') }}",
            not_json(),
            "line 1, column 4: too many arguments: unknown keyword argument 'ofset'",
        ),
        (
            "{{ now(format='%!') }}",
            not_json(),
            "line 1, column 4: \"%!\" is no format",
        ),
        (
            "{{ random_int(2, 1) }}",
            not_json(),
            "line 1, column 4: random_int: 2 is above 1",
        ),
        (
            "{{ pick('none.txt') }}",
            not_json(),
            "line 1, column 4: the file \"none.txt\" was not handed in",
        ),
        (
            "{{ [] | choice }}",
            not_json(),
            "line 1, column 9: choice: there is nothing",
        ),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            not_json(),
            "line 1, column ",
        ),
        ("{{ 'x' * 99999999 }}", not_json(), "line 1, column "),
    ] {
        let found = fill(source, message).unwrap_err();
        if !found.starts_with(error) {
            let _ = writeln!(wrong, "{source}\n  {found}\n  {error}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_expression_alone_keeps_its_type_in_json() {
    let json = |source: &str| {
        let template = Template::new(source, &scope()).unwrap();
        let seen = Seen::default().with("row", &json!({"on": true, "n": 2, "list": [1]}));
        template
            .json(&seen, &mut Feed::default(), Time::ZERO, &mut Rng::new(1))
            .map_err(|error| error.to_string())
    };
    assert_eq!(json("{{ row.on }}"), Ok(json!(true)));
    assert_eq!(json(" {{ row.n + 1 }} "), Ok(json!(3)));
    assert_eq!(json("{{ row.list }}"), Ok(json!([1])));
    assert_eq!(json("{{ row.n }}{{ row.n }}"), Ok(json!("22")));
    assert_eq!(json("n{{ row.n }}"), Ok(json!("n2")));
    assert_eq!(json("2"), Ok(json!("2")));
    assert_eq!(
        json("{{ row.x }}"),
        Err("line 1, column 4: it has no value".into())
    );
    assert_eq!(
        json("{{ row.x.y }}"),
        Err("line 1, column 7: `row.x` is undefined".into())
    );
}

#[test]
fn the_page_names_all_that_a_message_has() {
    let Shape::Members(members) = message::SHAPE else {
        panic!("it has members")
    };
    for (name, _) in members {
        assert!(
            table::names_seen().contains(&format!("`message.{name}`")),
            "{name}"
        );
    }
}
