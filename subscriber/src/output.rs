//! Messages and notices on standard output and standard error.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use client::{
    Granted, Line, Lines, Message, MessagePrinter, Paint, Screen, print_error_line, reason_words, retry_words,
};

use crate::command::Then;
use crate::expect::Verdict;
use crate::instead::{Instead, Rate};
use crate::record::Recorder;
use crate::sink::{Notice, Sink};

/// How much is gathered before it is written, bytes.
const ENOUGH: usize = 64 * 1024;

/// What is decided while messages come, for the code that started the run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) then: Then,
}

/// Prints messages; in a pipe the bytes are mosquitto_sub's.
pub(crate) struct Output<W: Write> {
    pub(crate) out: W,
    pub(crate) printer: MessagePrinter,
    pub(crate) instead: Option<Instead>,
    /// `--json`, and its clock.
    pub(crate) json: Option<Lines>,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) outcome: Rc<RefCell<Outcome>>,
    pub(crate) screen: Screen,
    pub(crate) debug: bool,
    pub(crate) quiet: bool,
    pub(crate) buffer: Vec<u8>,
}

impl<W: Write> Drop for Output<W> {
    fn drop(&mut self) {
        if let Some(Instead::InPlace(view)) = &self.instead {
            view.end(&mut self.buffer);
            self.out.write_all(&self.buffer).ok();
        }
    }
}

impl<W: Write> Sink for Output<W> {
    fn message(&mut self, message: Message) -> io::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.message(&message)?;
        }
        if let Some(verdict) = &mut self.outcome.borrow_mut().verdict
            && !verdict.message(&message)
        {
            // Told at the end, if it matters.
            return Ok(());
        }
        let complaints = match &mut self.instead {
            None => self.printer.print(&message, &mut self.buffer),
            Some(Instead::Rate(rate)) => {
                rate.message();
                return Ok(());
            }
            Some(Instead::InPlace(view)) => view.message(&message, &mut self.printer, &mut self.buffer),
        };
        for complaint in complaints.iter().filter(|_| !self.quiet) {
            print_error_line(complaint);
        }
        // The lines of -d go straight to standard output: keep the order.
        if self.buffer.len() >= ENOUGH || self.debug {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.flush()?;
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.buffer).and_then(|()| self.out.flush());
        self.buffer.clear();
        written
    }

    fn ticks_every(&self) -> Option<Duration> {
        matches!(self.instead, Some(Instead::Rate(_))).then_some(Rate::EVERY)
    }

    fn tick(&mut self) -> io::Result<()> {
        if let Some(Instead::Rate(rate)) = &mut self.instead {
            rate.line(&mut self.buffer);
        }
        self.flush()
    }

    fn wants_more(&mut self) -> bool {
        let outcome = self.outcome.borrow();
        !outcome.then.failed() && !outcome.verdict.as_ref().is_some_and(Verdict::decided)
    }

    fn notice(&mut self, notice: Notice) {
        if let Some(lines) = self.json {
            self.flush().ok();
            writeln!(self.out, "{}", lines.line(&as_line(&notice))).ok();
        }
        match notice {
            Notice::Subscribed { id, granted, reason } => {
                if self.debug && !self.quiet {
                    let codes: Vec<String> = granted.iter().map(|(_, code)| code.to_string()).collect();
                    writeln!(self.out, "Subscribed (mid: {id}): {}", codes.join(", ")).ok();
                }
                self.refusals(&granted, reason);
                self.waiting(&granted);
                if granted.iter().any(|(_, code)| *code < 0x80) {
                    self.outcome.borrow_mut().then.start();
                }
            }
            Notice::Reconnecting { error, wait } => {
                if let Some(verdict) = &mut self.outcome.borrow_mut().verdict {
                    verdict.interrupt();
                }
                self.say(Paint::Warning, &retry_words(&error, wait));
            }
            Notice::Reconnected { session_present } => {
                let how = if session_present {
                    "the session goes on"
                } else {
                    "subscribed again"
                };
                self.say(Paint::Good, &format!("Connected again; {how}."));
            }
        }
    }
}

impl<W: Write> Output<W> {
    /// On standard error, for people.
    fn say(&self, paint: Paint, text: &str) {
        if !self.quiet && self.json.is_none() {
            print_error_line(self.screen.paint(paint, text));
        }
    }

    /// A person who sees nothing wants to know that this is because nothing comes.
    fn waiting(&self, granted: &[(String, u8)]) {
        let filters = granted.iter().filter(|(_, code)| *code < 0x80);
        let filters: Vec<_> = filters.map(|(filter, _)| filter.as_str()).collect();
        if !self.debug && self.screen.terminal && self.printer.is_for_people() && !filters.is_empty() {
            let text = format!("Subscribed to {}; Ctrl-C ends.", filters.join(", "));
            self.say(Paint::Dim, &text);
        }
    }

    fn refusals(&self, granted: &[(String, u8)], reason: Option<String>) {
        let mut refused = granted.iter().filter(|(_, code)| *code >= 0x80).peekable();
        let any = refused.peek().is_some();
        for (filter, code) in refused {
            let words = reason_words(*code);
            let text = format!("Warning: subscription to '{filter}' was refused: {words} (0x{code:02X}).");
            self.say(Paint::Warning, &text);
        }
        if let Some(reason) = reason.filter(|_| any) {
            self.say(Paint::Warning, &reason);
        }
    }
}

fn as_line(notice: &Notice) -> Line<'_> {
    match notice {
        Notice::Subscribed { granted, .. } => Line::Subscribed {
            filters: granted
                .iter()
                .map(|(filter, code)| Granted {
                    filter,
                    code: *code,
                    reason: match code {
                        0 => "Granted QoS 0",
                        code => reason_words(*code),
                    },
                })
                .collect(),
        },
        Notice::Reconnecting { error, wait } => Line::Reconnecting {
            error,
            wait_secs: wait.as_secs_f64(),
        },
        Notice::Reconnected { session_present } => Line::Reconnected {
            session_present: *session_present,
        },
    }
}
