//! The journal, page by page.

use broker::wire::Version;
use serde_json::{Value, json};
use tests::harness::{Client, message};

use super::start;

fn numbers(page: &Value) -> Vec<u64> {
    let packets = page["packets"].as_array().expect("a list");
    packets
        .iter()
        .filter_map(|packet| packet["seq"].as_u64())
        .collect()
}

#[test]
fn packets_are_read_page_by_page_by_any_of_their_fields() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    for topic in ["a/1", "a/2", "b"] {
        lamp.publish(&message(topic, "on", broker::QoS::AtLeastOnce));
    }
    let all = api.get("packets").json(200);
    // CONNECT, CONNACK, an event that is no packet, and three times PUBLISH and PUBACK.
    assert_eq!(numbers(&all), [1, 2, 4, 5, 6, 7, 8, 9]);
    assert_eq!(all["meta"], json!({"next": 9, "more": false, "missed": 0}));
    assert_eq!(all["packets"][0]["packet"], "CONNECT");

    let first = api.get("packets?limit=3").json(200);
    assert_eq!(numbers(&first), [1, 2, 4]);
    let next = api
        .get(&format!("packets?limit=3&after={}", first["meta"]["next"]))
        .json(200);
    assert_eq!(numbers(&next), [5, 6, 7]);
    let end = api
        .get(&format!("packets?after={}", all["meta"]["next"]))
        .json(200);
    assert_eq!((numbers(&end), &end["meta"]["next"]), (vec![], &json!(9)));

    assert_eq!(
        numbers(&api.get("packets?packet=PUBLISH&topic=a/%2B&qos=1").json(200)),
        [4, 6]
    );
    assert_eq!(numbers(&api.get("packets?event=connected").json(200)), [3]);
    assert_eq!(
        numbers(&api.get("packets?packet=CONNACK&packet=PUBACK&limit=2").json(200)),
        [2, 5]
    );
    let asked =
        json!({"pattern": {"packet": "PUBLISH", "topic": "b", "payload": "on"}, "after": 3, "limit": 1});
    assert_eq!(numbers(&api.post("packets/find", &asked).json(200)), [8]);
}

#[test]
fn a_packet_has_a_number_and_is_forgotten_on_request() {
    let (broker, api) = start();
    let _lamp = Client::new(broker.addr(), Version::V311, "lamp");
    assert_eq!(api.get("packets/3").json(200)["event"], "connected");
    let detail = api.get("packets/4").problem(404);
    assert_eq!(
        detail,
        "there is no packet \"4\": the journal has no entry of this number"
    );
    let marked = api.post("mark", &json!({})).json(200);
    assert_eq!(marked, json!({"after": 3}));
    let detail = api.delete("packets?topic=x").problem(422);
    assert!(detail.contains("takes no parameters"), "{detail}");
    assert_eq!(api.delete("packets").json(200), json!({"after": 3}));
    let left = api.get("packets?record=packet&record=event").json(200);
    assert_eq!(
        left,
        json!({"packets": [], "meta": {"next": 3, "more": false, "missed": 0}})
    );
    let detail = api.get("packets/2").problem(404);
    assert!(detail.contains("the journal has forgotten it"), "{detail}");
}

#[test]
fn a_filter_that_is_wrong_says_what_would_be_right() {
    let (_broker, api) = start();
    for (path, says) in [
        ("packets?topik=a", "did you mean \"topic\"?"),
        (
            "packets?packet=PUBLISH&qos=7",
            "qos is never \"7\": it is 0, 1 or 2",
        ),
        ("packets?packet=PUBISH", "did you mean \"PUBLISH\"?"),
        ("packets?after=x", "`after`: expected a whole number, not \"x\""),
        ("packets?limit=0", "`limit`: expected 1 to 1000, not 0"),
        ("packets?limit=1001", "`limit`: expected 1 to 1000, not 1001"),
        (
            "messages?packet=CONNECT",
            "an entry is never both CONNECT and PUBLISH",
        ),
        ("messages?direction=out", "direction is never both"),
    ] {
        let detail = api.get(path).problem(422);
        assert!(detail.contains(says), "{path}: {detail}");
    }
    let detail = api
        .post("packets/find", &json!({"pattern": {"retian": true}}))
        .problem(422);
    assert!(
        detail.contains("`pattern`: ") && detail.contains("did you mean \"retain\"?"),
        "{detail}"
    );
    let reply = api.post("packets/find", &json!({"patern": {}}));
    assert_eq!(reply.json(422)["path"], "patern");
    assert!(
        reply.problem(422).contains("did you mean `pattern`?"),
        "{}",
        reply.text()
    );
}

#[test]
fn a_long_journal_is_looked_through_whole() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    for _ in 0..10_000 {
        lamp.send(&broker::wire::Packet::PingReq);
    }
    lamp.publish(&message("last", "", broker::QoS::AtLeastOnce));
    let found = api.get("packets?topic=last").json(200);
    assert_eq!(numbers(&found).len(), 1);
    assert_eq!(api.post("messages/count", &json!({})).json(200)["count"], 1);
}

#[test]
fn a_pattern_is_bounded() {
    let (_broker, api) = start();
    let texts: Vec<String> = (0..2_000).map(|number| number.to_string()).collect();
    let asked = json!({"pattern": {"packet": "PUBLISH", "payload": {"one_of": texts}}});
    let detail = api.post("packets/find", &asked).problem(422);
    assert!(detail.contains("expected at most 1000 parts"), "{detail}");
    let asked = json!({"pattern": {"packet": "PUBLISH", "payload": "x".repeat(70_000)}});
    assert!(
        api.post("messages/wait", &asked)
            .problem(422)
            .contains("65536 bytes")
    );
    let many = "&topic=a".repeat(101);
    assert!(
        api.get(&format!("packets?packet=PUBLISH{many}"))
            .problem(422)
            .contains("at most 100")
    );
    let steps: Vec<_> = (0..101).map(|_| json!({"pattern": {}})).collect();
    let detail = api.post("expectations", &json!({"steps": steps})).problem(422);
    assert!(detail.contains("expected at most 100"), "{detail}");
}

#[test]
fn what_was_forgotten_on_purpose_is_missed_by_who_had_read_half_of_it() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("a", "1", broker::QoS::AtLeastOnce));
    let first = api.get("packets?limit=1").json(200)["meta"]["next"]
        .as_u64()
        .unwrap();
    let last = api.post("mark", &json!({})).json(200)["after"].as_u64().unwrap();
    api.delete("packets").json(200);
    lamp.publish(&message("a", "2", broker::QoS::AtLeastOnce));
    for (asked, missed) in [
        (json!({ "after": first }), last - first),
        (json!({ "after": last }), 0),
        (json!({ "after": 0 }), 0),
        (json!({}), 0),
    ] {
        for route in ["packets/find", "messages/find", "messages/count"] {
            let page = api.post(route, &asked).json(200);
            assert_eq!(page["meta"]["missed"], missed, "{route} {asked}");
        }
    }
    let said = api.get(&format!("packets/{first}")).problem(404);
    assert!(said.contains("the journal has forgotten it"), "{said}");
    // A reader of events that comes back is told, too.
    let events = api.begin("GET", "events", &[&format!("Last-Event-ID: {first}")], b"");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(events.into_stream()));
    let missed = format!("data: {{\"entries\":{}}}", last - first);
    assert!(lines.any(|line| line.unwrap().contains(&missed)));
}

#[test]
fn a_page_that_ends_early_says_that_there_is_more() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let long = "x".repeat(1_500_000);
    for _ in 0..6 {
        lamp.publish(&message("a", &long, broker::QoS::AtLeastOnce));
    }
    for route in ["messages/find", "packets/find"] {
        let (mut found, mut pages, mut after) = (0, 0, 0);
        loop {
            let asked = json!({"pattern": {"packet": "PUBLISH"}, "after": after});
            let page = api.post(route, &asked).json(200);
            let list = page["messages"].as_array().or(page["packets"].as_array());
            (found, pages) = (found + list.expect("a list").len(), pages + 1);
            after = page["meta"]["next"].as_u64().expect("a number");
            if page["meta"]["more"] == false {
                break;
            }
        }
        assert!(found == 6 && pages > 1, "{route}: {found} on {pages} pages");
    }
}
