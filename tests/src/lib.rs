//! What the integration tests share.

pub mod bench;
pub mod brokers;
pub mod cli_page;
pub mod conformance;
pub mod console_load;
pub mod durability;
pub mod floods;
pub mod harness;
pub mod kills;
pub mod line;
pub mod scaling;
pub mod simulation;
pub mod site;
pub mod stand_in;
