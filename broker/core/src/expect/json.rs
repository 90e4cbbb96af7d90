//! How JSON is compared: wholly, or as far as it is named.

use serde_json::Value;

use super::Difference;

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

/// Whether the field of an entry is as wanted: what is named is there, and of a list one element fits.
pub(super) fn field_fits(found: &Value, wanted: &Value) -> bool {
    let fits = |found: &Value| {
        let mut differences = Vec::new();
        subset("", found, wanted, &mut differences);
        differences.is_empty()
    };
    match (found, wanted) {
        (Value::Array(elements), wanted) if !wanted.is_array() => elements.iter().any(fits),
        _ => fits(found),
    }
}

/// Numbers are the same where their values are: 21 is 21.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // Whole numbers are compared as such: beyond 2^53 an f64 cannot tell them apart.
        (Value::Number(x), Value::Number(y)) if x.is_f64() || y.is_f64() => x.as_f64() == y.as_f64(),
        _ => a == b,
    }
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

    #[test]
    fn of_a_list_in_a_field_one_element_has_to_fit() {
        let filters = json!([{"topic_filter": "a", "qos": 0}, {"topic_filter": "b", "qos": 1}]);
        assert!(field_fits(&filters, &json!({"topic_filter": "b"})));
        assert!(!field_fits(&filters, &json!({"topic_filter": "b", "qos": 0})));
        assert!(field_fits(&json!([1, 2]), &json!([1, 2])));
    }
}
