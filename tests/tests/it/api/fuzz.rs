//! The document held against the running program by a schema-based fuzzer, schemathesis: each answer has the shape that the
//! document says, what the document forbids is refused, and no request makes the broker fail.

use std::process::Command;

use broker::settings::BrokerSettings;
use tests::harness::Embedded;
use tests::harness::binaries::workspace;
use tests::harness::folder::Folder;
use tests::harness::peers::{or_skip, schemathesis};

/// So many requests of chance to each route, unless the variable `FUZZED_REQUESTS` says otherwise. Before them the fuzzer tries the
/// borders of each shape, with some thousand requests.
const REQUESTS: &str = "3";

/// All that the fuzzer knows to look for, but for one: without a token there is no authentication to be ignored.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,positive_data_acceptance,\
                      missing_required_header,unsupported_method,allow_header_conformance,use_after_free,\
                      ensure_resource_availability";

#[test]
fn the_fuzzer_finds_no_fault() {
    let requests = std::env::var("FUZZED_REQUESTS").unwrap_or_else(|_| REQUESTS.to_owned());
    let Some(program) = or_skip(schemathesis()) else {
        return;
    };
    let broker = Embedded::start_with(|settings: &mut BrokerSettings| {
        // The fuzzer takes listeners down, and the broker away: this one stays.
        settings.http.listen = true;
        settings.http.max_brokers = 8;
        settings.limits.max_memory_bytes = 100_000_000;
    });
    let folder = Folder::new();
    // What cannot be told from its shape alone is refused with 4xx as well.
    let config = "hooks = \"fuzz_hooks\"\n[checks]\n\
                  positive_data_acceptance.expected-statuses = [\"2xx\", \"401\", \"403\", \"404\", \"409\", \"417\", \"422\"]\n";
    let config = folder.write("schemathesis.toml", config);
    let api = broker.api_url().expect("it has one");
    let output = Command::new(program)
        .current_dir(folder.path())
        .env("PYTHONPATH", workspace().join("tests/data/api"))
        .arg("--config-file")
        .arg(config)
        .args(["run", &format!("{api}/openapi.json"), "--checks", CHECKS])
        .args([
            "--max-examples",
            &requests,
            "--seed",
            "1",
            "--no-shrink",
            // The fuzzer's own caches break where it has several.
            "--workers",
            "1",
        ])
        .args([
            "--suppress-health-check",
            "all",
            "--request-timeout",
            "20",
            "--warnings",
            "off",
        ])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let figures = said.lines().filter(|line| line.contains("generated"));
    for line in figures {
        println!("{}", line.trim());
    }
    broker.stats();
}
