//! Enhanced authentication (section 4.12 of MQTT 5.0), and user names and passwords: the engine is driven directly.

pub(crate) mod bench;
mod checks;
mod client;
mod disturbed;
mod guesses;
mod hooks;
mod login;
mod reauth;
mod rfc;
mod rules;
mod scram;
mod tcp;
