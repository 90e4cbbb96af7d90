//! [`Payload`] and [`Metric`]: what a Sparkplug payload says, read from its bytes. The parts of values are in `parts.rs`.

use super::datatype::Value;
use super::found::Found;
use super::parts;
use super::protobuf::{Slice, Wire, Wrong};

/// Templates in templates, and properties in properties, are read as deep as this.
pub(super) const DEEPEST: u8 = 16;

/// The first level of a payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload<'a> {
    whole: Slice<'a>,
    pub timestamp: Option<u64>,
    pub seq: Option<u64>,
    /// What is in `body` is compressed, and all else is in there.
    pub is_compressed: bool,
    pub has_body: bool,
    /// How many metrics there are.
    pub metrics: usize,
}

/// A metric.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Metric<'a> {
    pub name: Option<&'a str>,
    pub alias: Option<u64>,
    pub timestamp: Option<u64>,
    pub datatype: Option<u64>,
    pub is_null: bool,
    pub value: Option<Value>,
}

impl<'a> Payload<'a> {
    /// Reads all of it. What is wrong in its parts goes to `found`, and so do fields that the specification does not have.
    pub fn read(bytes: &'a [u8], found: &mut Found) -> Result<Self, Wrong> {
        let mut payload = Self {
            whole: Slice::whole(bytes),
            timestamp: None,
            seq: None,
            is_compressed: false,
            has_body: false,
            metrics: 0,
        };
        for field in payload.whole.fields() {
            let field = field?;
            match (field.number, field.value) {
                (1, Wire::Varint(number)) => payload.timestamp = Some(number),
                (2, Wire::Bytes(metric)) => {
                    Metric::read(metric, Some(found), DEEPEST)?;
                    payload.metrics += 1;
                }
                (3, Wire::Varint(number)) => payload.seq = Some(number),
                (4, Wire::Bytes(text)) => payload.is_compressed = text.text("uuid")? == "SPBV1.0_COMPRESSED",
                (5, Wire::Bytes(_)) => payload.has_body = true,
                (number @ 1..=5, _) => return Err(mistyped("the payload", number, field.at)),
                (number, _) => found.unknown("a payload", number),
            }
        }
        Ok(payload)
    }

    /// The metrics, once more.
    pub fn metrics(self) -> impl Iterator<Item = Metric<'a>> {
        self.whole.fields().filter_map(|field| match field {
            Ok(field) if field.number == 2 => match field.value {
                Wire::Bytes(metric) => Metric::read(metric, None, DEEPEST).ok(),
                _ => None,
            },
            _ => None,
        })
    }
}

impl<'a> Metric<'a> {
    /// Reads it, and with `found` the parts of its value and its properties.
    pub fn read(whole: Slice<'a>, mut found: Option<&mut Found>, depth: u8) -> Result<Self, Wrong> {
        let mut metric = Self::default();
        let (mut properties, mut metadata, mut value) = (None, None, None);
        for field in whole.fields() {
            let field = field?;
            match (field.number, field.value) {
                (1, Wire::Bytes(text)) => metric.name = Some(text.text("the name of a metric")?),
                (2, Wire::Varint(number)) => metric.alias = Some(number),
                (3, Wire::Varint(number)) => metric.timestamp = Some(number),
                (4, Wire::Varint(number)) => metric.datatype = Some(number),
                (5 | 6, Wire::Varint(_)) => {}
                (7, Wire::Varint(number)) => metric.is_null = number != 0,
                (8, Wire::Bytes(inner)) => metadata = Some(inner),
                (9, Wire::Bytes(inner)) => properties = Some(inner),
                (10, Wire::Varint(number)) => metric.value = Some(Value::Int(number)),
                (11, Wire::Varint(number)) => metric.value = Some(Value::Long(number)),
                (12, Wire::Fixed32(_)) => metric.value = Some(Value::Float),
                (13, Wire::Fixed64(_)) => metric.value = Some(Value::Double),
                (14, Wire::Varint(number)) => metric.value = Some(Value::Boolean(number != 0)),
                (15, Wire::Bytes(text)) => {
                    text.text("a string_value")?;
                    metric.value = Some(Value::Text);
                }
                (16, Wire::Bytes(_)) => metric.value = Some(Value::Bytes),
                (17, Wire::Bytes(inner)) => {
                    metric.value = Some(Value::DataSet);
                    value = Some(inner);
                }
                (18, Wire::Bytes(inner)) => {
                    metric.value = Some(Value::Template);
                    value = Some(inner);
                }
                (19, Wire::Bytes(_)) => metric.value = Some(Value::Extension),
                (number @ 1..=19, _) => return Err(mistyped("a metric", number, field.at)),
                (number, _) => {
                    if let Some(found) = &mut found {
                        found.unknown("a metric", number);
                    }
                }
            }
        }
        let Some(found) = found else { return Ok(metric) };
        if let Some(metadata) = metadata {
            parts::metadata(metadata, found)?;
        }
        let label = metric.label();
        if let Some(properties) = properties {
            parts::properties(properties, &label, found, depth)?;
        }
        match (metric.value, value) {
            (Some(Value::DataSet), Some(inner)) => parts::data_set(inner, &label, found)?,
            (Some(Value::Template), Some(inner)) => parts::template(inner, &label, found, depth)?,
            _ => {}
        }
        Ok(metric)
    }

    /// What sentences call it.
    pub fn label(&self) -> String {
        match (self.name, self.alias) {
            (Some(name), _) => format!("the metric {:?}", short(name)),
            (None, Some(alias)) => format!("the metric with the alias {alias}"),
            (None, None) => "a metric without a name and an alias".to_owned(),
        }
    }
}

/// So much of a name is told.
pub(super) fn short(name: &str) -> &str {
    let end = name.char_indices().nth(80).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

/// A field that is there and is not what the specification says that it is.
pub(super) fn mistyped(of: &str, number: u32, at: usize) -> Wrong {
    Wrong {
        at,
        what: format!("field {number} of {of} has another wire type than in the specification"),
    }
}
