//! The bytes of a settings file as text: with or without a byte order mark; other encodings than UTF-8 are named.

/// The text, or why there is none.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    let how = "save it as UTF-8: in PowerShell `Get-Content FILE | Set-Content -Encoding utf8 NEW`, in Notepad Save As, Encoding";
    match bytes {
        [0xff, 0xfe, _, ..] | [0xfe, 0xff, _, ..] => {
            return Err(format!(
                "cannot be read: it is UTF-16 text, as PowerShell's `>` writes it; {how}"
            ));
        }
        // Text in UTF-16 without its mark: every other byte of plain words is 0.
        [0, _, 0, _, ..] | [_, 0, _, 0, ..] => {
            return Err(format!("cannot be read: it looks like UTF-16 text; {how}"));
        }
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|&byte| byte == b'\n').count();
        format!("cannot be read: it is not UTF-8 text, in line {line}")
    })
}
