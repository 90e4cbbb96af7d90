use std::fs;
use std::path::{Path, PathBuf};

use settings::{AclAccess, AclLine, Listener};

use super::*;
use crate::access::{Action, Subject};

/// What `mosquitto_passwd` made of `pw`.
const HASH: &str = "$6$Du7PLRyu/gp5P5yE$ObAdJMDD17kcpjvnYXXe9t7YcHlONCYHpz+Y5XR4WVMlxzsYlQqsGQ8piv7O985DGmla+SfceU0HH6sPZbJGkg==";

/// A directory of its own for each test.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("realms-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the directory can be made");
        Self(path)
    }

    /// Writes a file that nobody else may read.
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the file can be written");
        set_mode(&path, 0o600);
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

fn with_passwords(path: &str) -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    settings.auth.password_file = path.to_owned();
    settings
}

fn said(settings: &BrokerSettings) -> String {
    read(settings).expect_err("there are mistakes").to_string()
}

#[test]
fn an_empty_password_file_lets_nobody_in_and_says_so() {
    let files = Files::new("empty");
    let mut settings = with_passwords(&files.file("passwords", ""));
    let warnings = |settings: &BrokerSettings| read(settings).expect("nothing is wrong").warnings.join("\n");
    settings.auth.allow_anonymous = false;
    assert!(
        warnings(&settings).contains(
            "passwords: there is no user in it, and `allow_anonymous` is false: nobody can connect"
        )
    );
    settings.auth.http_url = "http://127.0.0.1:1/x".to_owned();
    assert!(!warnings(&settings).contains("nobody can connect"));
    settings.auth.http_url.clear();
    settings.auth.allow_anonymous = true;
    assert_eq!(warnings(&settings), "");
}

#[test]
fn users_of_settings_and_file_stand_beside_each_other() {
    let files = Files::new("beside");
    let path = files.file("passwords", format!("ann:{HASH}\n"));
    let mut settings = with_passwords(&path);
    settings.auth.users = vec![User::new("bob", "plain"), User::hashed("carol", HASH)];
    let access = read(&settings).unwrap();
    let realm = access.realms.get(access.realms.id("main"));
    assert_eq!(realm.users.len(), 3);
    assert!(!realm.any_user_name);
    for name in ["ann", "carol"] {
        let password = realm.users.get(name).and_then(|user| user.password.clone());
        assert!(matches!(password, Some(Password::Hash(hash)) if hash.verify(b"pw")));
    }
    assert_eq!(access.warnings, [""; 0]);
}

#[test]
fn an_empty_password_file_lets_nobody_in_by_name() {
    let files = Files::new("empty");
    let access = read(&with_passwords(&files.file("passwords", ""))).unwrap();
    let realm = access.realms.get(access.realms.id("main"));
    assert!(realm.users.is_empty() && !realm.any_user_name);
}

#[test]
fn listeners_with_the_same_files_share_a_realm() {
    let files = Files::new("share");
    let own = files.file("own", format!("eve:{HASH}\n"));
    let mut settings = with_passwords(&files.file("passwords", format!("ann:{HASH}\n")));
    let listener = |name: &str, password_file: Option<&String>| Listener {
        name: name.to_owned(),
        password_file: password_file.cloned(),
        ..Listener::default()
    };
    settings.listener = vec![
        listener("like-main", None),
        listener("own", Some(&own)),
        listener("like-own", Some(&own)),
    ];
    let Access { realms, .. } = read(&settings).unwrap();
    assert_eq!(realms.id("main"), realms.id("like-main"));
    assert_eq!(realms.id("own"), realms.id("like-own"));
    assert_ne!(realms.id("main"), realms.id("own"));
    let has = |listener: &str, name: &str| realms.get(realms.id(listener)).users.get(name).is_some();
    assert!(has("main", "ann") && !has("main", "eve"));
    assert!(has("own", "eve") && !has("own", "ann"));
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let files = Files::new("mistakes");
    let first = files.file("first", "ann:pencil\n:x\n");
    let second = files.file("second", format!("bob:{HASH}\n"));
    let mut settings = with_passwords(&first);
    settings.auth.users = vec![User::hashed("carol", "$6$oops"), User::new("bob", "plain")];
    settings.listener = ["two", "three"]
        .map(|name| Listener {
            name: name.to_owned(),
            password_file: Some(if name == "two" {
                second.clone()
            } else {
                "not/there".to_owned()
            }),
            ..Listener::default()
        })
        .to_vec();
    let said = said(&settings);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0], "4 problems with users and access control lists:",
        "{said}"
    );
    assert_eq!(
        lines[1],
        r#"  `auth.users[0].password_hash`: the password of "carol" is not `$6$SALT$HASH`"#
    );
    assert!(
        lines[2].starts_with(&format!("  {first}:1: the password of \"ann\" is not hashed")),
        "{said}"
    );
    assert!(
        lines[2].ends_with(&format!("`broker passwd -U {first}`")),
        "{said}"
    );
    assert!(
        lines[3].starts_with(&format!("  {first}:2: has no name")),
        "{said}"
    );
    assert!(
        lines[4].starts_with("  not/there: there is no such file; looked for /"),
        "{said}"
    );
    assert!(!said.contains("pencil") && !said.contains("oops"), "{said}");
}

#[test]
fn a_user_of_both_settings_and_file_is_a_mistake() {
    let files = Files::new("both");
    let path = files.file("passwords", format!("ann:{HASH}\n"));
    let mut settings = with_passwords(&path);
    settings.auth.users = vec![User::new("ann", "plain")];
    assert_eq!(
        said(&settings),
        format!(r#"{path}: the user "ann" is one of `auth.users`, too; one of the two must go"#)
    );
}

#[test]
fn what_is_odd_and_harmless_is_a_warning_with_its_line() {
    let files = Files::new("odd");
    let path = files.file("passwords", format!("nobody\nann:{HASH}\n"));
    let access = read(&with_passwords(&path)).unwrap();
    assert_eq!(
        access.warnings,
        [format!(
            "{path}:1: is passed over, for it has no colon; a user is `NAME:HASH`"
        )]
    );
}

#[test]
fn lines_of_an_acl_file_stand_beside_those_of_the_settings() {
    let files = Files::new("acl");
    let path = files.file("acl", "user ann\ntopic read home/#\n");
    let mut settings = BrokerSettings::default();
    settings.auth.acl_file.clone_from(&path);
    settings.acl = vec![AclLine::new("open/#", AclAccess::Write)];
    let Access { realms, .. } = read(&settings).unwrap();
    let acl = &realms.get(realms.id("main")).acl;
    let ann = Subject {
        client_id: "phone",
        user: Some("ann"),
    };
    let ruling = acl.ruling(Action::Receive, ann, "home/1");
    assert_eq!(ruling.line, Some(&*format!("{path}:2: topic read home/#")));
    assert!(acl.ruling(Action::Publish, ann, "open/1").allowed);
    assert!(!acl.ruling(Action::Publish, ann, "home/1").allowed);

    fs::write(&path, "topci read home/#\n").unwrap();
    assert!(said(&settings).starts_with(&format!("{path}:1: ")));
}

#[test]
#[cfg(unix)]
fn everybody_may_read_an_acl_file() {
    let files = Files::new("acl-mode");
    let path = files.file("acl", "topic read home/#\n");
    let mut settings = BrokerSettings::default();
    settings.auth.acl_file.clone_from(&path);
    set_mode(Path::new(&path), 0o644);
    assert_eq!(read(&settings).unwrap().warnings, [""; 0]);
    set_mode(Path::new(&path), 0o664);
    let warning =
        format!("{path}: other users of this machine may change it; `chmod go-w {path}` keeps them out");
    assert_eq!(read(&settings).unwrap().warnings, [warning]);
}

#[test]
fn what_is_no_plain_file_is_refused_and_not_waited_for() {
    let files = Files::new("directory");
    let path = files.0.to_string_lossy().into_owned();
    assert!(said(&with_passwords(&path)).contains("it is not a plain file"));
}

#[test]
#[cfg(unix)]
fn who_else_may_read_or_change_a_file_is_a_warning() {
    let files = Files::new("modes");
    let path = files.file("passwords", format!("ann:{HASH}\n"));
    let settings = with_passwords(&path);
    for (mode, does) in [
        (0o600, None),
        (0o640, None), // as Debian's root:mosquitto
        (0o400, None),
        (0o644, Some("read")),
        (0o620, Some("change")),
        (0o666, Some("read and change")),
    ] {
        set_mode(Path::new(&path), mode);
        let warning = does.map(|does| {
            format!("{path}: other users of this machine may {does} it; `chmod 600 {path}` keeps them out")
        });
        assert_eq!(
            read(&settings).unwrap().warnings,
            Vec::from_iter(warning),
            "{mode:o}"
        );
    }
    let key = files.file("key.pem", "");
    set_mode(Path::new(&key), 0o644);
    let mut settings = BrokerSettings::default();
    settings.tls.key_file.clone_from(&key);
    assert!(read(&settings).unwrap().warnings[0].starts_with(&key));
}

#[test]
fn what_a_program_elsewhere_makes_useless_or_risky_is_a_warning() {
    let warnings = |url: &str| {
        let mut settings = BrokerSettings::default();
        settings.auth.http_url = url.to_owned();
        settings.auth.users = vec![User::new("ann", "pencil")];
        read(&settings).unwrap().warnings
    };
    let unasked = "`auth.users`: nobody is asked for a password of these users but with SCRAM, for `auth.http_url` decides";
    for here in [
        "http://localhost:8080/x",
        "http://127.0.0.1/@",
        "http://[::1]:8080",
        "https://door.example/",
    ] {
        assert_eq!(warnings(here), [unasked], "{here}");
    }
    for elsewhere in [
        "http://door.example:8080/x",
        "HTTP://door.example",
        "http://door.example?localhost",
    ] {
        let clear = "`auth.http_url` sends user names and passwords to door.example as they are; with https nobody between can \
                     read them";
        assert_eq!(warnings(elsewhere), [clear, unasked], "{elsewhere}");
    }
    assert_eq!(warnings(""), [""; 0]);
}

#[test]
fn only_our_own_engine_heeds_these_keys() {
    let mut settings = BrokerSettings::default();
    settings.auth.users = vec![User::new("ann", "plain")];
    assert_eq!(key_for_native(&settings), None);
    settings.auth.users.push(User::hashed("bob", HASH));
    assert_eq!(key_for_native(&settings), Some("auth.users[].password_hash"));
    assert_eq!(key_for_native(&with_passwords("x")), Some("auth.password_file"));
}
