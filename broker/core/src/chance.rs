//! [`Rng`]: chance that repeats itself. Not for secrets.
//!
//! ```
//! use broker_core::chance::Rng;
//!
//! assert_eq!(Rng::new(7).next_u64(), Rng::new(7).next_u64()); // one seed, the same numbers
//! ```

/// The `SplitMix64` generator: one word of state, a full period, and the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Rng {
    seed: u64,
    state: u64,
}

impl Rng {
    /// Begins with `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What it began with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How far it has come.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// Goes on from the state of another.
    pub fn resume(&mut self, state: u64) {
        self.state = state;
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0, included, to 1, excluded.
    pub fn unit(&mut self) -> f64 {
        // As many bits as the type holds exactly.
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        (wide >> 64) as u64
    }
}
