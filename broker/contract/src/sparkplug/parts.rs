//! The parts of metrics: metadata, properties, data sets and templates.

use super::datatype;
use super::found::Found;
use super::payload::{Metric, mistyped};
use super::protobuf::{Slice, Wire, Wrong};
use super::rules as rule;

/// One level deeper, unless that is too deep.
fn deeper(depth: u8, at: usize) -> Result<u8, Wrong> {
    depth.checked_sub(1).ok_or_else(|| Wrong {
        at,
        what: format!(
            "templates or properties lie in each other deeper than {}",
            super::payload::DEEPEST
        ),
    })
}

pub(super) fn metadata(whole: Slice<'_>, found: &mut Found) -> Result<(), Wrong> {
    for field in whole.fields() {
        let field = field?;
        match (field.number, field.value) {
            (1 | 3 | 4, Wire::Varint(_)) => {}
            (2 | 5..=8, Wire::Bytes(text)) => {
                text.text("a text of a MetaData")?;
            }
            (number @ 1..=8, _) => return Err(mistyped("a MetaData", number, field.at)),
            (number, _) => found.unknown("a MetaData", number),
        }
    }
    Ok(())
}

pub(super) fn properties(whole: Slice<'_>, of: &str, found: &mut Found, depth: u8) -> Result<(), Wrong> {
    let depth = deeper(depth, whole.at)?;
    let (mut keys, mut values, mut quality) = (0_usize, 0_usize, None);
    for field in whole.fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Wire::Bytes(key)) => {
                if key.text("a key of a PropertySet")? == "Quality" {
                    quality = Some(keys);
                }
                keys += 1;
            }
            (2, Wire::Bytes(value)) => {
                property(value, of, found, depth)?;
                values += 1;
            }
            (number @ 1..=2, _) => return Err(mistyped("a PropertySet", number, field.at)),
            (number, _) => found.unknown("a PropertySet", number),
        }
    }
    if keys != values {
        found.add(&rule::PROPERTY_SIZES, || {
            format!("{of} has {keys} keys of properties and {values} values")
        });
    }
    let value = quality.and_then(|place| {
        let values = whole.fields().flatten().filter(|field| field.number == 2);
        values.skip(place).map(|field| field.value).next()
    });
    if let Some(Wire::Bytes(value)) = value {
        check_quality(value, of, found);
    }
    Ok(())
}

fn check_quality(value: Slice<'_>, of: &str, found: &mut Found) {
    let (mut kind, mut number) = (None, None);
    for field in value.fields().flatten() {
        match (field.number, field.value) {
            (1, Wire::Varint(found)) => kind = Some(found),
            (3, Wire::Varint(found)) => number = Some(found),
            _ => {}
        }
    }
    if kind.is_some_and(|kind| kind != datatype::INT32) {
        found.add(&rule::QUALITY_TYPE, || {
            let kind = kind.unwrap_or_default();
            format!(
                "the property Quality of {of} has the type {}, and is to be Int32",
                datatype::name(kind)
            )
        });
    }
    if !matches!(number, Some(0 | 192 | 500)) {
        found.add(&rule::QUALITY_VALUE, || {
            let number = number.map_or_else(|| "no int_value".to_owned(), |number| number.to_string());
            format!("the property Quality of {of} is {number}; it may be 0, 192 or 500")
        });
    }
}

fn property(whole: Slice<'_>, of: &str, found: &mut Found, depth: u8) -> Result<(), Wrong> {
    let mut kind = None;
    for field in whole.fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Wire::Varint(number)) => kind = Some(number),
            (2..=4 | 7, Wire::Varint(_))
            | (5, Wire::Fixed32(_))
            | (6, Wire::Fixed64(_))
            | (11, Wire::Bytes(_)) => {}
            (8, Wire::Bytes(text)) => {
                text.text("a string_value of a property")?;
            }
            (9, Wire::Bytes(inner)) => properties(inner, of, found, depth)?,
            (10, Wire::Bytes(list)) => {
                for inner in list.fields() {
                    let inner = inner?;
                    match (inner.number, inner.value) {
                        (1, Wire::Bytes(set)) => properties(set, of, found, depth)?,
                        (1, _) => return Err(mistyped("a PropertySetList", 1, inner.at)),
                        (number, _) => found.unknown("a PropertySetList", number),
                    }
                }
            }
            (number @ 1..=11, _) => return Err(mistyped("a PropertyValue", number, field.at)),
            (number, _) => found.unknown("a PropertyValue", number),
        }
    }
    match kind {
        None if found.is_birth => {
            found.add(&rule::PROPERTY_TYPE, || format!("a property of {of} has no type"));
        }
        Some(kind) if !datatype::is_of_property(kind) => found.add(&rule::PROPERTY_TYPE_KNOWN, || {
            format!(
                "a property of {of} has the type {}, which no property has",
                datatype::name(kind)
            )
        }),
        _ => {}
    }
    Ok(())
}

pub(super) fn data_set(whole: Slice<'_>, of: &str, found: &mut Found) -> Result<(), Wrong> {
    let (mut said, mut columns, mut types, mut odd) = (None, 0_u64, 0_u64, None);
    let mut add_type = |number: u64| {
        types += 1;
        if !datatype::is_basic(number) {
            odd = odd.or(Some(number));
        }
    };
    for field in whole.fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Wire::Varint(number)) => said = Some(number),
            (2, Wire::Bytes(name)) => {
                name.text("the name of a column")?;
                columns += 1;
            }
            (3, Wire::Varint(number)) => add_type(number),
            (3, Wire::Bytes(packed)) => {
                for number in packed.packed() {
                    add_type(number?);
                }
            }
            (4, Wire::Bytes(row)) => {
                for element in row.fields() {
                    let element = element?;
                    match (element.number, element.value) {
                        (1, Wire::Bytes(value)) => value.fields().try_for_each(|field| field.map(|_| ()))?,
                        (1, _) => return Err(mistyped("a Row", 1, element.at)),
                        (number, _) => found.unknown("a Row", number),
                    }
                }
            }
            (number @ 1..=4, _) => return Err(mistyped("a DataSet", number, field.at)),
            (number, _) => found.unknown("a DataSet", number),
        }
    }
    if said != Some(columns) {
        found.add(&rule::DATASET_COLUMNS, || {
            let said = said.map_or_else(
                || "no num_of_columns".to_owned(),
                |said| format!("num_of_columns {said}"),
            );
            format!("the DataSet of {of} has {said}, and {columns} columns")
        });
    }
    if types != columns {
        found.add(&rule::DATASET_TYPES, || {
            format!("the DataSet of {of} has {columns} columns and {types} types")
        });
    }
    if let Some(odd) = odd {
        found.add(&rule::DATASET_TYPE_KNOWN, || {
            format!(
                "a column of the DataSet of {of} has the type {}, which no column has",
                datatype::name(odd)
            )
        });
    }
    Ok(())
}

pub(super) fn template(whole: Slice<'_>, of: &str, found: &mut Found, depth: u8) -> Result<(), Wrong> {
    let depth = deeper(depth, whole.at)?;
    let (mut is_definition, mut has_ref) = (None, false);
    for field in whole.fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Wire::Bytes(text)) => {
                text.text("the version of a template")?;
            }
            (2, Wire::Bytes(metric)) => {
                Metric::read(metric, Some(found), depth)?;
            }
            (3, Wire::Bytes(parameter)) => parameter.fields().try_for_each(|field| field.map(|_| ()))?,
            (4, Wire::Bytes(text)) => has_ref = !text.text("template_ref")?.is_empty(),
            (5, Wire::Varint(number)) => is_definition = Some(number != 0),
            (number @ 1..=5, _) => return Err(mistyped("a Template", number, field.at)),
            (number, _) => found.unknown("a Template", number),
        }
    }
    match is_definition {
        None => found.add(&rule::TEMPLATE_KIND, || {
            format!("the template of {of} does not say whether it is a definition")
        }),
        Some(true) => {
            if has_ref {
                found.add(&rule::TEMPLATE_DEFINITION_REF, || {
                    format!("{of} defines a template, and has a template_ref")
                });
            }
            if !found.is_nbirth {
                found.add(&rule::TEMPLATE_NBIRTH, || {
                    format!("{of} defines a template, which is for NBIRTH alone")
                });
            }
        }
        Some(false) if !has_ref => {
            found.add(&rule::TEMPLATE_REF, || {
                format!("{of} is an instance of a template, and has no template_ref")
            });
        }
        Some(false) => {}
    }
    Ok(())
}
