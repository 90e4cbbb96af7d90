//! [`Lent`]: a journal to look at, wherever its owner keeps it.

use std::cell::{Ref, RefMut};
use std::ops::{Deref, DerefMut};

use crate::journal::Journal;

pub(crate) enum Lent<'a> {
    Plain(&'a Journal),
    Counted(Ref<'a, Journal>),
}

impl Deref for Lent<'_> {
    type Target = Journal;

    fn deref(&self) -> &Journal {
        match self {
            Self::Plain(journal) => journal,
            Self::Counted(journal) => journal,
        }
    }
}

/// The same, to change it.
pub(crate) enum LentMut<'a> {
    Plain(&'a mut Journal),
    Counted(RefMut<'a, Journal>),
}

impl Deref for LentMut<'_> {
    type Target = Journal;

    fn deref(&self) -> &Journal {
        match self {
            Self::Plain(journal) => journal,
            Self::Counted(journal) => journal,
        }
    }
}

impl DerefMut for LentMut<'_> {
    fn deref_mut(&mut self) -> &mut Journal {
        match self {
            Self::Plain(journal) => journal,
            Self::Counted(journal) => journal,
        }
    }
}
