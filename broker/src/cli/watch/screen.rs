//! [`Screen`]: the terminal while the view has it, and how it is given back, also when something panics.

use std::io;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui_core::terminal::Terminal;

use super::Said;
use super::backend::Cells;

/// Whether the view has the terminal: there is one for the whole program.
static TAKEN: AtomicBool = AtomicBool::new(false);

pub(super) type Screen = Terminal<Cells>;

/// Whether the view has the terminal now.
pub(in crate::cli) fn has_terminal() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Takes the terminal.
pub(super) fn take() -> io::Result<Screen> {
    let begun = begin();
    if begun.is_err() {
        give_back();
    }
    begun?;
    Terminal::new(Cells(io::stdout()))
}

/// What `take` does beside making a [`Screen`]: also behind a pause of the program.
pub(super) fn begin() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, Hide)
}

/// Gives the terminal back as it was, once.
pub(super) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Where this fails there is no terminal any more.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// A panic of the view, or of the whole program, gives the terminal back and is printed. One that is caught, or ends another thread
/// alone, is a line of the view.
pub(super) fn mind_panics(said: SyncSender<Said>) {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        let is_end = matches!(thread::current().name(), Some("main" | super::THREAD));
        if is_end || !TAKEN.load(Ordering::SeqCst) {
            give_back();
            usual(what);
        } else {
            // It does not wait: the view may be what is stuck.
            let _ = said.try_send(Said::Line(format!(
                "a fault in Citronella; please report it: {what}"
            )));
        }
    }));
}
