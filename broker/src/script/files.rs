//! The files that templates and payloads are made from. They are read once, when a stub is added.

use std::io;
use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::device::Device;
use crate::fault::Invalid;
use crate::plain_file;
use crate::stub::Stub;
use crate::template::{Content, Files};

/// The stub with the files that it names, unless it has them. Paths go from `folder`.
pub(crate) fn with_files(stub: Stub, folder: &Path) -> Result<Stub, Invalid> {
    let names = stub.files()?;
    if stub.has_files(&names) {
        return Ok(stub);
    }
    let whose = || {
        stub.name()
            .map_or_else(|| "a stub".to_owned(), |name| format!("stub {name:?}"))
    };
    let files = read(&names, folder).map_err(|what| Invalid { place: whose(), what })?;
    Ok(stub.with_files(files))
}

/// The device with the files that it names. Paths go from `folder`.
pub(crate) fn device_with_files(device: Device, folder: &Path) -> Result<(Device, Files), Invalid> {
    let place = || format!("device {:?}", device.name());
    let files = read(&device.files(), folder).map_err(|what| Invalid { place: place(), what })?;
    Ok((device, files))
}

/// Reads them; an error names the file.
pub(crate) fn read(names: &[String], folder: &Path) -> Result<Files, String> {
    names.iter().try_fold(Files::default(), |files, name| {
        let path = folder.join(name);
        let content = plain_file::read(&path).and_then(|bytes| content(name, bytes));
        let content = content.map_err(|error| format!("cannot read the file {}: {error}", path.display()))?;
        Ok(files.with(name, content))
    })
}

/// What is in a file of this name. Its ending says what it is: the rows of a CSV, the elements of a list of JSON, a line of JSON each; anything else is text, or
/// bytes.
pub(crate) fn content(name: &str, bytes: Vec<u8>) -> io::Result<Content> {
    let ending = Path::new(name)
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("csv") => rows(&bytes).map(Content::Items).map_err(io::Error::other),
        Some("json") => match serde_json::from_slice(&bytes)? {
            Json::Array(all) => Ok(Content::Items(all)),
            _ => Ok(text(bytes)),
        },
        Some("jsonl" | "ndjson") => {
            let all = serde_json::Deserializer::from_slice(&bytes).into_iter::<Json>();
            Ok(Content::Items(all.collect::<Result<_, _>>()?))
        }
        _ => Ok(text(bytes)),
    }
}

fn text(bytes: Vec<u8>) -> Content {
    match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Bytes(error.into_bytes().into()),
    }
}

/// Each row by the names in the first line. What reads as a number is one.
fn rows(bytes: &[u8]) -> Result<Vec<Json>, csv::Error> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let names = table.headers()?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record?;
        let cell = |(name, cell): (&str, &str)| (name.to_owned(), value(cell));
        Ok(Json::Object(
            names.iter().zip(&record).map(cell).collect::<Map<_, _>>(),
        ))
    };
    table.records().map(row).collect()
}

fn value(cell: &str) -> Json {
    match serde_json::from_str::<Json>(cell) {
        Ok(number @ Json::Number(_)) => number,
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_ending_says_what_a_file_is() {
        let read =
            |name: &str, bytes: &[u8]| content(name, bytes.to_vec()).map_err(|error| error.to_string());
        assert_eq!(
            read("a.csv", b"name, t\n ann, 21.5\nbob,007\n"),
            Ok(Content::Items(vec![
                json!({"name": "ann", "t": 21.5}),
                json!({"name": "bob", "t": "007"})
            ]))
        );
        assert_eq!(
            read("a.JSON", b"[1, 2]"),
            Ok(Content::Items(vec![json!(1), json!(2)]))
        );
        assert_eq!(read("a.json", b"{}"), Ok(Content::Text("{}".into())));
        assert_eq!(
            read("a.jsonl", b"1\n{}\n"),
            Ok(Content::Items(vec![json!(1), json!({})]))
        );
        assert_eq!(read("a.txt", b"ann\n"), Ok(Content::Text("ann\n".into())));
        assert_eq!(read("a", b"\xFF"), Ok(Content::Bytes(b"\xFF".to_vec().into())));
        assert!(read("a.csv", b"a,b\n1\n").unwrap_err().contains("line: 2"));
        assert!(read("a.json", b"[1,").unwrap_err().contains("line 1"));
    }
}
