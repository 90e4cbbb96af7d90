//! How many bytes a subscription takes. The bound on memory counts with it.

use crate::topic::is_wildcard;

/// The bytes of a subscription without its filter: its places in the session and in the router, and what an allocator
/// adds.
const BASE_BYTES: usize = 256;
/// The bytes of one level in the tree of filters with wildcards, without its name.
const LEVEL_BYTES: usize = 88;

/// About how many bytes a subscription to `filter` takes, in its session and in the router together. It is never less
/// than the filter's text, and it grows with the filter's levels.
///
/// ```
/// use broker_core::router::subscription_cost_bytes;
///
/// assert!(subscription_cost_bytes("a/b") < 1_000);
/// // Without wildcards the levels do not matter …
/// assert_eq!(subscription_cost_bytes("a/b/c"), subscription_cost_bytes("abcde"));
/// // … and with one each takes its place in a tree.
/// assert!(subscription_cost_bytes(&"/".repeat(60_000).replace("//", "/+")) > 2_000_000);
/// ```
pub fn subscription_cost_bytes(filter: &str) -> usize {
    // In the session, in the router, and level by level in its tree.
    let levels = if is_wildcard(filter) {
        filter.len() + LEVEL_BYTES * (1 + filter.bytes().filter(|&byte| byte == b'/').count())
    } else {
        0
    };
    BASE_BYTES + 2 * filter.len() + levels
}
