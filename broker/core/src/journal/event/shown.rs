//! [`Shown`]: what a field of an event is in JSON and in patterns, by its type.

use std::sync::Arc;
use std::time::Duration;

use super::{ClockChange, CloseReason, DropReason};
use crate::arrival::{TlsFacts, Way};
use crate::journal::value::{Codes, Field, Kind, Value};
use crate::session::ConnId;
use crate::wire::{QoS, ReasonCode, Version};

/// A type that fields of events have: what it is shown as.
pub(super) trait Shown {
    const KIND: Kind;
    /// What is shown beside it, under names of its own.
    const BESIDE: &'static [Field] = &[];

    /// `None` where there is nothing to say.
    fn value(&self) -> Option<Value<'_>>;

    fn beside(&self, _place: usize) -> Option<Value<'_>> {
        None
    }

    fn conn(&self) -> Option<ConnId> {
        None
    }

    /// A text, without a copy of it where that can be.
    fn shared(&self) -> Arc<str> {
        Arc::from("")
    }
}

macro_rules! shown {
    ($($type:ty: $kind:expr, |$it:ident| $value:expr;)*) => {
        $(impl Shown for $type {
            const KIND: Kind = $kind;

            fn value(&self) -> Option<Value<'_>> {
                let $it = self;
                Some($value)
            }
        })*
    };
}

shown! {
    &'static str: Kind::Text, |it| (*it).into();
    bool: Kind::Bool, |it| (*it).into();
    u16: Kind::TWO_BYTES, |it| (*it).into();
    u32: Kind::COUNT, |it| (*it).into();
    Duration: Kind::Number, |it| (*it).into();
    QoS: Kind::QOS, |it| it.bits().into();
    Version: Kind::VERSION, |it| Value::version(*it);
    Way: Kind::OneOf(Way::WORDS), |it| it.word().into();
    DropReason: Kind::OneOf(DropReason::WORDS), |it| it.word().into();
    ClockChange: Kind::OneOf(ClockChange::WORDS), |it| it.word().into();
}

impl Shown for Arc<str> {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Option<Value<'_>> {
        Some((&**self).into())
    }

    fn shared(&self) -> Arc<str> {
        self.clone()
    }
}

impl Shown for String {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Option<Value<'_>> {
        Some(self.as_str().into())
    }

    fn shared(&self) -> Arc<str> {
        Arc::from(self.as_str())
    }
}

impl Shown for Option<Arc<str>> {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Option<Value<'_>> {
        self.as_deref().map(Value::from)
    }
}

impl Shown for Option<Arc<TlsFacts>> {
    const KIND: Kind = Kind::OneOf(TlsFacts::VERSIONS);
    const BESIDE: &'static [Field] = &[Field::new(
        "certificate",
        Kind::Text,
        "subject of the client's certificate, as RFC 4514 writes it; `null` without one",
    )];

    fn value(&self) -> Option<Value<'_>> {
        self.as_ref().map(|facts| facts.version.into())
    }

    fn beside(&self, _place: usize) -> Option<Value<'_>> {
        let certificate = self.as_ref()?.certificate.as_deref()?;
        Some(certificate.into())
    }
}

impl Shown for ConnId {
    const KIND: Kind = Kind::COUNT;

    fn value(&self) -> Option<Value<'_>> {
        Some(self.number().into())
    }

    fn conn(&self) -> Option<ConnId> {
        Some(*self)
    }
}

impl Shown for ReasonCode {
    const KIND: Kind = Kind::Code(Codes::Refusals);
    const BESIDE: &'static [Field] = &[Field::new("reason", Kind::CodeName, "its name in the standard")];

    fn value(&self) -> Option<Value<'_>> {
        Some(self.0.into())
    }

    fn beside(&self, _place: usize) -> Option<Value<'_>> {
        Some(self.name().into())
    }
}

impl Shown for CloseReason {
    const KIND: Kind = Kind::OneOf(CloseReason::WORDS);
    const BESIDE: &'static [Field] = &[
        Field::new(
            "reason_code",
            Kind::Code(Codes::Any),
            "reason code of the DISCONNECT that the client sent, or that tells a 5.0 client why; `null` where there is none",
        ),
        Field::new("text", Kind::Text, "the cause in words, for people"),
    ];

    fn value(&self) -> Option<Value<'_>> {
        Some(self.word().into())
    }

    fn beside(&self, place: usize) -> Option<Value<'_>> {
        match place {
            0 => self.reason_code().map(|code| code.0.into()),
            _ => Some(Value::Text(self.to_string().into())),
        }
    }
}
