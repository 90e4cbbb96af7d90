//! The broker from outside: as a library that a test embeds, over sockets, and as a program.

mod access_changes;
mod answers;
mod arrivals;
mod builder;
mod cli;
mod corners;
mod devices;
mod dynamic_security;
mod faults;
mod large_payloads;
mod listeners;
mod login_hooks;
mod login_storm;
mod logins;
mod many_expectations;
mod proxied;
mod recordings;
mod snapshot;
mod stubs;
mod stubs_and_rules;
mod verdicts;
mod waits;
mod web_socket;
