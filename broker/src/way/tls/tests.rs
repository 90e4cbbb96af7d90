//! The machine and its certificates, met in memory by the client of rustls.

mod harness;
mod machine;
mod presets;
