//! The lessons in the page: each is prepared, and its steps are done; the one about QoS with its exercise.

use serde_json::json;
use tests::harness::peers::{axe, or_skip};
use tests::harness::tab::Tab;

use super::{is_well, open, run, shows};
use crate::console::everybody::found;

/// Opens a lesson, as somebody does who chooses it.
fn take(tab: &mut Tab, number: usize) {
    tab.value(&format!("tab.lessons.open({number})"));
    tab.until(
        "the lesson",
        &format!("tab.lessons.number === {number} && document.querySelector('.lbody summary')"),
    );
}

/// Presses the button of every step, one after the other.
fn do_steps(tab: &mut Tab) {
    let steps = tab.value("document.querySelectorAll('.lstep').length");
    let steps = steps.as_u64().expect("a number");
    assert!(steps > 0);
    for step in 1..=steps {
        let button = format!(".lsteps li:nth-child({step}) .lstep");
        tab.click(&button);
        tab.until(
            &format!("step {step}"),
            &format!("document.querySelector({button:?}).textContent === 'Again'"),
        );
    }
}

#[test]
fn the_lesson_about_qos_is_done_in_the_page() {
    let Some(mut tab) = open() else { return };
    take(&mut tab, 3);
    shows(&mut tab, "#faults", "a PUBACK is lost");
    do_steps(&mut tab);
    for packet in ["PUBREC", "PUBREL", "PUBCOMP"] {
        shows(&mut tab, ".row .k", packet);
    }
    shows(&mut tab, ".tag.hot", "lost on the way");
    // foo1 comes back, and gets the last message twice.
    tab.until(
        "it comes again",
        "tab.visitors.heard.filter(one => one.to === 'foo1').map(one => one.payload).join() === 'one,one,two,zero'",
    );
    tab.click("#check");
    tab.until(
        "nothing of the exercise is done",
        "document.querySelectorAll('#points .missed').length === 4",
    );
    run(&mut tab, "subscriber -i lamp -c -t lamp/set -q 1 -v");
    tab.until(
        "lamp listens",
        "citronella.clients.subscriptions('lamp').length === 1",
    );
    run(&mut tab, "publisher -i switch -t lamp/set -q 1 -m on");
    tab.until(
        "lamp has it twice",
        "tab.visitors.heard.filter(one => one.to === 'lamp').length === 2",
    );
    tab.click("#check");
    tab.until(
        "all is done",
        "document.querySelectorAll('#points .met').length === 4",
    );
    shows(&mut tab, "#toast", "Lesson 3 is done");
    assert_eq!(
        tab.value("tab.visitors.present('switch')"),
        json!(null),
        "a publisher goes once it has said it"
    );
    is_well(&mut tab);
}

#[test]
fn a_lesson_begins_with_an_empty_page_and_its_listener_goes_when_it_has_heard_enough() {
    let Some(mut tab) = open() else { return };
    run(&mut tab, "subscriber -i before -t old/topic");
    run(&mut tab, "publisher -i long -t old/topic -m ago");
    shows(&mut tab, ".topic .tn", "old/topic");
    let names = "[...citronella.people.all].map(one => one.name).sort().join()";
    for _ in 0..2 {
        // The first time it is chosen; the second time it is begun again.
        take(&mut tab, 1);
        shows(&mut tab, "#start h2", "No client yet.");
        tab.until(
            "nothing of before is there",
            &format!("document.body.classList.contains('empty') && citronella.store.size === 0 && {names} === '' && citronella.topics.byName.size === 0 && citronella.clients.list.length === 0"),
        );
        do_steps(&mut tab);
        // As the ladder of the lesson's page ends.
        tab.until("foo1 has gone", "!tab.visitors.staying('foo1')");
        shows(&mut tab, ".row .k", "DISCONNECT");
        tab.until("both have said goodbye", "citronella.clients.list.length === 2 && citronella.clients.list.every(one => !one.connected && one.last_disconnect.cause === 'client_disconnect')");
        assert_eq!(tab.value(names), json!("foo1,foo2"));
        let topics = "[...document.querySelectorAll('.topic .tn')].map(one => one.textContent).join()";
        tab.until("no topic of before", &format!("{topics} === 'test/topic'"));
    }
    is_well(&mut tab);
}

#[test]
fn who_comes_back_in_a_lesson_goes_after_as_many_messages_as_before() {
    let Some(mut tab) = open() else { return };
    take(&mut tab, 8);
    do_steps(&mut tab);
    tab.until(
        "foo1 has said goodbye",
        "citronella.clients.list.some(one => one.client_id === 'foo1' && !one.connected && one.last_disconnect.cause === 'client_disconnect')",
    );
    is_well(&mut tab);
}

#[test]
fn the_steps_of_every_lesson_are_done_or_say_what_they_need() {
    let Some(mut tab) = open() else { return };
    let count = tab.value("tab.lessons.all.length");
    for number in 1..=count.as_u64().expect("a number") {
        println!("lesson {number}");
        take(&mut tab, usize::try_from(number).expect("few"));
        if tab.value("tab.lessons.lesson.needs") == json!("tab") {
            do_steps(&mut tab);
        } else {
            shows(&mut tab, ".real", "This lesson needs a real broker.");
            assert_eq!(tab.value("document.querySelectorAll('.lstep').length"), json!(0));
        }
    }
    is_well(&mut tab);
}

#[test]
fn axe_finds_nothing_in_the_course_light_dark_and_on_a_phone() {
    let Some(file) = or_skip(axe()) else { return };
    let script = std::fs::read_to_string(file).expect("it is there");
    let Some(mut tab) = open() else { return };
    assert_eq!(found(&mut tab, &script), "", "at the beginning");
    take(&mut tab, 3);
    do_steps(&mut tab);
    tab.click("#check");
    shows(&mut tab, "#points", "hint");
    tab.click("[data-pace=step]");
    run(&mut tab, "publisher -i foo3 -t test/topic -q 2 -m hello");
    shows(&mut tab, ".pkt", "CONNECT");
    // To be looked at, as the console's pictures are.
    if let Some(folder) = std::env::var_os("CONSOLE_PICTURES") {
        tab.picture(&std::path::Path::new(&folder).join("tab.png"));
    }
    for is_dark in [false, true] {
        tab.dark(is_dark);
        assert_eq!(found(&mut tab, &script), "", "dark: {is_dark}");
    }
    tab.size(390, 844);
    tab.click("#tabs [data-view=lesson]");
    assert_eq!(found(&mut tab, &script), "", "on a phone");
    let wide = tab.value("document.documentElement.scrollWidth <= innerWidth");
    assert_eq!(wide, json!(true), "nothing sticks out");
}
