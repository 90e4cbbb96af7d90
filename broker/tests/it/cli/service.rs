//! Run by a service manager: the pid file, another user, what systemd is told.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use packets::Client;

use super::program::{Program, addresses, command, said};
use super::stop::hearing_hang_ups;

/// A directory that every user may write to, wherever the tests lie.
fn open_directory(test: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("citronella-{test}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).expect("its mode is set");
    path
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[test]
fn the_pid_file_is_there_while_it_listens_and_an_old_one_is_written_over() {
    let mut command = command("pid_file", &["-p", "0", "--set", "pid_file=broker.pid"]);
    let path = command.get_current_dir().unwrap().join("broker.pid");
    fs::write(&path, "1\n").unwrap();
    let mut program = Program::spawn(&mut command);
    program.line();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", program.id()));
    program.signal("TERM");
    assert_eq!(program.exit().0.code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn a_pid_file_that_cannot_be_written_is_an_error_and_another_programs_is_left_alone() {
    for (path, part) in [
        (
            "nowhere/broker.pid",
            "error: cannot write the pid file nowhere/broker.pid: ",
        ),
        (
            "/dev/null",
            "error: cannot write the pid file /dev/null: it is there and is not a plain file",
        ),
    ] {
        let set = format!("pid_file={path}");
        let (code, out, err) = said(&mut command("pid_file_wrong", &["-p", "0", "--set", &set]));
        assert_eq!((code, &*out), (Some(1), ""));
        assert!(err.starts_with(part), "{err}");
    }
    let mut command = command("pid_file_others", &["-p", "0", "--set", "pid_file=broker.pid"]);
    let path = command.get_current_dir().unwrap().join("broker.pid");
    let mut program = Program::spawn(&mut command);
    program.line();
    fs::write(&path, "1\n").unwrap();
    program.signal("TERM");
    program.exit();
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
}

#[test]
fn an_unknown_user_is_an_error_for_root_and_no_matter_for_another() {
    let mut command = command("unknown_user", &["-p", "0", "--set", "user=nobody-of-this-name"]);
    if is_root() {
        let (code, _, err) = said(&mut command);
        let words = "error: cannot become the user \"nobody-of-this-name\": this machine has no such user";
        assert!(code == Some(1) && err.starts_with(words), "{err}");
    } else {
        Program::spawn(&mut command).line();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn root_becomes_the_user_before_it_serves_and_its_files_stay_in_reach() {
    if !is_root() {
        return;
    }
    let directory = open_directory("user");
    let at = |name: &str| directory.join(name).to_str().expect("a text").to_owned();
    // A directory in which that user may remove nothing.
    let run = directory.join("run");
    fs::create_dir(&run).unwrap();
    let settings = [
        "user=nobody".to_owned(),
        format!("pid_file={}", at("run/broker.pid")),
        format!("ready_file={}", at("ready")),
        format!("state_dir={}", at("run")),
        format!("log.destinations=stdout,file:{}", at("a.log")),
    ];
    let mut args = vec!["-p", "0"];
    for setting in &settings {
        args.extend(["--set", setting]);
    }
    let mut program = Program::spawn(&mut hearing_hang_ups(&mut command("user", &args)));
    let address = addresses(&program.line())[0];
    let nobody = nix::unistd::User::from_name("nobody")
        .unwrap()
        .expect("it is known");
    let (uid, gid) = (nobody.uid.to_string(), nobody.gid.to_string());
    let mut threads = 0;
    for thread in fs::read_dir(format!("/proc/{}/task", program.id())).unwrap() {
        let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let ids = |key: &str| -> Vec<String> {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(ids("Uid:"), vec![uid.clone(); 4]);
        assert_eq!(ids("Gid:"), vec![gid.clone(); 4]);
        assert!(!ids("Groups:").contains(&"0".to_owned()), "{status}");
        threads += 1;
    }
    assert!(threads > 2, "main, broker, log");
    Client::connect(address, "foo1").ping(1);
    let log = directory.join("a.log");
    assert_eq!(fs::metadata(&log).unwrap().uid(), nobody.uid.as_raw());
    assert_eq!(fs::metadata(at("ready")).unwrap().uid(), nobody.uid.as_raw());
    let warning = program.error_line();
    assert!(
        warning.starts_with(&format!(
            "warning: the user nobody cannot write to state_dir {}: ",
            at("run")
        )),
        "{warning}"
    );

    fs::rename(&log, at("a.log.1")).unwrap();
    program.signal("HUP");
    program.error_line();
    program.signal("TERM");
    let (status, err) = program.exit();
    assert_eq!(status.code(), Some(0));
    assert!(
        fs::read_to_string(&log).unwrap().contains("stopped by SIGTERM"),
        "it was opened anew"
    );
    assert!(!fs::exists(at("ready")).unwrap());
    // Nobody may remove it from there.
    assert_eq!(fs::read_to_string(run.join("broker.pid")).unwrap(), "");
    assert!(err.ends_with("; it is empty now"), "{err}");
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn root_that_others_can_reach_is_told_of_the_user() {
    let args = [
        "-p",
        "0",
        "--bind",
        "0.0.0.0",
        "--set",
        "auth.users=alice:secret",
        "--set",
        "auth.allow_anonymous=false",
    ];
    let mut program = Program::spawn(&mut command("root", &args));
    program.line();
    program.signal("TERM");
    let (_, err) = program.exit();
    let told = "note: root runs this broker, and other machines can reach it; `user = \"nobody\"` makes it another user once \
                it listens";
    assert_eq!(err, if is_root() { told } else { "" });
}

#[cfg(target_os = "linux")]
#[test]
fn systemd_is_told_when_it_is_ready_reads_again_and_stops() {
    let mut command = command("systemd", &["-p", "0", "--set", "log.destinations="]);
    let path = command.get_current_dir().unwrap().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(super::program::HANG)).unwrap();
    let next = || {
        let mut datagram = [0; 4096];
        let bytes = socket.recv(&mut datagram).expect("systemd is told");
        String::from_utf8(datagram[..bytes].to_vec()).unwrap()
    };
    let mut command = hearing_hang_ups(&mut command);
    command.env("NOTIFY_SOCKET", &path);
    let mut program = Program::spawn(&mut command);
    let ready = next();
    let (first, status) = ready.split_once('\n').unwrap();
    assert_eq!(first, "READY=1");
    let url = status
        .strip_prefix("STATUS=listening on mqtt://")
        .expect("where it listens");
    Client::connect(url.trim().parse().unwrap(), "foo1").ping(1);
    program.signal("HUP");
    assert!(next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(next(), ready);
    program.signal("TERM");
    assert_eq!(next().trim(), "STOPPING=1");
    // And the log, which goes nowhere, has said nothing.
    assert_eq!(program.rest(), Vec::<String>::new());
    let (status, err) = program.exit();
    assert_eq!((status.code(), &*err), (Some(0), ""));
}
