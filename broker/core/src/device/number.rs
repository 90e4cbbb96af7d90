//! [`Number`]: numbers as templates reckon with them. Where their rules are not simple, the answer is `None`, and the template
//! itself is asked.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// A whole number, or one with a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Real(f64),
}

use Number::{Real, Whole};

impl Number {
    pub fn real(self) -> f64 {
        match self {
            Whole(number) => number as f64,
            Real(number) => number,
        }
    }

    pub fn whole(self) -> Option<i64> {
        match self {
            Whole(number) => Some(number),
            Real(_) => None,
        }
    }

    /// The number of this JSON, if it is one.
    pub fn of(json: &Json) -> Option<Self> {
        let number = json.as_number()?;
        number.as_i64().map(Whole).or_else(|| number.as_f64().map(Real))
    }

    pub fn json(self) -> Json {
        match self {
            Whole(number) => Json::from(number),
            Real(number) => Json::from(number),
        }
    }

    pub fn negated(self) -> Option<Self> {
        match self {
            Whole(number) => number.checked_neg().map(Whole),
            Real(number) => Some(Real(-number)),
        }
    }

    pub fn absolute(self) -> Option<Self> {
        match self {
            Whole(number) => number.checked_abs().map(Whole),
            Real(number) => Some(Real(number.abs())),
        }
    }

    /// Both, as whole numbers if they are.
    fn both(
        self,
        other: Self,
        whole: fn(i64, i64) -> Option<i64>,
        real: fn(f64, f64) -> f64,
    ) -> Option<Self> {
        match (self, other) {
            (Whole(one), Whole(other)) => whole(one, other).map(Whole),
            _ => Some(Real(real(self.real(), other.real()))),
        }
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_add, |one, other| one + other)
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_sub, |one, other| one - other)
    }

    pub fn times(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_mul, |one, other| one * other)
    }

    /// A quotient always has a point.
    pub fn over(self, other: Self) -> Option<Self> {
        let divisor = other.real();
        (divisor != 0.0).then(|| Real(self.real() / divisor))
    }

    /// What is left is never negative for a divisor above zero.
    pub fn modulo(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Whole(one), Whole(other)) if one >= 0 && other > 0 => Some(Whole(one % other)),
            (_, other) if self.real() >= 0.0 && other.real() > 0.0 => {
                let (one, other) = (self.real(), other.real());
                Some(Real(one % other))
            }
            _ => None,
        }
    }

    /// Rounded to so many digits behind the point: half to even, of what the number really is.
    pub fn rounded(self, digits: usize) -> Option<Self> {
        match self {
            Whole(_) => Some(self),
            Real(number) => {
                let mut text = Text::default();
                write!(text.rest(), "{number:.digits$}").ok()?;
                text.read().map(Real)
            }
        }
    }

    pub fn write(self, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Whole(number) => write!(Digits(out), "{number}").ok(),
            Real(number) if number.is_finite() => {
                let begin = out.len();
                write!(Digits(out), "{number}").ok()?;
                if !out.get(begin..)?.contains(&b'.') {
                    out.extend_from_slice(b".0");
                }
                Some(())
            }
            Real(_) => None,
        }
    }
}

/// Room for the digits of a number that is not very large.
struct Text {
    bytes: [u8; 64],
    left: usize,
}

impl Default for Text {
    fn default() -> Self {
        let bytes = [0; 64];
        Self { bytes, left: 64 }
    }
}

impl Text {
    fn rest(&mut self) -> Writer<'_> {
        Writer(self)
    }

    fn read(&self) -> Option<f64> {
        let text = self.bytes.get(..64 - self.left)?;
        std::str::from_utf8(text).ok()?.parse().ok()
    }
}

struct Writer<'a>(&'a mut Text);

impl std::fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let at = 64 - self.0.left;
        let room = self.0.bytes.get_mut(at..at + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.0.left -= text.len();
        Ok(())
    }
}

/// Digits are appended to bytes.
struct Digits<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Digits<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
