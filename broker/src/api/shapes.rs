//! Shapes that several routes share.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Shared;
use crate::broker::Broker;

/// The longest time that may be said: some thousand years. The clock, which goes less far, says its own bound.
const MOST_SECS: f64 = 1e11;
/// The longest that a request may wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// So many seconds, which need not be whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secs(pub Duration);

impl Serialize for Secs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.as_secs_f64().serialize(to)
    }
}

/// Schemas of numbers up to a bound.
macro_rules! number {
    ($name:ident, $most:expr, $types:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::from_iter($types))
                    .minimum(Some(0))
                    .maximum(Some($most))
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

number!(Secs, MOST_SECS, [Type::Number]);
// What is left out may be said to be null, too.
number!(Patience, LONGEST_WAIT.as_secs_f64(), [Type::Number, Type::Null]);

impl<'de> Deserialize<'de> for Secs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let secs = f64::deserialize(from)?;
        let wrong = || {
            D::Error::custom(format!(
                "{} s; expected a number from 0 to {MOST_SECS}",
                short(secs)
            ))
        };
        let duration = (0.0..=MOST_SECS)
            .contains(&secs)
            .then(|| Duration::try_from_secs_f64(secs).ok());
        duration.flatten().map(Self).ok_or_else(wrong)
    }
}

/// A number as people write it: `-1`, and `1e300`.
fn short(number: f64) -> String {
    if number.abs() < 1e15 {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// How long a request may wait, at most 600 seconds; where nothing is said, as long as the broker's deadline, 5 seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Patience(Option<Duration>);

impl Patience {
    /// So long.
    pub fn within(self, shared: &Shared) -> Duration {
        self.0.unwrap_or(shared.broker.deadline)
    }

    /// The broker, with waits of this length.
    pub fn of(self, shared: &Shared) -> Broker {
        match self.0 {
            Some(deadline) => shared.broker.view_with(deadline),
            None => shared.broker.view(),
        }
    }
}

impl<'de> Deserialize<'de> for Patience {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Some(secs) = Option::<f64>::deserialize(from)? else {
            return Ok(Self(None));
        };
        let most = LONGEST_WAIT.as_secs();
        if !(0.0..=LONGEST_WAIT.as_secs_f64()).contains(&secs) {
            return Err(D::Error::custom(format!(
                "{} s; a request waits from 0 to {most} s",
                short(secs)
            )));
        }
        Ok(Self(Some(Duration::from_secs_f64(secs))))
    }
}

/// A value whose JSON is an object: serde would take a list, too, for the members in their order.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Members<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(OfMap(PhantomData)).map(Self)
    }
}

struct OfMap<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// What is there no more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Removed {
    /// How many there were.
    pub removed: usize,
}

impl Removed {
    pub const ONE: Self = Self { removed: 1 };
}
