//! Documents and messages that ask for more work than a machine will ever do.
//!
//! A thread of a test has 2 MiB of stack, as that of a broker has.

use std::fmt::Write as _;

use broker_contract::{Contracts, Publication, Rule, Told};

fn with_schema(text: &str) -> Result<Contracts, Vec<Told>> {
    let mut contracts = Contracts::default();
    contracts.add_schema("#", "s.yaml", &mut |_| Ok(text.to_owned()))?;
    Ok(contracts)
}

fn publish(contracts: &mut Contracts, payload: &str) -> Vec<(Rule, String)> {
    let seen = Publication {
        topic: "a",
        payload: payload.as_bytes(),
        content_type: Some("application/json"),
        ..Publication::default()
    };
    let found = contracts.publication(&seen);
    found.into_iter().map(|one| (one.rule, one.what)).collect()
}

/// Schemas `s0` to `s28`, each made of two references to the next.
fn doubled(of: impl Fn(&str) -> String) -> String {
    let mut text = "$ref: '#/definitions/s0'\ndefinitions:\n".to_owned();
    for number in 0..28 {
        let next = format!("{{$ref: '#/definitions/s{}'}}", number + 1);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  s{number}: {}", of(&next));
    }
    text + "  s28: {type: integer}\n"
}

#[test]
fn schemas_that_unfold_without_end_for_one_value_are_refused_with_their_line() {
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let wrong = with_schema(&doubled(|next| format!("{{{keyword}: [{next}, {next}]}}"))).unwrap_err();
        let said = wrong[0].to_string();
        assert!(
            said.starts_with("s.yaml:")
                && said.contains("comes to more than 10000 schemas for one and the same value"),
            "{said}"
        );
    }
    for one in [
        "{if: NEXT, then: NEXT, else: NEXT}",
        "{not: {anyOf: [NEXT, NEXT]}}",
        "{dependentSchemas: {a: NEXT, b: NEXT}}",
        "{allOf: [NEXT], unevaluatedProperties: false}",
        "{$schema: 'https://json-schema.org/draft/2020-12/schema', anyOf: [NEXT], unevaluatedItems: false}",
    ] {
        let wrong = with_schema(&doubled(|next| one.replace("NEXT", next))).unwrap_err();
        assert!(wrong[0].what.contains("comes to more than"), "{one}: {wrong:?}");
    }
    for around in [
        "anyOf: [{$ref: '#'}, {type: integer}]\n",
        "allOf: [{$ref: '#/definitions/a'}]\ndefinitions:\n  a: {oneOf: [{$ref: '#/definitions/b'}]}\n  b: {not: {$ref: '#/definitions/a'}}\n",
    ] {
        let wrong = with_schema(around).unwrap_err();
        assert!(wrong[0].what.contains("or back to itself"), "{around}: {wrong:?}");
    }
    let mut chain = "$ref: '#/definitions/s0'\ndefinitions:\n".to_owned();
    for number in 0..20_000 {
        let _ = writeln!(
            chain,
            "  s{number}: {{allOf: [{{$ref: '#/definitions/s{}'}}]}}",
            number + 1
        );
    }
    let wrong = with_schema(&(chain + "  s20000: {}\n")).unwrap_err();
    assert!(wrong[0].to_string().starts_with("s.yaml:"), "{wrong:?}");
}

#[test]
fn a_message_that_would_take_too_much_work_is_told_as_unchecked() {
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let twice = "anyOf:\n- properties: {a: {$ref: '#'}}\n  required: [b]\n- properties: {a: {$ref: '#'}}\n  required: [b]\n";
    let unevaluated = "\
$schema: https://json-schema.org/draft/2020-12/schema
allOf: [{properties: {a: {$ref: '#'}}}]
unevaluatedProperties: false
";
    let long = format!("[{}]", vec!["\"a\""; 200_000].join(","));
    let lists = format!("[{}]", vec!["[[1],2]"; 60_000].join(","));
    let word = format!("\"{}\"", "01".repeat(400_000));
    for (schema, payload) in [
        (twice, nested(120)),
        (unevaluated, nested(120)),
        ("items: {pattern: '(a|b)*a(a|b){2000}'}\n", long.clone()),
        ("uniqueItems: true\n", lists),
        ("pattern: '[01]*1[01]{1000}$'\n", word),
        ("items: {enum: [LONG]}\n", long.clone()),
    ] {
        let schema = schema.replace("LONG", &vec!["1"; 5_000].join(","));
        let mut contracts = with_schema(&schema).unwrap();
        let found = publish(&mut contracts, &payload);
        assert_eq!(found[0].0, Rule::Unchecked, "{schema:.60}: {found:?}");
        assert!(found[0].1.starts_with("not checked: "), "{found:?}");
    }
}

#[test]
fn deep_and_large_messages_that_are_none_the_worse_are_checked() {
    let tree = "type: object\nrequired: [n]\nproperties:\n  n: {type: integer}\n  k: {type: array, items: {oneOf: [{$ref: '#'}, {type: boolean}]}}\n";
    let mut contracts = with_schema(tree).unwrap();
    let deep = |inner: &str| format!("{}{inner}{}", "{\"n\":1,\"k\":[".repeat(60), "]}".repeat(60));
    assert_eq!(publish(&mut contracts, &deep("true")), []);
    let found = publish(&mut contracts, &deep("7"));
    assert_eq!(found[0].0, Rule::Payload, "{found:?}");

    // As deep as may be: 49 references over each other for each of four values.
    let mut chain = "$ref: '#/definitions/s0'\ndefinitions:\n".to_owned();
    for number in 0..49 {
        let _ = writeln!(
            chain,
            "  s{number}: {{anyOf: [{{$ref: '#/definitions/s{}'}}]}}",
            number + 1
        );
    }
    chain += "  s49: {required: [a], properties: {a: {$ref: '#/definitions/s1'}}}\n";
    let mut contracts = with_schema(&chain).unwrap();
    let found = publish(&mut contracts, "{\"a\": {\"a\": {\"a\": {\"b\": 1}}}}");
    assert_eq!(found[0].1, "\"a\" is a required property");
    let found = publish(&mut contracts, "{\"a\": {\"a\": {\"a\": {\"a\": {\"a\": 1}}}}}");
    assert_eq!(found[0].0, Rule::Unchecked, "{found:?}");

    // As much work as may be.
    let mut contracts =
        with_schema("items: {anyOf: [{const: 1}, {const: 2}, {const: 3}, {const: 4}]}\n").unwrap();
    assert_eq!(
        publish(&mut contracts, &format!("[{}4]", "4,".repeat(260_000))),
        []
    );

    let mut contracts =
        with_schema("items: {type: object, properties: {a: {type: integer, maximum: 7}}}\n").unwrap();
    let many = |last: &str| format!("[{}{last}]", "{\"a\":1},".repeat(15_000));
    assert_eq!(publish(&mut contracts, &many("{}")), []);
    let found = publish(&mut contracts, &many("{\"a\":8}"));
    assert_eq!(
        found,
        [(Rule::Payload, "8 is greater than the maximum of 7".to_owned())]
    );
    let found = publish(
        &mut contracts,
        &format!("[{}{{\"a\":8}}]", "{\"a\":1},".repeat(60_000)),
    );
    assert_eq!(
        found[0].1,
        "it does not keep to this schema; it is too large to say where"
    );
}

fn each(count: usize, of: impl Fn(usize) -> String) -> String {
    (0..count).map(of).collect::<Vec<_>>().concat()
}

#[test]
fn documents_that_grow_when_they_are_read_are_refused() {
    let name = "k".repeat(40_000);
    let long_names = format!(
        "properties: {{{name}: {{properties: {{{}}}}}}}\n",
        each(9_000, |n| format!("a{n}: {{}}, "))
    );
    let mut list = format!("a: &a ['{}']\n", "x".repeat(100_000));
    for letter in ["b", "c", "d", "e", "f"] {
        let before = char::from(letter.as_bytes()[0] - 1);
        let _ = writeln!(
            list,
            "{letter}: &{letter} [{}]",
            vec![format!("*{before}"); 9].join(", ")
        );
    }
    let many = format!("properties: {{{}}}\n", each(60_000, |n| format!("a{n}: {{}}, ")));
    let as_json = format!(
        "{{\"properties\": {{{}\"a\": {{}}}}}}",
        each(60_000, |n| format!("\"a{n}\": {{}}, "))
    );
    let patterns = format!(
        "allOf: [{}]\n",
        each(400, |n| format!(
            "{{properties: {{a{n}: {{pattern: '([a-z]{{90}}){{90}}'}}}}}}, "
        ))
    );
    for (text, most) in [
        (long_names, "take at most 256 MiB"),
        (list, "at most 200000 values"),
        (many, "at most 10000 members"),
        (as_json, "at most 10000 members"),
        (patterns, "take at most 256 MiB"),
    ] {
        let wrong = with_schema(&text).unwrap_err();
        assert!(
            wrong[0].to_string().starts_with("s.yaml:") && wrong[0].what.contains(most),
            "{:.300}",
            wrong[0].what
        );
    }
}
