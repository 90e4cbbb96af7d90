//! Text from others, made safe for lines that people read: it must not turn, hide or move the text around it, and
//! must not fill the screen.
//!
//! ```
//! use settings::text::{cut, escaped};
//!
//! assert_eq!(escaped("lamp\u{202E}gpj.exe\n"), r"lamp\u{202e}gpj.exe\n");
//! assert_eq!(cut("a-very-long-name", 10), "a-very-lo…");
//! ```

use std::fmt::{self, Display, Formatter, Write as _};

/// Characters that cannot be seen, or that act on others, beside the control characters (general category Cc): the
/// categories Cf, Zl and Zp, and what Unicode calls default-ignorable. The variation selectors of the first plane are
/// left out: they stand in ordinary text behind an emoji and change nothing but its looks.
const UNSEEN: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// Characters that take two columns of a terminal, by blocks (Unicode Standard Annex 11).
const WIDE: &[(u32, u32)] = &[
    (0x1100, 0x115E),
    (0x2E80, 0x303E),
    (0x3041, 0xA4CF),
    (0xA960, 0xA97C),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF),
    (0x1F900, 0x1FAFF),
    (0x20000, 0x3FFFD),
];

/// Marks that stand on the character before them, by blocks.
const MARKS: &[(u32, u32)] = &[
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),
    (0x064B, 0x065F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
];

fn is_in(table: &[(u32, u32)], character: char) -> bool {
    let code = u32::from(character);
    let after = table.partition_point(|(first, _)| *first <= code);
    after > 0 && table.get(after - 1).is_some_and(|(_, last)| code <= *last)
}

/// Whether a character may not stand as it is in a line for people: it moves the cursor, turns or hides text, or cannot
/// be seen.
///
/// ```
/// use settings::text::is_unseen;
///
/// assert!("\n\u{9b}\u{200b}\u{2028}\u{202e}".chars().all(is_unseen));
/// assert!(!"aé漢 ❤️".chars().any(is_unseen));
/// ```
#[must_use]
pub fn is_unseen(character: char) -> bool {
    character.is_control() || !character.is_ascii() && is_in(UNSEEN, character)
}

/// Writes one character of another's text: as it is, or as Rust writes it (`\n`, `\u{202e}`).
///
/// ```
/// let mut line = String::new();
/// settings::text::write_char(&mut line, '\u{202e}')?;
/// assert_eq!(line, r"\u{202e}");
/// # Ok::<(), std::fmt::Error>(())
/// ```
///
/// # Errors
/// Those of `to`.
pub fn write_char(to: &mut impl fmt::Write, character: char) -> fmt::Result {
    if is_unseen(character) {
        write!(to, "{}", character.escape_default())
    } else {
        to.write_char(character)
    }
}

/// The text, with everything that [`is_unseen`] written out.
///
/// ```
/// assert_eq!(settings::text::escaped("lamp\u{200b}\n"), r"lamp\u{200b}\n");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        // Writing to a String cannot fail, here and below.
        let _ = write_char(&mut out, character);
    }
    out
}

/// The same for a text of several lines, whose ends stay.
///
/// ```
/// assert_eq!(settings::text::escaped_lines("lamp\u{1b}\nhall\n"), "lamp\\u{1b}\nhall\n");
/// ```
#[must_use]
pub fn escaped_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escaped).collect();
    lines.join("\n")
}

/// How many columns of a terminal a text takes. The text must be [`escaped`].
///
/// ```
/// assert_eq!(settings::text::width("漢a"), 3);
/// ```
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(character: char) -> usize {
    match character {
        ' '..='~' => 1,
        _ if is_in(MARKS, character) => 0,
        _ if is_in(WIDE, character) => 2,
        _ => 1,
    }
}

/// The text [`escaped`], and cut where it would take more than this many columns: then it ends in `…`. The text
/// behind the cut is not read, and an escape is never cut in two.
///
/// ```
/// assert_eq!(settings::text::cut("a-very-long-name", 10), "a-very-lo…");
/// ```
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    // Where to cut if the text is too long: up to there it leaves room for the dots.
    let (mut used, mut cut_at) = (0, 0);
    for (count, character) in text.chars().enumerate() {
        let begin = out.len();
        let _ = write_char(&mut out, character);
        used += width(out.get(begin..).unwrap_or_default());
        // Marks take no columns, so their number has a bound of its own.
        if used > most || count >= 4 * most {
            out.truncate(cut_at);
            if most > 0 {
                out.push('…');
            }
            break;
        }
        if used < most {
            cut_at = out.len();
        }
    }
    out
}

/// Fills up to so many columns with blanks behind the text.
///
/// ```
/// assert_eq!(settings::text::padded("漢", 4), "漢  ");
/// ```
#[must_use]
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A number as people write it: a comma before each three digits.
///
/// ```
/// assert_eq!(settings::text::grouped(1_234_567), "1,234,567");
/// ```
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A text in quotes, [`cut`] after so many columns; a quote like those around it has a backslash before it.
/// A text with double quotes in it, such as JSON, stands in single ones, so that it can be read.
///
/// ```
/// assert_eq!(settings::text::Quoted(r#"{"on":1}"#, 20).to_string(), r#"'{"on":1}'"#);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str, pub usize);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        let shown = cut(text, most);
        let quote = if shown.contains('"') && !shown.contains('\'') {
            '\''
        } else {
            '"'
        };
        f.write_char(quote)?;
        for character in shown.chars() {
            if character == quote {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        f.write_char(quote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_written_out() {
        for code in [
            0x00, 0x07, 0x0A, 0x1B, 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0xAD, 0x61C, 0x200B, 0x200E, 0x200F,
            0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x3164, 0xFEFF, 0xFFF9, 0x1D173, 0xE0001,
            0xE0041, 0xE0100,
        ] {
            let character = char::from_u32(code).expect("it is one");
            let shown = escaped(&format!("a{character}b"));
            assert!(
                shown.starts_with("a\\") && shown.ends_with('b'),
                "{code:X}: {shown}"
            );
            assert!(!shown.chars().any(is_unseen));
        }
        for plain in [
            "a b",
            "é",
            "e\u{301}",
            "漢字",
            "नमस्ते",
            "❤\u{fe0f}",
            "\\",
            "'\"",
            "\u{a0}",
        ] {
            assert_eq!(escaped(plain), plain);
        }
    }

    #[test]
    fn the_tables_are_in_order() {
        for table in [UNSEEN, WIDE, MARKS] {
            assert!(table.iter().all(|(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn a_cut_counts_columns() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("漢字漢", 5), "漢字…");
        assert_eq!(width(&cut("漢字漢", 4)), 3);
        assert_eq!(cut("ab\u{202e}c", 6), "ab…"); // never half of what is written out
        assert_eq!(cut("", 0), "");
        assert_eq!(cut("a", 0), "");
        let marks = format!("a{}", "\u{301}".repeat(60_000));
        assert!(cut(&marks, 10).len() < 100);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(padded("漢", 4), "漢  ");
    }

    #[test]
    fn digits_are_counted_from_the_end() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn quotes_are_those_that_the_text_does_not_have() {
        assert_eq!(Quoted("on", 9).to_string(), r#""on""#);
        assert_eq!(Quoted(r#"{"on":1}"#, 9).to_string(), r#"'{"on":1}'"#);
        assert_eq!(Quoted(r#"it's "on""#, 20).to_string(), r#""it's \"on\"""#);
        assert_eq!(Quoted("a\nb", 9).to_string(), r#""a\nb""#);
        assert_eq!(Quoted("abcdef", 4).to_string(), r#""abc…""#);
    }
}
