//! What a broker is to be that a request begins.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use settings::BrokerSettings;

use super::problem::{Kind, Problem};
use super::{devices, mistakes, stubs};
use crate::broker::Broker;
use crate::builder::Builder;
use crate::error::{Error, Kind as ErrorKind};
use crate::fault::Rule;
use crate::front::StartError;

/// Keys that name files, or are for the program alone: no request reads or writes files of its choice.
const NOT_HERE: &[&str] = &[
    "auth.acl_file",
    "auth.dynamic_security_file",
    "auth.password_file",
    "http.max_brokers",
    "http.token_file",
    "journal.file",
    "journal.recording",
    "log.destinations",
    "pid_file",
    "ready_file",
    "script",
    "state_dir",
    "durability",
    "tls.ca_file",
    "tls.ca_path",
    "tls.cert_file",
    "tls.crl_file",
    "tls.key_file",
    "upstream.ca_file",
    "user",
];

/// The same of each `[[listener]]`.
const NOT_OF_LISTENERS: &[&str] = &[
    "acl_file",
    "ca_file",
    "ca_path",
    "cert_file",
    "crl_file",
    "dynamic_security_file",
    "key_file",
    "password_file",
    "socket",
];

/// The same of each `[[bridge]]`.
const NOT_OF_BRIDGES: &[&str] = &["ca_file", "cert_file", "key_file"];

/// The broker that the body of a request describes: settings in the form of the settings file.
pub(super) fn builder(mut body: Value, parent: &Broker) -> Result<Builder, Problem> {
    if !body.is_object() {
        return Err(Problem::new(
            Kind::Invalid,
            "settings are an object, as in {\"session\": {\"max_inflight\": 1}}",
        ));
    }
    let [faults, stubs, devices] = ["fault", "stub", "device"].map(|kind| tables(&mut body, kind));
    let settings = settings_of(&body, parent)?;
    let mut builder = Builder::default().settings(settings).ladder_on_panic(false);
    for (place, fault) in faults? {
        let rule = Rule::from_json_or_all_wrongs(&fault);
        builder = builder.fault(rule.map_err(|all| mistakes::problem(&all).inside(&place))?);
    }
    for (place, stub) in stubs? {
        builder = builder.stub(stubs::read(stub).map_err(|problem| problem.inside(&place))?);
    }
    for (place, device) in devices? {
        let (device, _) = devices::read(device).map_err(|problem| problem.inside(&place))?;
        if !device.files().is_empty() {
            let detail =
                "it reads files: add it with POST /api/v1/devices once the broker runs, with the files";
            return Err(Problem::new(Kind::Invalid, detail).inside(&place));
        }
        builder = builder.device(device);
    }
    Ok(builder)
}

/// Takes a list of tables out of the body: each with its place.
fn tables(body: &mut Value, kind: &str) -> Result<Vec<(String, Value)>, Problem> {
    match body.as_object_mut().and_then(|members| members.remove(kind)) {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) => {
            let placed = |(nth, table)| (format!("{kind}[{nth}]"), table);
            Ok(all.into_iter().enumerate().map(placed).collect())
        }
        Some(_) => {
            let detail = format!("`{kind}`: it is a list of objects, each in the form of a [[{kind}]] table");
            Err(Problem::new(Kind::Invalid, detail).with("path", kind))
        }
    }
}

fn settings_of(body: &Value, parent: &Broker) -> Result<BrokerSettings, Problem> {
    // On a free port of this machine.
    let mut settings = BrokerSettings {
        port: 0,
        bind: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..BrokerSettings::default()
    };
    settings.tls.port = 0;
    settings.websocket.port = 0;
    settings.http.port = 0;
    refuse_files(body)?;
    settings::set_all(&mut settings, body).map_err(|error| wrong(&error))?;
    if settings.upstream.recording().is_some() {
        return Err(not_here("upstream.url"));
    }
    // The same callers, and no brokers of brokers.
    settings
        .http
        .token_file
        .clone_from(&parent.settings().http.token_file);
    settings.http.max_brokers = 0;
    Ok(settings)
}

/// Why it did not start.
pub(super) fn refused(error: Error) -> Problem {
    match error.kind() {
        // Settings that do not go together.
        ErrorKind::Start(StartError::Settings(all)) => wrong(all),
        _ => error.into(),
    }
}

/// Everything that is wrong with the settings.
pub(super) fn wrong(error: &settings::Error) -> Problem {
    let one = |problem: &settings::Problem| {
        let said = problem.to_string();
        let from = format!("{}: ", problem.origin);
        let detail = said.strip_prefix(&from).unwrap_or(&said).to_owned();
        (problem.key.clone(), detail)
    };
    let all: Vec<(String, String)> = error.problems().iter().map(one).collect();
    let detail = all
        .iter()
        .map(|(_, detail)| &**detail)
        .collect::<Vec<_>>()
        .join("\n");
    let errors: Vec<Value> = all
        .iter()
        .map(|(path, detail)| json!({"path": path, "detail": detail}))
        .collect();
    let path = all.first().map(|(path, _)| path.clone());
    Problem::new(Kind::Invalid, detail)
        .with("path", path)
        .with("errors", errors)
}

fn refuse_files(body: &Value) -> Result<(), Problem> {
    for key in NOT_HERE {
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        let of = if section.is_empty() {
            Some(body)
        } else {
            body.get(section)
        };
        if of.and_then(|of| of.get(name)).is_some() {
            return Err(not_here(key));
        }
    }
    for (table, keys) in [("listener", NOT_OF_LISTENERS), ("bridge", NOT_OF_BRIDGES)] {
        let tables = body.get(table).and_then(Value::as_array).into_iter().flatten();
        for (nth, said) in tables.enumerate() {
            if let Some(key) = keys.iter().find(|key| said.get(key).is_some()) {
                return Err(not_here(&format!("{table}[{nth}].{key}")));
            }
        }
    }
    Ok(())
}

fn not_here(key: &str) -> Problem {
    let detail = format!(
        "`{key}` is for a settings file: over HTTP no file of the broker's machine is read or written, and a broker begins no others"
    );
    Problem::new(Kind::Invalid, detail).with("path", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that is new and names a file must stand above.
    #[test]
    fn no_key_with_a_file_is_forgotten() {
        let names_a_file = |key: &str| {
            let ends = ["_file", "_path", "_dir"];
            ends.iter().any(|end| key.ends_with(end))
                || ["file", "socket", "script", "recording"].contains(&key)
        };
        for doc in settings::keys().filter(|doc| names_a_file(doc.name())) {
            assert!(NOT_HERE.contains(&doc.key), "{}", doc.key);
        }
        for (table, known) in [("listener", NOT_OF_LISTENERS), ("bridge", NOT_OF_BRIDGES)] {
            let Some(settings::Expect::Tables(table)) = settings::find(table).map(|doc| doc.expect) else {
                panic!("a list of tables");
            };
            for doc in table.keys.iter().filter(|doc| names_a_file(doc.key)) {
                assert!(known.contains(&doc.key), "{}", doc.key);
            }
        }
    }
}
