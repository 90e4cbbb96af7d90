//! The machine and its certificates, met in memory by the client of rustls.

mod clients;
mod files;
mod floods;
mod harness;
mod kept;
mod machine;
mod presets;
mod spoken;
