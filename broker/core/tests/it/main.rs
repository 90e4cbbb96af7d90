//! The core without sockets: the engine, its rooms and its codec, each held against a model, an oracle or the standard.

mod arrival;
mod corners;
mod devices;
mod disturbed;
mod engine_acl;
mod engine_arbitrary;
mod engine_auth;
mod engine_bounds;
mod engine_contract;
mod engine_control;
mod engine_delivery;
mod engine_keeping;
mod engine_lanes;
mod engine_listeners;
mod engine_memory;
mod engine_runs;
mod engine_sys;
mod engine_ticks;
mod journal;
mod router_deep;
mod router_retained;
mod router_subscriptions;
mod sim_regressions;
mod wire_corpus;
mod wire_oracle;
mod wire_roundtrip;
mod common {
    pub(crate) mod outbox;
    pub(crate) mod packets;
}
