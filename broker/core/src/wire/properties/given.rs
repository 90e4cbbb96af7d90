//! [`Given`]: a value that a property is made of; and how a set of properties gives those that it has.

use super::Property;
use crate::wire::{QoS, UserProperties};

/// A value that a property is made of. The methods have the names of the types in the table of properties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Given<'a> {
    Bool(bool),
    Number(u64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Pair(&'a str, &'a str),
}

impl<'a> Given<'a> {
    pub(super) fn flag(self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(yes),
            Self::Number(number @ 0..=1) => Some(number == 1),
            _ => None,
        }
    }

    pub(super) fn qos(self) -> Option<QoS> {
        QoS::from_bits(self.number()?)
    }

    fn number<T: TryFrom<u64>>(self) -> Option<T> {
        match self {
            Self::Number(number) => T::try_from(number).ok(),
            _ => None,
        }
    }

    pub(super) fn two(self) -> Option<u16> {
        self.number()
    }

    pub(super) fn two_from_1(self) -> Option<u16> {
        self.number()
    }

    pub(super) fn alias(self) -> Option<u16> {
        self.number()
    }

    pub(super) fn four(self) -> Option<u32> {
        self.number()
    }

    pub(super) fn four_from_1(self) -> Option<u32> {
        self.number()
    }

    pub(super) fn varint(self) -> Option<u32> {
        self.number()
    }

    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn topic(self) -> Option<&'a str> {
        self.text()
    }

    pub(super) fn binary(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Text(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    pub(super) fn pair(self) -> Option<(&'a str, &'a str)> {
        match self {
            Self::Pair(name, value) => Some((name, value)),
            _ => None,
        }
    }
}

/// Calls `visit` with the property if it is there.
#[inline]
pub(in crate::wire) fn give<'a>(property: Option<Property<'a>>, visit: &mut impl FnMut(Property<'a>)) {
    if let Some(property) = property {
        visit(property);
    }
}

/// Calls `visit` with each User Property, in order.
#[inline]
pub(in crate::wire) fn give_user<'a>(user: &UserProperties<'a>, visit: &mut impl FnMut(Property<'a>)) {
    for &(name, value) in user {
        visit(Property::UserProperty((name, value)));
    }
}
