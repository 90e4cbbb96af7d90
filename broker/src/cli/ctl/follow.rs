//! `broker ctl journal --follow`: server-sent events, as they come.

use std::pin::pin;

use http_body_util::BodyExt as _;
use serde_json::Value;

use super::client::{Client, Question};
use super::entry;
use super::failure::Failure;

/// No event is longer: the journal keeps payloads up to a bound, and Base64 makes them longer.
const EVENT_BYTES: usize = 256 << 20;

/// Prints each event, until the broker ends, or nobody reads them any more. `line` is given its type and its data, and makes words of
/// them.
pub(in crate::cli) async fn follow(
    client: &Client,
    question: &Question,
    line: impl Fn(&str, &str) -> String,
) -> Result<(), Failure> {
    let mut body = client.open(question).await?.into_body();
    let mut lines = Lines::default();
    let mut reader_goes = pin!(reader_goes());
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = &mut reader_goes => return Err(Failure::ReaderGone),
        };
        let Some(frame) = frame else {
            return Err(client.unreachable("the broker has ended the events"));
        };
        let frame = frame.map_err(|error| client.unreachable(&format!("the events broke off: {error}")))?;
        let Some(bytes) = frame.data_ref() else { continue };
        let mut text = String::new();
        lines.take(bytes, |event, data| {
            text.push_str(&line(event, data));
        });
        super::print(&text)?;
        if lines.half.len() > EVENT_BYTES {
            return Err(client.unreachable("an event has no end"));
        }
    }
}

/// Ends when the reader of stdout has gone, as `head` does: the next event, which would find that out, may never come. Where stdout
/// is no pipe, it has no end.
#[cfg(unix)]
async fn reader_goes() {
    use rustix::event::{PollFd, PollFlags, poll};

    let (gone, told) = tokio::sync::oneshot::channel();
    // It ends with the program.
    std::thread::spawn(move || {
        let stdout = std::io::stdout();
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        let end = loop {
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => {}
                end => break end,
            }
        };
        if end.is_ok() {
            let _ = gone.send(());
        }
    });
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(not(unix))]
async fn reader_goes() {
    std::future::pending::<()>().await;
}

/// An event in words. With `whose`, those alone of clients whose identifier begins so.
pub(in crate::cli) fn shown(event: &str, data: &str, whose: Option<&str>) -> String {
    let read = || serde_json::from_str::<Value>(data);
    match event {
        "missed" => {
            let missed = read().ok().and_then(|value| value.get("entries")?.as_u64());
            let missed = missed.map_or_else(|| data.to_owned(), |missed| missed.to_string());
            format!("({missed} are missing here: this reader did not take them fast enough)\n")
        }
        _ => match read() {
            Ok(value) if !is_of(&value, whose) => String::new(),
            Ok(value) => format!("{}\n", entry::line(&value)),
            Err(_) => format!("{}\n", settings::text::escaped(data)),
        },
    }
}

/// Whether an entry is of a client whose identifier begins so.
fn is_of(entry: &Value, whose: Option<&str>) -> bool {
    let client_id = entry["client_id"].as_str().unwrap_or_default();
    whose.is_none_or(|whose| client_id.starts_with(whose))
}

/// The lines of a stream of server-sent events.
#[derive(Debug, Default)]
struct Lines {
    /// The beginning of a line whose end has not come.
    half: Vec<u8>,
    event: String,
    data: String,
}

impl Lines {
    /// Takes bytes; gives the type and the data of each event that they end.
    fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&str, &str)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.half.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = String::from_utf8_lossy(&self.half)
                .trim_end_matches('\r')
                .to_owned();
            self.half.clear();
            if line.is_empty() {
                if !self.data.is_empty() {
                    each(&self.event, self.data.trim_end_matches('\n'));
                }
                self.event.clear();
                self.data.clear();
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => value.clone_into(&mut self.event),
                "data" => {
                    self.data.push_str(value);
                    self.data.push('\n');
                }
                // A comment shows that the broker is there; the number is in the data, too.
                _ => {}
            }
        }
        self.half.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_pieces_of_any_size() {
        let stream = b": here\n\nid: 3\nevent: packet\ndata: {\"a\":1}\n\ndata: two\ndata: lines\r\n\r\nevent: missed\ndata: {\"entries\": 4}\n\n";
        for size in 1..stream.len() {
            let (mut lines, mut all) = (Lines::default(), Vec::new());
            for piece in stream.chunks(size) {
                lines.take(piece, |event, data| all.push(format!("{event}|{data}")));
            }
            assert_eq!(
                all,
                ["packet|{\"a\":1}", "|two\nlines", "missed|{\"entries\": 4}"]
            );
        }
        assert!(shown("missed", "{\"entries\": 4}", Some("ana-")).starts_with("(4 are missing"));
    }

    #[test]
    fn somebody_reads_of_their_own_clients_alone() {
        let of = |client_id: &str| {
            let data = format!(r#"{{"client_id":"{client_id}","packet":"PINGREQ","direction":"in"}}"#);
            shown("packet", &data, Some("ana-"))
        };
        assert!(of("ana-ear").contains("PINGREQ"));
        assert_eq!((of("ben-ear"), of("")), (String::new(), String::new()));
    }
}
