//! Counts messages as they arrive, without a look at their content.

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::packet;

/// After this long without a message, no more come.
pub const QUIET: Duration = Duration::from_secs(3);

/// Counts the packets whose first byte is `wanted` until `most` are there or none came for [`QUIET`], before the first one
/// for `patience`. `seen` is told how many there are. Gives their number, and when the last one came.
pub fn packets(
    stream: &mut TcpStream,
    wanted: u8,
    most: u64,
    patience: Duration,
    mut seen: impl FnMut(u64),
) -> io::Result<(u64, Option<Instant>)> {
    let begin = Instant::now();
    let (mut buffer, mut tail) = (vec![0; 256 * 1024], 0);
    let (mut count, mut last) = (0, None::<Instant>);
    while count < most {
        // Other packets may go on arriving.
        let left = match last {
            None => (begin + patience).saturating_duration_since(Instant::now()),
            Some(last) => (last + QUIET).saturating_duration_since(Instant::now()),
        };
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        let n = match stream.read(&mut buffer[tail..]) {
            Ok(0) => {
                return Err(io::Error::other("the connection that counts messages was closed"));
            }
            Ok(n) => n,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                break;
            }
            Err(error) => return Err(error),
        };
        let filled = tail + n;
        let (mut at, before) = (0, count);
        while let Some((_, whole)) =
            packet::frame(&buffer[at..filled]).filter(|(_, whole)| at + whole <= filled)
        {
            count += u64::from(buffer[at] == wanted);
            at += whole;
        }
        buffer.copy_within(at..filled, 0);
        tail = filled - at;
        if count > before {
            last = Some(Instant::now());
            seen(count);
        }
    }
    Ok((count, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::TcpListener;

    #[test]
    fn only_what_is_wanted_is_counted_however_it_arrives() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let message = |retain| packet::publish("t", 0, retain, 0, b"x");
        let bytes = [message(true), message(false), message(true), message(true)].concat();
        let (first, rest) = bytes.split_at(bytes.len() - 2);
        sender.write_all(first).unwrap();
        let mut told = Vec::new();
        let (count, last) = packets(&mut stream, packet::PUBLISH | 1, 3, QUIET, |count| {
            told.push(count);
            if told.len() == 1 {
                sender.write_all(rest).unwrap();
            }
        })
        .unwrap();
        assert_eq!((count, told), (3, vec![2, 3]));
        assert!(last.is_some());
    }

    #[test]
    fn where_nothing_comes_nothing_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let counted = packets(&mut stream, packet::PUBLISH, 1, Duration::from_millis(1), |_| {});
        assert!(matches!(counted, Ok((0, None))), "{counted:?}");
    }
}
