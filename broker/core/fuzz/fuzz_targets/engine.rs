//! Any bytes on any connection at any time: the engine does not panic, sends only valid packets, and keeps nothing too
//! long.
//!
//! Input: a script, see `tests/engine_arbitrary/script.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/engine_arbitrary/bench.rs"]
mod bench;
#[path = "../../tests/engine_arbitrary/script.rs"]
mod script;

fuzz_target!(|input: &[u8]| script::run(input));
