//! Password files: a line `NAME:HASH` for each user, as mosquitto and `broker passwd` keep them.
//!
//! What mosquitto 2.1 takes is taken. It passes over lines without a colon in silence; here they are told of.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::PasswordHash;

/// Bytes that a User Name of CONNECT may have.
const MOST_NAME_BYTES: usize = 65_535;

/// The users of a password file.
///
/// ```
/// use broker_core::access::PasswordFile;
///
/// let text = "# who may come in\nann:pencil\n";
/// let mistakes = PasswordFile::parse(text, "passwords").unwrap_err();
/// assert_eq!(mistakes[0].0, 2); // the line, and beside it what would be right
/// assert!(mistakes[0].1.ends_with("hash it with `broker passwd -U passwords`"));
/// ```
#[derive(Debug, Default)]
pub struct PasswordFile {
    /// Their names and hashes, in the order of the file.
    pub users: Vec<(Arc<str>, PasswordHash)>,
    /// Lines that are odd, and harmless: their number, from 1, and why.
    pub hints: Vec<(usize, String)>,
}

impl PasswordFile {
    /// Reads a file; `path` is what advice calls it.
    ///
    /// # Errors
    /// Each mistake: the number of its line, from 1, and what would be right, in words that show no password and no hash.
    pub fn parse(bytes: impl AsRef<[u8]>, path: &str) -> Result<Self, Vec<(usize, String)>> {
        let text = text_of(bytes.as_ref()).map_err(|mistake| vec![mistake])?;
        let (mut file, mut mistakes) = (Self::default(), Vec::new());
        let mut lines: HashMap<&str, usize, RandomState> = HashMap::default();
        for (line, words) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            let mut mistake = |text| mistakes.push((line, text));
            match Line::of(words) {
                Line::Nothing => {}
                Line::NoColon => file.hints.push((
                    line,
                    "is passed over, for it has no colon; a user is `NAME:HASH`".to_owned(),
                )),
                Line::User { name: "", .. } => {
                    mistake("has no name before the colon; a user is `NAME:HASH`".to_owned());
                }
                Line::User { name, .. } if name.len() > MOST_NAME_BYTES => {
                    mistake(format!(
                        "has a name of {} bytes; MQTT has room for {MOST_NAME_BYTES}",
                        name.len()
                    ));
                }
                Line::User { name, secret } => {
                    if let Some(first) = lines.insert(name, line) {
                        mistake(format!(
                            "has the user {name:?} again, who is on line {first}; one of the two must go"
                        ));
                        continue;
                    }
                    match hash(secret, path) {
                        Ok(hash) => file.users.push((name.into(), hash)),
                        Err(why) => mistake(format!("the password of {name:?} {why}")),
                    }
                }
            }
        }
        if mistakes.is_empty() {
            Ok(file)
        } else {
            Err(mistakes)
        }
    }
}

/// The text of a file that people write with any editor.
///
/// # Errors
/// A line, from 1, and why it is no text.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, (usize, String)> {
    let is_utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    if is_utf16 || bytes.get(..64).unwrap_or(bytes).contains(&0) {
        let words =
            "the file is in UTF-16, as PowerShell writes it; save it as UTF-8 (`Out-File -Encoding utf8`)";
        return Err((1, words.to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        (line, "is not UTF-8; save the file as UTF-8".to_owned())
    })
}

/// What stands behind the colon. A hash has no colon; mosquitto reads no further than to the next one.
fn hash(secret: &str, path: &str) -> Result<PasswordHash, String> {
    if is_plain(secret) {
        return Err(format!(
            "is not hashed, or is of an unknown kind: expected `$argon2id$…`, `$7$…` or `$6$…`. If it is the password itself, \
             hash it with `broker passwd -U {path}`"
        ));
    }
    let hash = secret.split(':').next().unwrap_or_default().trim_end();
    PasswordHash::parse(hash)
}

/// Whether this is a password as it is, and not the hash of one.
pub fn is_plain(secret: &str) -> bool {
    !secret.starts_with('$')
}

/// What a line of a password file is.
///
/// ```
/// use broker_core::access::Line;
///
/// assert_eq!(Line::of("ann:$6$…"), Line::User { name: "ann", secret: "$6$…" });
/// assert_eq!(Line::of("# ann:$6$…"), Line::Nothing);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// A comment, or empty.
    Nothing,
    /// Neither that nor a user.
    NoColon,
    /// A user.
    User {
        /// Its name.
        name: &'a str,
        /// Its hash, or what stands in the place of one.
        secret: &'a str,
    },
}

impl<'a> Line<'a> {
    /// Reads one line.
    pub fn of(line: &'a str) -> Self {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Self::Nothing;
        }
        match line.split_once(':') {
            Some((name, secret)) => Self::User {
                name: name.trim(),
                secret: secret.trim(),
            },
            None => Self::NoColon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$6$Du7PLRyu/gp5P5yE$ObAdJMDD17kcpjvnYXXe9t7YcHlONCYHpz+Y5XR4WVMlxzsYlQqsGQ8piv7O985DGmla+SfceU0HH6sPZbJGkg==";

    fn names(text: &str) -> Vec<String> {
        let file = PasswordFile::parse(text, "pw").unwrap();
        file.users.iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn what_mosquitto_takes_is_taken() {
        let text = format!(
            "# users\n\nann:{HASH}\r\n  bob :  {HASH}  \ncarol:{HASH}:more\n # eve:{HASH}\nzoë:{HASH}"
        );
        assert_eq!(names(&text), ["ann", "bob", "carol", "zoë"]);
        assert_eq!(names(""), [""; 0]);
    }

    #[test]
    fn a_line_without_a_colon_is_passed_over_and_told_of() {
        let file = PasswordFile::parse(format!("nobody\nann:{HASH}\n"), "pw").unwrap();
        assert_eq!(file.users.len(), 1);
        let hints: Vec<_> = file.hints.iter().map(|(line, text)| (*line, &**text)).collect();
        assert_eq!(
            hints,
            [(1, "is passed over, for it has no colon; a user is `NAME:HASH`")]
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once_and_show_no_secret() {
        let cut = HASH.trim_end_matches("Gkg==");
        let text = format!(
            "ann:pencil\n:{HASH}\nbob:{HASH}\nbob:{HASH}\ncarol:{cut}\ndave:\nerin:$2y$05$abc\nfay:$7$2147483648$AAAA$AAAA\n"
        );
        let mistakes = PasswordFile::parse(&text, "/etc/pw").unwrap_err();
        let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.0).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6, 7, 8]);
        assert!(
            mistakes[0].1.ends_with("hash it with `broker passwd -U /etc/pw`"),
            "{mistakes:?}"
        );
        assert_eq!(
            mistakes[2].1,
            r#"has the user "bob" again, who is on line 3; one of the two must go"#
        );
        assert_eq!(
            mistakes[3].1,
            r#"the password of "carol" has a hash that is not in base64; was it cut, or changed by an editor?"#
        );
        assert!(mistakes[5].1.contains("htpasswd"), "{mistakes:?}");
        assert_eq!(
            mistakes[6].1,
            r#"the password of "fay" has 2147483648 iterations; expected 1 to 5000000"#
        );
        let all = format!("{mistakes:?}");
        for secret in ["pencil", "ObAd", "abc", "AAAA"] {
            assert!(!all.contains(secret), "{secret} shows in {all}");
        }
    }

    #[test]
    fn what_an_editor_or_powershell_makes_of_a_file_is_read_or_named() {
        assert_eq!(
            PasswordFile::parse(format!("\u{feff}ann:{HASH}\r\n"), "pw")
                .unwrap()
                .users[0]
                .0
                .as_ref(),
            "ann"
        );
        let said = |bytes: &[u8]| PasswordFile::parse(bytes, "pw").unwrap_err().remove(0);
        for utf16 in [&b"\xFF\xFEa\0n\0"[..], b"\xFE\xFF\0a\0n", b"a\0n\0n\0"] {
            assert!(said(utf16).1.contains("UTF-16"));
        }
        assert_eq!(
            said(b"# one\n# two\nzo\xEB:x"),
            (3, "is not UTF-8; save the file as UTF-8".to_owned())
        );
    }

    #[test]
    fn a_name_that_no_client_can_have_is_a_mistake() {
        let text = format!("{}:{HASH}", "n".repeat(70_000));
        assert_eq!(PasswordFile::parse(&text, "pw").unwrap_err().len(), 1);
    }
}
