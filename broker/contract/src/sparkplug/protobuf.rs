//! The wire format of Protocol Buffers: fields of a message, one after the other, borrowed from its bytes.
//!
//! Our own, because of what a library does not tell: the byte at which a payload is wrong, and the fields that it does not know.
//! It allocates nothing, and adds nothing to what is built.

use std::fmt;

/// What is wrong with a payload, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The byte in the payload, from 0.
    pub at: usize,
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {} {}", self.at, self.what)
    }
}

/// The value of a field, as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    /// A text, bytes, a message, or packed numbers.
    Bytes(Slice<'a>),
    Fixed32(u32),
}

/// Bytes with their place in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Slice<'a> {
    /// A whole payload.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The fields of the message that these bytes are.
    pub fn fields(self) -> Fields<'a> {
        Fields { rest: self }
    }

    /// The numbers that are packed in these bytes.
    pub fn packed(self) -> impl Iterator<Item = Result<u64, Wrong>> {
        let mut fields = self.fields();
        std::iter::from_fn(move || (!fields.rest.bytes.is_empty()).then(|| fields.or_stop(Fields::varint)))
    }

    /// The text that these bytes are.
    pub fn text(self, what: &str) -> Result<&'a str, Wrong> {
        std::str::from_utf8(self.bytes).map_err(|_| Wrong {
            at: self.at,
            what: format!("{what} is not UTF-8"),
        })
    }
}

/// A field: its number, its value, and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub number: u32,
    pub value: Wire<'a>,
    pub at: usize,
}

/// The fields of a message; nothing follows an error.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: Slice<'a>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.bytes.is_empty()).then(|| self.or_stop(Self::field))
    }
}

impl<'a> Fields<'a> {
    fn or_stop<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        read(self).inspect_err(|_| self.rest.bytes = &[])
    }

    fn field(&mut self) -> Result<Field<'a>, Wrong> {
        let at = self.rest.at;
        let wrong = |what: String| Err(Wrong { at, what });
        let key = self.varint()?;
        let (number, kind) = (key >> 3, key & 7);
        // Field numbers have 29 bits.
        let Some(number) = u32::try_from(number)
            .ok()
            .filter(|number| (1..1 << 29).contains(number))
        else {
            return wrong(format!(
                "there is a field with the number {number}, which no field has"
            ));
        };
        let value = match kind {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = self.varint()?;
                let left = self.rest.bytes.len();
                match usize::try_from(length).ok().filter(|length| *length <= left) {
                    Some(length) => Wire::Bytes(self.take(length)),
                    None => {
                        return wrong(format!(
                            "field {number} says that it has {length} bytes, and {left} are left"
                        ));
                    }
                }
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.fixed()?)),
            kind => {
                return wrong(format!(
                    "field {number} has the wire type {kind}, which Sparkplug does not use"
                ));
            }
        };
        Ok(Field { number, value, at })
    }

    fn take(&mut self, length: usize) -> Slice<'a> {
        let at = self.rest.at;
        let (bytes, rest) = self.rest.bytes.split_at(length.min(self.rest.bytes.len()));
        self.rest = Slice {
            bytes: rest,
            at: at + bytes.len(),
        };
        Slice { bytes, at }
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        let taken = self.take(N);
        taken.bytes.try_into().map_err(|_| Wrong {
            at: taken.at,
            what: format!("a number of {N} bytes is cut"),
        })
    }

    fn varint(&mut self) -> Result<u64, Wrong> {
        let start = self.rest.at;
        let mut value = 0;
        // 64 bits are ten bytes.
        for shift in (0..70).step_by(7) {
            let Some(byte) = self.take(1).bytes.first().copied() else {
                return Err(Wrong {
                    at: start,
                    what: "a number is cut".to_owned(),
                });
            };
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Wrong {
            at: start,
            what: "a number has more than ten bytes".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u32, Wire<'_>)>, String> {
        let fields = Slice::whole(bytes).fields();
        let pairs = fields.map(|field| field.map(|field| (field.number, field.value)));
        pairs.collect::<Result<_, _>>().map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn each_wire_type_is_read() {
        let bytes = [
            0x08, 0xac, 0x02, 0x12, 2, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        let text = Slice { bytes: b"hi", at: 5 };
        let want = [
            (1, Wire::Varint(300)),
            (2, Wire::Bytes(text)),
            (3, Wire::Fixed32(1)),
            (4, Wire::Fixed64(2)),
        ];
        assert_eq!(read(&bytes).unwrap(), want);
        let packed = Slice::whole(&[1, 0x80, 1])
            .packed()
            .collect::<Result<Vec<_>, _>>();
        assert_eq!(packed.unwrap(), [1, 128]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_byte() {
        for (bytes, want) in [
            (&[0x08][..], "at byte 1 a number is cut"),
            (&[0x08, 0x80], "at byte 1 a number is cut"),
            (&[0x0f, 0], "at byte 0 field 1 has the wire type 7"),
            (&[0x0b], "at byte 0 field 1 has the wire type 3"),
            (&[0x00, 0], "at byte 0 there is a field with the number 0"),
            (
                &[0x08, 1, 0x12, 5, 1],
                "at byte 2 field 2 says that it has 5 bytes, and 1 are left",
            ),
            (&[0x0d, 1, 2], "at byte 1 a number of 4 bytes is cut"),
            (
                &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
                "at byte 1 a number has more than ten",
            ),
        ] {
            let said = read(bytes).unwrap_err();
            assert!(said.starts_with(want), "{said}");
        }
        assert!(
            Slice {
                bytes: &[0xff],
                at: 3
            }
            .text("a name")
            .unwrap_err()
            .to_string()
                == "at byte 3 a name is not UTF-8"
        );
    }
}
