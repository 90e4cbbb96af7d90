//! Datatypes, and the kinds of values.

/// The number of Int32.
pub(super) const INT32: u64 = 3;
/// The number of Boolean.
pub(super) const BOOLEAN: u64 = 11;

/// What a metric's value is; of those that are looked at, the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Int(u64),
    Long(u64),
    Float,
    Double,
    Boolean(bool),
    Text,
    Bytes,
    DataSet,
    Template,
    Extension,
}

/// Names of the datatypes, from 0.
const NAMES: [&str; 35] = [
    "Unknown",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float",
    "Double",
    "Boolean",
    "String",
    "DateTime",
    "Text",
    "UUID",
    "DataSet",
    "Bytes",
    "File",
    "Template",
    "PropertySet",
    "PropertySetList",
    "Int8Array",
    "Int16Array",
    "Int32Array",
    "Int64Array",
    "UInt8Array",
    "UInt16Array",
    "UInt32Array",
    "UInt64Array",
    "FloatArray",
    "DoubleArray",
    "BooleanArray",
    "StringArray",
    "DateTimeArray",
];

/// What sentences call a datatype.
pub(super) fn name(number: u64) -> String {
    let name = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
    name.map_or_else(|| format!("{number}"), |name| (*name).to_owned())
}

/// Whether a metric may have it.
pub(super) fn is_of_metric(number: u64) -> bool {
    matches!(number, 1..=19 | 22..=34)
}

/// Whether it is a basic one.
pub(super) fn is_basic(number: u64) -> bool {
    matches!(number, 1..=14)
}

/// Whether a property may have it.
pub(super) fn is_of_property(number: u64) -> bool {
    is_basic(number) || matches!(number, 20 | 21)
}

impl Value {
    /// Whether a metric of this datatype has such a value. Whole numbers may be in `int_value` or `long_value`: encoders that are
    /// much in use put unsigned ones of 32 bits into the latter.
    pub fn is_of(self, datatype: u64) -> bool {
        match datatype {
            1..=8 | 13 => matches!(self, Self::Int(_) | Self::Long(_)) && self.fits(datatype),
            9 => self == Self::Float,
            10 => self == Self::Double,
            BOOLEAN => matches!(self, Self::Boolean(_)),
            12 | 14 | 15 => self == Self::Text,
            16 => self == Self::DataSet,
            17 | 18 | 22..=34 => self == Self::Bytes,
            19 => self == Self::Template,
            _ => true,
        }
    }

    /// Whether a whole number is one of those of its datatype. A negative one is sent as what it is in 8, 16, 32 or 64 bits.
    fn fits(self, datatype: u64) -> bool {
        let (Self::Int(number) | Self::Long(number)) = self else {
            return true;
        };
        let bits = match datatype {
            1 | 5 => 8,
            2 | 6 => 16,
            3 | 7 => 32,
            _ => return true,
        };
        let most = (1_u64 << bits) - 1;
        let is_signed = datatype <= 4;
        // All bits from the sign's on are set.
        let is_negative = |width: u32| {
            let all = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            number <= all && number >= all - (most >> 1)
        };
        number <= most || is_signed && (is_negative(32) || is_negative(64))
    }

    /// What sentences call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Int(_) => "an int_value",
            Self::Long(_) => "a long_value",
            Self::Float => "a float_value",
            Self::Double => "a double_value",
            Self::Boolean(_) => "a boolean_value",
            Self::Text => "a string_value",
            Self::Bytes => "a bytes_value",
            Self::DataSet => "a dataset_value",
            Self::Template => "a template_value",
            Self::Extension => "an extension_value",
        }
    }
}
