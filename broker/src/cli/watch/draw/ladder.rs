//! The ladder: a line for each packet and event, lifelines, arrows, brackets of exchanges, words.

use ratatui_core::style::Style;
use settings::text::{cut, padded, width};

use super::{Look, Pane};
use crate::cli::watch::exchanges::{State, TRACKS};
use crate::cli::watch::people::Life;
use crate::cli::watch::row::{Family, Kind, Marks, Row};
use crate::cli::watch::view::View;
use crate::cli::wrapped::wrapped;
use crate::wire::PacketType;

/// Columns of the time, with the mark before it.
const TIME: u16 = 11;
/// The lines above the rows: two of names.
const HEAD: u16 = 2;
/// Topic and payload have so many columns before marks that a sign says, too.
const LEAST_WORDS: usize = 12;
/// Columns of the longest name of a packet.
const TITLE: usize = 11;

pub(super) fn draw(view: &mut View, look: Look, pane: &mut Pane<'_>) {
    let (columns, lines) = (pane.area.width, pane.area.height);
    if lines <= HEAD {
        return;
    }
    let time = if columns >= 56 { TIME } else { 1 };
    let tracks = TRACKS as u16 + 1;
    let words = (columns / 2).clamp(18, 64);
    let room = columns.saturating_sub(time + tracks + words);
    view.lanes.place(&view.ladder.people, &view.filter, time, room);
    let view = &*view;
    if view.shown() == 0 {
        return nothing(view, pane);
    }
    heads(view, look, pane);
    let rows: Vec<u64> = view.window(usize::from(lines - HEAD)).collect();
    let end = view.lanes.end;
    for (at, n) in rows.iter().enumerate() {
        let Some(row) = view.ladder.rows.get(*n) else {
            continue;
        };
        let line = Line {
            view,
            look,
            n: *n,
            row,
            y: at as u16 + HEAD,
        };
        line.time(pane, time);
        line.lifelines(pane);
        line.arrow(pane);
        line.words(pane, end + tracks);
        if view.selected == Some(*n) {
            line.select(pane, end + tracks);
        }
    }
    brackets(view, look, pane, &rows, end);
    // Lifelines go on below the last row.
    let last = view.ladder.rows.next();
    for y in rows.len() as u16 + HEAD..lines {
        lifelines(view, pane, last, y);
    }
}

/// No client has come yet, or the filter leaves nothing.
fn nothing(view: &View, pane: &mut Pane<'_>) {
    let all = view.ladder.rows.next();
    let port = match view.port {
        1883 => String::new(),
        port => format!(" -p {port}"),
    };
    let texts = if all > 0 {
        vec![
            view.filter
                .wrong()
                .unwrap_or_else(|| "Nothing fits the filter.".to_owned()),
            "/ changes it, Ctrl-U in it empties it; 1 … 6 show families.".to_owned(),
        ]
    } else {
        vec![
            format!("No client has come yet. The broker listens at {}.", view.place),
            "Try in other terminals:".to_owned(),
            format!("  subscriber{port} -t 'test/#' -v"),
            format!("  publisher{port} -t test/topic -m bar"),
        ]
    };
    let room = usize::from(pane.area.width).saturating_sub(3);
    let lines = texts.iter().flat_map(|text| wrapped(text, room));
    for (line, text) in lines.enumerate() {
        pane.put(2, line as u16 + 1, &text, Style::new());
    }
}

/// The names, in two lines by turns, so that each has twice its room.
fn heads(view: &View, look: Look, pane: &mut Pane<'_>) {
    let lanes = &view.lanes;
    let most = usize::from(lanes.pitch * 2).saturating_sub(2).max(1);
    let mut put = |text: &str, x: u16, y: u16, style: Style| {
        let from = (x + 1).saturating_sub(width(text) as u16 / 2 + 1);
        pane.put(from, y, text, style);
        if y == 0 {
            pane.dot(x, 1, '│', Look::faint());
        }
    };
    // The one beside the broker, whose name is short, is in the line above.
    let line = |x: u16| u16::from((x.abs_diff(lanes.broker) / lanes.pitch.max(1)).is_multiple_of(2));
    for (others, x) in lanes.shared() {
        put(&cut(&format!("+{others}"), most), x, line(x), Look::faint());
    }
    for (name, x) in lanes.own() {
        let is_there = view.ladder.people.get(name).is_some_and(|one| one.is_connected);
        let style = if is_there {
            look.of(Family::Acks)
        } else {
            Look::faint()
        };
        let name = if name.is_empty() { "(empty)" } else { name };
        put(&cut(name, most), x, line(x), style);
    }
    put("broker", lanes.broker, 1, Look::strong());
}

/// A row, where it is drawn.
struct Line<'a> {
    view: &'a View,
    look: Look,
    n: u64,
    row: &'a Row,
    y: u16,
}

impl Line<'_> {
    fn style(&self) -> Style {
        self.look.of(self.row.family())
    }

    fn time(&self, pane: &mut Pane<'_>, room: u16) {
        if room >= TIME {
            let at = format!("{:>9.3}", self.row.at.since_start().as_secs_f64());
            pane.put(1, self.y, &at, Look::faint());
        }
        if self.is_of_selected() {
            pane.dot(0, self.y, '•', Look::strong());
        }
    }

    /// Whether it belongs to the same message as the selected row.
    fn is_of_selected(&self) -> bool {
        let Some((n, selected)) = self
            .view
            .selected
            .and_then(|n| Some((n, self.view.ladder.rows.get(n)?)))
        else {
            return false;
        };
        let same = |one: &Row, at: u64, other: &Row, other_at: u64| {
            one.exchange > 0 && one.exchange == other.exchange
                || one.root == Some(other_at)
                || one.root.is_some() && one.root == other.root
                || at == other_at
        };
        same(self.row, self.n, selected, n) || same(selected, n, self.row, self.n)
    }

    fn select(&self, pane: &mut Pane<'_>, words: u16) {
        pane.dot(0, self.y, '▸', Look::strong());
        for x in (1..TIME.min(words)).chain(words..pane.area.width) {
            let is_inside = x < pane.area.width;
            if is_inside {
                let (x, y) = (pane.area.x + x, pane.area.y + self.y);
                pane.buffer[(x, y)].set_style(Look::bar());
            }
        }
    }

    fn lifelines(&self, pane: &mut Pane<'_>) {
        lifelines(self.view, pane, self.n, self.y);
    }

    fn arrow(&self, pane: &mut Pane<'_>) {
        let lanes = &self.view.lanes;
        let own = lanes.of(&self.view.ladder.people, &self.row.who);
        let Some((x, _)) = own else {
            // It is of the broker itself.
            return pane.dot(lanes.broker, self.y, '◆', self.style());
        };
        if let Kind::Event(word) = self.row.kind {
            return self.event(pane, word, x);
        }
        let shaft = match self.row.family() {
            Family::Messages => '━',
            Family::Subscribe => '═',
            Family::Connect => '╌',
            Family::Ping => '·',
            Family::Acks | Family::Trouble => '─',
        };
        let is_out = self.row.is(Marks::OUT);
        let (from, to) = if is_out {
            (lanes.broker, x)
        } else {
            (x, lanes.broker)
        };
        // One that is lost comes little more than half way.
        let way = to.abs_diff(from);
        let length = if self.row.is(Marks::LOST) {
            (way * 3 / 5).max(1)
        } else {
            way
        };
        let at = |step: u16| if to > from { from + step } else { from - step };
        for step in 1..length {
            pane.dot(at(step), self.y, shaft, self.style());
        }
        if self.row.is(Marks::LOST) {
            pane.dot(at(length), self.y, '✕', self.look.of(Family::Trouble));
        } else if way > 1 {
            pane.dot(
                at(way - 1),
                self.y,
                if to > from { '▶' } else { '◀' },
                self.style(),
            );
        }
        if self.row.kind.is(PacketType::Connect) {
            pane.dot(x, self.y, '┬', self.style());
        }
        if self.row.kind.is(PacketType::Publish) && !is_out && !self.row.is(Marks::LOST) {
            let (mark, family) = self.decided();
            pane.dot(lanes.broker, self.y, mark, self.look.of(family));
        }
    }

    /// What became of a message that came in.
    fn decided(&self) -> (char, Family) {
        let is = |mark| self.row.is(mark);
        if is(Marks::REFUSED) {
            ('✕', Family::Trouble)
        } else if is(Marks::DUPLICATE) {
            ('⊖', Family::Messages)
        } else if is(Marks::KEPT) {
            ('■', Family::Messages)
        } else if is(Marks::NOBODY) {
            ('○', Family::Messages)
        } else {
            ('●', Family::Messages)
        }
    }

    fn event(&self, pane: &mut Pane<'_>, word: &str, x: u16) {
        let broker = self.view.lanes.broker;
        let (x, mark) = match word {
            "disconnected" if !self.row.is(Marks::TROUBLE) => (x, '┴'),
            "disconnected" if self.row.title() == "TAKEN OVER" => (x, '╪'),
            "session_ended" => (x, '┴'),
            "will_published" => (broker, '◎'),
            "stub_answered" => (broker, '◆'),
            "fault" if self.row.is(Marks::HOLDS) => (broker, '◷'),
            "dropped" => {
                let half = broker.abs_diff(x) / 2;
                for step in 1..half {
                    let x = if x > broker { broker + step } else { broker - step };
                    pane.dot(x, self.y, '┄', self.style());
                }
                (if x > broker { broker + half } else { broker - half }, '✕')
            }
            _ => (x, '✕'),
        };
        pane.dot(x, self.y, mark, self.style());
    }

    fn words(&self, pane: &mut Pane<'_>, x: u16) {
        let row = self.row;
        let room = usize::from(pane.area.width.saturating_sub(x));
        let style = self.style();
        let title = if room > 30 {
            padded(row.title(), TITLE)
        } else {
            row.title().to_owned()
        };
        let mut end = pane.put(x, self.y, &title, style.patch(Look::strong())) + 1;
        // Marks are seen before what a peer wrote, however long that is.
        let mut tags = row.tags();
        let width_of = |tags: &[(String, bool)]| tags.iter().map(|(text, _)| width(text) + 1).sum::<usize>();
        let room = usize::from(pane.area.width.saturating_sub(end));
        if room < width_of(&tags) + LEAST_WORDS {
            // The sign at the broker says as much.
            tags.retain(|(text, _)| text != "to nobody" && text != "retain");
        }
        let tags_width = width_of(&tags);
        let left = room.saturating_sub(tags_width);
        let is_shared = self
            .view
            .lanes
            .of(&self.view.ladder.people, &row.who)
            .is_none_or(|(_, is_own)| !is_own);
        if is_shared {
            end = pane.put(end, self.y, &cut(&row.who, left / 3), Style::new()) + 1;
        }
        let left = usize::from(pane.area.width.saturating_sub(end)).saturating_sub(tags_width);
        if let Some(topic) = row.topic.as_deref() {
            let topic = cut(topic, left.max(8) * 2 / 3);
            end = pane.put(end, self.y, &topic, Look::strong()) + 1;
        }
        let left = usize::from(pane.area.width.saturating_sub(end)).saturating_sub(tags_width);
        let text = cut(&row.text, left);
        if !text.is_empty() {
            end = pane.put(end, self.y, &text, Style::new()) + 1;
        }
        for (tag, is_trouble) in tags {
            let style = if is_trouble {
                self.look.of(Family::Trouble)
            } else {
                Look::faint()
            };
            end = pane.put(end, self.y, &tag, style) + 1;
        }
        if let Some(note) = row.note.as_deref().filter(|_| !row.kind.is_event()) {
            pane.put(end, self.y, note, self.look.of(Family::Trouble));
        }
    }
}

fn lifelines(view: &View, pane: &mut Pane<'_>, n: u64, y: u16) {
    let lanes = &view.lanes;
    for (_, x) in lanes.shared() {
        pane.dot(x, y, '┊', Look::faint());
    }
    for (name, x) in lanes.own() {
        let life = view
            .ladder
            .people
            .get(name)
            .map_or(Life::Nothing, |one| one.life_at(n));
        match life {
            Life::Connected => pane.dot(x, y, '│', Style::new()),
            Life::Away => pane.dot(x, y, '┊', Look::faint()),
            Life::Nothing => {}
        }
    }
    pane.dot(lanes.broker, y, '┃', Look::strong());
}

/// One for each exchange among these rows. One that is not over has no foot.
fn brackets(view: &View, look: Look, pane: &mut Pane<'_>, rows: &[u64], end: u16) {
    let exchanges = &view.ladder.exchanges;
    let mut numbers: Vec<u64> = exchanges.tracked().collect();
    numbers.extend(
        rows.iter()
            .filter_map(|n| view.ladder.rows.get(*n))
            .map(|row| row.exchange),
    );
    numbers.sort_unstable();
    numbers.dedup();
    let chosen = view
        .selected
        .and_then(|n| view.ladder.rows.get(n))
        .map_or(0, |row| row.exchange);
    for number in numbers {
        let Some(exchange) = exchanges.get(number) else {
            continue;
        };
        let Some(track) = exchange.track else { continue };
        let (Some(first), last) = (exchange.rows.first(), exchange.last) else {
            continue;
        };
        let is_whole = exchange.state == State::Whole;
        if is_whole && *first == last {
            continue;
        }
        let x = end + (TRACKS - 1 - track) as u16;
        let style = match number == chosen {
            true => Look::strong(),
            false if is_whole => Look::faint(),
            false => look.of(Family::Trouble),
        };
        for (at, n) in rows.iter().enumerate() {
            if n < first || (is_whole && *n > last) {
                continue;
            }
            let mark = match () {
                () if n == first => '┌',
                () if *n == last && is_whole => '└',
                () if exchange.rows.contains(n) => '├',
                () => '│',
            };
            let y = at as u16 + HEAD;
            // The foot of the one before stays where the next begins.
            if pane.at(x, y).is_none_or(|there| there == " " || mark != '│') {
                pane.dot(x, y, mark, style);
            }
        }
    }
}
