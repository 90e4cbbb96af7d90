//! [`Context`]: which trace a message belongs to, as its User Properties say it (W3C: Trace Context, and its mapping to MQTT).

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// A longer list is left out; the standard asks for no more.
const STATE_BYTES: usize = 512;

/// A trace, and the span of it that published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Context {
    pub trace: [u8; 16],
    pub span: [u8; 8],
    pub flags: u8,
}

impl Context {
    /// `None` where there is none, where there are several, and where it is not as the standard has it.
    pub fn of(user: &[(&str, &str)]) -> Option<Self> {
        let mut found = user.iter().filter(|(name, _)| *name == TRACEPARENT);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Self::parse(value),
            _ => None,
        }
    }

    /// `VERSION-TRACE-SPAN-FLAGS`. Later versions may have more behind it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [version] = bytes(parts.next()?)?;
        let context = Self {
            trace: bytes(parts.next()?)?,
            span: bytes(parts.next()?)?,
            flags: bytes::<1>(parts.next()?)?[0],
        };
        let is_known = match version {
            0 => parts.next().is_none(),
            0xFF => false,
            _ => true,
        };
        (is_known && context.trace != [0; 16] && context.span != [0; 8]).then_some(context)
    }

    /// What vendors say of the trace: all of its parts as one list.
    pub fn state(user: &[(&str, &str)]) -> String {
        let parts = user.iter().filter(|(name, _)| *name == TRACESTATE);
        let whole = parts.map(|(_, value)| *value).collect::<Vec<_>>().join(",");
        if whole.len() > STATE_BYTES {
            String::new()
        } else {
            whole
        }
    }
}

/// Bytes as hexadecimal digits, which are lower case.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn it_is_read_as_the_standard_has_it() {
        let context = Context::of(&[("a", "b"), ("traceparent", GOOD)]).expect("it is one");
        assert_eq!(context.trace[..2], [0x0a, 0xf7]);
        assert_eq!(context.span, [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]);
        assert_eq!(context.flags, 1);
        let later = format!("cc{}-what-comes-later", &GOOD[2..]);
        assert_eq!(Context::of(&[("traceparent", &later)]), Some(context));
    }

    #[test]
    fn what_is_not_one_is_none() {
        let zeros =
            |from: usize, to: usize| format!("{}{}{}", &GOOD[..from], "0".repeat(to - from), &GOOD[to..]);
        for bad in [
            "",
            "-",
            "00",
            &GOOD[..54],
            &format!("{GOOD}-01"),
            &format!("{GOOD}0"),
            &format!("ff{}", &GOOD[2..]),
            &format!("0g{}", &GOOD[2..]),
            &GOOD.to_uppercase(),
            &zeros(3, 35),
            &zeros(36, 52),
            &format!("00-é{}", &GOOD[5..]),
        ] {
            assert_eq!(Context::of(&[("traceparent", bad)]), None, "{bad}");
        }
        assert_eq!(Context::of(&[("Traceparent", GOOD)]), None);
        assert_eq!(Context::of(&[("traceparent", GOOD), ("traceparent", GOOD)]), None);
    }

    #[test]
    fn the_state_is_one_list_within_bounds() {
        let parts = [("tracestate", "a=1"), ("x", "y"), ("tracestate", "b=2")];
        assert_eq!(Context::state(&parts), "a=1,b=2");
        assert_eq!(Context::state(&[("tracestate", &"a".repeat(513))]), "");
    }
}
