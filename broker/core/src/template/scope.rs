//! [`Scope`]: the names that a template may use, known before anything has happened.

use std::borrow::Cow;

/// What is under a name.
///
/// ```
/// use broker_core::template::{Scope, Shape, Template};
///
/// let scope = Scope::default().with_shape("lamp", Shape::Members(&[("name", Shape::Any)]));
/// assert!(Template::new("{{ lamp.name }}", &scope).is_ok());
/// assert!(Template::new("{{ lamp.nmae }}", &scope).is_err());
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Anything: what it has is known when it is there.
    Any,
    /// These members, and no others.
    Members(&'static [(&'static str, Shape)]),
}

/// The names that a template may use.
///
/// ```
/// use broker_core::template::{Scope, Template};
///
/// let scope = Scope::default().with("row");
/// assert!(Template::new("{{ row.temperature }}", &scope).is_ok());
/// assert!(Template::new("{{ message.topic }}", &scope).is_err());
/// assert!(Template::new("{{ message.topic }}", &scope.with_message()).is_ok());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: Vec<(Cow<'static, str>, Shape)>,
}

impl Scope {
    /// One more name, with anything under it.
    #[must_use]
    pub fn with(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with_shape(name, Shape::Any)
    }

    /// One more name, and what is under it.
    #[must_use]
    pub fn with_shape(mut self, name: impl Into<Cow<'static, str>>, shape: Shape) -> Self {
        let name = name.into();
        self.names.retain(|(known, _)| *known != name);
        self.names.push((name, shape));
        self
    }

    /// `message`: a PUBLISH, as [`Message`](super::Message) shows it.
    #[must_use]
    pub fn with_message(self) -> Self {
        self.with_shape("message", super::message::SHAPE)
    }

    pub(super) fn get(&self, name: &str) -> Option<Shape> {
        self.names
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, shape)| *shape)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| &**name)
    }
}
