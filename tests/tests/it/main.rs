//! Real sockets, real programs, real other clients; and the house rules. One program, so that little is linked.
//!
//! Its tests run beside each other in one process: none changes what belongs to the whole process (limits, environment,
//! panic hook) or measures it (threads, open files, processor time, ports that are free). Those that do are the other files
//! of this folder's parent, a program each. Port 1883 is asked for with [`tests::harness::default_port`].

mod access_page;
mod advance;
mod api;
mod api_examples;
mod api_page;
mod api_python;
mod bounds;
mod capture;
mod certificates;
mod ci_page;
mod cli_page;
mod clients;
mod conformance;
mod conformance_ledger;
mod console;
mod delivery;
mod devices_page;
mod disturb;
mod disturb_page;
mod engines;
mod examples;
mod expect;
mod expect_clients;
mod expect_reports;
mod first_change;
mod goodbye;
mod greedy;
mod house_rules;
mod identity;
mod injected;
mod instrument;
mod instrument_clients;
mod journal_clients;
mod keep_alive;
mod lessons;
mod malformed;
mod mermaid;
mod mosquitto;
mod mosquitto_bridge;
mod mqttjs;
mod packaging;
mod paho;
mod programs;
mod readme;
mod recordings;
mod refusals;
mod relay;
mod relay_down;
mod relay_lines;
mod relay_tls;
mod relay_ways;
mod restarts;
mod retained;
mod running_clock;
mod scenarios;
mod sessions;
mod settle;
mod simulation;
mod stand_in;
mod state;
mod strangers;
mod stubs_page;
mod takeover;
mod talk;
#[cfg(unix)]
mod watch;
mod ways;
mod ways_attacks;
mod ways_page;
mod wills;
mod windows;
mod world_faults;
