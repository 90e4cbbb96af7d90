//! The console and the course with the broker in the page, as a folder for any web server:
//!
//! `cargo run -p tests --bin site -- FOLDER`, then `python3 -m http.server -d FOLDER`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Writes the console and the course, with the broker in the page, into a folder that any web server can show.
#[derive(Debug, Parser)]
struct Options {
    /// The folder; it is made, and files of this name in it are replaced.
    folder: PathBuf,
    /// A file of MQTT.js for browsers, such as `node_modules/mqtt/dist/mqtt.esm.js`: the page then has clients of it, too.
    #[arg(long, value_name = "FILE")]
    mqtt_js: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Options { folder, mqtt_js } = Options::parse();
    match tests::site::write(&folder, mqtt_js.as_deref()) {
        Ok(written) => {
            println!(
                "{}: {} files, {} kB\npython3 -m http.server -d {0}   # and open http://localhost:8000/",
                folder.display(),
                written.files,
                written.bytes / 1000
            );
            ExitCode::SUCCESS
        }
        Err(what) => {
            eprintln!("site: {what}");
            ExitCode::FAILURE
        }
    }
}
