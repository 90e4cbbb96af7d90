//! Options of the broker as a whole whose values mean something else here, or something together.

use super::line::Line;
use super::table::Takes;
use super::translate::{Walk, text, texts};
use super::value;
use crate::error::Origin;

/// Where the log goes and what it says, line by line.
#[derive(Default)]
pub(super) struct Logs {
    pub(super) destinations: Option<(Vec<String>, Origin)>,
    pub(super) types: Option<(Vec<String>, Origin)>,
}

/// The word that stands for an empty list.
const NONE: &str = "none";

/// The longest packet that there can be.
const LONGEST_PACKET: i64 = 268_435_460;

impl Walk<'_> {
    pub(super) fn general_line(&mut self, line: &Line) {
        match line.option.name {
            "per_listener_settings" => self.per_listener_line(line),
            "port" => {
                if let Some(port) = value::integer(line, &mut self.told) {
                    self.default.port = u16::try_from(port).ok();
                    self.default.origin = Some(line.origin.clone());
                }
            }
            "bind_address" => {
                if let Some(host) = value::text(line, &mut self.told) {
                    self.default.host = Some((host.to_owned(), line.origin.clone()));
                    self.default.origin.get_or_insert(line.origin.clone());
                }
            }
            "persistence" | "retained_persistence" | "autosave_on_changes" => {
                if value::boolean(line, &mut self.told).is_some() {
                    self.persistence.insert(line.option.name, line.clone());
                }
            }
            "autosave_interval" => {
                value::integer(line, &mut self.told);
            }
            "persistence_file" | "persistence_location" => {
                if value::text(line, &mut self.told).is_some() {
                    self.persistence.insert(line.option.name, line.clone());
                }
            }
            "log_dest" => self.log_destination(line),
            "log_type" => self.log_type(line),
            "persistent_client_expiration" => {
                if let Some(seconds) = value::duration(line, &mut self.told) {
                    let seconds = seconds.min(u32::MAX.into());
                    self.put(line, "session.session_expiry_3x_secs", seconds);
                    self.put(line, "session.max_session_expiry_secs", seconds);
                }
            }
            "log_facility" => {
                if let Some(number) = value::integer(line, &mut self.told) {
                    self.put(line, "log.facility", text(format!("local{number}")));
                }
            }
            "sys_interval" => self.set(line),
            _ if matches!(line.option.takes, Takes::Integer { .. }) => self.count(line),
            _ => self.set(line),
        }
    }

    /// A number for which 0 or less stands for something of its own.
    fn count(&mut self, line: &Line) {
        let Some(given) = value::integer(line, &mut self.told) else {
            return;
        };
        let at_least = |walk: &mut Self, least: i64| {
            if given < least {
                let text = format!(
                    "`{}` is {given}; {least} is the least here, and counts",
                    line.name
                );
                walk.told.remark(&line.origin, text);
            }
            given.max(least)
        };
        match line.option.name {
            "max_inflight_messages" => {
                let count = if (1..65_535).contains(&given) {
                    given
                } else {
                    65_535
                };
                if given > 65_535 {
                    value::wrong::<()>(line, &given.to_string(), &mut self.told);
                }
                self.put(line, "session.max_inflight", count);
                self.put(line, "session.receive_maximum", count);
            }
            "max_queued_messages" => self.put(
                line,
                "session.max_queued_messages",
                if given > 0 { given } else { 1_000_000_000 },
            ),
            "max_queued_bytes" => self.put(
                line,
                "session.max_queued_bytes",
                if given > 0 { given } else { 1 << 50 },
            ),
            "max_packet_size" => {
                let bytes = at_least(self, 128).min(LONGEST_PACKET);
                self.put(line, "limits.max_packet_size_bytes", bytes);
            }
            "memory_limit" if given > 0 => {
                let bytes = at_least(self, 65_536).min(1 << 50);
                self.put(line, "limits.max_memory_bytes", bytes);
            }
            "websockets_headers_size" if given > 0 => {
                let bytes = at_least(self, 512);
                self.put(line, "websocket.max_header_bytes", bytes);
            }
            "global_max_connections" | "global_max_clients" if given >= 0 => {
                let count = at_least(self, 1);
                if let Some(key) = line.option.key() {
                    self.put(line, key, count);
                }
            }
            "max_inflight_bytes" => self.put(line, "session.max_inflight_bytes", given.max(0)),
            // 0 is no bound, which is the default.
            "message_size_limit" | "max_keepalive" if given > 0 => {
                if let Some(key) = line.option.key() {
                    self.put(line, key, given);
                }
            }
            _ => {}
        }
    }

    fn log_destination(&mut self, line: &Line) {
        let (word, path) = value::first(&line.rest);
        let destination = match word {
            "file" if path.is_empty() => {
                return self.told.wrong(
                    &line.origin,
                    "`log_dest file` has no path; write `log_dest file PATH`",
                );
            }
            "file" => format!("file:{path}"),
            _ => match value::word(line, &mut self.told) {
                None => return,
                Some(word @ ("none" | "stdout" | "stderr" | "syslog" | "topic")) => word.to_owned(),
                Some("dlt") => {
                    let text = "`log_dest dlt` is passed over: the log of cars (DLT) is not there";
                    return self.told.remark(&line.origin, text);
                }
                Some(word) => {
                    let hint = match word {
                        "console" | "terminal" | "stdio" | "std" | "all" => {
                            "; did you mean `stdout`?".to_owned()
                        }
                        "journal" | "journald" | "systemd" => {
                            "; did you mean `stderr`, which systemd keeps?".to_owned()
                        }
                        word if word.contains('/') => format!("; did you mean `log_dest file {word}`?"),
                        _ => String::new(),
                    };
                    let text = format!(
                        "`log_dest` is {word:?}; expected {}{hint}",
                        line.option.takes.describe()
                    );
                    return self.told.wrong(&line.origin, text);
                }
            },
        };
        add(&mut self.logs.destinations, destination, &line.origin);
    }

    fn log_type(&mut self, line: &Line) {
        if let Some(word) = value::one_of(line, &mut self.told) {
            let word = word.to_owned();
            add(&mut self.logs.types, word, &line.origin);
        }
    }

    /// What the lines about the log say together.
    pub(super) fn settle_logs(&mut self) {
        let Logs { destinations, types } = std::mem::take(&mut self.logs);
        for (name, key, list) in [
            ("log_dest", "log.destinations", destinations),
            ("log_type", "log.types", types),
        ] {
            let Some((list, origin)) = list else { continue };
            let Some(option) = super::table::option(name) else {
                continue;
            };
            // No destination is an empty list; no type has a word of its own, since an empty list is the default there.
            let list = list.into_iter().filter(|word| name == "log_type" || word != NONE);
            let (name, rest) = (name.to_owned(), String::new());
            self.put(
                &Line {
                    option,
                    name,
                    rest,
                    origin,
                },
                key,
                texts(list),
            );
        }
    }
}

/// One more word. `none` takes back what came before it, as in mosquitto.
fn add(list: &mut Option<(Vec<String>, Origin)>, word: String, origin: &Origin) {
    let (words, _) = list.get_or_insert_with(|| (Vec::new(), origin.clone()));
    if word == NONE || words.iter().any(|known| known == NONE) {
        words.clear();
    }
    if !words.contains(&word) {
        words.push(word);
    }
}
