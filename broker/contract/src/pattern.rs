//! How large a regular expression is, and what that costs.

use regex::bytes::RegexBuilder;

/// So many bytes may one need when it is compiled.
pub(crate) const LARGEST: usize = 1 << 20;
/// Sizes that are told apart, each with the steps that 64 bytes of a text can take: all states may have to be looked at for each byte.
const SIZES: [Size; 4] = [
    Size(1 << 10, 64),
    Size(10 << 10, 640),
    Size(100 << 10, 6_400),
    Size(LARGEST, 64_000),
];

/// A size of regular expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(usize, u64);

impl Size {
    pub fn of(pattern: &str) -> Self {
        // Schemas have `\w` for letters of ASCII. Where a pattern asks for more, it is as large as it is.
        let is_built = |size: usize, unicode| {
            let mut builder = RegexBuilder::new(pattern);
            builder.unicode(unicode).size_limit(size).build().is_ok()
        };
        let fits = |size: &Size| is_built(size.0, false) || is_built(size.0, true);
        let [.., largest] = SIZES;
        SIZES.into_iter().find(fits).unwrap_or(largest)
    }

    /// The bytes that it takes at most.
    pub fn bytes(self) -> usize {
        self.0
    }

    /// The steps that 64 bytes of a text can take.
    pub fn steps(self) -> u64 {
        self.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_as_large_as_its_counts_make_it() {
        let bytes = [
            "^[a-z]+$",
            "^\\w{1,20}$",
            "^\\p{L}+$",
            "^([a-z]{40}){40}$",
            "^((a{99}){99}){99}$",
        ]
        .map(|pattern| Size::of(pattern).bytes());
        assert_eq!(bytes, [1 << 10, 10 << 10, 100 << 10, LARGEST, LARGEST]);
    }
}
