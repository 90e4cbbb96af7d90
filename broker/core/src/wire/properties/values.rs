//! The types of values that properties have. Each type has one method to read it and one to write it, named as in the
//! table.

use super::super::reader::Reader;
use super::super::rule::{Broken, Parsed, Rule, TopicRules, text_rules};
use super::super::writer::Sink;
use super::{Owner, QoS, Spec};

static RESPONSE_TOPIC: TopicRules = TopicRules {
    text: text_rules!("Response Topic"),
    wildcard: Rule::protocol_error(
        "Response Topic holds a wildcard (+ or #), which only topic filters may",
        ["MQTT5-3.3.2-14"; 3],
    ),
};

static RESPONSE_TOPIC_EMPTY: Rule = Rule::protocol_error(
    "Response Topic is empty; a topic name has at least one character",
    ["MQTT5-4.7.3-1"; 3],
);

/// Reads the value of one property.
pub(super) struct Values<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) spec: &'static Spec,
    pub(super) owner: Owner,
}

impl<'a> Values<'_, 'a> {
    /// The value at `offset` has the right type but is not allowed.
    #[cold]
    fn bad(&self, offset: usize) -> Broken {
        self.spec
            .bad_value
            .broken_at(offset)
            .in_section(self.spec.section(self.owner))
    }

    #[inline]
    pub(super) fn flag(self) -> Parsed<bool> {
        let offset = self.reader.offset();
        match self.reader.byte(&self.spec.text.cut_short)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.bad(offset)),
        }
    }

    /// Maximum QoS: it is left out if it would be 2.
    #[inline]
    pub(super) fn qos(self) -> Parsed<QoS> {
        Ok(if self.flag()? {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        })
    }

    #[inline]
    pub(super) fn two(self) -> Parsed<u16> {
        self.reader.two(&self.spec.text.cut_short)
    }

    #[inline]
    pub(super) fn two_from_1(self) -> Parsed<u16> {
        let offset = self.reader.offset();
        match self.reader.two(&self.spec.text.cut_short)? {
            0 => Err(self.bad(offset)),
            value => Ok(value),
        }
    }

    #[inline]
    pub(super) fn alias(self) -> Parsed<u16> {
        let offset = self.reader.offset();
        match self.reader.two(&self.spec.text.cut_short)? {
            // [MQTT5-3.3.2-8]
            0 => Err(self.spec.bad_value.broken_at(offset)),
            value => Ok(value),
        }
    }

    #[inline]
    pub(super) fn four(self) -> Parsed<u32> {
        self.reader.four(&self.spec.text.cut_short)
    }

    #[inline]
    pub(super) fn four_from_1(self) -> Parsed<u32> {
        let offset = self.reader.offset();
        match self.reader.four(&self.spec.text.cut_short)? {
            0 => Err(self.bad(offset)),
            value => Ok(value),
        }
    }

    #[inline]
    pub(super) fn varint(self) -> Parsed<u32> {
        let offset = self.reader.offset();
        match self.reader.varint()? {
            0 => Err(self.bad(offset)),
            value => Ok(value),
        }
    }

    #[inline]
    pub(super) fn text(self) -> Parsed<&'a str> {
        self.reader.text(&self.spec.text)
    }

    /// A topic name. [MQTT5-3.3.2-13]
    #[inline]
    pub(super) fn topic(self) -> Parsed<&'a str> {
        let offset = self.reader.offset();
        // [MQTT5-3.3.2-14] is the wildcard rule.
        match self.reader.topic_name(&RESPONSE_TOPIC)? {
            // [MQTT5-4.7.3-1]
            "" => Err(RESPONSE_TOPIC_EMPTY.broken_at(offset)),
            topic => Ok(topic),
        }
    }

    #[inline]
    pub(super) fn binary(self) -> Parsed<&'a [u8]> {
        self.reader.binary(&self.spec.text.cut_short)
    }

    /// A UTF-8 String Pair. [MQTT5-1.5.7-1]
    #[inline]
    pub(super) fn pair(self) -> Parsed<(&'a str, &'a str)> {
        Ok((
            self.reader.text(&self.spec.text)?,
            self.reader.text(&self.spec.text)?,
        ))
    }
}

/// Writes the value of one property.
pub(super) struct Put<'s, S>(pub(super) &'s mut S);

impl<S: Sink> Put<'_, S> {
    #[inline]
    pub(super) fn flag(self, value: bool) {
        self.0.byte(u8::from(value));
    }

    /// Writes 2 as 1: a server that grants QoS 2 leaves Maximum QoS out and cannot say 2.
    #[inline]
    pub(super) fn qos(self, value: QoS) {
        self.flag(value != QoS::AtMostOnce);
    }

    #[inline]
    pub(super) fn two(self, value: u16) {
        self.0.two(value);
    }

    #[inline]
    pub(super) fn two_from_1(self, value: u16) {
        self.0.two(value);
    }

    #[inline]
    pub(super) fn alias(self, value: u16) {
        self.0.two(value);
    }

    #[inline]
    pub(super) fn four(self, value: u32) {
        self.0.four(value);
    }

    #[inline]
    pub(super) fn four_from_1(self, value: u32) {
        self.0.four(value);
    }

    #[inline]
    pub(super) fn varint(self, value: u32) {
        self.0.varint(value as usize);
    }

    #[inline]
    pub(super) fn text(self, value: &str) {
        self.0.text(value);
    }

    #[inline]
    pub(super) fn topic(self, value: &str) {
        self.0.text(value);
    }

    #[inline]
    pub(super) fn binary(self, value: &[u8]) {
        self.0.binary(value);
    }

    #[inline]
    pub(super) fn pair(self, (name, value): (&str, &str)) {
        self.0.text(name);
        self.0.text(value);
    }
}
