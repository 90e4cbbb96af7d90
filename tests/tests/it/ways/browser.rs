//! MQTT.js in a real browser, over WebSocket and over WebSocket inside TLS.

use tests::harness::DEADLINE;
use tests::harness::Way;
use tests::harness::binaries::workspace;
use tests::harness::browser::{Browser, FOREIGN_HOST, Pages};
use tests::harness::peers::{mqtt_js, or_skip};
use tests::harness::way::Reachable;

use super::{Flow, TALK, all_went_well, said_goodbye};

/// The page, and the modules that it loads.
fn pages() -> Option<Pages> {
    let (_, home) = or_skip(mqtt_js())?;
    let read = |path: std::path::PathBuf| {
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let ours = workspace().join("tests/data/ways");
    let script = "text/javascript";
    Some(Pages::serve(vec![
        ("/", "text/html", read(ours.join("page.html"))),
        ("/talk.mjs", script, read(ours.join("talk.mjs"))),
        (
            "/mqtt.js",
            script,
            read(home.join("node_modules/mqtt/dist/mqtt.min.js")),
        ),
    ]))
}

/// What the page says that comes from `host` and talks to the broker on this way.
fn talk(pages: &Pages, host: &str, broker: &Reachable, way: Way, name: &str) -> Option<Vec<String>> {
    let path = format!("/?url={}&name={name}", broker.url(way));
    let _flow = Flow::for_client(broker, name);
    let ca_file = broker.folder().file("ca.pem");
    let browser = Browser::open(&pages.url(host, &path), way.has_tls().then_some(&*ca_file))?;
    let reported = pages.reported();
    drop(browser);
    Some(reported)
}

#[test]
fn a_browser_talks_over_ws_and_wss() {
    let Some(pages) = pages() else { return };
    let mut broker = Reachable::start();
    broker.set_deadline(DEADLINE);
    for way in [Way::Ws, Way::Wss] {
        let name = format!("{way}-browser");
        let Some(reported) = talk(&pages, "localhost", &broker, way, &name) else {
            return;
        };
        assert_eq!(reported, TALK, "over {way}");
        said_goodbye(&broker, &name, &way.to_string());
    }
    all_went_well(&broker);
}

#[test]
fn a_page_of_a_foreign_origin_is_refused_until_it_is_named() {
    let Some(pages) = pages() else { return };
    let broker = Reachable::start();
    let Some(refused) = talk(&pages, FOREIGN_HOST, &broker, Way::Ws, "foreigner") else {
        return;
    };
    assert!(refused[0].starts_with("refused"), "{refused:?}");
    let origin = pages.origin(FOREIGN_HOST);
    broker.until(
        "the refusal names the origin",
        |event| matches!(event, broker::Event::HandshakeFailed { why, .. } if why.contains(&origin)),
    );

    let broker = Reachable::start_with(|settings| settings.websocket.origins = vec![origin]);
    let reported = talk(&pages, FOREIGN_HOST, &broker, Way::Ws, "friend");
    assert_eq!(reported.as_deref(), Some(&TALK.map(str::to_owned)[..]));
}

#[test]
fn a_browser_that_does_not_trust_the_ca_does_not_talk() {
    let Some(pages) = pages() else { return };
    let broker = Reachable::start();
    let path = format!("/?url={}&name=careful", broker.url(Way::Wss));
    let Some(browser) = Browser::open(&pages.url("localhost", &path), None) else {
        return;
    };
    let reported = pages.reported();
    drop(browser);
    assert!(reported[0].starts_with("refused"), "{reported:?}");
}
