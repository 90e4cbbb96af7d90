//! A message of the page with all that MQTT 5.0 lets it say, as `mosquitto_sub` reads it.

use std::process::Command;

use broker::expect::subscribe;
use serde_json::json;
use tests::harness::Program;
use tests::harness::api::Api;
use tests::harness::peers::{mosquitto, or_skip};
use tests::harness::tab::Tab;

use super::{client, is_well, open, shows};

fn fill(tab: &mut Tab, field: &str, text: &str) {
    tab.value(&format!(
        "document.querySelector({field:?}).focus(); document.querySelector({field:?}).select()"
    ));
    tab.write(text);
}

#[test]
fn properties_of_the_page_reach_a_subscriber_of_version_5() {
    let Some(subscriber) = or_skip(mosquitto("mosquitto_sub")) else {
        return;
    };
    let Some((broker, mut tab)) = open() else { return };
    let port = broker.addr().port().to_string();
    let mut five = Program::start(Command::new(subscriber).args([
        "-V",
        "mqttv5",
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-i",
        "five",
        "-t",
        "ask",
        "-q",
        "1",
        "-F",
        "%x|%q|%E|%C|%R|%D|%P",
    ]));
    broker
        .wait_subscribed("five", "ask")
        .wait()
        .expect("it subscribes");
    shows(&mut tab, "#clients .nm", "five");
    fill(&mut tab, "#pub-topic", "ask");
    fill(&mut tab, "#pub-payload", "00 ff 1");
    tab.click("#pub-qos button:nth-child(2)");
    tab.click("#pub-more");
    tab.value("document.querySelector('#pub-form').value = 'hex'");
    fill(&mut tab, "#pub-expiry", "60");
    fill(&mut tab, "#pub-content", "application/octet-stream");
    fill(&mut tab, "#pub-response", "answer/five");
    fill(&mut tab, "#pub-correlation", "0x6e37");
    fill(&mut tab, "#pub-user", "room=hall\nunit");
    tab.click("#pub-props-send");
    shows(&mut tab, "#pub-props-wrong", "5 hex digits: each byte has two");
    tab.value("document.querySelector('#pub-payload').value = '00 ff 10'");
    tab.click("#pub-props-send");
    shows(&mut tab, "#pub-props-wrong", "User Property 2: write name=value");
    fill(&mut tab, "#pub-user", "room=hall\nunit=W");
    tab.click("#pub-props-send");
    let line = five.line();
    assert!(
        line.starts_with("00ff10|1|")
            && line.ends_with("|application/octet-stream|answer/five|n7|room:hall unit:W"),
        "{line}"
    );
    let expiry: u32 = line
        .split('|')
        .nth(2)
        .and_then(|secs| secs.parse().ok())
        .expect("seconds");
    assert!((1..=60).contains(&expiry), "{line}");
    tab.until(
        "it is told",
        "document.querySelector('#pub-more').textContent === 'hex, 5 properties …'",
    );
    is_well(&mut tab);
}

#[test]
fn options_of_a_subscription_are_those_of_the_page() {
    let Some((broker, mut tab)) = open() else { return };
    let (_lamp, _) = client(&broker, "lamp");
    shows(&mut tab, "#clients .nm", "lamp");
    tab.click("#sub-more");
    tab.value(
        "document.querySelector('#sub-qos').value = '1'; document.querySelector('#sub-handling').value = '2'",
    );
    tab.click("#sub-no-local");
    tab.click("#sub-as-published");
    fill(&mut tab, "#sub-identifier", "7");
    tab.click("#sub-options-send");
    shows(&mut tab, ".chip", "test/#");
    let listed = Api::of(&broker).get("subscriptions").json(200);
    let one = &listed["subscriptions"][0];
    assert_eq!(
        (
            &one["qos"],
            &one["no_local"],
            &one["retain_as_published"],
            &one["retain_handling"],
            &one["subscription_identifier"]
        ),
        (&json!(1), &json!(true), &json!(true), &json!(2), &json!(7)),
        "{listed}"
    );
    is_well(&mut tab);
}

#[test]
fn a_wrong_topic_filter_is_told_in_words_and_never_sent() {
    let Some((broker, mut tab)) = open() else { return };
    let (_lamp, _) = client(&broker, "lamp");
    shows(&mut tab, "#clients .nm", "lamp");
    for (filter, why) in [
        ("a/#/b", "nothing stands behind #"),
        ("a/b#", "“b#” has more"),
        ("a+/b", "“a+” has more"),
        ("$share/g", "a shared one is $share/GROUP/FILTER"),
    ] {
        fill(&mut tab, "#sub-filter", filter);
        tab.click("#sub-send");
        shows(&mut tab, "#sub-wrong", why);
    }
    fill(&mut tab, "#sub-filter", "$share/g/+/b/#");
    tab.click("#sub-send");
    shows(&mut tab, ".chip", "$share/g/+/b/#");
    broker.expect(subscribe()).times(1).wait();
    is_well(&mut tab);
}

#[test]
fn in_a_window_in_between_three_tools_share_a_place() {
    let Some((broker, mut tab)) = open() else { return };
    let (_lamp, _) = client(&broker, "lamp");
    shows(&mut tab, "#clients .nm", "lamp");
    tab.size(900, 800);
    let seen = "['#sub-filter', '#exp-in', '#flt-add'].filter(one => document.querySelector(one).checkVisibility()).join()";
    let shown = |tab: &mut Tab, field: &str| tab.until(field, &format!("{seen} === {field:?}"));
    shown(&mut tab, "#sub-filter");
    tab.press("e");
    shown(&mut tab, "#exp-in");
    tab.press("Escape");
    tab.click(".expect .swaps [data-tool=faults]");
    shown(&mut tab, "#flt-add");
    tab.press("s");
    shown(&mut tab, "#sub-filter");
    tab.press("Escape");
    tab.size(1400, 800);
    shown(&mut tab, "#sub-filter,#exp-in,#flt-add");
    is_well(&mut tab);
}

#[test]
fn a_link_to_an_entry_that_is_not_there_says_so() {
    let Some((broker, mut tab)) = open() else { return };
    let (_lamp, _) = client(&broker, "lamp");
    shows(&mut tab, "#clients .nm", "lamp");
    tab.value("location.hash = '#99999'");
    shows(
        &mut tab,
        "#toast",
        "There is no entry #99999 here: the page has #1 to #",
    );
}
