//! A trace through the broker, with our two programs, read by OpenTelemetry's own protocol files.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tests::harness::Embedded;
use tests::harness::api::Api;
use tests::harness::binaries::{start, workspace};
use tests::harness::folder::Folder;
use tests::harness::peers::{opentelemetry, or_skip};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// A message of `lamp` with a `traceparent` has gone to `ear`, which tells what it got of it.
fn told() -> (Embedded, String) {
    let broker = Embedded::start();
    let port = broker.addr().port().to_string();
    let common = ["-p", &port, "-V", "5", "-q", "1", "-t", "lamp/hall"];
    let ear = ["-i", "ear", "-C", "1", "-F", "%P"];
    let ear = start("subscriber", &[&common[..], &ear].concat());
    broker
        .wait_subscribed("ear", "lamp/hall")
        .wait()
        .expect("it does");
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let message = [
        "-i",
        "lamp",
        "-m",
        "on",
        "-D",
        "publish",
        "user-property",
        "traceparent",
        &parent,
    ];
    start("publisher", &[&common[..], &message].concat()).succeed();
    let got = ear.succeed().concat();
    broker.settle().wait().expect("nothing is on its way");
    (broker, got)
}

/// The document, which comes in chunks.
fn document(broker: &Embedded, more: &str) -> String {
    let reply = Api::of(broker).get(&format!("export?format=otlp{more}"));
    assert!(
        reply.head.contains("content-type: application/json"),
        "{}",
        reply.head
    );
    let text = reply.text();
    let (mut rest, mut whole) = (&*text, String::new());
    loop {
        let (size, behind) = rest.split_once("\r\n").expect("the size of a chunk");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            return whole;
        }
        whole.push_str(&behind[..size]);
        rest = &behind[size + 2..];
    }
}

#[test]
fn the_public_protocol_reads_the_trace_of_a_message() {
    let Some(python) = or_skip(opentelemetry()) else {
        return;
    };
    let (broker, got) = told();
    // What a subscriber gets is what the publisher said.
    assert!(got.contains(&format!("00-{TRACE}-{SPAN}-01")), "{got}");
    let folder = Folder::new();
    let file = folder.write("traces.json", &document(&broker, ""));
    let output = Command::new(python)
        .arg(workspace().join("tests/data/api/read_otlp.py"))
        .arg(file)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let spans: Vec<Vec<&str>> = said.lines().map(|line| line.split('|').collect()).collect();
    let find = |name: &str| {
        let found = spans.iter().find(|span| span[0] == name);
        found.unwrap_or_else(|| panic!("no {name}: {said}"))
    };
    let receive = find("receive lamp/hall");
    assert_eq!(receive[1..4], ["SPAN_KIND_SERVER", TRACE, SPAN]);
    assert_eq!(receive[5], "sent,PUBACK");
    let deliver = find("deliver lamp/hall");
    assert_eq!(deliver[1..4], ["SPAN_KIND_CLIENT", TRACE, receive[4]]);
    assert_eq!(deliver[5], "PUBACK");
    assert_eq!(spans.len(), 2, "{said}");
}

#[test]
fn the_handle_and_the_program_write_the_same_document() {
    let (broker, _) = told();
    let ours = broker.journal().traces().wait().expect("the broker runs");
    assert_eq!(document(&broker, "").as_bytes(), ours);
    let url = broker.url();
    let ctl = ["ctl", "--url", &url, "journal", "--format", "otlp"];
    assert_eq!(start("broker", &ctl).succeed().concat().as_bytes(), ours);
    let whole: Value = serde_json::from_slice(&ours).expect("it is JSON");
    let spans = &whole["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let text = spans[0]["startTimeUnixNano"].as_str().expect("64 bits are text");
    let began = Duration::from_nanos(text.parse().expect("a number"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    assert!(
        began <= now && now < began + Duration::from_secs(3600),
        "{began:?}"
    );
    // A document of a part is whole, too.
    let part = document(&broker, "&limit=1&client_id=ear");
    let part: Value = serde_json::from_str(&part).expect("it is JSON");
    assert_eq!(
        part["resourceSpans"][0]["scopeSpans"][0]["spans"],
        Value::Array(Vec::new())
    );
}
