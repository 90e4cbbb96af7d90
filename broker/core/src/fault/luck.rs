//! Chance of rules: drawn for each seed, rule, client and count, so that no client's packets change another's luck.

use crate::chance::Rng;

/// Chance for the `nth` packet or connection of this client under this rule.
pub(super) fn luck(seed: u64, rule: &str, client: &str, nth: u64) -> Rng {
    let mut state = seed;
    for part in [rule.as_bytes(), client.as_bytes()] {
        state = Rng::new(state ^ hash(part)).next_u64();
    }
    Rng::new(Rng::new(state ^ nth).next_u64())
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    let start = 0xCBF2_9CE4_8422_2325;
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
