//! What a line does, with a double in the place of the rules.

mod bench;
mod carrying;
mod cutting;
mod toxics;

use bench::{Bench, deed, packets};
