//! The mask of a client's frames (RFC 6455 5.3).

/// A mask, turned as far as the payload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask([u8; 4]);

impl Mask {
    pub fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Takes the mask off the next bytes of the payload.
    pub fn unmask(&mut self, bytes: &mut [u8]) {
        let [a, b, c, d] = self.0;
        let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        // Eight at a time: the compiler makes that as many as the processor takes at once.
        let mut words = bytes.chunks_exact_mut(8);
        for word in &mut words {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            word.copy_from_slice(&(u64::from_ne_bytes(eight) ^ key).to_ne_bytes());
        }
        for (byte, key) in words.into_remainder().iter_mut().zip([a, b, c, d, a, b, c]) {
            *byte ^= key;
        }
        self.0.rotate_left(bytes.len() % 4);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_byte_meets_its_own_byte_of_the_key(
            key: [u8; 4],
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(1usize..40, 0..20),
        ) {
            let expected: Vec<u8> = bytes.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            let mut mask = Mask::new(key);
            let mut unmasked = bytes.clone();
            let mut rest = &mut unmasked[..];
            for cut in cuts {
                let (part, others) = rest.split_at_mut(cut.min(rest.len()));
                mask.unmask(part);
                rest = others;
            }
            mask.unmask(rest);
            prop_assert_eq!(unmasked, expected);
        }
    }
}
