//! JSON indented and coloured, without a change to what it says: numbers keep their digits, keys their order.

use super::style::{Paint, Screen};

/// Deeper than this nobody reads.
const DEEPEST: usize = 64;

/// JSON that was found to be valid, in tokens.
#[derive(Debug)]
pub(super) struct Json<'a> {
    tokens: Vec<Token<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Open(char),
    Close(char),
    Comma,
    Colon,
    Key(&'a str),
    Text(&'a str),
    Number(&'a str),
    Word(&'a str),
}

impl<'a> Json<'a> {
    /// `text` as JSON; `None` when it is not, or is nested too deep to be read.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
        let mut tokens = Vec::new();
        let mut rest = text.trim_ascii_start();
        let mut depth = 0_usize;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => string_length(rest),
                '{' | '[' | '}' | ']' | ',' | ':' => 1,
                _ => rest
                    .find(|c: char| c.is_ascii_whitespace() || ",]}:".contains(c))
                    .unwrap_or(rest.len()),
            };
            let (token, after) = rest.split_at_checked(length)?;
            rest = after.trim_ascii_start();
            tokens.push(match first {
                '{' | '[' => {
                    depth += 1;
                    Token::Open(first)
                }
                '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    Token::Close(first)
                }
                ',' => Token::Comma,
                ':' => Token::Colon,
                '"' if rest.starts_with(':') => Token::Key(token),
                '"' => Token::Text(token),
                't' | 'f' | 'n' => Token::Word(token),
                _ => Token::Number(token),
            });
            if depth > DEEPEST {
                return None;
            }
        }
        Some(Self { tokens })
    }

    /// On one line, if it has no more than `width` characters.
    pub(super) fn one_line(&self, screen: &Screen, width: usize) -> Option<String> {
        one_line(&self.tokens, screen, width)
    }

    /// Indented, each line after `indent` blanks and no longer than `width` where that is possible; what fits on a line
    /// stays on it. No line feed after the last.
    pub(super) fn indented(&self, screen: &Screen, indent: usize, width: usize) -> String {
        let mut out = " ".repeat(indent);
        let mut depth = 0;
        // How many characters the line has.
        let mut column = indent;
        let line = |depth: usize, out: &mut String| {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2 * depth));
            indent + 2 * depth
        };
        let mut rest = &self.tokens[..];
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            if let Token::Open(_) = token
                && depth > 0
            {
                // The comma that may follow needs room, too.
                let whole = self.tokens.get(self.tokens.len() - after.len() - 1..);
                let whole = whole.and_then(|tokens| tokens.get(..length_of(tokens)));
                let room = width.saturating_sub(column + 1).max("{}".len());
                if let Some((text, tokens)) = whole.and_then(|all| Some((one_line(all, screen, room)?, all)))
                {
                    out.push_str(&text);
                    rest = after.get(tokens.len() - 1..).unwrap_or_default();
                    continue;
                }
            }
            if let Token::Close(_) = token {
                depth -= 1;
                column = line(depth, &mut out);
            }
            out.push_str(&screen.paint(token.paint(), token.text()).to_string());
            column += token.text().chars().count();
            match token {
                Token::Open(_) => {
                    depth += 1;
                    column = line(depth, &mut out);
                }
                Token::Comma => column = line(depth, &mut out),
                Token::Colon => {
                    out.push(' ');
                    column += 1;
                }
                _ => {}
            }
        }
        out
    }
}

/// These tokens on one line, if it has no more than `width` characters.
fn one_line(tokens: &[Token<'_>], screen: &Screen, width: usize) -> Option<String> {
    let (mut out, mut length) = (String::new(), 0);
    for token in tokens {
        let blank = matches!(token, Token::Comma | Token::Colon);
        length += token.text().chars().count() + usize::from(blank);
        if length > width {
            return None;
        }
        out.push_str(&screen.paint(token.paint(), token.text()).to_string());
        if blank {
            out.push(' ');
        }
    }
    Some(out)
}

/// How many tokens the value has that `tokens` begin with.
fn length_of(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

impl<'a> Token<'a> {
    fn text(&self) -> &'a str {
        match *self {
            Self::Open('{') => "{",
            Self::Open(_) => "[",
            Self::Close('}') => "}",
            Self::Close(_) => "]",
            Self::Comma => ",",
            Self::Colon => ":",
            Self::Key(text) | Self::Text(text) | Self::Number(text) | Self::Word(text) => text,
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Open(_) | Self::Close(_) | Self::Comma | Self::Colon => Paint::Dim,
            Self::Key(_) => Paint::Key,
            Self::Text(_) => Paint::Text,
            Self::Number(_) => Paint::Number,
            Self::Word(_) => Paint::Word,
        }
    }
}

/// How long the string is that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indented(text: &str, width: usize) -> String {
        Json::parse(text).unwrap().indented(&Screen::PIPE, 2, width)
    }

    #[test]
    fn what_it_says_stays() {
        let text = r#"{"b":12345678901234567890,"a":[1.50,true,{}],"b":"x\"}"}"#;
        assert_eq!(
            indented(text, 4),
            "  {\n    \"b\": 12345678901234567890,\n    \"a\": [\n      1.50,\n      true,\n      {}\n    ],\n    \
             \"b\": \"x\\\"}\"\n  }"
        );
        assert_eq!(
            Json::parse(text).unwrap().one_line(&Screen::PIPE, 80).unwrap(),
            r#"{"b": 12345678901234567890, "a": [1.50, true, {}], "b": "x\"}"}"#
        );
        assert_eq!(Json::parse(text).unwrap().one_line(&Screen::PIPE, 20), None);
    }

    #[test]
    fn what_fits_on_a_line_stays_on_it() {
        assert_eq!(
            indented(r#"{"list":[{"i":0},{"i":1}],"n":{"a":"long enough"},"e":{}}"#, 20),
            "  {\n    \"list\": [\n      {\"i\": 0},\n      {\"i\": 1}\n    ],\n    \"n\": {\n      \
             \"a\": \"long enough\"\n    },\n    \"e\": {}\n  }"
        );
    }

    #[test]
    fn colours_tell_keys_from_text() {
        let screen = Screen {
            color: true,
            ..Screen::PIPE
        };
        let line = Json::parse(r#"{"k":"v"}"#)
            .unwrap()
            .one_line(&screen, 80)
            .unwrap();
        assert!(
            line.contains("\x1b[34m\"k\"\x1b[0m") && line.contains("\x1b[32m\"v\"\x1b[0m"),
            "{line:?}"
        );
    }

    #[test]
    fn what_is_not_json_or_too_deep_is_left_alone() {
        assert!(Json::parse("{a}").is_none() && Json::parse("21.5 C").is_none());
        assert!(Json::parse(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_none());
    }
}
