//! What a line does, with a double in the place of the rules.

mod aliases;
mod bench;
mod carrying;
mod chaos;
mod cutting;
mod toxics;

use bench::{Bench, deed, packets};
