//! Time in the console: the clock in the ladder, the counts of the time line, replay; lanes that stay; since when a message is
//! retained.

use std::time::Duration;

use broker::Injected;
use rumqttc::mqttbytes::QoS;
use serde_json::json;

use super::{client, is_well, open, shows};

#[test]
fn that_the_clock_was_stopped_moved_and_let_run_is_in_the_ladder() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, "#clients .nm", "meter");
    shows(&mut tab, "#clockstate", "runs");
    tab.press("f");
    shows(&mut tab, ".row", "CLOCKstands still");
    // Others move it, too.
    broker
        .clock()
        .advance(Duration::from_secs(30))
        .wait()
        .expect("it moves");
    speaker
        .publish("power", QoS::AtLeastOnce, false, "5")
        .expect("it publishes");
    shows(&mut tab, ".row", "CLOCKis moved on by 30 s");
    tab.press("f");
    shows(&mut tab, ".row", "CLOCKruns again");
    let order = "[...citronella.ladder.rows.values()].sort((a, b) => a.n - b.n).map(row => row.at.k.textContent).filter(word => /CLOCK|PUBLISH/.test(word)).join(' ')";
    assert_eq!(tab.value(order), json!("CLOCK CLOCK PUBLISH CLOCK"));
    tab.press("/");
    tab.write("type:clock");
    tab.until("its rows alone", "citronella.view.length === 3");
    tab.press("Escape");
    tab.press("g");
    shows(&mut tab, "#inspect .say", "The clock of the broker stands still");
    is_well(&mut tab);
}

#[test]
fn since_when_a_message_is_retained_is_seen_also_where_it_came_before_the_page() {
    let Some((broker, mut tab)) = open() else { return };
    broker.clock().freeze().wait().expect("it runs");
    broker
        .publish(Injected::text("lamp", "on").retained())
        .wait()
        .expect("it runs");
    let state = broker.state().wait().expect("it runs");
    let nanos = state.retained[0].published_at_nanos.expect("it is retained");
    broker
        .clock()
        .advance(Duration::from_secs(600))
        .wait()
        .expect("it moves");
    // The journal no longer has it: the page knows it from the broker's state alone.
    broker.journal().clear().wait().expect("it is on");
    let (_speaker, _) = client(&broker, "meter");
    tab.go(&super::console(&broker));
    shows(
        &mut tab,
        ".topic .keep",
        &format!("R {:.1} s", nanos as f64 / 1e9),
    );
}

#[test]
fn every_row_is_counted_on_the_time_line_also_while_a_sample_is_shown() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "speaker");
    shows(&mut tab, "#clients .nm", "speaker");
    // However fast this machine is: one in ten is shown.
    tab.value("citronella.filter.pace = () => { citronella.filter.every = 10; }; 1");
    for n in 0..4000 {
        speaker
            .publish(format!("load/{}", n % 50), QoS::AtMostOnce, false, n.to_string())
            .expect("it publishes");
    }
    // The rule makes trouble of one packet among them.
    let rule = json!({"name": "lost", "when": {"packet": "PUBACK"}, "first": 1, "action": "drop"});
    tests::harness::api::Api::of(&broker)
        .post("faults", &rule)
        .json(201);
    speaker
        .publish("load/last", QoS::AtLeastOnce, false, "last")
        .expect("it publishes");
    shows(&mut tab, ".topic .tn", "last");
    tab.until("the trouble, in the sample, too", "Array.from({ length: citronella.view.length }, (_, i) => citronella.view.at(i)).some(n => citronella.store.is(n, 64))");
    tab.until(
        "all came",
        "citronella.store.size + citronella.store.missed >= 4000",
    );
    assert_eq!(
        tab.value("citronella.view.length < citronella.store.size / 2"),
        json!(true)
    );
    let counted = "(() => { const { timeline, store, familyOf } = citronella; let sum = 0; for (let i = 0; i < timeline.counts.length; i++) if (i % 6 < 5) sum += timeline.counts[i]; \
                   let rows = 0; for (let n = store.first; n < store.next; n++) if (!store.is(n, 8192) && familyOf(store.kind(n)) < 5) rows++; return sum === rows; })()";
    tab.until("each is counted", counted);
    is_well(&mut tab);
}

#[test]
fn rows_are_replayed_from_the_selected_one() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    broker.clock().freeze().wait().expect("it runs");
    for n in 0..5 {
        speaker
            .publish("power", QoS::AtLeastOnce, false, n.to_string())
            .expect("it publishes");
        broker.settle().wait().expect("all is done");
        broker
            .clock()
            .advance(Duration::from_millis(1))
            .wait()
            .expect("it moves");
    }
    tab.until(
        "all rows",
        "[...document.querySelectorAll('.row .pl')].some(one => one.textContent === '4')",
    );
    tab.press("g");
    tab.value("globalThis.reached = []; (function look() { if (citronella.replay.isOn && reached.at(-1) !== citronella.replay.n) reached.push(citronella.replay.n); requestAnimationFrame(look); })(); 1");
    for _ in 0..3 {
        tab.press("<");
    }
    shows(&mut tab, "#toast", "Replay will be 1000 times slower");
    tab.press("r");
    shows(&mut tab, "#note", "1000 times slower");
    assert_eq!(
        tab.value("[...document.querySelectorAll('.row')].filter(row => !row.hidden).every(row => row.n <= citronella.replay.n)"),
        json!(true),
        "what is not reached yet is not seen"
    );
    tab.until("the next row", "reached.length > 1");
    // As fast as it was: nobody need wait for the rest.
    for _ in 0..3 {
        tab.press(">");
    }
    tab.until(
        "the end",
        "!citronella.replay.isOn && citronella.ladder.selected === citronella.view.at(citronella.view.length - 1)",
    );
    assert_eq!(
        tab.value("reached.every((n, i) => i === 0 || n > reached[i - 1])"),
        json!(true)
    );
    tab.press("g");
    tab.press("r");
    tab.press("Escape");
    assert_eq!(tab.value("citronella.replay.isOn"), json!(false));
    is_well(&mut tab);
}

#[test]
fn a_pinned_client_keeps_its_lane_among_many() {
    let Some((broker, mut tab)) = open() else { return };
    let all: Vec<_> = (0..24).map(|n| client(&broker, &format!("c{n:02}"))).collect();
    shows(&mut tab, "#n-clients", "24 of 24 connected");
    let lane = |name: &str| format!("citronella.people.find({name:?}).lane >= 0");
    tab.until("the last has none", &format!("!({})", lane("c23")));
    tab.value("[...document.querySelectorAll('.client')].find(one => one.textContent.includes('c23')).querySelector('.pin').click()");
    tab.until("it has one", &lane("c23"));
    assert_eq!(
        tab.value("document.querySelectorAll('.pin[aria-pressed=true]').length"),
        json!(1)
    );
    for (speaker, _) in &all {
        speaker
            .publish("load", QoS::AtLeastOnce, false, "x")
            .expect("it publishes");
    }
    broker.settle().wait().expect("all is done");
    tab.size(900, 800);
    tab.size(1100, 800);
    tab.until("it stays", &lane("c23"));
    // One who is there and says nothing gives way to one who speaks.
    tab.until("it has none", &format!("!({})", lane("c22")));
    tab.value("for (let i = 0; i < 8; i++) citronella.ladder.lanes.weigh(); 1");
    let (speaker, _) = &all[22];
    for _ in 0..2 {
        speaker
            .publish("load", QoS::AtLeastOnce, false, "y")
            .expect("it publishes");
    }
    broker.settle().wait().expect("all is done");
    tab.until(
        "it is heard, and gets one",
        &format!(
            "citronella.people.find('c22').spoken > citronella.people.find('c22').weighed + 3 && citronella.ladder.lanes.weigh() \
             && ++citronella.people.changes && false || {}",
            lane("c22")
        ),
    );
    tab.until("the pinned one stays", &lane("c23"));
    is_well(&mut tab);
}

#[test]
fn a_topic_filter_leaves_out_topics_of_the_broker_unless_it_names_them() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _came) = client(&broker, "meter");
    speaker
        .subscribe("$SYS/broker/version", QoS::AtMostOnce)
        .expect("it asks");
    speaker
        .publish("power", QoS::AtLeastOnce, false, "5")
        .expect("it publishes");
    shows(&mut tab, ".row .tp", "$SYS/broker/version");
    let shown = |tab: &mut tests::harness::tab::Tab, words: &str, topics: &str| {
        tab.press("/");
        tab.value("document.querySelector('#q').select()");
        tab.write(words);
        let found = "[...new Set(Array.from({ length: citronella.view.length }, (_, i) => citronella.store.topic(citronella.view.at(i))))].join(' ')";
        tab.until(topics, &format!("{found} === {topics:?}"));
    };
    shown(&mut tab, "topic:#", "power");
    shown(&mut tab, "topic:$SYS/#", "$SYS/broker/version");
}
