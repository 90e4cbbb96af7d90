//! What a pattern asks of the payload, each by a method: short for [`Pattern::payload`].

use serde_json::Value;

use super::{Is, Pattern};

impl Pattern {
    /// The payload is this text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.payload(text.into())
    }

    /// The payload is a text with this in it.
    pub fn containing(self, part: impl Into<String>) -> Self {
        self.payload(Is::containing(part))
    }

    /// The payload is these bytes.
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload(Is::bytes(bytes))
    }

    /// The payload is empty.
    pub fn empty(self) -> Self {
        self.payload(Is::len_bytes(0))
    }

    /// In the payload, a text, this regular expression finds something.
    pub fn matching(self, regex: impl Into<String>) -> Self {
        self.payload(Is::matching(regex))
    }

    /// The payload is this JSON value, however it is written.
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.payload(Is::json(value))
    }

    /// The payload is JSON with at least these members.
    pub fn json_subset(self, value: impl Into<Value>) -> Self {
        self.payload(Is::json_subset(value))
    }

    /// The payload is JSON with this value at the place that `pointer` names, as `/list/0/name`.
    pub fn json_at(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        let is = match value.into() {
            // An object that is a value here would be a comparison there.
            value @ (Value::Null | Value::Array(_) | Value::Object(_)) => Is::json(value),
            value => Is::from(value),
        };
        self.payload(Is::json_at(pointer, is))
    }

    /// The payload is as described.
    ///
    /// ```
    /// use broker_core::pattern::{Is, publish};
    ///
    /// let patterns = [
    ///     publish("t").payload(Is::len_bytes(Is::at_most(1_000))),
    ///     publish("t").payload(Is::not(Is::containing("error"))),
    ///     publish("t").payload(Is::json_at("/celsius", Is::between(20, 22.5))),
    /// ];
    /// ```
    pub fn payload(self, is: impl Into<Is>) -> Self {
        self.field("payload", is)
    }
}
