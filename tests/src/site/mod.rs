//! The console and the course with the broker in the page, as a folder: the console's own files, the page of
//! `broker/core/wasm/page/`, the broker as WebAssembly, and the lessons as JSON.

mod lessons;
mod prose;
mod wasm;

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

pub use wasm::can_be_built;

use crate::harness::binaries::workspace;

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// How many files.
    pub files: usize,
    /// How large they are together.
    pub bytes: u64,
}

/// The console's files for which the page has others, or none.
const REPLACED: [&str; 2] = ["index.html", "road.js"];
/// The page's module that stands in the console's folder, in the place of its `road.js`.
const ROAD: &str = "console-road.js";
/// Everything comes from the folder; the one code that is no file is the broker's, which is compiled in the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

/// Writes the folder; with `library`, a file of MQTT.js for browsers, the page has clients of that, too.
///
/// # Errors
/// A file cannot be read or written, or the broker cannot be built for WebAssembly; in words.
pub fn write(folder: &Path, library: Option<&Path>) -> Result<Written, String> {
    let mut site = Site {
        folder,
        written: Written { files: 0, bytes: 0 },
    };
    let console = workspace().join("broker/console");
    let page = workspace().join("broker/core/wasm/page");
    for name in names(&console)? {
        if !REPLACED.contains(&&*name) {
            site.put_source(&format!("console/{name}"), &console.join(&name))?;
        }
    }
    for name in names(&page)? {
        let to = match &*name {
            ROAD => "console/road.js".to_owned(),
            name => format!("tab/{name}"),
        };
        site.put_source(&to, &page.join(&name))?;
    }
    let index = fs::read_to_string(console.join("index.html"))
        .map_err(|error| format!("{}: {error}", console.join("index.html").display()))?;
    site.put("index.html", index_of(&index)?.as_bytes())?;
    if let Some(library) = library {
        site.put("tab/mqtt.esm.js", &read(library)?)?;
    }
    let lessons = lessons::json(workspace(), library.is_some())?;
    site.put("lessons.bin", &pack(lessons.as_bytes())?)?;
    site.put("broker.bin", &pack(&wasm::built()?)?)?;
    Ok(site.written)
}

struct Site<'a> {
    folder: &'a Path,
    written: Written,
}

impl Site<'_> {
    /// A script or a style, without what only those need who read its source.
    fn put_source(&mut self, name: &str, from: &Path) -> Result<(), String> {
        let bytes = read(from)?;
        let is_source = from
            .extension()
            .is_some_and(|ending| ending == "js" || ending == "css");
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_source => self.put(name, lean(text).as_bytes()),
            _ => self.put(name, &bytes),
        }
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.folder.join(name);
        let wrong = |error| format!("{}: {error}", path.display());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(wrong)?;
        }
        fs::write(&path, bytes).map_err(wrong)?;
        self.written.files += 1;
        self.written.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// Without indents, empty lines, and comments of one line.
fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let is_comment = |line: &str| line.starts_with("//") || (line.starts_with("/**") && line.ends_with("*/"));
    let kept = lines.filter(|line| !line.is_empty() && !is_comment(line));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// Compressed, as the page unpacks it.
fn pack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let wrong = |error: std::io::Error| format!("it cannot be compressed: {error}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).map_err(wrong)?;
    packed.finish().map_err(wrong)
}

/// The names of the files of a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let wrong = |error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        names.push(entry.map_err(wrong)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The console's page, with addresses that hold in any folder, and with the places of the course and the way.
fn index_of(console: &str) -> Result<String, String> {
    let mut page = console.to_owned();
    for (from, to) in [
        ("\"/console/", "\"console/"),
        (
            "<meta charset=\"utf-8\">\n",
            &format!(
                "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta \
                 name=\"referrer\" content=\"no-referrer\">\n"
            ),
        ),
        (
            "<title>Citronella</title>",
            "<title>Citronella, in this page</title>",
        ),
        (
            "</head>",
            "<link rel=\"stylesheet\" href=\"tab/tab.css\">\n<script type=\"module\" \
             src=\"tab/main.js\"></script>\n</head>",
        ),
        (
            "<main>",
            "<aside class=\"lesson\" id=\"lesson\" aria-label=\"Course\"></aside>\n<section class=\"way\" \
             id=\"way\" aria-label=\"Packets on their way\"></section>\n\n<main>",
        ),
    ] {
        if !page.contains(from) {
            return Err(format!(
                "broker/console/index.html has no {from:?}: tests/src/site/mod.rs looks for it"
            ));
        }
        page = page.replace(from, to);
    }
    // A real broker has this page.
    let lines = page.lines().filter(|line| !line.contains("href=\"/ways\""));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}
