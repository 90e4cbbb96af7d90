//! What the keys do: those of the console, as far as a terminal has what they are for.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::filter::Filter;
use super::view::{Part, View};
use super::word::exact;

/// The list that `?` shows.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("j k ↓ ↑", "next, the one before"),
    ("g G", "first, last"),
    ("[ ]", "within the exchange"),
    ("{ }", "the trouble before, the next one"),
    (
        "Enter",
        "read the packet; of a client or a topic, show its rows alone",
    ),
    ("Tab", "ladder, clients, topics, packet"),
    ("space", "pause, and follow again"),
    (
        "/",
        "filter: client: topic: type: id: text; Enter or Esc goes back, Ctrl-W takes a word from it, Ctrl-U all",
    ),
    ("1 … 6", "hide or show a family"),
    ("f", "stop the broker's clock, let it run"),
    (
        "Esc",
        "back to the ladder; there it puts a line of the program aside, then the filter",
    ),
    ("q Ctrl-C", "stop the broker"),
    (
        "Ctrl-Z",
        "put it aside: the broker stands still for all clients until fg",
    ),
];

/// What is to be done that the view cannot do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    Quit,
    Suspend,
    Redraw,
    /// Stop the broker's clock, or let it run.
    Freeze,
    /// Fetch the entry of the selected row.
    Open,
}

impl View {
    pub fn key(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Nothing;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Wish::Quit,
                KeyCode::Char('z') => Wish::Suspend,
                KeyCode::Char('l') => Wish::Redraw,
                KeyCode::Char('u') if self.is_typing => self.retyped(|filter| filter.ask(String::new())),
                KeyCode::Char('w') if self.is_typing => self.retyped(Filter::pop_word),
                _ => Wish::Nothing,
            };
        }
        if self.has_help {
            if let Some(by) = steps(key.code) {
                self.help_at = self.help_at.saturating_add_signed(by);
                return Wish::Nothing;
            }
            self.has_help = false;
            return if key.code == KeyCode::Char('q') {
                Wish::Quit
            } else {
                Wish::Nothing
            };
        }
        if self.is_typing {
            self.typed(key.code);
            return Wish::Nothing;
        }
        match key.code {
            KeyCode::Char('q') => return Wish::Quit,
            KeyCode::Char('?') => {
                self.has_help = true;
                self.help_at = 0;
            }
            KeyCode::Char('f') => return Wish::Freeze,
            KeyCode::Char('/') => self.is_typing = true,
            KeyCode::Char(' ') => self.pause(),
            KeyCode::Char(digit @ '1'..='6') => {
                self.filter.toggle(digit as usize - '1' as usize);
                self.rebuild();
            }
            KeyCode::Tab => self.turn(false),
            KeyCode::BackTab => self.turn(true),
            KeyCode::Esc => self.back(),
            KeyCode::Enter => return self.enter(),
            code => return self.moved(code),
        }
        Wish::Nothing
    }

    /// A key while the filter is typed.
    fn typed(&mut self, code: KeyCode) {
        match code {
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.part = Part::Ladder;
            }
            KeyCode::Backspace => self.filter.pop(),
            KeyCode::Char(character) => self.filter.push(character),
            _ => return,
        }
        self.rebuild();
    }

    fn retyped(&mut self, change: impl FnOnce(&mut Filter)) -> Wish {
        change(&mut self.filter);
        self.rebuild();
        Wish::Nothing
    }

    fn moved(&mut self, code: KeyCode) -> Wish {
        let by = steps(code).unwrap_or(0);
        let most = match self.part {
            Part::Clients => self.ladder.people.len(),
            Part::Topics => self.ladder.topics.len(),
            Part::Packet => usize::MAX,
            Part::Ladder => {
                match (code, by) {
                    (_, isize::MIN) => self.end(false),
                    (_, isize::MAX) => self.end(true),
                    (KeyCode::Char(']'), _) => self.in_exchange(1),
                    (KeyCode::Char('['), _) => self.in_exchange(-1),
                    (KeyCode::Char('}'), _) => self.trouble(true),
                    (KeyCode::Char('{'), _) => self.trouble(false),
                    (_, 0) => return Wish::Nothing,
                    _ => self.step(by),
                }
                return if self.opened.is_some() {
                    Wish::Open
                } else {
                    Wish::Nothing
                };
            }
        };
        let at = match self.part {
            Part::Clients => &mut self.at_client,
            Part::Topics => &mut self.at_topic,
            _ => &mut self.scrolled,
        };
        *at = at.saturating_add_signed(by).min(most.saturating_sub(1));
        Wish::Nothing
    }

    fn enter(&mut self) -> Wish {
        match self.part {
            Part::Ladder => {
                if self.selected.is_none() {
                    self.step(0);
                }
                if self.selected.is_none() {
                    return Wish::Nothing;
                }
                return Wish::Open;
            }
            Part::Clients => {
                let client = self.client();
                self.alone(client.map(|name| format!("client:{}", exact(&name))));
            }
            Part::Topics => {
                let topic = self.topic();
                self.alone(topic.map(|name| format!("topic:{}", exact(&name))));
            }
            Part::Packet => self.part = Part::Ladder,
        }
        Wish::Nothing
    }

    /// Shows these rows alone; once more, all of them.
    fn alone(&mut self, query: Option<String>) {
        let Some(query) = query else { return };
        let query = if self.filter.query == query {
            String::new()
        } else {
            query
        };
        if !query.is_empty() && !self.is_wide {
            // The rows are elsewhere.
            self.part = Part::Ladder;
        }
        self.filter.ask(query);
        self.rebuild();
    }

    /// The next part of the screen has the keys, or the one before.
    fn turn(&mut self, goes_back: bool) {
        let mut parts = vec![Part::Ladder, Part::Clients, Part::Topics];
        if self.opened.is_some() {
            parts.push(Part::Packet);
        }
        let at = parts.iter().position(|part| *part == self.part).unwrap_or(0);
        let steps = if goes_back { parts.len() - 1 } else { 1 };
        self.part = parts[(at + steps) % parts.len()];
    }

    /// Back to the ladder; from there, the packet is closed. A ladder that follows loses the line below it, then its filter.
    fn back(&mut self) {
        if self.part == Part::Ladder && self.opened.take().is_none() {
            if !self.is_live() {
                self.follow();
            } else if !self.lines.is_empty() {
                self.lines.clear();
            } else if !self.filter.query.is_empty() {
                self.filter.ask(String::new());
                self.rebuild();
            }
        }
        self.part = Part::Ladder;
    }
}

/// How far a key goes in what has lines.
const fn steps(code: KeyCode) -> Option<isize> {
    Some(match code {
        KeyCode::Char('j') | KeyCode::Down => 1,
        KeyCode::Char('k') | KeyCode::Up => -1,
        KeyCode::PageDown => 20,
        KeyCode::PageUp => -20,
        KeyCode::Char('g') | KeyCode::Home => isize::MIN,
        KeyCode::Char('G') | KeyCode::End => isize::MAX,
        _ => return None,
    })
}
