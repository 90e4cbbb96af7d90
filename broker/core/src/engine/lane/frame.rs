//! Plain packets in their bytes: how long they are, and what they have in common.

use crate::topic;

/// The first byte of a PUBLISH with DUP 0, QoS 0, RETAIN 0.
pub(super) const PLAIN_PUBLISH: u8 = 0x30;
/// Longer packets go the ordinary way, where their payload is shared instead of copied.
pub(super) const MAX_FRAME_BYTES: usize = 8 * 1024;

/// What follows the fixed header of the packet at the front of `bytes`, if it begins with `first` and is complete. Only
/// up to two bytes of length in their shortest form.
#[inline]
pub(super) fn body(first: u8, bytes: &[u8]) -> Option<&[u8]> {
    let (header, length) = match bytes {
        [begin, low, ..] if *begin == first && low & 0x80 == 0 => (2, usize::from(*low)),
        // The last byte of a length is never 0: `MQTT5-1.5.5-1`.
        [begin, low, high, ..] if *begin == first && high & 0x80 == 0 && *high > 0 => {
            (3, usize::from(low & 0x7F) | usize::from(*high) << 7)
        }
        _ => return None,
    };
    bytes.get(header..header + length)
}

/// How long the fixed header before such a body is.
#[inline]
pub(super) fn header_bytes(body: &[u8]) -> usize {
    if body.len() < 0x80 { 2 } else { 3 }
}

/// How the packet at the front of `bytes` names its topic, as [`Lane`](super::Lane) has it; `None` if it has properties.
pub(super) fn head(first: u8, v5: bool, bytes: &[u8]) -> Option<&[u8]> {
    let body = body(first, bytes)?;
    let named = 2 + usize::from(u16::from_be_bytes(*body.first_chunk()?));
    if !v5 {
        return body.get(..named);
    }
    let (identifier, end) = if first == PLAIN_PUBLISH {
        (0, named + 1)
    } else {
        (2, named)
    };
    (body.get(named + identifier) == Some(&0)).then(|| body.get(..end))?
}

/// The topic that a head names, if it is one.
pub(super) fn topic_of(head: &[u8]) -> Option<&str> {
    let (length, rest) = head.split_first_chunk()?;
    let name = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    topic::name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_before_what_differs_between_messages() {
        let at_most_once = [0x30, 6, 0, 1, b't', 0, b'h', b'i'];
        assert_eq!(head(0x30, true, &at_most_once), Some(&[0, 1, b't', 0][..]));
        assert_eq!(head(0x30, false, &at_most_once), Some(&[0, 1, b't'][..]));
        let at_least_once = [0x32, 7, 0, 1, b't', 0, 9, 0, b'!'];
        assert_eq!(head(0x32, true, &at_least_once), Some(&[0, 1, b't'][..]));
        assert_eq!(head(0x32, false, &at_least_once), Some(&[0, 1, b't'][..]));
    }

    #[test]
    fn what_is_special_or_broken_has_no_head() {
        let cases: [(&str, u8, &[u8]); 6] = [
            ("properties", 0x30, &[0x30, 6, 0, 1, b't', 2, 1, 0]),
            ("properties", 0x32, &[0x32, 8, 0, 1, b't', 0, 9, 2, 1, 0]),
            ("no room for the topic", 0x30, &[0x30, 3, 0, 9, b't']),
            ("no room for the property length", 0x30, &[0x30, 3, 0, 1, b't']),
            ("incomplete", 0x30, &[0x30, 9, 0, 1, b't', 0]),
            ("empty", 0x30, &[0x30, 0]),
        ];
        for (what, first, bytes) in cases {
            assert_eq!(head(first, true, bytes), None, "{what}");
        }
    }

    #[test]
    fn what_is_no_topic_name_is_none_here() {
        assert_eq!(topic_of(&[0, 3, b'a', b'/', b'b', 0]), Some("a/b"));
        for name in [&b"a+"[..], b"#", b"a\0", b"\xff", b""] {
            let head = [&[0, name.len() as u8], name].concat();
            assert_eq!(topic_of(&head), None, "{name:?}");
        }
    }
}
