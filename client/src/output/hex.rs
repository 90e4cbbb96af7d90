//! Bytes that are not text, shown to a person: offset, hexadecimal digits, and the ASCII in them.

use std::fmt::Write as _;

use super::style::{Paint, Screen};

/// Bytes in a row.
pub(super) const ROW: usize = 16;

/// Characters of a row of so many bytes that is not aligned.
pub(super) fn width(bytes: usize) -> usize {
    bytes * 4 + 2
}

/// One row without its offset: `00 ff 41  ..A`.
pub(super) fn row(screen: &Screen, bytes: &[u8], aligned: bool) -> String {
    let mut digits = String::new();
    let mut ascii = String::new();
    for (position, byte) in bytes.iter().enumerate() {
        if position > 0 {
            digits.push_str(if position == ROW / 2 { "  " } else { " " });
        }
        write!(digits, "{byte:02x}").ok();
        ascii.push(match byte {
            0x20..=0x7E => char::from(*byte),
            _ => '·',
        });
    }
    let width = if aligned { ROW * 3 } else { 0 };
    format!(
        "{:<width$}  {}",
        screen.paint(Paint::Number, digits),
        screen.paint(Paint::Dim, ascii)
    )
}

/// All of `bytes` in rows with their offsets, each with its line feed.
pub(super) fn dump(screen: &Screen, bytes: &[u8], indent: usize, out: &mut String) {
    for (number, chunk) in bytes.chunks(ROW).enumerate() {
        let offset = screen.paint(Paint::Dim, format!("{:06x}", number * ROW));
        writeln!(out, "{:indent$}{offset}  {}", "", row(screen, chunk, true)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_line_up() {
        let mut out = String::new();
        dump(&Screen::PIPE, b"\x00\xffAbcdefghijklmnop", 2, &mut out);
        let expected = "  \
            000000  00 ff 41 62 63 64 65 66  67 68 69 6a 6b 6c 6d 6e  ··Abcdefghijklmn\n  \
            000010  6f 70                                             op\n";
        assert_eq!(out, expected);
    }
}
