//! [`Line`]s for people: one line of text each, in columns, coloured on a terminal.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::SocketAddr;

use settings::LogType;
use settings::text::{cut, escaped, padded};

use crate::cli::line::{Line, Way};
use crate::cli::log::Stamp;
use crate::cli::place::Place;
use crate::journal::{Brief, Tone};
use crate::time::Time;

/// The width of the column of client identifiers: the longest that 3.1 allows.
const WHO_COLUMNS: usize = 23;
/// The text of a packet or an event is cut after this many characters, unless everything is to be shown.
const TEXT_COLUMNS: usize = 200;
/// The same for a name within an event's text.
const NAME_COLUMNS: usize = 60;

/// Turns events into lines of text.
#[derive(Debug)]
pub(super) struct Text {
    colours: bool,
    /// Whether nothing is left out or cut.
    everything: bool,
    /// What a line begins with.
    stamp: Stamp,
    /// Whether the parts of a line stand in columns, below those of the lines before it.
    columns: bool,
    /// How the clients are started, if a person reads the output. Then the first line says what to type next.
    clients: Option<Clients>,
    /// `MQTT_URL` is set, so the clients would go there.
    leads_elsewhere: bool,
    /// Whether no terminal has hold of the program.
    is_detached: bool,
}

/// How to start the two clients in the place where this broker was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clients {
    /// With `cargo run`, as the broker was started.
    Cargo,
    /// By their names.
    Programs,
}

#[derive(Debug, Clone, Copy)]
enum Colour {
    Plain,
    Dim,
    Green,
    Yellow,
    Red,
    Cyan,
    Magenta,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\x1b[2m",
            Self::Green => "\x1b[32m",
            Self::Yellow => "\x1b[33m",
            Self::Red => "\x1b[31m",
            Self::Cyan => "\x1b[36m",
            Self::Magenta => "\x1b[35m",
        }
    }
}

impl Text {
    pub(super) fn new(colours: bool, everything: bool) -> Self {
        Self {
            colours,
            everything,
            stamp: Stamp::SinceStart,
            columns: true,
            clients: None,
            leads_elsewhere: false,
            is_detached: false,
        }
    }

    /// The first line says how a program is stopped that runs in the background.
    pub(super) fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// Lines begin with this.
    pub(super) fn stamped(mut self, stamp: Stamp) -> Self {
        self.stamp = stamp;
        self
    }

    /// Each line is one message among those of other programs: no columns, and no line ends.
    pub(super) fn compact(mut self) -> Self {
        self.columns = false;
        self
    }

    /// The first line also says how to go on.
    pub(super) fn with_next(mut self, clients: Option<Clients>, mqtt_url: Option<OsString>) -> Self {
        self.clients = clients;
        self.leads_elsewhere = mqtt_url.is_some_and(|url| !url.is_empty());
        self
    }

    /// What to type next in other terminals.
    fn next(&self, first: Option<&SocketAddr>, console: Option<&str>) -> String {
        let (Some(clients), Some(addr)) = (self.clients, first) else {
            return String::new();
        };
        let (subscriber, publisher) = match clients {
            Clients::Cargo => ("cargo run -p subscriber --", "cargo run -p publisher --"),
            Clients::Programs => ("subscriber", "publisher"),
        };
        let mut to = String::new();
        if !addr.ip().is_loopback() && !addr.ip().is_unspecified() {
            let _ = write!(to, " -h {}", addr.ip());
        } else if self.leads_elsewhere {
            to.push_str(" -h localhost");
        }
        if addr.port() != 1883 {
            let _ = write!(to, " -p {}", addr.port());
        }
        let mut next = Vec::new();
        if let Some(url) = console {
            let is_local = addr.ip().is_loopback() || addr.ip().is_unspecified();
            let local = format!("http://localhost:{}", addr.port());
            next.push(format!(
                "see it in a browser:    {}/",
                if is_local { &local } else { url }
            ));
        }
        next.extend([
            format!("try in other terminals: {subscriber}{to} -t 'test/#' -v"),
            format!("                        {publisher}{to} -t test/topic -m bar"),
        ]);
        format!("\n{}", self.paint(Colour::Dim, &next.join("\n")))
    }

    /// A name that a peer chose, within a text.
    fn name(&self, name: &str) -> String {
        if self.everything {
            escaped(name)
        } else {
            cut(name, NAME_COLUMNS)
        }
    }

    /// The line without its end, or `None` for an event that is not shown.
    pub(super) fn line(&self, line: &Line<'_>) -> Option<String> {
        let at = line.at();
        let text = match line {
            Line::Listening {
                version,
                pid,
                addresses,
                listeners,
                ca_file,
                mqtt_versions,
                engine,
                upstream,
                ..
            } => {
                let behind = match (*engine, upstream) {
                    (_, Some(upstream)) => format!("before {upstream}"),
                    ("native", None) => format!("MQTT {}", mqtt_versions.join(", ")),
                    (engine, None) => format!("engine {engine}"),
                };
                let mut more = String::new();
                for place in listeners.iter().skip(1) {
                    let _ = write!(more, "\n  {}: {}", escaped(place.name), escaped(&place.text()));
                }
                if let Some(path) = ca_file {
                    let _ = write!(more, "\n  CA to trust: {}", escaped(&path.display().to_string()));
                }
                let stop = if self.is_detached {
                    format!("process {pid}, which `kill {pid}` stops")
                } else {
                    "Ctrl-C stops".to_owned()
                };
                let whole = self.stamp.before_sentences(at);
                format!(
                    "{whole}citronella {version} listening on {} ({behind}{}); {stop}{more}{}",
                    listeners
                        .first()
                        .map_or_else(String::new, |place| escaped(&place.at())),
                    listeners.first().map_or_else(String::new, Place::beside_mqtt),
                    self.next(
                        addresses.first(),
                        listeners.first().and_then(|place| place.urls.http())
                    )
                )
            }
            Line::Event { event, .. } => {
                let Brief {
                    who,
                    tone,
                    verb,
                    detail,
                } = event.brief(&|name| self.name(name));
                let colour = match tone {
                    Tone::Good => Colour::Green,
                    Tone::Plain => Colour::Plain,
                    Tone::Odd => Colour::Yellow,
                    Tone::Bad => Colour::Red,
                    Tone::Quiet if self.everything => Colour::Plain,
                    Tone::Quiet => return None,
                };
                let verb = if self.columns {
                    format!("  {}  ", self.paint(colour, &format!("{verb:<12}")))
                } else {
                    format!("{verb} ")
                };
                format!("{} {verb}{}", self.head(at, &who), self.text(&detail))
            }
            Line::Packet {
                conn,
                client_id,
                direction,
                side,
                text,
                ..
            } => {
                let (arrow, colour) = match direction {
                    Way::In => ('→', Colour::Cyan),
                    Way::Out => ('←', Colour::Magenta),
                };
                let text = self.text(text);
                let head = self.head(at, &or_number(client_id, *conn));
                // Beside what the client did, which is there as well.
                let mark = match (side, direction) {
                    (Some("engine"), Way::In) => "┆ what the engine gets: ",
                    (Some("engine"), Way::Out) => "┆ what the engine sends: ",
                    _ => "",
                };
                format!("{head} {}", self.paint(colour, &format!("{arrow} {mark}{text}")))
            }
            Line::AcceptFailed {
                why,
                open_files_limit,
                ..
            } => {
                let limit =
                    open_files_limit.map(|limit| format!("; {limit} files may be open (`ulimit -n`)"));
                let text = format!("no client gets in: {why}{}", limit.unwrap_or_default());
                format!("{}{}", self.stamp.before(at), self.paint(Colour::Yellow, &text))
            }
            Line::AcceptResumed { failed, .. } => {
                let text = format!("clients get in again, after {}", count(*failed, "failed attempt"));
                format!("{}{text}", self.stamp.before(at))
            }
            Line::LoginUnanswered { why, .. } => {
                let text = format!(
                    "clients are refused: who decides about logins gives no answer: {}",
                    self.text(why)
                );
                format!("{:>12}  {}", at.to_string(), self.paint(Colour::Yellow, &text))
            }
            Line::LoginAnswered { unanswered, .. } => {
                let count = count(*unanswered, "login");
                format!(
                    "{:>12}  who decides about logins answers again, after {count} without an answer",
                    at.to_string()
                )
            }
            Line::Missed { events, .. } => {
                let text =
                    format!("{events} events are missing here: this output does not take them fast enough");
                format!("{}{}", self.stamp.in_a_gap(at), self.paint(Colour::Yellow, &text))
            }
            Line::Remark { log_type, text, .. } => {
                format!(
                    "{}{}: {text}",
                    self.stamp.before_sentences(at),
                    before_remark(*log_type)
                )
            }
            Line::Stopped {
                signal, why, stats, ..
            } => format!(
                "{}stopped {} after {:.1} s: {}, {} in, {} out, {} dropped",
                self.stamp.before_sentences(at),
                signal.map_or_else(|| format!("({why})"), |signal| format!("by {signal}")),
                at.since_start().as_secs_f64(),
                count(stats.clients_connected, "client"),
                count(stats.publish_received, "message"),
                stats.publish_sent,
                stats.dropped()
            ),
        };
        Some(if self.columns {
            text
        } else {
            text.replace("\n  ", "; ")
        })
    }

    /// A peer chooses these texts: they must neither drive the terminal nor fill it.
    fn text(&self, text: &str) -> String {
        if self.everything {
            escaped(text)
        } else {
            cut(text, TEXT_COLUMNS)
        }
    }

    /// What all lines begin with: the time and the client.
    fn head(&self, at: Time, who: &str) -> String {
        let at = self.paint(Colour::Dim, &self.stamp.before(at));
        let who = cut(who, WHO_COLUMNS);
        if self.columns {
            format!("{at}{}", padded(&who, WHO_COLUMNS))
        } else {
            format!("{at}{who}")
        }
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        match colour.code() {
            code if self.colours && !code.is_empty() => format!("{code}{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// The word before what the program says of itself.
pub(super) const fn before_remark(log_type: LogType) -> &'static str {
    match log_type {
        LogType::Error => "error",
        LogType::Warning => "warning",
        _ => "note",
    }
}

/// A connection that has no client identifier (yet) goes by its number.
fn or_number(client_id: &str, conn: u32) -> String {
    if client_id.is_empty() {
        format!("#{conn}")
    } else {
        client_id.to_owned()
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and(items: &[String]) -> String {
    match items.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => items.concat(),
    }
}

fn count(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
