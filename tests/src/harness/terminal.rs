//! A program on a terminal: what a person would see of it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::DEADLINE;

/// Columns of the terminal.
pub const WIDTH: u16 = 100;
const HEIGHT: u16 = 30;

/// A program whose standard output and error are a terminal of [`WIDTH`] columns. It is killed when this is dropped.
pub struct OnTerminal {
    child: Child,
    pieces: Receiver<Vec<u8>>,
    /// All that was written to it, controls included.
    seen: String,
    /// What this made of the screen.
    emulated: vt100::Parser,
    // While the test has it open, the terminal lasts.
    screen: Option<File>,
    keyboard: File,
}

impl OnTerminal {
    /// Starts it, with nothing to read.
    pub fn start(command: &mut Command) -> Self {
        Self::with(command, false)
    }

    /// Starts it, with the keys of the terminal as its standard input.
    pub fn with_keys(command: &mut Command) -> Self {
        Self::with(command, true)
    }

    fn with(command: &mut Command, has_keys: bool) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        tcsetwinsize(&master, size_of(WIDTH, HEIGHT)).expect("a terminal has a size");
        let name = ptsname(&master, Vec::new()).expect("a terminal has a name");
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let screen = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .expect("a terminal");
        let output = || Stdio::from(screen.try_clone().expect("a terminal"));
        let child = command
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(if has_keys { output() } else { Stdio::null() })
            .stdout(output())
            .stderr(output())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, pieces) = channel();
        let mut master = File::from(master);
        let keyboard = master.try_clone().expect("a terminal");
        thread::spawn(move || {
            let mut piece = vec![0; 4096];
            // Once everybody has closed the terminal, reading fails.
            while let Ok(count @ 1..) = master.read(&mut piece) {
                if sender.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        // `command` keeps its ends of the terminal open until it is told otherwise.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            child,
            pieces,
            seen: String::new(),
            emulated: vt100::Parser::new(cells(HEIGHT), cells(WIDTH), 0),
            screen: Some(screen),
            keyboard,
        }
    }

    /// Makes the terminal another size, as a person does who pulls at its window.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.emulated.screen_mut().set_size(cells(lines), cells(columns));
        tcsetwinsize(&self.keyboard, size_of(columns, lines)).expect("a terminal has a size");
    }

    /// Whether the terminal shows what is typed, line by line, as it did at first.
    pub fn is_as_before(&self) -> bool {
        let modes = tcgetattr(&self.keyboard)
            .expect("a terminal has modes")
            .local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Presses these keys; `\x03` is Ctrl-C.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Waits until the program has written this, in one go.
    pub fn until(&mut self, text: &str) -> &str {
        let began = Instant::now();
        while !self.seen.contains(text) {
            if let Err(error) = self.take_piece(began) {
                panic!("{text:?} was not written ({error}): {:?}", self.seen);
            }
        }
        &self.seen
    }

    /// Waits until this stands on the screen: its lines. A program that moves the cursor writes what differs alone, so that words
    /// stand beside each other that it never wrote in one go.
    pub fn until_screen(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let lines = self.emulated.screen().contents();
            if lines.contains(text) {
                return lines;
            }
            if let Err(error) = self.take_piece(began) {
                panic!("{text:?} is not on the screen ({error}):\n{lines}");
            }
        }
    }

    /// Waits for more of what the program writes, until the deadline of what began then.
    fn take_piece(&mut self, began: Instant) -> Result<(), RecvTimeoutError> {
        let piece = self
            .pieces
            .recv_timeout(DEADLINE.saturating_sub(began.elapsed()))?;
        self.emulated.process(&piece);
        self.seen.push_str(&String::from_utf8_lossy(&piece));
        Ok(())
    }

    /// Waits until it ends by itself: its exit code, and all that was shown.
    pub fn wait(mut self) -> (Option<i32>, String) {
        drop(self.screen.take());
        let began = Instant::now();
        loop {
            match self.take_piece(began) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it did not end: {:?}", self.seen),
            }
        }
        let status = self.child.wait().expect("it is our child");
        (
            status.code(),
            std::mem::take(&mut self.seen).replace("\r\n", "\n"),
        )
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a screen has cells")
}

fn size_of(columns: u16, lines: u16) -> Winsize {
    Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // It may have ended already, and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
