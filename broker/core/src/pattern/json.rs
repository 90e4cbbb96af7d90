//! How JSON is compared: wholly, or as far as it is named.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::difference::Difference;

/// Characters of a value that a report shows.
pub(super) const SHOWN: usize = 60;

/// Where `found` is not exactly `wanted`.
pub(super) fn whole(place: &str, found: &Value, wanted: &Value, differences: &mut Vec<Difference>) {
    match (found, wanted) {
        (Value::Object(have), Value::Object(want)) => {
            for (key, value) in want {
                below(place, key, have.get(key), value, whole, differences);
            }
            for (key, value) in have.iter().filter(|(key, _)| !want.contains_key(*key)) {
                differences.push(Difference::new(inside(place, key), shown(value), "absent"));
            }
        }
        (Value::Array(have), Value::Array(want)) if have.len() == want.len() => {
            for (index, (have, want)) in have.iter().zip(want).enumerate() {
                whole(&inside(place, &index.to_string()), have, want, differences);
            }
        }
        _ if same(found, wanted) => {}
        _ => differences.push(Difference::new(place, shown(found), shown(wanted))),
    }
}

/// Where `found` does not have what `wanted` names. Objects may have more; lists must be of the same length.
pub(super) fn subset(place: &str, found: &Value, wanted: &Value, differences: &mut Vec<Difference>) {
    match (found, wanted) {
        (Value::Object(have), Value::Object(want)) => {
            for (key, value) in want {
                below(place, key, have.get(key), value, subset, differences);
            }
        }
        (Value::Array(have), Value::Array(want)) if have.len() == want.len() => {
            for (index, (have, want)) in have.iter().zip(want).enumerate() {
                subset(&inside(place, &index.to_string()), have, want, differences);
            }
        }
        _ if same(found, wanted) => {}
        _ => differences.push(Difference::new(place, shown(found), shown(wanted))),
    }
}

/// Numbers are the same where their values are: 21 is 21.0.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => order(x, y).is_eq(),
        _ => a == b,
    }
}

/// Which of two numbers is greater. Whole numbers are not compared as f64, which cannot tell them apart beyond 2^53.
pub(super) fn order(a: &Number, b: &Number) -> Ordering {
    let whole = |number: &Number| {
        number
            .as_i64()
            .map(i128::from)
            .or(number.as_u64().map(i128::from))
    };
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        return a.cmp(&b);
    }
    let real = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    real(a).total_cmp(&real(b))
}

type Compare = fn(&str, &Value, &Value, &mut Vec<Difference>);

fn below(
    place: &str,
    key: &str,
    found: Option<&Value>,
    wanted: &Value,
    compare: Compare,
    differences: &mut Vec<Difference>,
) {
    let place = inside(place, key);
    match found {
        Some(found) => compare(&place, found, wanted, differences),
        None => differences.push(Difference::new(place, "absent", shown(wanted))),
    }
}

/// The place of a member, as a JSON pointer (RFC 6901) behind `payload at`.
fn inside(place: &str, key: &str) -> String {
    let key = key.replace('~', "~0").replace('/', "~1");
    if place.contains(" at ") {
        format!("{place}/{key}")
    } else {
        format!("{place} at /{key}")
    }
}

/// A value as a report shows it.
pub(super) fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

/// A text that is not too long for a report.
pub(super) fn cut(text: &str) -> String {
    settings::text::cut(text, SHOWN)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(compare: Compare, found: &Value, wanted: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        compare("payload", found, wanted, &mut differences);
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn differences_name_their_place() {
        let found = json!({"unit": "F", "at": {"lat": 1, "lon": 2}, "list": [1, 2]});
        let wanted = json!({"unit": "C", "at": {"lat": 1.0, "lon": 3}, "list": [1, 2]});
        assert_eq!(
            texts(whole, &found, &wanted),
            ["payload at /at/lon 2, not 3", "payload at /unit \"F\", not \"C\""]
        );
    }

    #[test]
    fn numbers_are_compared_by_value_and_whole_ones_exactly() {
        let same = |a: &Value, b: &Value| texts(whole, a, b).is_empty();
        assert!(same(&json!(21), &json!(21.0)));
        assert!(!same(
            &json!(9_007_199_254_740_993_u64),
            &json!(9_007_199_254_740_992_u64)
        ));
        assert!(!same(&json!(21), &json!("21")));
    }

    #[test]
    fn a_subset_may_leave_out_members_and_the_whole_may_not() {
        let (found, wanted) = (json!({"a": 1, "b": 2}), json!({"a": 1}));
        assert!(texts(subset, &found, &wanted).is_empty());
        assert_eq!(texts(whole, &found, &wanted), ["payload at /b 2, not absent"]);
        assert_eq!(texts(subset, &wanted, &found), ["payload at /b absent, not 2"]);
        assert_eq!(
            texts(subset, &json!([1, 2]), &json!([1])),
            ["payload [1,2], not [1]"]
        );
    }
}
