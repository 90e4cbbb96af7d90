//! The broker as WebAssembly, built.

use std::fs;
use std::process::Command;

use crate::harness::binaries::workspace;
use crate::harness::peers::Missing;

const TARGET: &str = "wasm32-unknown-unknown";

/// Whether the compiler here can build it.
///
/// # Errors
/// It cannot: what would bring that.
pub fn can_be_built() -> Result<(), Missing> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let is_there = libraries.is_ok_and(|found| {
        let folder = String::from_utf8_lossy(&found.stdout);
        found.status.success() && fs::exists(folder.trim()).unwrap_or(false)
    });
    if is_there {
        Ok(())
    } else {
        Err(Missing::new(
            format!("rustc has no {TARGET}"),
            "rustup target add wasm32-unknown-unknown",
        ))
    }
}

/// Builds it.
pub(super) fn built() -> Result<Vec<u8>, String> {
    let root = workspace();
    let to = root.join("target/wasm");
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--locked", "--target", TARGET])
        .arg("--target-dir")
        .arg(&to)
        .current_dir(root.join("broker/core/wasm"))
        .status();
    if !built.as_ref().is_ok_and(std::process::ExitStatus::success) {
        return Err(format!(
            "the broker could not be built for {TARGET}. Where that is missing: rustup target add {TARGET}"
        ));
    }
    let module = to.join(TARGET).join("release/broker_wasm.wasm");
    super::read(&module)
}
