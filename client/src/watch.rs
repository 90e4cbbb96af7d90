//! Observers: `-d`, `--trace` and `--json` all look at the packets.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Instant;

use crate::codec::{Incoming, Sent};
use crate::connection::{Crossing, Observer};
use crate::debug::debug_line;
use crate::error::UsageError;
use crate::output::{Line, Lines, Screen, ScreenFlags};
use crate::packet::QoS;
use crate::plan::Connection;
use crate::program::print_line;
use crate::reason::reason_words;
use crate::trace::Tracer;

/// Refuses flags whose lines would mix.
///
/// # Errors
/// Which of them, and what to do.
pub fn check_observers(debug: bool, flags: &ScreenFlags) -> Result<(), UsageError> {
    if debug && flags.json {
        return Err(UsageError::new(
            "-d prints lines of its own among those of --json; give one of them, or --trace, which prints on standard error.",
        ));
    }
    Ok(())
}

/// The observers that the flags ask for. With `messages`, `--json` reports sent messages, too.
#[must_use]
pub fn observers(
    plan: &Connection,
    debug: bool,
    flags: &ScreenFlags,
    lines: Lines,
    messages: bool,
) -> Vec<Observer> {
    let mut all: Vec<Observer> = Vec::new();
    if debug {
        let (version, id) = (plan.version, plan.client_id.clone());
        all.push(Box::new(move |crossing| {
            print_line(debug_line(version, &id, crossing));
        }));
    }
    if flags.trace {
        let mut tracer = Tracer::new(Screen::stderr(flags.color), plan);
        all.push(Box::new(move |crossing| {
            io::stderr()
                .lock()
                .write_all(tracer.tell(crossing).as_bytes())
                .ok();
        }));
    }
    if flags.json {
        let mut json = Json::new(plan, lines, messages);
        all.push(Box::new(move |crossing| {
            if let Some(line) = json.line(crossing) {
                print_line(line);
            }
        }));
    }
    all
}

/// One observer that calls all of them; `None` if there are none to call.
#[must_use]
pub fn one_observer(mut all: Vec<Observer>) -> Option<Observer> {
    match all.len() {
        0 | 1 => all.pop(),
        _ => Some(Box::new(move |crossing| {
            for observer in &mut all {
                observer(crossing);
            }
        })),
    }
}

/// `--json`: what the packets say.
struct Json {
    lines: Lines,
    plan: Connection,
    messages: bool,
    /// When each unacknowledged message was first sent.
    sent: HashMap<u16, Instant>,
    /// Topic of the last PUBLISH that had one. A PUBLISH with only an alias is shown with it.
    topic: String,
}

impl Json {
    fn new(plan: &Connection, lines: Lines, messages: bool) -> Self {
        Self {
            lines,
            plan: plan.clone(),
            messages,
            sent: HashMap::new(),
            topic: String::new(),
        }
    }

    fn line(&mut self, crossing: Crossing<'_>) -> Option<String> {
        let lines = self.lines;
        match crossing {
            Crossing::Received(Incoming::ConnAck {
                session_present,
                code: 0,
                properties,
            }) => {
                let assigned = properties
                    .as_ref()
                    .and_then(|all| all.assigned_client_identifier.as_deref());
                Some(lines.line(&Line::Connected {
                    mqtt_version: self.plan.version.to_string(),
                    client_id: assigned.unwrap_or(&self.plan.client_id),
                    session_present: *session_present,
                }))
            }
            Crossing::Sent(Sent::Publish(publish)) if self.messages => {
                if !publish.topic.is_empty() {
                    self.topic = String::from_utf8_lossy(&publish.topic).into_owned();
                }
                if publish.qos != QoS::AtMostOnce {
                    self.sent.entry(publish.pkid).or_insert_with(Instant::now);
                }
                Some(lines.line(&Line::sending(publish, &self.topic)))
            }
            Crossing::Received(Incoming::PubAck(ack) | Incoming::PubComp(ack) | Incoming::PubRec(ack))
                if self.messages =>
            {
                let ended = ack.code >= 0x80 || !matches!(crossing, Crossing::Received(Incoming::PubRec(_)));
                let sent = if ended {
                    self.sent.remove(&ack.id)?
                } else {
                    return None;
                };
                let (id, code, reason) = (ack.id, ack.code, reason_words(ack.code));
                Some(lines.line(&if code < 0x80 {
                    let after_ms = sent.elapsed().as_secs_f64() * 1000.0;
                    // This clock is not more exact than microseconds.
                    let after_ms = (after_ms * 1000.0).round() / 1000.0;
                    Line::Acknowledged {
                        id,
                        code,
                        reason,
                        after_ms,
                    }
                } else {
                    Line::Refused { id, code, reason }
                }))
            }
            _ => None,
        }
    }
}
