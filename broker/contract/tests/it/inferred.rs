//! Documents made of traffic.

use broker_contract::{Contracts, Document, Infer, Publication, Rule};

#[test]
fn a_document_that_is_made_of_traffic_reads_back_and_is_kept_by_it() {
    let mut traffic = Vec::new();
    for (number, room) in ["kitchen", "hall", "bath", "attic"].iter().enumerate() {
        traffic.push((
            format!("home/{room}/lamp/state"),
            format!("{{\"on\": {}, \"level\": {number}.5}}", number % 2 == 0),
            1,
            true,
        ));
        traffic.push((format!("home/{room}/lamp/set"), "on".to_owned(), 0, false));
        traffic.push((
            format!("devices/dev-{number}/v1/up"),
            format!("[{number}, \"x\", null]"),
            u8::from(number > 1),
            false,
        ));
    }
    traffic.push(("raw".to_owned(), "\u{fffd}".to_owned(), 0, false));
    let publication = |(topic, payload, qos, retain): &(String, String, u8, bool)| {
        (topic.clone(), payload.clone().into_bytes(), *qos, *retain)
    };
    let traffic: Vec<_> = traffic.iter().map(publication).collect();
    let mut infer = Infer::default();
    let seen = |(topic, payload, qos, retain): &(String, Vec<u8>, u8, bool),
                check: &mut dyn FnMut(&Publication<'_>)| {
        check(&Publication {
            client_id: "x",
            topic,
            payload,
            qos: *qos,
            retain: *retain,
            ..Publication::default()
        });
    };
    for one in &traffic {
        seen(one, &mut |seen| infer.saw(seen));
    }
    for text in [infer.yaml("Home"), infer.document("Home").to_string()] {
        let document = Document::read("made.yaml", &mut |_| Ok(text.clone()))
            .unwrap_or_else(|wrong| panic!("{wrong:?}\n{text}"));
        let addresses: Vec<&str> = document
            .channels
            .iter()
            .map(|channel| channel.address.text())
            .collect();
        assert_eq!(
            addresses,
            [
                "raw",
                "devices/{deviceId}/v1/up",
                "home/{homeId}/lamp/set",
                "home/{homeId}/lamp/state"
            ],
            "{text}"
        );
        assert!(document.notes.is_empty(), "{:?}", document.notes);
        let mut contracts = Contracts::default();
        contracts.add(document);
        for one in &traffic {
            seen(one, &mut |seen| {
                assert_eq!(contracts.publication(seen), [], "{text}");
            });
        }
        // And it says something: another payload is broken.
        let other = Publication {
            topic: "home/hall/lamp/state",
            payload: b"{\"on\": 1}",
            qos: 0,
            ..Publication::default()
        };
        let rules: Vec<Rule> = contracts.publication(&other).iter().map(|one| one.rule).collect();
        assert!(
            rules.contains(&Rule::Payload) && rules.contains(&Rule::Qos) && rules.contains(&Rule::Retain),
            "{rules:?}"
        );
    }
}
