//! [`Syslog`]: lines as datagrams to the system's log, in the form that libraries of C send there (RFC 3164 without a host).

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use settings::{Facility, LogType};

use super::said::complain;

/// Where it listens: on Linux, on macOS, and on the BSDs.
const PLACES: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// No datagram is longer.
const LONGEST_BYTES: usize = 8_192;

#[derive(Debug)]
pub(super) struct Syslog {
    facility: u8,
    places: Vec<PathBuf>,
    socket: Option<UnixDatagram>,
    has_complained: bool,
}

impl Syslog {
    pub(super) fn new(facility: Facility) -> Self {
        Self {
            facility: number(facility),
            places: PLACES.map(PathBuf::from).to_vec(),
            socket: None,
            has_complained: false,
        }
    }

    /// It waits while the queue of datagrams there is full. A line that cannot be sent is lost.
    pub(super) fn write(&mut self, log_type: LogType, text: &str) {
        let now = Zoned::now();
        let mut datagram = format!(
            "<{}>{} citronella[{}]: {text}",
            self.facility * 8 + severity(log_type),
            now.strftime("%b %e %H:%M:%S"),
            std::process::id()
        );
        if datagram.len() > LONGEST_BYTES {
            let end = (0..=LONGEST_BYTES)
                .rev()
                .find(|&end| datagram.is_char_boundary(end));
            datagram.truncate(end.unwrap_or_default());
        }
        // It may have been started anew since the last line.
        let sent = self.send(&datagram).or_else(|_| {
            self.socket = None;
            self.send(&datagram)
        });
        match sent {
            Ok(()) => self.has_complained = false,
            Err(_) if self.has_complained => {}
            Err(error) => {
                self.has_complained = true;
                complain(&format!(
                    "cannot write to syslog: {error}. The broker runs on, and tries again with each line"
                ));
            }
        }
    }

    fn send(&mut self, datagram: &str) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.places)?,
        };
        let sent = socket.send(datagram.as_bytes()).map(|_| ());
        self.socket = Some(socket);
        sent
    }
}

fn connect(places: &[PathBuf]) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    let listens = |place: &&PathBuf| socket.connect(Path::new(place)).is_ok();
    match places.iter().find(listens) {
        Some(_) => Ok(socket),
        None => Err(io::Error::other(format!(
            "nobody listens at {}",
            places[0].display()
        ))),
    }
}

/// RFC 5424, section 6.2.1.
const fn number(facility: Facility) -> u8 {
    match facility {
        Facility::Local0 => 16,
        Facility::Local1 => 17,
        Facility::Local2 => 18,
        Facility::Local3 => 19,
        Facility::Local4 => 20,
        Facility::Local5 => 21,
        Facility::Local6 => 22,
        Facility::Local7 => 23,
        _ => 3,
    }
}

/// RFC 5424, section 6.2.1.
const fn severity(log_type: LogType) -> u8 {
    match log_type {
        LogType::Error => 3,
        LogType::Warning => 4,
        LogType::Information => 6,
        LogType::Debug => 7,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut datagram = vec![0; 2 * LONGEST_BYTES];
        let bytes = socket.recv(&mut datagram).expect("a datagram");
        String::from_utf8(datagram[..bytes].to_vec()).expect("a text")
    }

    #[test]
    fn a_line_is_a_datagram_and_a_log_that_is_started_anew_is_found_again() {
        let place = std::env::temp_dir().join(format!("citronella-syslog-{}", std::process::id()));
        let _ = std::fs::remove_file(&place);
        let mut syslog = Syslog {
            places: vec![PathBuf::from("/nowhere/log"), place.clone()],
            ..Syslog::new(Facility::Local3)
        };
        // Nobody listens yet.
        syslog.write(LogType::Error, "lost");
        let log = UnixDatagram::bind(&place).expect("a socket");
        syslog.write(LogType::Error, "one");
        let first = received(&log);
        let pid = std::process::id();
        assert!(
            first.starts_with("<155>") && first.ends_with(&format!(" citronella[{pid}]: one")),
            "{first}"
        );
        // As `Nov  8 07:06:05`, which takes 15 characters.
        assert_eq!(first.find(" citronella"), Some("<155>".len() + 15), "{first}");
        drop(log);
        std::fs::remove_file(&place).expect("it is there");
        let log = UnixDatagram::bind(&place).expect("a socket");
        syslog.write(LogType::Subscribe, &"ä".repeat(LONGEST_BYTES));
        let second = received(&log);
        assert!(second.starts_with("<157>") && second.ends_with('ä'), "{second}");
        assert!(second.len() <= LONGEST_BYTES);
        std::fs::remove_file(&place).expect("it is there");
    }
}
