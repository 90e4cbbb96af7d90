//! Password files and access control lists: at the start, and again when a signal asks for it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use packets::{Client, Connect};

use super::program::{Program, addresses, command};
use super::stop::hearing_hang_ups;

/// What `mosquitto_passwd` made of `pw`: SHA-512, and PBKDF2 with few iterations.
const HASHES: [&str; 2] = [
    "$6$Du7PLRyu/gp5P5yE$ObAdJMDD17kcpjvnYXXe9t7YcHlONCYHpz+Y5XR4WVMlxzsYlQqsGQ8piv7O985DGmla+SfceU0HH6sPZbJGkg==",
    "$7$101$Rhw0ihyjV4Pm76Q4$GdtQa3XSBR/3FXaEXOTmdWhPrIY+q72yjD9/Pmu/mN3xaYSOn/dFCL02o+kvC7/MKLf05jZYpao60AJeO1tz/A==",
];

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("it is written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// A broker with this file of passwords in its directory, and the file.
fn with_passwords(name: &str, text: &str) -> (std::process::Command, PathBuf) {
    let mut command = command(name, &["-p", "0", "--set", "auth.password_file=passwords"]);
    let file = command.get_current_dir().expect("it has one").join("passwords");
    write(&file, text);
    (hearing_hang_ups(&mut command), file)
}

fn login<'a>(name: &'a str, password: &'a str) -> Connect<'a> {
    Connect {
        login: Some((name, password)),
        ..Connect::new(5, name)
    }
}

#[test]
fn users_of_a_password_file_come_in_and_go_when_it_says_so() {
    let [sha512, pbkdf2] = HASHES;
    let both = format!("# users\nann:{sha512}\nbob:{pbkdf2}\n");
    let (mut command, file) = with_passwords("passwords", &both);
    let mut program = Program::spawn(&mut command);
    let address = addresses(&program.line())[0];
    let mut ann = Client::with(address, &login("ann", "pw"));
    let mut bob = Client::with(address, &login("bob", "pw"));
    assert_eq!(reason(address, &login("ann2", "pw")), 0x86);
    assert_eq!(reason(address, &login("ann", "wp")), 0x86);

    // A mistake changes nothing.
    write(&file, &format!("ann:{sha512}\nbob:secret\n"));
    program.signal("HUP");
    let errors: String = program.error_line();
    assert_eq!(
        errors,
        "error: SIGHUP: passwords:2: the password of \"bob\" is not hashed, or is of an unknown kind: expected `$argon2id$…`, \
         `$7$…` or `$6$…`. If it is the password itself, hash it with `broker passwd -U passwords`; users and access control \
         lists stay as they were"
    );
    bob.ping(1);

    write(&file, &format!("ann:{sha512}\ncarol:{sha512}\n"));
    program.signal("HUP");
    let said = program.error_line();
    assert!(
        said.contains("users and access control lists (1 user added, 1 user removed; 1 client disconnected)"),
        "{said}"
    );
    let last = bob.packet();
    assert_eq!((last[0], last[2]), (0xE0, 0x87), "DISCONNECT, Not authorized");
    bob.expect_end();
    ann.ping(1);
    Client::with(address, &login("carol", "pw")).ping(1);
    assert_eq!(reason(address, &login("bob", "pw")), 0x86);
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
}

/// The reason code of CONNACK.
fn reason(address: std::net::SocketAddr, connect: &Connect<'_>) -> u8 {
    let mut client = Client::open(address);
    client.send(&connect.bytes());
    client.packet()[3]
}

#[test]
fn with_mistakes_in_files_it_does_not_start_and_tells_all_of_them() {
    let (mut command, file) = with_passwords("mistakes", "ann:pencil\nbob\n:x\n");
    let mut program = Program::spawn(&mut command);
    let (status, errors) = program.exit();
    assert_eq!(status.code(), Some(1));
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 3, "{errors}");
    assert!(
        lines[1].starts_with("  passwords:1: ") && lines[2].starts_with("  passwords:3: "),
        "{errors}"
    );
    assert!(!errors.contains("pencil"));
    drop(file);
}

#[test]
fn a_file_that_others_may_read_is_warned_of() {
    let (mut command, file) = with_passwords("exposed", "");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let mut program = Program::spawn(&mut command);
    assert_eq!(
        program.error_line(),
        "warning: passwords: other users of this machine may read it; `chmod 600 passwords` keeps them out"
    );
}
