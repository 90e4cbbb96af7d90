//! The properties of MQTT 5.0 under the names that rows use.

/// How a property's value is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// One byte.
    Byte,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
    /// A Variable Byte Integer.
    Varint,
    /// A string.
    Text,
    /// Binary data.
    Binary,
    /// Two strings; written `name:value`.
    Pair,
}

/// Name, identifier and type of every property (table 2-4 of MQTT 5.0).
pub const PROPERTIES: [(&str, u32, Type); 27] = [
    ("format", 0x01, Type::Byte),
    ("expiry", 0x02, Type::Four),
    ("content-type", 0x03, Type::Text),
    ("response-topic", 0x08, Type::Text),
    ("correlation", 0x09, Type::Binary),
    ("sub-id", 0x0B, Type::Varint),
    ("session-expiry", 0x11, Type::Four),
    ("assigned-id", 0x12, Type::Text),
    ("server-keep", 0x13, Type::Two),
    ("auth-method", 0x15, Type::Text),
    ("auth-data", 0x16, Type::Binary),
    ("request-problem", 0x17, Type::Byte),
    ("delay", 0x18, Type::Four),
    ("request-response", 0x19, Type::Byte),
    ("response-info", 0x1A, Type::Text),
    ("server-reference", 0x1C, Type::Text),
    ("reason-string", 0x1F, Type::Text),
    ("receive-max", 0x21, Type::Two),
    ("alias-max", 0x22, Type::Two),
    ("alias", 0x23, Type::Two),
    ("max-qos", 0x24, Type::Byte),
    ("retain-available", 0x25, Type::Byte),
    ("user-prop", 0x26, Type::Pair),
    ("max-packet", 0x27, Type::Four),
    ("wildcard-available", 0x28, Type::Byte),
    ("sub-id-available", 0x29, Type::Byte),
    ("shared-available", 0x2A, Type::Byte),
];

/// The property that rows call `name`.
pub fn by_name(name: &str) -> Option<(u32, Type)> {
    PROPERTIES
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, id, kind)| (*id, *kind))
}

/// The property with the identifier `id`.
pub fn by_id(id: u32) -> Option<(&'static str, Type)> {
    PROPERTIES
        .iter()
        .find(|(_, known, _)| *known == id)
        .map(|(name, _, kind)| (*name, *kind))
}
