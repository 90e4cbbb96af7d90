//! `broker passwd`: what it writes, what it leaves, and what it says.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use broker::access::{Line, PasswordHash};

use super::program::command;

/// A run in a directory that goes on from call to call.
struct Run {
    directory: PathBuf,
}

impl Run {
    fn new(test: &str) -> Self {
        let command = command(test, &[]);
        let directory = command.get_current_dir().expect("it has one").to_owned();
        Self { directory }
    }

    /// Exit code, stdout and stderr.
    fn with_input(&self, args: &str, input: &str) -> (Option<i32>, String, String) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_broker"));
        let mut child = command
            .current_dir(&self.directory)
            .arg("passwd")
            .args(args.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        // A program that needs no password does not read.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Stdout of a run that has to succeed.
    fn done(&self, args: &str) -> String {
        let (code, out, err) = self.with_input(args, "");
        assert_eq!(code, Some(0), "{err}");
        out
    }

    /// Exit code and stderr of a run that has to fail.
    fn failed(&self, args: &str) -> (i32, String) {
        let (code, out, err) = self.with_input(args, "");
        assert_eq!(out, "");
        (code.expect("it exits by itself"), err)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.directory.join("pw")).expect("the file is there")
    }

    fn write(&self, text: &str) {
        fs::write(self.directory.join("pw"), text).expect("the file can be written");
    }

    /// Whether this is the user's password in the file.
    fn has(&self, name: &str, password: &str) -> bool {
        let text = self.text();
        let mut hashes = text.lines().filter_map(|line| match Line::of(line) {
            Line::User { name: there, secret } if there == name => Some(secret),
            _ => None,
        });
        let hash = hashes.next().expect("the user is there");
        PasswordHash::parse(hash)
            .expect("it is a hash")
            .verify(password.as_bytes())
    }
}

#[test]
fn users_are_added_changed_and_removed_and_all_else_stays() {
    let run = Run::new("passwd");
    assert_eq!(run.done("-c -b pw ann pencil"), "added ann\n");
    assert!(run.text().starts_with("ann:$argon2id$v=19$m=47104,t=1,p=1$") && run.has("ann", "pencil"));
    run.write(&format!("# who may come in\r\n{}", run.text()));
    assert_eq!(
        run.done("-b -H sha512-pbkdf2 -I 1000 pw bob builder"),
        "added bob\n"
    );
    assert_eq!(run.done("-b -H sha512 pw carol song"), "added carol\n");
    assert!(run.text().contains("\nbob:$7$1000$") && run.text().contains("\ncarol:$6$"));
    assert_eq!(run.done("-b -H sha512 pw bob tools"), "changed bob\n");
    assert!(run.has("ann", "pencil") && run.has("bob", "tools") && !run.has("bob", "builder"));
    assert_eq!(run.done("-D pw ann"), "removed ann\n");
    let text = run.text();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(lines, ["# who may come in", "bob", "carol"]);
}

#[cfg(unix)]
#[test]
fn a_file_is_for_its_owner_and_a_group_that_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let run = Run::new("passwd_mode");
    let mode = || {
        let metadata = fs::metadata(run.directory.join("pw")).expect("the file is there");
        metadata.permissions().mode() & 0o777
    };
    run.done("-c -b -H sha512 pw ann pencil");
    assert_eq!(mode(), 0o600);
    for (before, after) in [(0o640, 0o640), (0o644, 0o640), (0o400, 0o600)] {
        fs::set_permissions(run.directory.join("pw"), fs::Permissions::from_mode(before)).unwrap();
        run.done("-b -H sha512 pw ann pencil");
        assert_eq!(mode(), after, "{before:o}");
    }
    let left: Vec<_> = fs::read_dir(&run.directory).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn from_a_pipe_the_password_is_a_line() {
    let run = Run::new("passwd_pipe");
    for input in ["pencil\n", "pencil", "pencil\npencil\n", "pencil\r\n"] {
        let (code, out, err) = run.with_input("-H sha512 -c pw ann", input);
        assert_eq!((code, &*out), (Some(0), "added ann\n"), "{err}");
        assert!(run.has("ann", "pencil"), "{input:?}");
    }
    let before = run.text();
    for input in ["one\ntwo\n", "", "\n"] {
        let (code, _, err) = run.with_input("-H sha512 pw ann", input);
        assert!(
            code == Some(1) && err.contains("nothing is changed"),
            "{input:?}: {err}"
        );
    }
    assert_eq!(run.text(), before);
}

#[test]
fn a_file_in_plain_text_is_hashed_once() {
    let run = Run::new("passwd_update");
    run.write("# plain\nann:pencil\nbob: two words \ncarol:a:b");
    assert_eq!(run.done("-H sha512 -U pw"), "hashed 3 passwords\n");
    assert!(run.has("ann", "pencil") && run.has("bob", "two words") && run.has("carol", "a:b"));
    let before = run.text();
    assert!(before.starts_with("# plain\n"));
    assert_eq!(run.done("-H sha512 -U pw"), "hashed 0 passwords\n");
    assert_eq!(run.text(), before);
    for (wrong, words) in [
        ("ann:x\nbob\n", "pw:2: has no colon"),
        ("ann:$6$x\n", "pw:1: begins with `$`"),
        ("ann:\n", "pw:1: has no"),
    ] {
        run.write(wrong);
        let (code, err) = run.failed("-H sha512 -U pw");
        assert!(
            code == 1 && err.contains(words) && err.contains("othing is changed"),
            "{err}"
        );
        assert_eq!(run.text(), wrong);
    }
}

#[test]
fn stdout_may_be_the_file() {
    let out = Run::new("passwd_stdout").done("-H sha512 -c -b - ann pencil");
    assert!(out.starts_with("ann:$6$") && out.ends_with("==\n"), "{out}");
}

#[test]
fn what_is_wrong_is_said() {
    let run = Run::new("passwd_wrong");
    assert_eq!(
        run.failed("-b pw ann pencil"),
        (1, "error: there is no file pw; -c makes one\n".to_owned())
    );
    run.write("");
    assert_eq!(
        run.failed("-D pw ann"),
        (
            1,
            "error: pw has no user \"ann\"; nothing is changed\n".to_owned()
        )
    );
    for (args, code, words) in [
        ("pw ann pencil", 2, "needs -b"),
        ("-b pw ann", 2, "the password is missing"),
        ("-b pw a:b pencil", 2, "has a colon"),
        ("-b -I 5 pw ann pencil", 2, "-H sha512-pbkdf2"),
        ("-b -H sha512-pbkdf2 -I 0 pw ann pencil", 2, "0 iterations"),
        (
            "-b -H sha512-pbkdf2 -I 99999999 pw ann pencil",
            2,
            "99999999 iterations",
        ),
        ("-H md5 -b pw ann pencil", 2, "argon2id, sha512-pbkdf2, sha512"),
        ("-c -D pw ann", 2, "cannot be used with"),
        ("-U pw ann", 2, "takes a file alone"),
        ("-b not/there ann pencil", 1, "there is no file"),
        ("-c -b not/there ann pencil", 1, "cannot write"),
    ] {
        let (said, err) = run.failed(args);
        assert!(said == code && err.contains(words), "{args}: {said} {err}");
        assert!(!err.contains("pencil"), "{err}");
    }
    assert_eq!(run.text(), "");
    let (code, _, err) = run.with_input("-H sha512 -c -b pw ann pencil", "");
    assert!(
        code == Some(0) && err.contains("pw is there, and is written over"),
        "{err}"
    );
}
