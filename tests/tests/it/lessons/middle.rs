//! The exercises of lessons 4 to 8.

use super::Exercise;

pub const EXERCISES: &[Exercise] = &[];
