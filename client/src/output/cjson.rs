//! JSON as mosquitto_sub's `%j` and `%J` print it: byte for byte what its library (cJSON) makes of a message.
//!
//! A general JSON crate would not do: keys keep their order and may repeat, strings keep bytes that are not UTF-8,
//! and numbers are read and printed as C does.

/// A JSON value; numbers are C's `double`, strings are bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Vec<u8>),
    Array(Vec<Json>),
    Object(Vec<(Vec<u8>, Json)>),
}

impl Json {
    pub(super) fn text(bytes: &[u8]) -> Self {
        Self::Text(bytes.to_vec())
    }

    /// Prints onto `out`, on one line or indented with tabs.
    pub(super) fn print(&self, pretty: bool, out: &mut Vec<u8>) {
        self.print_at(pretty, 0, out);
    }

    fn print_at(&self, pretty: bool, depth: usize, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Number(value) => out.extend_from_slice(number(*value).as_bytes()),
            Self::Text(bytes) => print_text(bytes, out),
            Self::Array(items) => {
                out.push(b'[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        out.extend_from_slice(if pretty { b", " } else { b"," });
                    }
                    item.print_at(pretty, depth + 1, out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                let line = |depth: usize, out: &mut Vec<u8>| {
                    if pretty {
                        out.push(b'\n');
                        out.resize(out.len() + depth, b'\t');
                    }
                };
                out.push(b'{');
                for (position, (key, value)) in members.iter().enumerate() {
                    if position > 0 {
                        out.push(b',');
                    }
                    line(depth + 1, out);
                    print_text(key, out);
                    out.extend_from_slice(if pretty { b":\t" } else { b":" });
                    value.print_at(pretty, depth + 1, out);
                }
                line(depth, out);
                out.push(b'}');
            }
        }
    }

    /// Parses the whole of `bytes`; as forgiving as cJSON (`01` is 1, control characters may stand in strings).
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut parser = Parser { rest: bytes };
        let value = parser.value(0)?;
        parser.blanks();
        parser.rest.is_empty().then_some(value)
    }
}

/// A C string: it ends at the first NUL.
fn print_text(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in bytes.iter().take_while(|byte| **byte != 0) {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// With 15 digits where they tell the number apart, else with 17.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let short = general(value, 15);
    let read: f64 = short.parse().unwrap_or(f64::NAN);
    let larger = read.abs().max(value.abs());
    if (read - value).abs() <= larger * f64::EPSILON {
        short
    } else {
        general(value, 17)
    }
}

/// C's `%.{digits}g`.
fn general(value: f64, digits: u8) -> String {
    let scientific = format!("{value:.*e}", usize::from(digits) - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= i32::from(digits) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs());
    }
    let decimals = usize::try_from(i32::from(digits) - 1 - exponent).unwrap_or(0);
    trim(&format!("{value:.decimals$}"))
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn blanks(&mut self) {
        // cJSON skips every character up to the space.
        while let [0..=b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        // cJSON's own limit is 1000; a peer's payload must not exhaust the stack.
        if depth > 1000 {
            return None;
        }
        self.blanks();
        match self.rest.first()? {
            b'n' => self.eat(b"null").then_some(Json::Null),
            b't' => self.eat(b"true").then_some(Json::Bool(true)),
            b'f' => self.eat(b"false").then_some(Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b'[' => {
                self.eat(b"[");
                let mut items = Vec::new();
                self.blanks();
                if self.eat(b"]") {
                    return Some(Json::Array(items));
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    self.blanks();
                    if !self.eat(b",") {
                        return self.eat(b"]").then_some(Json::Array(items));
                    }
                }
            }
            b'{' => {
                self.eat(b"{");
                let mut members = Vec::new();
                self.blanks();
                if self.eat(b"}") {
                    return Some(Json::Object(members));
                }
                loop {
                    self.blanks();
                    let key = self.string()?;
                    self.blanks();
                    if !self.eat(b":") {
                        return None;
                    }
                    members.push((key, self.value(depth + 1)?));
                    self.blanks();
                    if !self.eat(b",") {
                        return self.eat(b"}").then_some(Json::Object(members));
                    }
                }
            }
            _ => None,
        }
    }

    /// The longest beginning that C's `strtod` takes for a number.
    fn number(&mut self) -> Option<Json> {
        let digits = |from: usize| {
            self.rest
                .iter()
                .skip(from)
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        let mut length = usize::from(self.rest.first() == Some(&b'-'));
        let whole = digits(length);
        length += whole;
        if self.rest.get(length) == Some(&b'.') {
            let fraction = digits(length + 1);
            if whole + fraction > 0 {
                length += 1 + fraction;
            }
        }
        if matches!(self.rest.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.rest.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        let (text, rest) = self.rest.split_at_checked(length)?;
        let value = std::str::from_utf8(text).ok()?.parse().ok()?;
        self.rest = rest;
        Some(Json::Number(value))
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        if !self.eat(b"\"") {
            return None;
        }
        let mut text = Vec::new();
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return Some(text),
                b'\\' => {
                    let (&escape, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    match escape {
                        b'b' => text.push(8),
                        b'f' => text.push(12),
                        b'n' => text.push(b'\n'),
                        b'r' => text.push(b'\r'),
                        b't' => text.push(b'\t'),
                        b'"' | b'\\' | b'/' => text.push(escape),
                        b'u' => {
                            let mut code = self.hex()?;
                            if (0xD800..0xDC00).contains(&code) {
                                let low = if self.eat(b"\\u") {
                                    self.hex()?
                                } else {
                                    return None;
                                };
                                let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                                code = 0x1_0000 + ((code - 0xD800) << 10) + low;
                            }
                            let mut buffer = [0; 4];
                            text.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
                        }
                        _ => return None,
                    }
                }
                _ => text.push(byte),
            }
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        let mut code = 0;
        for digit in digits {
            code = code * 16 + char::from(*digit).to_digit(16)?;
        }
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> Option<String> {
        let mut out = Vec::new();
        Json::parse(text.as_bytes())?.print(false, &mut out);
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn numbers_are_printed_as_c_prints_them() {
        for (read, printed) in [
            ("1.0", "1"),
            ("-0", "-0"),
            ("01", "1"),
            ("1e400", "null"),
            ("123456789012", "123456789012"),
            ("1.5e-7", "1.5e-07"),
            ("12345678901234567890", "1.2345678901234567e+19"),
            ("3.14159265358979312", "3.1415926535897931"),
            ("0.30000000000000004", "0.3"),
            ("1e-5", "1e-05"),
            ("0.0001", "0.0001"),
            ("100000.5", "100000.5"),
            ("1e15", "1e+15"),
        ] {
            assert_eq!(through(read).as_deref(), Some(printed), "{read}");
        }
    }

    #[test]
    fn order_and_repetition_of_keys_stay() {
        assert_eq!(
            through(r#" { "b" : 1, "a":[true,false , null], "b":"\u00e9\/\ud83d\ude00" } "#).unwrap(),
            r#"{"b":1,"a":[true,false,null],"b":"é/😀"}"#
        );
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(2000);
        for text in [
            "",
            "{",
            "[1,]",
            "nul",
            "1 2",
            "\"a",
            "\"\\x\"",
            "{\"a\"}",
            "'a'",
            "-",
            ".5",
            deep.as_str(),
        ] {
            assert_eq!(through(text), None, "{text}");
        }
    }

    #[test]
    fn pretty_indents_objects_with_tabs() {
        let mut out = Vec::new();
        Json::parse(br#"{"a":[1,{"b":{}}]}"#)
            .unwrap()
            .print(true, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\n\t\"a\":\t[1, {\n\t\t\t\"b\":\t{\n\t\t\t}\n\t\t}]\n}"
        );
    }
}
