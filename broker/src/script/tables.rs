//! Tables of a file, read: an error names the file and the line.

use std::path::Path;

use settings::ScriptTable;

use super::{device_with_files, with_files};
use crate::device::{Device, device_from_json};
use crate::fault::{Invalid, Rule};
use crate::stub::Stub;
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

/// Reads tables. What is wrong with each goes to the list.
pub(crate) fn read(tables: &[ScriptTable]) -> (Script, Vec<Invalid>) {
    let (mut script, mut wrong) = (Script::default(), Vec::new());
    for table in tables {
        if let Err(invalid) = add(&mut script, table) {
            wrong.push(Invalid {
                place: format!("{}:{}: {}", table.path.display(), table.line, invalid.place),
                what: invalid.what,
            });
        }
    }
    (script, wrong)
}

fn add(script: &mut Script, table: &ScriptTable) -> Result<(), Invalid> {
    // Files that it names lie beside it.
    let folder = table.path.parent().unwrap_or(Path::new(""));
    match table.kind {
        "fault" => script.faults.push(Rule::from_json(&table.value)?),
        "stub" => script
            .stubs
            .push(with_files(Stub::from_json(&table.value)?, folder)?),
        _ => script
            .devices
            .push(device_with_files(device_from_json(&table.value)?, folder)?),
    }
    Ok(())
}
