//! What stands beside packets: a reset, the clock, wills; and who has a lifeline.

use std::time::Duration;

use packets::{Client, Connect, publish};

use super::{entries, picture, tutorial, view_of};
use crate::broker::Broker;
use crate::cli::watch::view::{Part, View};

#[test]
fn a_reset_is_a_row_and_nothing_of_before_is_true_any_more() {
    let broker = Broker::start().wait().expect("it starts");
    let mut client = Client::connect(broker.addr(), "lamp");
    client.send(&publish("power", 0, true, 0, b"5"));
    client.ping(1);
    let mut came = entries(&broker);
    broker.reset().wait().expect("it is as new");
    came.extend(entries(&broker));
    let mut view = view_of(&came);
    let drawn = picture(&mut view, 120, 24);
    assert!(drawn.contains("RESET        every session ended"), "{drawn}");
    assert_eq!(view.ladder.people.connected(), 0);
    assert!(view.ladder.topics.iter().all(|one| one.kept.is_none()));
}

#[test]
fn what_is_done_to_the_clock_is_a_row_at_its_time() {
    let broker = Broker::start().wait().expect("it starts");
    // Not all of them have a lifeline.
    let clients: Vec<_> = (0..24)
        .map(|n| Client::connect(broker.addr(), &format!("c{n:02}")))
        .collect();
    let clock = broker.clock();
    clock.freeze().wait().expect("it runs");
    clock.freeze().wait().expect("it runs");
    clock.advance(Duration::from_secs(60)).wait().expect("it moves");
    clock.resume().wait().expect("it runs");
    let mut view = view_of(&entries(&broker));
    drop(clients);
    let drawn = picture(&mut view, 80, 24);
    let rows: Vec<_> = drawn.lines().filter(|line| line.contains("CLOCK")).collect();
    assert_eq!(rows.len(), 3, "{drawn}");
    for (row, what) in rows
        .iter()
        .zip(["stands still", "is moved on by 60 s", "runs again"])
    {
        assert!(
            row.contains(what) && row.contains('◆') && !row.contains('✕'),
            "{drawn}"
        );
    }
}

#[test]
fn a_will_that_is_retained_stands_in_the_tree_with_what_it_says() {
    let broker = Broker::start().wait().expect("it starts");
    let message = crate::Injected::text("pump/state", "lost").retained();
    broker.publish(message).wait().expect("it is published");
    let mut view = view_of(&tutorial());
    let topic = "pump/state".into();
    view.ladder.topics.will(&topic, view.now);
    for topic in view.ladder.topics.unsure() {
        let kept = broker.retained_message(&topic).wait().expect("it answers");
        view.ladder.topics.keeps(&kept.expect("it is retained"));
    }
    view.part = Part::Topics;
    let drawn = picture(&mut view, 140, 24);
    let line = drawn.lines().find(|line| line.contains("state"));
    assert!(
        line.is_some_and(|line| line.contains("\"lost\"") && line.contains('■')),
        "{drawn}"
    );
}

#[test]
fn who_is_asked_for_has_a_lane() {
    let broker = Broker::start().wait().expect("it starts");
    let clients: Vec<_> = (0..24)
        .map(|n| Client::connect(broker.addr(), &format!("stu{n:02}-ear")))
        .collect();
    let mut view = view_of(&entries(&broker));
    drop(clients);
    picture(&mut view, 80, 24);
    let has_lane = |view: &View, name: &str| view.lanes.own().any(|(one, _)| **one == *name);
    let name = (0..24)
        .map(|n| format!("stu{n:02}-ear"))
        .find(|name| !has_lane(&view, name))
        .expect("not all have one");
    view.filter.ask(format!("client:{}", &name[..5]));
    view.rebuild();
    picture(&mut view, 80, 24);
    assert!(has_lane(&view, &name), "{name}");
}

#[test]
fn that_a_session_was_thrown_away_is_a_row_and_the_words_of_rows_are_found() {
    let broker = Broker::start().wait().expect("it starts");
    let kept = Connect {
        clean: false,
        ..Connect::new(4, "night")
    };
    drop(Client::with(broker.addr(), &kept));
    broker.wait_disconnected("night").wait().expect("it goes");
    // Somebody comes under its name, with a clean session.
    let _other = Client::connect(broker.addr(), "night");
    let mut view = view_of(&entries(&broker));
    let drawn = picture(&mut view, 120, 24);
    assert!(
        drawn.contains("SESSION     its session was thrown away"),
        "{drawn}"
    );
    for query in ["type:session", "type:lost", "thrown"] {
        view.filter.ask(query.to_owned());
        view.rebuild();
        assert_eq!(view.shown(), 1, "{query}");
    }
}

#[test]
fn who_only_listens_gives_its_lane_to_who_speaks() {
    let broker = Broker::start().wait().expect("it starts");
    let ears: Vec<_> = (0..20)
        .map(|n| Client::connect(broker.addr(), &format!("ear{n:02}")))
        .collect();
    let came = entries(&broker);
    let mut view = view_of(&came);
    picture(&mut view, 80, 24);
    let mut speaker = Client::connect(broker.addr(), "zoe");
    for _ in 0..300 {
        speaker.send(&publish("a", 0, false, 0, b"x"));
    }
    speaker.ping(1);
    let more = entries(&broker).split_off(came.len());
    drop(ears);
    let last = more.last().expect("zoe spoke");
    view.take(&more, 0, last.seq, last.at);
    picture(&mut view, 80, 24);
    assert!(view.lanes.own().any(|(one, _)| **one == *"zoe"));
}

#[test]
fn on_a_narrow_terminal_the_rows_of_a_topic_are_seen_and_esc_puts_its_filter_aside() {
    use crossterm::event::KeyCode::{Enter, Esc};

    let mut view = view_of(&tutorial());
    view.say("anybody may connect".to_owned());
    for columns in [80, 140] {
        picture(&mut view, columns, 24);
        view.part = Part::Topics;
        view.key(Enter.into());
        assert_eq!(view.part == Part::Ladder, columns == 80);
        assert!(view.filter.query.starts_with("topic:"), "{}", view.filter.query);
        view.part = Part::Ladder;
        // The line of the program, where there is one yet, and then the filter.
        view.key(Esc.into());
        view.key(Esc.into());
        assert_eq!((view.filter.query.as_str(), view.lines.len()), ("", 0));
    }
}

#[test]
fn on_a_narrow_terminal_a_payload_is_seen_before_what_a_sign_says_too() {
    let broker = Broker::start().wait().expect("it starts");
    let mut client = Client::connect(broker.addr(), "lamp");
    client.send(&publish("home/lamp", 0, true, 0, b"on"));
    client.ping(1);
    let mut view = view_of(&entries(&broker));
    let drawn = picture(&mut view, 80, 24);
    assert!(drawn.contains("home/lamp \"on\""), "{drawn}");
    assert!(picture(&mut view, 160, 24).contains("to nobody retain"));
}
