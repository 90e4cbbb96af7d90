//! The program around the library: standard error, standard output, signals, exit codes.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use clap::CommandFactory;
use client::{
    Kind, Line, Lines, MessagePrinter, Paint, Screen, Stop, Unfinished, check_observers, error_kind, exit,
    observers, one_observer, parse_flags, print_error_line, print_generated, print_line, reason_words,
    report_usage_error, retry_words, run_to_end,
};

use crate::error::Error;
use crate::flags::Flags;
use crate::hooks::{Hooks, Notice};
use crate::load::load_with;
use crate::mode::Mode;
use crate::progress::{Counters, Progress};
use crate::replay::replay_with;
use crate::request::request_with;
use crate::run::{Report, run_with};

/// Runs `publisher` with these arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let flags: Flags = match parse_flags(arguments) {
        Ok(flags) => flags,
        Err(code) => return code.into(),
    };
    if let Some(what) = flags.screen.generate {
        return print_generated(what, &mut Flags::command());
    }
    let lines = Lines::start();
    let prepared = Mode::from_flags(&flags, |name| std::env::var(name).ok()).and_then(|mode| {
        check_observers(flags.connection.debug, &flags.screen)?;
        let printer = MessagePrinter::from_flags(&flags.response, &flags.screen, false, lines)?;
        Ok((mode, printer))
    });
    let (mode, printer) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return report_usage_error(Kind::Publisher, flags.screen.json, &error).into(),
    };
    run_to_end(Program::new(&flags, lines).run(mode, printer))
}

struct Program<'a> {
    flags: &'a Flags,
    lines: Lines,
    screen: Screen,
    signal: Rc<Cell<u8>>,
    counters: Arc<Counters>,
    /// A part of the recording could not be read.
    is_incomplete: Rc<Cell<bool>>,
}

impl<'a> Program<'a> {
    fn new(flags: &'a Flags, lines: Lines) -> Self {
        Self {
            flags,
            lines,
            screen: Screen::stderr(flags.screen.color),
            signal: Rc::new(Cell::new(0)),
            counters: Arc::default(),
            is_incomplete: Rc::default(),
        }
    }

    async fn run(&self, mode: Mode, mut printer: MessagePrinter) -> u8 {
        let hooks = self.hooks(&mode);
        let progress = self.shows_progress(&mode).then(|| {
            // The progress is drawn only where no other line of this program or of the user would run into it.
            Progress::start(Arc::clone(&self.counters), mode.total(), self.screen)
        });
        let outcome = match mode {
            Mode::Publish(plan) => run_with(plan, hooks).await.map(Some),
            Mode::Replay(plan) => replay_with(plan, hooks).await.map(Some),
            Mode::Request(request) => {
                let mut buffer = Vec::new();
                let answered = request_with(request, hooks, |message| {
                    buffer.clear();
                    for complaint in printer.print(&message, &mut buffer) {
                        print_error_line(complaint);
                    }
                    io::stdout()
                        .write_all(&buffer)
                        .and_then(|()| io::stdout().flush())
                });
                answered.await.map(Some)
            }
            Mode::Load(load) => match load_with(load, hooks, &self.counters).await {
                Ok(figures) => {
                    if let Some(progress) = progress {
                        progress.clear();
                    }
                    return self.figures(&figures);
                }
                Err(error) => Err(error),
            },
        };
        match progress {
            Some(progress) if outcome.is_ok() => progress.finish(),
            // The error says how far it came.
            Some(progress) => drop(progress.clear()),
            None => {}
        }
        match outcome {
            Ok(report) => {
                if let Some(Report { sent }) = report.filter(|_| self.flags.screen.json) {
                    let line = Line::Summary {
                        sent: Some(sent),
                        received: None,
                        end: "done",
                    };
                    print_line(self.lines.line(&line));
                }
                if self.is_incomplete.get() {
                    exit::INCOMPLETE
                } else {
                    exit::SUCCESS
                }
            }
            Err(error) => self.complain(&error),
        }
    }

    fn hooks(&self, mode: &Mode) -> Hooks {
        let (flags, screen) = (&self.flags.screen, self.screen);
        let mut all = observers(
            mode.connection(),
            self.flags.connection.debug,
            flags,
            self.lines,
            true,
        );
        if self.shows_progress(mode) {
            all.push(self.counters.observer());
        }
        let (quiet, json, lines) = (self.flags.connection.quiet, flags.json, self.lines);
        // A line of progress may stand there.
        let clear = if self.shows_progress(mode) { "\r\x1b[K" } else { "" };
        let say = move |paint, text: &str| {
            if !quiet && !json {
                print_error_line(format_args!("{clear}{}", screen.paint(paint, text)));
            }
        };
        let signal = Rc::clone(&self.signal);
        let is_incomplete = Rc::clone(&self.is_incomplete);
        let notice = move |notice| {
            if matches!(
                notice,
                Notice::RecordingCut { .. } | Notice::LinePassedOver { .. }
            ) {
                is_incomplete.set(true);
            }
            match notice {
                Notice::Refused(ack) => {
                    let text = format!("Warning: Publish {} failed: {}.", ack.id, reason_words(ack.code));
                    say(Paint::Warning, &text);
                    if let Some(reason) = ack.reason {
                        say(Paint::Warning, &reason);
                    }
                }
                Notice::PropertiesLeftOut => say(
                    Paint::Warning,
                    "Warning: the recording has properties, which only version 5 can carry; -V 5 sends them.",
                ),
                Notice::NewerRecording { version } => say(
                    Paint::Warning,
                    &format!(
                        "Warning: the recording is of format {version}, which this program does not know: it is read as far as it can be."
                    ),
                ),
                Notice::RecordingCut { line } => say(
                    Paint::Warning,
                    &format!("Warning: the recording is cut in line {line}: what follows is missing."),
                ),
                Notice::LinePassedOver { line, why } => {
                    say(
                        Paint::Warning,
                        &format!("Warning: line {line} of the recording is passed over: {why}."),
                    );
                }
                Notice::Reconnecting { error, wait } => {
                    say(Paint::Warning, &retry_words(&error, wait));
                    if json {
                        let wait_secs = wait.as_secs_f64();
                        print_line(lines.line(&Line::Reconnecting {
                            error: &error,
                            wait_secs,
                        }));
                    }
                }
                Notice::Reconnected {
                    again,
                    session_present,
                } => {
                    let again = match again {
                        0 => "nothing has to be sent again".to_owned(),
                        1 => "1 message is sent again".to_owned(),
                        count => format!("{count} messages are sent again"),
                    };
                    say(Paint::Good, &format!("Connected again; {again}."));
                    if json {
                        print_line(lines.line(&Line::Reconnected { session_present }));
                    }
                }
            }
        };
        Hooks {
            observer: one_observer(all),
            notice: Some(Box::new(notice)),
            written: Some(Arc::clone(&self.counters.written_bytes)),
            stop: Stop::listen()
                .ok()
                .map(|mut stop| Box::pin(async move { signal.set(stop.signalled().await) }) as _),
        }
    }

    /// Whether a person looks at standard error and nothing else is written on that screen.
    fn shows_progress(&self, mode: &Mode) -> bool {
        let flags = self.flags;
        self.screen.terminal
            && !(flags.connection.quiet || flags.connection.debug || flags.screen.trace || flags.screen.json)
            && !matches!(mode, Mode::Request(_))
            // The text that a person types would stand on the same screen.
            && !(mode.reads_stdin() && io::stdin().is_terminal())
    }

    fn figures(&self, figures: &crate::load::Figures) -> u8 {
        if self.flags.screen.json {
            let figures = serde_json::to_value(figures).unwrap_or_default();
            print_line(self.lines.line(&Line::Load { figures }));
        } else {
            print_line(figures.to_string().trim_end());
        }
        if figures.refused > 0 {
            exit::FAILURE
        } else {
            exit::SUCCESS
        }
    }

    fn complain(&self, error: &Error) -> u8 {
        let code = if matches!(error, Error::Stopped { .. }) {
            self.signal.get()
        } else {
            error.exit_code()
        };
        if self.flags.screen.json {
            let kind = match error {
                Error::Client(error) | Error::Unacknowledged { source: error, .. } => error_kind(error),
                other => error_kind(other),
            };
            let message = error.to_string();
            let mut line = Line::error(&kind, &message, code);
            if let (
                Line::Error { unfinished, .. },
                Error::Unacknowledged {
                    sent,
                    waiting,
                    unsent,
                    ..
                },
            ) = (&mut line, error)
            {
                *unfinished = Some(Unfinished {
                    sent: *sent,
                    unacknowledged: *waiting,
                    unsent: *unsent,
                });
            }
            print_error_line(self.lines.line(&line));
        } else if !self.flags.connection.quiet {
            print_error_line(self.screen.paint(Paint::Bad, format!("Error: {error}")));
        }
        code
    }
}
