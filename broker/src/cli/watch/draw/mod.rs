//! The picture: a line above, the parts, a line below. Whatever the size of the terminal is.

mod help;
mod ladder;
mod lists;
mod packet;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use settings::text::{cut, grouped, width};

use super::row::Family;
use super::view::{Part, View};

/// From so many columns on, the lists stand beside the ladder.
const WIDE: u16 = 110;
/// The lists have three tenths of the columns, within these.
const LIST_COLUMNS: (u16, u16) = (36, 60);

/// Whether there are colours. What they say is said by arrows and words as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub has_colours: bool,
}

impl Look {
    /// One of the sixteen colours that every terminal has, in the shades that its owner chose.
    fn of(self, family: Family) -> Style {
        self.colour(match family {
            Family::Messages => Color::Cyan,
            Family::Acks => Color::Green,
            Family::Subscribe => Color::Magenta,
            Family::Connect => Color::Blue,
            Family::Ping => Color::Reset,
            Family::Trouble => Color::Red,
        })
    }

    fn colour(self, colour: Color) -> Style {
        if self.has_colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    fn faint() -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn strong() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    fn bar() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}

/// A part of the screen to write into; nothing is written outside it.
struct Pane<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
}

impl Pane<'_> {
    /// Writes a text from this column of this line on, and says where it ended. Both count from the corner of the pane. The text
    /// is fit to be shown.
    fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if y >= self.area.height || x >= self.area.width {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let (end, _) = self
            .buffer
            .set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Writes one character.
    fn dot(&mut self, x: u16, y: u16, character: char, style: Style) {
        if x < self.area.width && y < self.area.height {
            let cell = &mut self.buffer[(self.area.x + x, self.area.y + y)];
            cell.reset();
            cell.set_char(character).set_style(style);
        }
    }

    /// What stands in this cell.
    fn at(&self, x: u16, y: u16) -> Option<&str> {
        let inside = x < self.area.width && y < self.area.height;
        inside.then(|| self.buffer[(self.area.x + x, self.area.y + y)].symbol())
    }

    fn line_style(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            let line = Rect::new(self.area.x, self.area.y + y, self.area.width, 1);
            self.buffer.set_style(line, style);
        }
    }

    /// The heading of a pane: whether it has the keys is said by the mark before it as well.
    fn heading(&mut self, text: &str, has_keys: bool) {
        let style = if has_keys { Look::strong() } else { Look::faint() };
        let mark = if has_keys { "▌" } else { " " };
        let end = self.put(0, 0, &format!("{mark}{text} "), style);
        for x in end..self.area.width {
            self.dot(x, 0, '─', Look::faint());
        }
    }
}

fn pane(buffer: &mut Buffer, area: Rect) -> Pane<'_> {
    Pane { buffer, area }
}

/// Draws everything.
pub(super) fn draw(view: &mut View, look: Look, buffer: &mut Buffer) {
    let area = buffer.area;
    if area.width < 2 || area.height == 0 {
        return;
    }
    above(view, &mut pane(buffer, Rect { height: 1, ..area }));
    if area.height < 3 {
        return;
    }
    let last = Rect::new(area.x, area.bottom() - 1, area.width, 1);
    below(view, look, &mut pane(buffer, last));
    let mut body = Rect::new(area.x, area.y + 1, area.width, area.height - 2);
    if view.has_help {
        return help::draw(&mut view.help_at, &mut pane(buffer, body));
    }
    view.is_wide = body.width >= WIDE;
    if view.is_wide {
        let half = body.height / 2;
        let columns = (body.width * 3 / 10).clamp(LIST_COLUMNS.0, LIST_COLUMNS.1);
        let clients = Rect::new(body.x, body.y, columns, half);
        let topics = Rect::new(body.x, body.y + half, columns, body.height - half);
        lists::clients(view, look, &mut pane(buffer, clients));
        lists::topics(view, look, &mut pane(buffer, topics));
        body = Rect::new(
            body.x + columns + 1,
            body.y,
            body.width - columns - 1,
            body.height,
        );
    } else if view.part == Part::Clients {
        return lists::clients(view, look, &mut pane(buffer, body));
    } else if view.part == Part::Topics {
        return lists::topics(view, look, &mut pane(buffer, body));
    }
    if view.opened.is_some() {
        // The packet has less than half of it, and all of a small one while it has the keys.
        let is_small = body.height < 10;
        let height = match (is_small, view.part) {
            (true, Part::Packet) => body.height,
            (true, _) => 0,
            (false, Part::Packet) => body.height * 6 / 10,
            (false, _) => body.height * 4 / 10,
        };
        let packet = Rect::new(body.x, body.bottom() - height, body.width, height);
        packet::draw(view, look, &mut pane(buffer, packet));
        body.height -= height;
    }
    ladder::draw(view, look, &mut pane(buffer, body));
}

/// Where the broker is, how much comes, and whether the ladder follows it.
fn above(view: &View, pane: &mut Pane<'_>) {
    pane.line_style(0, Look::bar());
    let bar = Look::bar();
    let state = if view.is_live() { "● live" } else { "‖ paused" };
    let state = cut(&format!(" {state} "), usize::from(pane.area.width));
    let mut end = pane.put(0, 0, &state, bar.add_modifier(Modifier::BOLD));
    let mut parts = Vec::new();
    if view.is_frozen {
        let at = view.now.since_start().as_secs_f64();
        parts.push((0, format!("clock stopped at {at:.3}")));
    }
    parts.push((4, view.place.clone()));
    if view.missed > 0 {
        parts.push((1, format!("{} too fast to be read", grouped(view.missed))));
    }
    if view.is_live() && view.filter.every() > 1 {
        parts.push((1, format!("1 in {} shown", grouped(view.filter.every()))));
    }
    let people = &view.ladder.people;
    parts.push((3, format!("{} of {} clients", people.connected(), people.len())));
    parts.push((5, format!("{} entries", grouped(view.entries))));
    parts.push((2, format!("{}/s", grouped(view.per_sec))));
    for part in fitting(parts, pane.area.width.saturating_sub(end)) {
        end = pane.put(end, 0, &format!(" {part} "), bar);
    }
}

/// Those that fit with a column on each side, each whole. Those with the highest number give way first.
fn fitting(mut parts: Vec<(u8, String)>, room: u16) -> impl Iterator<Item = String> {
    while parts.iter().map(|(_, text)| width(text) + 2).sum::<usize>() > usize::from(room) {
        let last = parts.iter().enumerate().max_by_key(|(_, (rank, _))| *rank);
        let Some((at, _)) = last else { break };
        parts.remove(at);
    }
    parts.into_iter().map(|(_, text)| text)
}

/// The filter, or what the program said last, or what can be pressed.
fn below(view: &View, look: Look, pane: &mut Pane<'_>) {
    let width = usize::from(pane.area.width);
    if view.is_typing {
        let end = pane.put(0, 0, "/", Look::strong());
        let shown = tail(&view.filter.query, width.saturating_sub(3));
        let end = pane.put(end, 0, shown, Style::new());
        pane.put(end, 0, "▏", Look::strong());
        return;
    }
    let mut end = 0;
    if !view.filter.is_empty() {
        end = pane.put(
            end,
            0,
            &format!("/{} ", cut(&view.filter.query, width / 2)),
            Look::strong(),
        );
        for (at, (family, name)) in Family::ALL.into_iter().enumerate() {
            if view.filter.hides(family) {
                let text = format!("{} no {name} ", at + 1);
                // What ends the program stays.
                if usize::from(end) + text.len() + "… q quit".len() > width {
                    end = pane.put(end, 0, "… ", Look::faint());
                    break;
                }
                end = pane.put(end, 0, &text, look.of(family));
            }
        }
    }
    if let Some(line) = view.lines.back() {
        pane.put(
            end,
            0,
            &cut(line, width.saturating_sub(usize::from(end))),
            look.colour(Color::Yellow),
        );
    } else {
        let hints = [
            (1, "? keys"),
            (4, "Enter read"),
            (5, "Tab clients, topics"),
            (2, "/ filter"),
            (3, "space pause"),
            (0, "q quit"),
        ];
        let hints = hints.map(|(rank, text)| (rank, text.to_owned())).to_vec();
        let hints: Vec<String> = fitting(hints, pane.area.width.saturating_sub(end) + 2).collect();
        pane.put(end, 0, &hints.join("  "), Look::faint());
    }
}

/// The end of a text, as far as it fits.
fn tail(text: &str, columns: usize) -> &str {
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if settings::text::width(&text[at..]) > columns {
            break;
        }
        from = at;
    }
    &text[from..]
}
