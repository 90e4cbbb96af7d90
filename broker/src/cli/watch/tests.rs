//! Pictures of the view, made of what a real broker has in its journal.

use std::path::Path;

use packets::{Client, publish};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

use super::draw::{Look, draw};
use super::keys::Wish;
use super::view::{Opened, Part, View};
use crate::broker::Broker;
use crate::fault::Rule;
use crate::journal::{Entry, Event, Record};
use crate::pattern::{puback, pubrec};
use crate::time::Time;

mod beside;

const PLACE: &str = "mqtt://127.0.0.1:1883";

fn key(view: &mut View, code: crossterm::event::KeyCode) -> Wish {
    view.key(code.into())
}

fn press(view: &mut View, keys: &str) -> Wish {
    let mut wish = Wish::Nothing;
    for character in keys.chars() {
        wish = key(view, crossterm::event::KeyCode::Char(character));
    }
    wish
}

/// The lines of the view on a terminal of this size.
fn picture(view: &mut View, columns: u16, lines: u16) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, lines));
    draw(view, Look { has_colours: false }, &mut buffer);
    let mut text = String::new();
    for y in 0..lines {
        let mut line = String::new();
        let mut x = 0;
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += settings::text::width(symbol).max(1) as u16;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What is in the journal, a millisecond after each other, so that pictures are the same on every machine.
fn entries(broker: &Broker) -> Vec<Entry> {
    broker.settle().wait().expect("it settles");
    let mut entries = broker.journal().all().wait().expect("the broker runs").entries;
    for entry in &mut entries {
        entry.at = Time::from_nanos(entry.seq * 1_000_000);
        if let Record::Event(Event::Connected { peer, .. } | Event::Disconnected { peer, .. }) =
            &mut entry.record
        {
            *peer = "127.0.0.1:50000".to_owned();
        }
    }
    entries
}

fn view_of(entries: &[Entry]) -> View {
    let mut view = View::new(PLACE.to_owned(), 1883);
    let last = entries.last().expect("something happened");
    view.take(entries, 0, last.seq, last.at);
    view
}

/// A subscriber, and a publisher whose PUBREC a rule loses.
fn tutorial() -> Vec<Entry> {
    let broker = Broker::start().wait().expect("it starts");
    let mut foo1 = Client::connect(broker.addr(), "foo1");
    foo1.subscribe("test/#", 1);
    let lost = Rule::on(pubrec().to("foo2")).first(1).drop_it().named("lost");
    broker.faults().add(lost).wait().expect("it is a rule").keep();
    let mut foo2 = Client::connect(broker.addr(), "foo2");
    foo2.send(&publish("test/topic", 0, false, 0, b"bar"));
    assert_eq!(foo1.packet()[0], packets::PUBLISH);
    let mut message = publish("test/lamp", 2, true, 7, br#"{"on":true}"#);
    foo2.send(&message);
    let delivered = foo1.packet();
    foo1.send(&[0x40, 2, delivered[13], delivered[14]]);
    broker.expect(puback().from("foo1")).wait();
    // No PUBREC has come, so it is sent again, with DUP.
    message[0] |= 0x08;
    foo2.send(&message);
    assert_eq!(foo2.packet()[0], packets::PUBREC);
    foo2.send(&[0x62, 2, 0, 7]);
    assert_eq!(foo2.packet()[0], packets::PUBCOMP);
    foo2.send(&packets::DISCONNECT);
    foo2.expect_end();
    entries(&broker)
}

#[test]
fn the_picture_of_the_page_is_what_is_drawn() {
    let entries = tutorial();
    let mut view = view_of(&entries);
    // The message at QoS 2 is read.
    let read = entries
        .iter()
        .find(|entry| entry.topic() == Some("test/lamp"))
        .expect("it came");
    let n = view.ladder.rows.of_entry(read.seq);
    view.select(n);
    view.opened = Some(Opened {
        n,
        entry: Some(read.clone()),
    });
    let drawn = picture(&mut view, 100, 30);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONSOLE.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let head = "\n## In a terminal\n";
    let fence = "```text\n";
    let (before, part) = page.split_once(head).expect("the page has the part");
    let (text, rest) = part.split_once(fence).expect("the part has a picture");
    let (kept, after) = rest.split_once("```").expect("it ends");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = [before, head, text, fence, &drawn, "```", after].concat();
        std::fs::write(&path, page).expect("it is written");
        return;
    }
    assert_eq!(
        kept, drawn,
        "docs/CONSOLE.md is stale: `UPDATE_DOCS=1 cargo test -p broker --lib watch` writes it anew"
    );
}

#[test]
fn every_size_can_be_drawn() {
    let mut view = view_of(&tutorial());
    press(&mut view, "k");
    for part in [Part::Ladder, Part::Clients, Part::Topics, Part::Packet] {
        view.part = part;
        for (columns, lines) in [
            (0, 0),
            (1, 1),
            (3, 2),
            (9, 5),
            (20, 3),
            (80, 24),
            (110, 9),
            (300, 90),
        ] {
            picture(&mut view, columns, lines);
        }
    }
    press(&mut view, "?");
    picture(&mut view, 5, 4);
}

#[test]
fn at_80_by_24_ladder_clients_and_topics_are_there() {
    let mut view = view_of(&tutorial());
    let ladder = picture(&mut view, 80, 24);
    for seen in [
        "live",
        "foo1",
        "foo2",
        "broker",
        "PUBLISH",
        "test/topic",
        "QoS 2 #7",
        "PUBCOMP",
        "again",
        "never arrived",
        "✕",
        "⊖",
        "┌",
        "└",
        "━▶",
    ] {
        assert!(ladder.contains(seen), "{seen:?} in:\n{ladder}");
    }
    assert!(ladder.lines().all(|line| settings::text::width(line) <= 80));
    key(&mut view, crossterm::event::KeyCode::Tab);
    let clients = picture(&mut view, 80, 24);
    assert!(
        clients.contains("Clients 2") && clients.contains("the client said goodbye"),
        "{clients}"
    );
    assert!(clients.contains("test/# (QoS 1)"), "{clients}");
    key(&mut view, crossterm::event::KeyCode::Tab);
    let topics = picture(&mut view, 80, 24);
    assert!(topics.contains(r#"{"on":true}' ■ retained at"#), "{topics}");
}

#[test]
fn the_filter_is_typed_and_leaves_what_fits() {
    let mut view = view_of(&tutorial());
    press(&mut view, "/type:sub");
    assert!(picture(&mut view, 80, 24).contains("/type:sub"));
    key(&mut view, crossterm::event::KeyCode::Enter);
    let drawn = picture(&mut view, 80, 24);
    assert!(
        drawn.contains("SUBSCRIBE") && !drawn.contains("PUBLISH "),
        "{drawn}"
    );
    // Esc leaves the field and keeps what stands in it.
    press(&mut view, "/");
    key(&mut view, crossterm::event::KeyCode::Esc);
    assert!(!view.is_typing && view.filter.query == "type:sub");
    let control = |letter| {
        crossterm::event::KeyEvent::new(
            crossterm::event::KeyCode::Char(letter),
            crossterm::event::KeyModifiers::CONTROL,
        )
    };
    press(&mut view, "/ id:abc");
    let drawn = picture(&mut view, 80, 24);
    assert!(drawn.contains("id:abc is no Packet Identifier"), "{drawn}");
    view.key(control('w'));
    assert_eq!(view.filter.query, "type:sub ");
    view.key(control('u'));
    assert!(view.is_typing && view.filter.is_empty());
    key(&mut view, crossterm::event::KeyCode::Enter);
    assert!(picture(&mut view, 80, 24).contains("PUBLISH "));
    // A family by its key.
    press(&mut view, "1");
    let drawn = picture(&mut view, 80, 24);
    assert!(
        !drawn.contains("test/topic") && drawn.contains("1 no Messages"),
        "{drawn}"
    );
}

#[test]
fn what_does_not_fit_is_left_out_whole() {
    let mut view = view_of(&tutorial());
    view.per_sec = 4_005;
    view.entries = 11_978_000;
    view.missed = 5_000;
    view.filter
        .ask("client:a-rather-long-name topic:home/+/state".to_owned());
    for family in 0..6 {
        for columns in (20..=140).rev() {
            let drawn = picture(&mut view, columns, 24);
            let first = drawn.lines().next().expect("a line");
            let last = drawn.lines().last().expect("a line");
            assert!(
                first.ends_with("/s") == first.contains("4,005/s") || columns < 30,
                "{first}"
            );
            assert!(!first.contains('4') || first.contains("4,005/s"), "{first}");
            assert!(last.ends_with("q quit"), "{columns}: {last}");
        }
        view.filter.toggle(family);
    }
}

#[test]
fn enter_on_a_client_or_a_topic_shows_its_rows_alone() {
    let mut view = view_of(&tutorial());
    view.is_wide = true;
    view.part = Part::Clients;
    key(&mut view, crossterm::event::KeyCode::Enter);
    assert_eq!(view.filter.query, r#"client:"foo1""#);
    view.part = Part::Topics;
    key(&mut view, crossterm::event::KeyCode::Enter);
    assert_eq!(view.filter.query, r#"topic:"test/lamp""#);
    assert!(view.shown() > 0);
    key(&mut view, crossterm::event::KeyCode::Enter);
    assert!(view.filter.is_empty());
}

#[test]
fn all_keys_can_be_read_on_a_small_terminal() {
    for (columns, lines) in [(20, 5), (80, 24)] {
        let mut view = view_of(&tutorial());
        press(&mut view, "?");
        let mut seen = String::new();
        for _ in 0..150 {
            seen.push_str(&picture(&mut view, columns, lines));
            press(&mut view, "j");
        }
        assert!(
            view.has_help && seen.contains("Ctrl-Z") && seen.contains("not over"),
            "{seen}"
        );
    }
}

#[test]
fn keys_go_along_the_exchange() {
    let mut view = view_of(&tutorial());
    let row = |view: &View| {
        let n = view.selected.expect("one is selected");
        view.ladder.rows.get(n).expect("it is kept").kind.word()
    };
    press(&mut view, "/id:7");
    key(&mut view, crossterm::event::KeyCode::Enter);
    press(&mut view, "g");
    assert_eq!(row(&view), "PUBLISH");
    for (keys, there) in [
        ("]", "PUBREC"),
        ("]", "PUBLISH"),
        ("]]", "PUBREL"),
        ("]", "PUBCOMP"),
        ("]", "PUBCOMP"),
        ("[[[[[", "PUBLISH"),
    ] {
        press(&mut view, keys);
        assert_eq!(row(&view), there);
    }
    assert!(!view.is_live());
    press(&mut view, " ");
    assert!(view.is_live());
    assert_eq!(press(&mut view, "q"), Wish::Quit);
}

#[test]
fn what_peers_write_moves_nothing() {
    let broker = Broker::start().wait().expect("it starts");
    let hostile = "a\u{202e}b\u{301}\u{1b}[2J漢\u{5d0}\u{200b}";
    let mut client = Client::connect(broker.addr(), "me\u{1b}]0;x\u{7}");
    client.send(&publish("t/\u{9b}31m", 0, false, 0, hostile.as_bytes()));
    client.ping(1);
    let mut view = view_of(&entries(&broker));
    let drawn = picture(&mut view, 120, 24);
    assert!(
        drawn
            .chars()
            .all(|one| one == '\n' || !settings::text::is_unseen(one)),
        "{drawn:?}"
    );
    assert!(drawn.contains(r"a\u{202e}b"), "{drawn}");
}

#[test]
fn what_is_kept_is_bounded() {
    let broker = Broker::start().wait().expect("it starts");
    let mut client = Client::connect(broker.addr(), "flood");
    let long = "x".repeat(1_000);
    client.send(&publish(&format!("t/{long}"), 0, false, 0, b""));
    client.ping(1);
    let came = entries(&broker);
    let publish = came
        .iter()
        .find(|entry| entry.topic().is_some())
        .expect("it came");
    let mut view = View::new(PLACE.to_owned(), 1883);
    for round in 0..25 {
        let many: Vec<Entry> = (0..1_000_u64)
            .map(|n| Entry {
                seq: round * 1_000 + n + 1,
                client_id: format!("client-{}-{long}", round * 1_000 + n).into(),
                ..publish.clone()
            })
            .collect();
        view.take(&many, 0, round * 1_000 + 1_000, Time::from_secs(round));
    }
    assert_eq!(view.ladder.rows.iter().count(), super::row::MOST_ROWS);
    assert!(view.ladder.people.len() <= 2_000 && view.ladder.topics.len() <= 5_000);
    assert!(
        view.ladder
            .rows
            .iter()
            .all(|row| row.who.len() < 600 && row.topic.as_ref().is_none_or(|t| t.len() < 600))
    );
    // What was not read is told, and a sample says that it is one.
    view.take(&[], 5_000, 30_000, Time::from_secs(30));
    let drawn = picture(&mut view, 120, 24);
    assert!(drawn.contains("5,000 too fast to be read"), "{drawn}");
}

#[test]
fn what_has_no_room_below_the_clients_is_told_by_an_ellipsis() {
    let mut view = view_of(&tutorial());
    let foo1 = view.ladder.people.get_mut("foo1").expect("it came");
    for n in 0..60 {
        foo1.subscribes(&format!("some/topic/{n}"), crate::QoS::AtMostOnce);
    }
    view.part = Part::Clients;
    let drawn = picture(&mut view, 80, 24);
    let mut filters = drawn.lines().filter(|line| line.contains("some/topic/"));
    assert!(
        filters.next_back().is_some_and(|line| line.ends_with('…')),
        "{drawn}"
    );
}
