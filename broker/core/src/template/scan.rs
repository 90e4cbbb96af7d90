//! The words of a template with their places. The engine knows which names a template uses, but not where; and it looks
//! filters up only when they run.

/// One word, text or sign within `{{ … }}` or `{% … %}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    /// Of a text, what is between its quotes.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Text,
    Sign,
    /// `{{`, `{%`
    Open,
    /// `}}`, `%}`
    Close,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// The line and the column, from 1, of a place in bytes.
pub(super) fn place(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// All tokens, in order. A template that is cut gives those before the cut.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(open) = next_open(source, at) {
        let begin = open + 2;
        if source[open..].starts_with("{#") {
            at = source[begin..]
                .find("#}")
                .map_or(source.len(), |end| begin + end + 2);
            continue;
        }
        tokens.push(token(Kind::Open, source, open, begin));
        let close = if source[open..].starts_with("{{") {
            "}}"
        } else {
            "%}"
        };
        let from = tokens.len();
        at = code(source, begin, close, &mut tokens);
        if tokens.get(from).is_some_and(|first| first.is("raw")) {
            at = source[at..].find("endraw").map_or(source.len(), |end| at + end);
            at = source[at..].find("%}").map_or(source.len(), |end| at + end + 2);
        }
    }
    tokens
}

fn next_open(source: &str, from: usize) -> Option<usize> {
    let rest = source.get(from..)?;
    let opens = ["{{", "{%", "{#"];
    opens
        .iter()
        .filter_map(|open| rest.find(open))
        .min()
        .map(|at| from + at)
}

fn token(kind: Kind, source: &str, at: usize, end: usize) -> Token<'_> {
    Token {
        kind,
        text: &source[at..end],
        at,
    }
}

/// The tokens up to `close`, and where to go on.
fn code<'a>(source: &'a str, mut at: usize, close: &str, tokens: &mut Vec<Token<'a>>) -> usize {
    let mut depth = 0_usize;
    while let Some(first) = source.get(at..).and_then(|rest| rest.chars().next()) {
        if depth == 0 && source[at..].starts_with(close) {
            tokens.push(token(Kind::Close, source, at, at + 2));
            return at + 2;
        }
        let begin = at;
        at += first.len_utf8();
        let rest = |at: usize| source[at..].chars();
        match first {
            '"' | '\'' => {
                let mut escaped = false;
                let inside = rest(at).take_while(|one| {
                    let ends = *one == first && !escaped;
                    escaped = *one == '\\' && !escaped;
                    !ends
                });
                let end = at + inside.map(char::len_utf8).sum::<usize>();
                tokens.push(Token {
                    kind: Kind::Text,
                    text: &source[at..end],
                    at: begin,
                });
                at = (end + 1).min(source.len());
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let word = rest(at).take_while(|one| one.is_alphanumeric() || *one == '_');
                at += word.map(char::len_utf8).sum::<usize>();
                tokens.push(token(Kind::Word, source, begin, at));
            }
            _ if first.is_whitespace() => {}
            _ => {
                match first {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                // `==` and its like are one sign, so that `=` alone is a keyword argument.
                if matches!(first, '=' | '!' | '<' | '>') && source[at..].starts_with('=') {
                    at += 1;
                }
                tokens.push(token(Kind::Sign, source, begin, at));
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_texts_and_signs_are_found_and_what_is_not_code_is_left_out() {
        assert_eq!(
            texts(r#"a {{ b.c | d("}}", e=1) }} {# {{ x }} #}{% raw %}{{ y }}{% endraw %}{{ {"k": {}} }}"#),
            [
                "{{", "b", ".", "c", "|", "d", "(", "}}", ",", "e", "=", "1", ")", "}}", "{%", "raw", "%}",
                "{{", "{", "k", ":", "{", "}", "}", "}}"
            ]
        );
        assert_eq!(texts("{{ 'it\\'s' == x"), ["{{", "it\\'s", "==", "x"]);
        for cut in ["{{", "{{ 'a", "{#", "{% raw %}", "{% raw %}endraw", "{{ ä", "{"] {
            tokens(cut);
        }
    }

    #[test]
    fn places_count_from_one_and_in_characters() {
        assert_eq!(place("ab", 1), (1, 2));
        assert_eq!(place("ä\nöx", 5), (2, 2));
    }
}
