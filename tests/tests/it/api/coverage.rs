//! Everything that the Rust handle of a broker can do has a route, or a reason why not; and each of these routes is there.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use syn::{ImplItem, Item, Type, Visibility};
use tests::harness::binaries::workspace;
use tests::harness::source::read;

/// What stands for a method over HTTP.
enum Over {
    /// This route.
    Route(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Over::{Nothing, Route};

const ENDS: &str =
    "the program that holds the broker ends it; over HTTP only brokers that a request began are ended";
const BEGINS: &str = "POST /api/v1/brokers begins a broker with settings";
const HANDS_OUT: &str = "it hands out a handle, whose methods have routes";

/// By type and method.
const TABLE: &[(&str, &str, Over)] = &[
    ("Broker", "start", Nothing(BEGINS)),
    ("Broker", "builder", Nothing(BEGINS)),
    ("Broker", "shutdown", Nothing(ENDS)),
    (
        "Broker",
        "set_deadline",
        Nothing("each request that waits says timeout_secs"),
    ),
    ("Broker", "clock", Nothing(HANDS_OUT)),
    ("Broker", "faults", Nothing(HANDS_OUT)),
    ("Broker", "stubs", Nothing(HANDS_OUT)),
    ("Broker", "devices", Nothing(HANDS_OUT)),
    ("Broker", "scenarios", Nothing(HANDS_OUT)),
    ("Broker", "bridges", Route("GET /api/v1/bridges")),
    ("Broker", "profile", Nothing(HANDS_OUT)),
    ("BrokerProfile", "get", Route("GET /api/v1/profile")),
    ("BrokerProfile", "set", Route("PUT /api/v1/profile")),
    ("BrokerProfile", "remove", Route("DELETE /api/v1/profile")),
    ("BrokerProfile", "violations", Route("GET /api/v1/violations")),
    ("Broker", "contract_report", Route("GET /api/v1/contracts")),
    ("Broker", "contract_notes", Route("GET /api/v1/contracts")),
    ("Broker", "sparkplug_report", Route("GET /api/v1/contracts")),
    ("Broker", "set_contracts", Route("PUT /api/v1/contracts")),
    ("Broker", "remove_contracts", Route("DELETE /api/v1/contracts")),
    ("Broker", "journal", Nothing(HANDS_OUT)),
    (
        "Broker",
        "client_certificate",
        Nothing("a private key never leaves over HTTP: `broker cert` writes it to a file"),
    ),
    (
        "Broker",
        "faulty_client_certificate",
        Nothing("as client_certificate"),
    ),
    (
        "Broker",
        "settings",
        Nothing("they name files and have secrets; `broker --print-config` shows them without"),
    ),
    ("Broker", "skipped", Nothing("it is told when the program starts")),
    (
        "Broker",
        "access_changed",
        Nothing("it is for rights that code of the program decides; it has no others to change"),
    ),
    ("Broker", "seed", Route("GET /api/v1/info")),
    ("Broker", "engine", Route("GET /api/v1/info")),
    ("Broker", "addr", Route("GET /api/v1/info")),
    ("Broker", "addrs", Route("GET /api/v1/info")),
    ("Broker", "url", Route("GET /api/v1/info")),
    ("Broker", "tls_url", Route("GET /api/v1/info")),
    ("Broker", "ws_url", Route("GET /api/v1/info")),
    ("Broker", "wss_url", Route("GET /api/v1/info")),
    ("Broker", "api_url", Route("GET /api/v1/info")),
    ("Broker", "listeners", Route("GET /api/v1/info")),
    ("Broker", "listener", Route("GET /api/v1/info")),
    ("Broker", "capabilities", Route("GET /api/v1/capabilities")),
    ("Broker", "stats", Route("GET /api/v1/stats")),
    ("Broker", "figures", Route("GET /metrics")),
    ("Broker", "state", Route("GET /api/v1/state")),
    ("Broker", "client", Route("GET /api/v1/clients/{client_id}")),
    ("Broker", "clients", Route("GET /api/v1/clients")),
    ("Broker", "session", Route("GET /api/v1/sessions/{client_id}")),
    ("Broker", "sessions", Route("GET /api/v1/sessions")),
    ("Broker", "subscriptions", Route("GET /api/v1/subscriptions")),
    ("Broker", "retained", Route("GET /api/v1/retained")),
    (
        "Broker",
        "retained_message",
        Route("GET /api/v1/retained/{topic}"),
    ),
    ("Broker", "publish", Route("POST /api/v1/publish")),
    (
        "Broker",
        "disconnect",
        Route("POST /api/v1/clients/{client_id}/disconnect"),
    ),
    (
        "Broker",
        "delete_session",
        Route("DELETE /api/v1/sessions/{client_id}"),
    ),
    ("Broker", "clear_retained", Route("DELETE /api/v1/retained")),
    (
        "Broker",
        "delete_retained",
        Route("DELETE /api/v1/retained/{topic}"),
    ),
    ("Broker", "expect", Route("POST /api/v1/expectations")),
    ("Broker", "mark", Route("POST /api/v1/mark")),
    ("Broker", "settle", Route("POST /api/v1/settle")),
    (
        "Broker",
        "wait_connected",
        Route("POST /api/v1/clients/{client_id}/wait"),
    ),
    (
        "Broker",
        "wait_disconnected",
        Route("POST /api/v1/clients/{client_id}/wait"),
    ),
    (
        "Broker",
        "wait_subscribed",
        Route("POST /api/v1/clients/{client_id}/wait"),
    ),
    (
        "Broker",
        "wait_acked",
        Route("POST /api/v1/clients/{client_id}/wait"),
    ),
    (
        "Broker",
        "wait_session_ended",
        Route("POST /api/v1/clients/{client_id}/wait"),
    ),
    ("Broker", "wait_retained", Route("POST /api/v1/retained/wait")),
    ("Broker", "snapshot", Route("GET /api/v1/snapshot")),
    ("Broker", "restore", Route("PUT /api/v1/snapshot")),
    ("Broker", "restart", Route("POST /api/v1/restart")),
    ("Broker", "crash", Route("POST /api/v1/crash")),
    ("Broker", "outage", Route("POST /api/v1/outage")),
    ("Broker", "outage_for", Route("POST /api/v1/outage")),
    ("Broker", "end_outage", Route("DELETE /api/v1/outage")),
    ("Broker", "reset", Route("POST /api/v1/reset")),
    ("Broker", "record", Route("POST /api/v1/recordings/start")),
    (
        "Broker",
        "record_matching",
        Route("POST /api/v1/recordings/start"),
    ),
    ("Broker", "play", Route("POST /api/v1/recordings/play")),
    ("Broker", "ca_pem", Route("GET /api/v1/certificates/ca")),
    ("Broker", "crl_pem", Route("GET /api/v1/certificates/crl")),
    (
        "Broker",
        "reload_certificates",
        Route("POST /api/v1/certificates/reload"),
    ),
    ("Broker", "users", Route("GET /api/v1/users")),
    ("Broker", "set_user", Route("PUT /api/v1/users/{name}")),
    ("Broker", "remove_user", Route("DELETE /api/v1/users/{name}")),
    ("Broker", "set_acl", Route("PUT /api/v1/acl")),
    ("Broker", "allow_anonymous", Route("PUT /api/v1/allow-anonymous")),
    ("Broker", "reload_access", Route("POST /api/v1/access/reload")),
    ("BrokerClock", "now", Route("GET /api/v1/clock")),
    ("BrokerClock", "is_frozen", Route("GET /api/v1/clock")),
    ("BrokerClock", "freeze", Route("POST /api/v1/clock/freeze")),
    ("BrokerClock", "resume", Route("POST /api/v1/clock/resume")),
    ("BrokerClock", "advance", Route("POST /api/v1/clock/advance")),
    ("BrokerClock", "run_until", Route("POST /api/v1/clock/advance")),
    ("BrokerFaults", "add", Route("POST /api/v1/faults")),
    ("BrokerFaults", "replace", Route("PUT /api/v1/faults/{name}")),
    ("BrokerFaults", "remove", Route("DELETE /api/v1/faults/{name}")),
    ("BrokerFaults", "list", Route("GET /api/v1/faults")),
    ("BrokerFaults", "clear", Route("DELETE /api/v1/faults")),
    (
        "BrokerFaults",
        "set_enabled",
        Route("PUT /api/v1/faults/{name}/enabled"),
    ),
    (
        "BrokerFaults",
        "reset_counts",
        Route("POST /api/v1/faults/{name}/reset"),
    ),
    (
        "BrokerFaults",
        "release",
        Route("POST /api/v1/faults/{name}/release"),
    ),
    ("BrokerFaults", "partition", Route("POST /api/v1/partitions")),
    ("BrokerFaults", "interrupt", Route("POST /api/v1/interruptions")),
    (
        "BrokerFaults",
        "listener_down",
        Route("POST /api/v1/listeners/{name}/down"),
    ),
    (
        "BrokerFaults",
        "listener_up",
        Route("POST /api/v1/listeners/{name}/up"),
    ),
    ("BrokerStubs", "add", Route("POST /api/v1/stubs")),
    ("BrokerStubs", "replace", Route("PUT /api/v1/stubs/{name}")),
    ("BrokerStubs", "remove", Route("DELETE /api/v1/stubs/{name}")),
    ("BrokerStubs", "list", Route("GET /api/v1/stubs")),
    ("BrokerStubs", "clear", Route("DELETE /api/v1/stubs")),
    ("BrokerDevices", "add", Route("POST /api/v1/devices")),
    ("BrokerDevices", "remove", Route("DELETE /api/v1/devices/{name}")),
    ("BrokerDevices", "list", Route("GET /api/v1/devices")),
    ("BrokerDevices", "clear", Route("DELETE /api/v1/devices")),
    ("BrokerScenarios", "state", Route("GET /api/v1/scenarios/{name}")),
    (
        "BrokerScenarios",
        "set",
        Route("PUT /api/v1/scenarios/{name}/state"),
    ),
    ("BrokerScenarios", "reset", Route("POST /api/v1/scenarios/reset")),
    ("BrokerScenarios", "all", Route("GET /api/v1/scenarios")),
    ("BrokerJournal", "mark", Route("POST /api/v1/mark")),
    ("BrokerJournal", "since", Route("GET /api/v1/packets")),
    ("BrokerJournal", "all", Route("GET /api/v1/packets")),
    ("BrokerJournal", "matching", Route("POST /api/v1/packets/find")),
    ("BrokerJournal", "page", Route("GET /api/v1/packets")),
    ("BrokerJournal", "near_misses", Route("POST /api/v1/near-misses")),
    ("BrokerJournal", "pcapng", Route("GET /api/v1/export")),
    ("BrokerJournal", "traces", Route("GET /api/v1/export")),
    ("BrokerJournal", "tail", Route("GET /api/v1/events")),
    ("BrokerJournal", "tail_from", Route("GET /api/v1/events")),
    ("BrokerJournal", "clear", Route("DELETE /api/v1/packets")),
    (
        "BrokerJournal",
        "started_at",
        Nothing("a pcapng export has it, and the times of entries count from it"),
    ),
];

/// The public methods of the handle and of what it hands out, in these sources.
fn methods(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            methods(&path, found);
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let source = syn::parse_file(&read(&path)).expect("it is Rust");
        for item in &source.items {
            let Item::Impl(block) = item else { continue };
            let Type::Path(on) = &*block.self_ty else { continue };
            let name = on.path.segments.last().expect("a name").ident.to_string();
            let is_handle = TABLE.iter().any(|(of, ..)| *of == name) || name.starts_with("Broker");
            // Those that requests began.
            if block.trait_.is_some() || !is_handle || name == "Brokers" {
                continue;
            }
            for item in &block.items {
                if let ImplItem::Fn(method) = item
                    && matches!(method.vis, Visibility::Public(_))
                {
                    found.insert((name.clone(), method.sig.ident.to_string()));
                }
            }
        }
    }
}

#[test]
fn everything_that_the_handle_can_do_has_a_route() {
    let mut found = BTreeSet::new();
    methods(&workspace().join("broker/src"), &mut found);
    let listed: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|(of, method, _)| ((*of).to_owned(), (*method).to_owned()))
        .collect();
    let differ: Vec<_> = found.symmetric_difference(&listed).collect();
    assert!(
        differ.is_empty(),
        "only in the sources, or only in this table: {differ:?}"
    );

    let document = read(&workspace().join("docs/openapi.json"));
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    for (_, method, over) in TABLE {
        match over {
            Route(route) => {
                let (verb, path) = route.split_once(' ').expect("a method and a path");
                let described = &document["paths"][path][verb.to_lowercase()];
                assert!(described.is_object(), "{method}: there is no {route}");
            }
            Nothing(why) => assert!(why.len() > 10, "{method}"),
        }
    }
}
