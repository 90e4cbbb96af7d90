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
        let (mut out, mut length) = (String::new(), 0);
        for token in &self.tokens {
            let (text, paint, blank) = match token {
                Token::Comma => (",", Paint::Dim, true),
                Token::Colon => (":", Paint::Dim, true),
                other => (other.text(), other.paint(), false),
            };
            length += text.chars().count() + usize::from(blank);
            if length > width {
                return None;
            }
            out.push_str(&screen.paint(paint, text).to_string());
            if blank {
                out.push(' ');
            }
        }
        Some(out)
    }

    /// Indented, each line after `indent` blanks; no line feed after the last.
    pub(super) fn indented(&self, screen: &Screen, indent: usize) -> String {
        let mut out = " ".repeat(indent);
        let mut depth = 0;
        let line = |depth: usize, out: &mut String| {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 2 * depth));
        };
        let mut tokens = self.tokens.iter().peekable();
        while let Some(token) = tokens.next() {
            let opened = matches!(token, Token::Open(_));
            if matches!(token, Token::Close(_)) {
                depth -= 1;
                line(depth, &mut out);
            }
            out.push_str(&screen.paint(token.paint(), token.text()).to_string());
            match token {
                Token::Open(_) if matches!(tokens.peek(), Some(Token::Close(_))) => {
                    // {} and [] stay together.
                    if let Some(close) = tokens.next() {
                        out.push_str(&screen.paint(close.paint(), close.text()).to_string());
                    }
                }
                Token::Open(_) | Token::Comma => {
                    depth += usize::from(opened);
                    line(depth, &mut out);
                }
                Token::Colon => out.push(' '),
                _ => {}
            }
        }
        out
    }
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

    fn indented(text: &str) -> String {
        Json::parse(text).unwrap().indented(&Screen::PIPE, 2)
    }

    #[test]
    fn what_it_says_stays() {
        let text = r#"{"b":12345678901234567890,"a":[1.50,true,{}],"b":"x\"}"}"#;
        assert_eq!(
            indented(text),
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
