//! Requests of the control API, answered in the page. What is not here needs a real broker, and says so.

use std::fmt::Write as _;
use std::time::Duration;

use broker_core::fault::{Listed, Rule};
use broker_core::journal::{Entry, Excerpt, Ladder, Mark, Mermaid, Part, Pcapng, Record, Traces};
use broker_core::pattern::{Is, Pattern, anything};
use broker_core::snapshot::Snapshot;
use broker_core::time::Time;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Problem};
use crate::broker::{Broker, SEED};
use crate::{expected, shapes, who};

/// So many entries are given in one go.
const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 1024 * 1024;
/// So many entries a diagram has.
const DIAGRAM: usize = 200;

/// A request.
#[derive(Deserialize)]
struct Request {
    method: String,
    /// Behind `/api/v1/`, without what follows the question mark, decoded.
    path: String,
    #[serde(default)]
    query: Vec<(String, String)>,
    body: Option<Value>,
}

type Result<T = Answer> = std::result::Result<T, Problem>;

/// Answers a request.
pub fn ask(broker: &mut Broker, now: Time, said: &[u8]) -> Answer {
    let request: Request = match serde_json::from_slice(said) {
        Ok(request) => request,
        Err(error) => return Problem::invalid(format!("no request: {error}")).into(),
    };
    answer(broker, now, request).unwrap_or_else(Answer::from)
}

fn answer(broker: &mut Broker, now: Time, request: Request) -> Result {
    let Request {
        method,
        path,
        query,
        body,
    } = request;
    let (room, name) = match path.split_once('/') {
        Some((room, name)) => (room, Some(name)),
        None => (&*path, None),
    };
    match (&*method, room, name) {
        ("GET", "info", None) => Ok(info()),
        ("GET", "events", None) => events(broker, &query),
        ("GET", "packets", None) => packets(broker, &query),
        ("GET", "packets", Some(number)) => packet(broker, number),
        ("GET", "clients", None) => Ok(list("clients", who::clients(broker))),
        ("GET", "clients", Some(name)) => client(broker, name),
        ("GET", "sessions", None) => {
            let all = broker.engine.sessions_behind(now, "", usize::MAX);
            Ok(list("sessions", all))
        }
        ("GET", "subscriptions", None) => {
            let all = broker.engine.subscriptions_behind(("", ""), usize::MAX);
            let all = all.into_iter();
            let all = all.map(|(client_id, one)| shapes::subscription(client_id, one));
            Ok(list("subscriptions", all.collect()))
        }
        ("GET", "retained", None) => {
            let all = broker.engine.retained_behind(now, None, "", usize::MAX);
            let all = all.into_iter().map(shapes::kept);
            Ok(list("retained", all.collect()))
        }
        ("GET", "stats", None) => Ok(Answer::json(200, &broker.engine.stats())),
        ("GET", "snapshot", None) => Ok(Answer::text(broker.engine.snapshot(now).to_json())),
        ("PUT", "snapshot", None) => restore(broker, now, body),
        ("GET", "export", None) => export(broker, &query),
        ("GET", "faults", None) => {
            let all: Vec<Value> = broker.machines.faults.list().map(fault).collect();
            Ok(Answer::json(200, &json!({"faults": all})))
        }
        ("POST", "faults", None) => disturb(broker, now, body),
        ("POST" | "PUT", "faults", Some(name)) => steer(broker, now, name, body),
        ("DELETE", "faults", name) => calm(broker, now, name),
        ("POST", "expectations", None) => expected::begin(broker, body.unwrap_or_default()),
        ("GET", "expectations", Some(handle)) => {
            let number = |name| member(&query, name).and_then(|text| text.parse().ok());
            let (handle, limit) = (handle.parse().unwrap_or(usize::MAX), number("limit"));
            let is_over = member(&query, "is_over").is_some();
            expected::look(broker, handle, limit.unwrap_or(100), is_over)
        }
        ("POST", "reset", None) => {
            broker.reset(now);
            Ok(Answer::json(200, &json!({})))
        }
        ("POST", "mark", None) => {
            broker.marked = broker.engine.journal().mark().last();
            Ok(Answer::json(200, &json!({"after": broker.marked})))
        }
        _ => Err(Problem::lacking(&format!("{method} {room}"))),
    }
}

fn info() -> Answer {
    Answer::json(
        200,
        &json!({
            "name": "citronella", "version": env!("CARGO_PKG_VERSION"), "engine": "native, in this page", "seed": SEED,
            "url": "", "listeners": [],
        }),
    )
}

/// All of a list: a page's broker has few of each.
fn list(key: &str, all: Vec<impl serde::Serialize>) -> Answer {
    Answer::json(200, &json!({key: all, "meta": {"next": null}}))
}

fn client(broker: &Broker, name: &str) -> Result {
    let all = who::clients(broker);
    let found = all.iter().find(|one| one["client_id"] == *name);
    let found = found.ok_or_else(|| Problem::not_found(format!("there is no client {name:?}")))?;
    Ok(Answer::json(200, found))
}

fn member<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| &**value)
}

/// The pattern and the place of a search, as its address says them.
fn search(query: &[(String, String)]) -> Result<(Pattern, Mark)> {
    let after = member(query, "after").map_or(Ok(0), str::parse);
    let after = after.map_err(|_| Problem::invalid("`after`: expected a whole number"))?;
    let fields = query
        .iter()
        .filter(|(name, _)| !matches!(&**name, "after" | "limit" | "format"));
    let fields: Vec<_> = fields.map(|(name, value)| (&**name, &**value)).collect();
    let pattern = match fields.len() {
        0 => anything(),
        _ => Pattern::from_query(fields).map_err(|invalid| Problem::invalid(invalid.to_string()))?,
    };
    pattern
        .check()
        .map_err(|invalid| Problem::invalid(invalid.to_string()))?;
    Ok((pattern, Mark::behind(after)))
}

fn read(broker: &Broker, query: &[(String, String)]) -> Result<Excerpt> {
    let (pattern, mark) = search(query)?;
    let part = Part {
        entries: PAGE,
        bytes: PAGE_BYTES,
        ..Part::ALL
    };
    Ok(broker.engine.journal().read_part(mark, part, &pattern))
}

/// A part of the events, as the API streams them.
fn events(broker: &Broker, query: &[(String, String)]) -> Result {
    let excerpt = read(broker, query)?;
    let mut text = String::new();
    if excerpt.missed > 0 {
        let missed = excerpt.missed;
        let _ = write!(text, "event: missed\ndata: {{\"entries\":{missed}}}\n\n");
    }
    for entry in &excerpt.entries {
        let kind = match entry.record {
            Record::Packet { .. } => "packet",
            Record::Event(_) => "event",
        };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "id: {}\nevent: {kind}\ndata: {}\n\n",
            entry.seq,
            entry.to_json()
        );
    }
    Ok(Answer::text(text))
}

fn packets(broker: &Broker, query: &[(String, String)]) -> Result {
    let excerpt = read(broker, query)?;
    let end = broker.engine.journal().mark();
    Ok(Answer::json(
        200,
        &json!({
            "packets": excerpt.entries,
            "meta": {"next": excerpt.until.last(), "more": excerpt.until < end, "missed": excerpt.missed},
        }),
    ))
}

fn packet(broker: &Broker, number: &str) -> Result {
    let absent = || Problem::not_found(format!("the journal has no entry {number}"));
    let number: u64 = number.parse().map_err(|_| absent())?;
    // Its number says which is meant, also where a rule kept it from a client.
    let any = anything().field("side", Is::one_of([Is::absent(), Is::present()]));
    let excerpt = broker.engine.journal().read(Mark::before(number), 1, &any);
    let found = excerpt.entries.into_iter().find(|entry| entry.seq == number);
    Ok(Answer::json(200, &found.ok_or_else(absent)?))
}

fn export(broker: &Broker, query: &[(String, String)]) -> Result {
    let (pattern, mark) = search(query)?;
    let mut entries: Vec<Entry> = broker.engine.journal().read(mark, usize::MAX, &pattern).entries;
    let form = member(query, "format").unwrap_or_default();
    let latest = entries.len().saturating_sub(DIAGRAM);
    match form {
        "jsonl" => {
            let lines = entries.iter().map(|entry| entry.to_json() + "\n");
            Ok(Answer::text(lines.collect()))
        }
        "pcapng" => Ok(Answer {
            status: 200,
            body: Pcapng::file(Duration::ZERO, &entries),
        }),
        "otlp" => Ok(Answer {
            status: 200,
            body: Traces::document(Duration::ZERO, &entries),
        }),
        "ladder" => {
            entries.drain(..latest);
            let ladder = Ladder::new(&entries).lines(DIAGRAM);
            Ok(Answer::text(ladder.to_string()))
        }
        "mermaid" => {
            entries.drain(..latest);
            let diagram = Mermaid::new(&entries).entries(DIAGRAM);
            Ok(Answer::text(diagram.to_string()))
        }
        _ => Err(Problem::invalid(
            "`format`: expected one of jsonl, ladder, mermaid, otlp, pcapng",
        )),
    }
}

fn restore(broker: &mut Broker, now: Time, body: Option<Value>) -> Result {
    let text = body.unwrap_or_default().to_string();
    let invalid = |error: broker_core::snapshot::SnapshotError| Problem::invalid(error.to_string());
    let snapshot = Snapshot::from_json(&text).map_err(invalid)?;
    broker.engine.restore(now, &snapshot).map_err(invalid)?;
    Ok(Answer::json(200, &json!({})))
}

fn fault(listed: Listed) -> Value {
    let enabled = listed.rule.is_enabled();
    json!({"name": listed.name, "fired": listed.fired, "enabled": enabled, "rule": listed.rule})
}

fn disturb(broker: &mut Broker, now: Time, body: Option<Value>) -> Result {
    let rule = Rule::from_json(&body.unwrap_or_default());
    let rule = rule.map_err(|invalid| Problem::invalid(invalid.to_string()))?;
    let faults = &mut broker.machines.faults;
    let added = faults.add(now, rule);
    let name = added.map_err(|invalid| Problem::taken(invalid.to_string()))?;
    let listed = faults.list().find(|listed| *listed.name == *name);
    let listed = listed.map(fault).unwrap_or_default();
    broker.tick_lines(now);
    Ok(Answer::json(201, &listed))
}

/// `NAME/release`: what a rule keeps goes on. `NAME/enabled`: it is switched off, or on again. `NAME/reset`: its counts begin anew.
fn steer(broker: &mut Broker, now: Time, path: &str, body: Option<Value>) -> Result {
    let (name, what) = path.rsplit_once('/').unwrap_or((path, ""));
    let faults = &mut broker.machines.faults;
    if !faults.list().any(|one| one.name == name) {
        return Err(Problem::not_found(format!("there is no fault {name:?}")));
    }
    match what {
        "release" => broker.release(now, name),
        "enabled" => {
            let body = body.unwrap_or_default();
            let is_enabled = body["enabled"].as_bool();
            let is_enabled =
                is_enabled.ok_or_else(|| Problem::invalid("`enabled`: expected true or false"))?;
            faults.set_enabled(name, is_enabled);
        }
        "reset" => {
            faults.reset_one(now, name);
        }
        _ => return Err(Problem::lacking(&format!("faults {what}"))),
    }
    broker.tick_lines(now);
    let listed = broker.machines.faults.list().find(|one| one.name == name);
    Ok(Answer::json(200, &listed.map(fault).unwrap_or_default()))
}

/// Takes one rule out of force, or all.
fn calm(broker: &mut Broker, now: Time, name: Option<&str>) -> Result {
    let faults = &mut broker.machines.faults;
    let removed = match name {
        Some(name) if faults.remove(name) => 1,
        Some(name) => return Err(Problem::not_found(format!("there is no fault {name:?}"))),
        None => {
            let all = faults.list().count();
            faults.clear();
            all
        }
    };
    broker.tick_lines(now);
    Ok(Answer::json(200, &json!({"removed": removed})))
}
