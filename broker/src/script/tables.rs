//! Tables of a file, read: an error names the file and the line.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;
use settings::ScriptTable;

use super::misread::{Misread, called};
use super::{device_with_files, with_files};
use crate::device::{Device, device_from_json_or_all_wrongs};
use crate::fault::{Invalid, Rule};
use crate::stub::{Stub, Stubs};
use crate::template::Files;

/// What tables describe.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The rules.
    pub faults: Vec<Rule>,
    /// The stubs, with their files.
    pub stubs: Vec<Stub>,
    /// The devices, and what they read from files.
    pub devices: Vec<(Device, Files)>,
}

/// Reads tables. What is wrong with them goes to the list. `listeners` are the names of those that there are.
pub(crate) fn read(tables: &[ScriptTable], listeners: &[&str]) -> (Script, Vec<Misread>) {
    let (mut script, mut wrong) = (Script::default(), Vec::new());
    let mut named = BTreeMap::new();
    for table in tables {
        let added = refuse_taken(&mut named, table).and_then(|()| add(&mut script, table, listeners));
        let wrongs = added.err().into_iter().flatten();
        wrong.extend(wrongs.map(|invalid| Misread::new(table, invalid)));
    }
    // Line by line, file by file.
    let mut paths: Vec<&Path> = tables.iter().map(|table| &*table.path).collect();
    paths.dedup();
    wrong.sort_by_key(|one| (paths.iter().position(|path| **path == *one.path), one.line));
    (script, wrong)
}

/// A name stands for one rule, one stub, one device.
fn refuse_taken(named: &mut BTreeMap<String, String>, table: &ScriptTable) -> Result<(), Vec<Invalid>> {
    if !table.value["name"].is_string() {
        return Ok(());
    }
    let (called, line) = (called(table), table.line_of("name"));
    let place = format!("{}:{line}", table.path.display());
    let Some(first) = named.get(&called) else {
        named.insert(called, place);
        return Ok(());
    };
    let what = format!(
        "the name is taken by the {} at {first}: give this one another",
        table.kind
    );
    let place = format!("{called}: name");
    Err(vec![Invalid { place, what }])
}

fn add(script: &mut Script, table: &ScriptTable, listeners: &[&str]) -> Result<(), Vec<Invalid>> {
    // Files that it names lie beside it.
    let folder = table.path.parent().unwrap_or(Path::new(""));
    let one = |invalid| vec![invalid];
    match table.kind {
        "fault" => {
            let rule = Rule::from_json_or_all_wrongs(&table.value)?;
            rule.check_listener(listeners).map_err(one)?;
            script.faults.push(rule);
        }
        "stub" => {
            let stub = Stub::from_json(&table.value).map_err(one)?;
            if script.stubs.len() == Stubs::MOST {
                let place = called(table);
                let what = format!("there are {} stubs before it, and no room for more", Stubs::MOST);
                return Err(one(Invalid { place, what }));
            }
            script.stubs.push(with_files(stub, folder).map_err(one)?);
        }
        _ => {
            let device = device_from_json_or_all_wrongs(&table.value)?;
            device.check_listener(listeners).map_err(one)?;
            let (device, files) = device_with_files(device, folder).map_err(one)?;
            let as_written = |wrong| as_written(wrong, &table.value);
            device
                .check_all(&files)
                .map_err(|wrongs| wrongs.into_iter().map(as_written).collect::<Vec<_>>())?;
            script.devices.push((device, files));
        }
    }
    Ok(())
}

/// Of a device: where one table stands in place of a list, its place has no number.
fn as_written(mut wrong: Invalid, device: &Json) -> Invalid {
    for key in ["telemetry", "answer"] {
        if device[key].is_object() {
            wrong.place = wrong
                .place
                .replacen(&format!(": {key}[0]"), &format!(": {key}"), 1);
        }
    }
    wrong
}
