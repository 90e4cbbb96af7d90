//! The document, the routes and the page that is kept, held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::text;
use crate::broker::Broker;

/// Path → its methods.
type Routes = BTreeMap<String, BTreeSet<String>>;

fn document() -> Value {
    serde_json::from_str(&text()).expect("the document is JSON")
}

fn described() -> Routes {
    let document = document();
    let paths = document["paths"].as_object().expect("paths").iter();
    let methods = |item: &Value| {
        let item = item.as_object().expect("methods");
        item.keys().map(|method| method.to_uppercase()).collect()
    };
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// All files of this room.
fn sources(folder: &Path, to: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            sources(&path, to);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            to.push(path);
        }
    }
}

fn room() -> Vec<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api"), &mut files);
    let read = |file: PathBuf| fs::read_to_string(file).expect("it is text");
    files.into_iter().map(read).collect()
}

/// The paths that stand behind `.route(`, as the document writes them.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in room() {
        for call in source.split(".route(").skip(1) {
            let path = call.split('"').nth(1).expect("a path is written out");
            found.insert(path.replace("{*", "{"));
        }
    }
    found
}

/// What the broker says that this path is for.
fn allowed(broker: &Broker, path: &str) -> BTreeSet<String> {
    let mut stream = TcpStream::connect(broker.addr()).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time");
    let path = path.replace(['{', '}'], "");
    let head = format!("PATCH {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let methods = answer
        .split("\r\nallow: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let methods = methods.unwrap_or_else(|| panic!("{path}: {answer}"));
    methods
        .split(',')
        .map(|method| method.trim().to_owned())
        .collect()
}

#[test]
fn the_document_has_every_route_and_no_other() {
    let described = described();
    let paths: BTreeSet<String> = described.keys().cloned().collect();
    let routed = routed();
    let differ: Vec<_> = routed.symmetric_difference(&paths).collect();
    assert!(differ.is_empty(), "only routed, or only described: {differ:?}");
    let broker = Broker::start().wait().expect("it starts");
    for (path, mut methods) in described {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        assert_eq!(
            allowed(&broker, &path),
            methods,
            "{path}: left: the route; right: the document"
        );
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_name_stands_for_one_thing() {
    fn references(value: &Value, to: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    to.insert(reference.clone());
                }
                members.values().for_each(|value| references(value, to));
            }
            Value::Array(all) => all.iter().for_each(|value| references(value, to)),
            _ => {}
        }
    }
    let document = document();
    let mut all = BTreeSet::new();
    references(&document, &mut all);
    for reference in all {
        let place = reference.trim_start_matches('#');
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
    let ids = document["paths"].as_object().expect("paths").values();
    let ids = ids.flat_map(|item| item.as_object().expect("methods").values());
    let ids: Vec<&str> = ids
        .map(|it| it["operationId"].as_str().expect("a name"))
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");

    // Two types of one name would be one shape.
    let mut names = BTreeMap::new();
    for source in room() {
        for item in source.split("ToSchema)]").skip(1) {
            let Some(name) = name_of(item) else { continue };
            *names.entry(name).or_insert(0) += 1;
        }
    }
    let twice: Vec<_> = names.iter().filter(|(_, count)| **count > 1).collect();
    assert!(
        twice.is_empty(),
        "several shapes have one name; say #[schema(as = …)]: {twice:?}"
    );
}

/// What the item that begins here is called in the document.
fn name_of(item: &str) -> Option<String> {
    let words = |text: &str| -> Option<String> {
        let name: String = text
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        (!name.is_empty()).then_some(name)
    };
    let (head, rest) = ["struct ", "enum "]
        .iter()
        .filter_map(|word| item.split_once(word))
        .min_by_key(|(head, _)| head.len())?;
    match head.split_once("schema(as = ") {
        Some((_, said)) => words(said),
        None => words(rest),
    }
}

#[test]
fn the_page_that_is_kept_is_this_document() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = text();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, &text).expect("it can be written");
    }
    assert!(
        fs::read_to_string(&page).is_ok_and(|kept| kept == text),
        "docs/openapi.json is stale: UPDATE_DOCS=1 cargo test -p broker --lib api::document"
    );
}
