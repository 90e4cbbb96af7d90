//! What several packets share of MQTT 5.0's properties (section 2.2.2).

/// User Properties: names and values, in the order given; a name may come more than once.
pub type UserProperties<'a> = Vec<(&'a str, &'a str)>;

/// The Subscription Identifiers of one PUBLISH to a client, each 1 to 268,435,455. Allocates only when not empty.
pub type SubscriptionIds = Vec<u32>;
