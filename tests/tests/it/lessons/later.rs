//! The exercises of lessons 9 to 14.

use super::Exercise;

pub const EXERCISES: &[Exercise] = &[];
