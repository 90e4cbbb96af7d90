//! `broker check` of rules, stubs and devices: each mistake with its file and line, and how many were read.

use std::fs;

use serde_json::{Value, json};

use super::program::{command, said};

/// What a command says where these files are.
fn with_files(name: &str, args: &[&str], files: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = command(name, args);
    let directory = command.get_current_dir().unwrap().to_owned();
    for (file, text) in files {
        fs::write(directory.join(file), text).unwrap();
    }
    said(&mut command)
}

const RULE: &str = "[[fault]]\nname = \"x\"\nclient = \"lamp\"\ntype = \"stall\"\n";

const MISTAKES: &str = r#"
[[fault]]
name = "x"
when = { packet = "SUBACK", direction = "in" }
nth = 0
action = "dorp"

[[fault]]
name = "y"
when = { packet = "PUBLISH" }
[fault.action]
type = "answer"
with = [
  { packet = "PUBACK" },
  { packet = "PUBACK",
    reason_cod = 1 },
]

[[stub]]
nmae = "s"
"#;

#[test]
fn a_script_is_checked_as_the_broker_reads_it() {
    let files = [("s.toml", MISTAKES)];
    let (code, out, err) = with_files("check_script", &["check", "--script", "s.toml"], &files);
    assert_eq!(code, Some(1), "{err}");
    for told in [
        "error: 5 mistakes in rules, stubs and devices:",
        "\n  s.toml:4: fault \"x\": when: a client never sends SUBACK, the broker does: say `direction = \"out\"`",
        "\n  s.toml:5: fault \"x\": nth: ",
        "\n  s.toml:6: fault \"x\": action: there is no action \"dorp\" (did you mean \"drop\"?)",
        "\n  s.toml:16: fault \"y\": action.with[1].reason_cod: ",
        "\n  s.toml:20: a stub: nmae: ",
    ] {
        assert!(err.contains(told), "{told}\n{err}");
    }
    assert!(out.contains("script = [\"s.toml\"]"), "{out}");
    // The start says the same.
    let args = ["-p", "0", "--script", "s.toml"];
    let (code, _, of_start) = with_files("start_script", &args, &files);
    assert_eq!((code, of_start), (Some(1), err));

    let settings = [("s.toml", "port = 5\n")];
    let (code, _, err) = with_files("check_settings", &["check", "--script", "s.toml"], &settings);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.starts_with("error: s.toml:1: unknown key `port`"), "{err}");
}

#[test]
fn a_name_is_given_once_and_where_first_is_told() {
    let twice = format!("{RULE}\n{RULE}");
    let (_, _, err) = with_files(
        "check_twice",
        &["check", "--script", "s.toml"],
        &[("s.toml", &twice)],
    );
    assert_eq!(
        err.trim_end(),
        "error: s.toml:7: fault \"x\": name: the name is taken by the fault at s.toml:2: give this one another"
    );
    // One in the settings file, one in the script.
    let files = [("b.toml", RULE), ("s.toml", RULE)];
    let args = ["check", "-c", "b.toml", "--script", "s.toml"];
    let (_, _, err) = with_files("check_twice_apart", &args, &files);
    assert!(
        err.contains("s.toml:2: fault \"x\": name: the name is taken by the fault at b.toml:2"),
        "{err}"
    );
}

#[test]
fn json_has_the_place_of_each_mistake_and_how_many_were_read() {
    let args = ["check", "--json", "--script", "s.toml"];
    let object = |name: &str, text: &str| -> Value {
        let (_, out, _) = with_files(name, &args, &[("s.toml", text)]);
        serde_json::from_str(&out).unwrap()
    };
    let found = object("check_json_wrong", MISTAKES);
    let places: Vec<(&Value, &Value)> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (&problem["file"], &problem["line"]))
        .collect();
    let file = json!("s.toml");
    let lines = [json!(4), json!(5), json!(6), json!(16), json!(20)];
    assert_eq!(places, lines.iter().map(|line| (&file, line)).collect::<Vec<_>>());
    let text = found["problems"][1]["text"].as_str().unwrap();
    assert!(text.starts_with("fault \"x\": nth: "), "{text}");

    let found = object("check_json_unknown", "\n[[faults]]\n");
    assert_eq!(
        found["problems"],
        json!([{"file": "s.toml", "line": 2, "text": "unknown key `[[faults]]`; did you mean `[[fault]]`?"}])
    );

    let found = object("check_json_right", RULE);
    assert_eq!(
        (&found["ok"], &found["rules"], &found["stubs"], &found["devices"]),
        (&json!(true), &json!(1), &json!(0), &json!(0))
    );
}

#[test]
fn what_is_right_is_counted() {
    let text = format!("{RULE}\n{}", RULE.replace("\"x\"", "\"y\""));
    let (code, out, err) = with_files("check_counts", &["check", "-c", "b.toml"], &[("b.toml", &text)]);
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(
        out.contains("\n# Read without a mistake, too: 2 rules, 0 stubs and 0 devices."),
        "{out}"
    );
}

#[test]
fn a_mistake_in_a_device_is_told_with_its_line() {
    for (number, (text, told)) in [
        (
            "\n[[device]]\nname = \"l\"\ncount = 10000000\n",
            "s.toml:4: device \"l\": count: this is a whole number from 1 to 100000, not 10000000",
        ),
        (
            "[[device]]\nname = \"l\"\ntelemtry = 3\n",
            "s.toml:3: device \"l\": telemtry: there is no such key (did you mean \"telemetry\"?)",
        ),
        (
            "[[device]]\nname = \"l\"\n[device.telemetry]\ntopic = \"t\"\nevery_secs = 5\npayload = \"{{ sinn(t) }}\"\n",
            "s.toml:6: device \"l\": telemetry.payload: line 1, column 4: there is no \"sinn\" here (did you mean \"sin\"?)",
        ),
        (
            "[[device]]\nname = \"l\"\ncount = 2\nclient_id = \"x\"\n",
            "s.toml:4: device \"l\": client_id: all clients of the group would have it",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("check_device_{number}");
        let args = ["check", "--script", "s.toml"];
        let (code, _, err) = with_files(&name, &args, &[("s.toml", text)]);
        assert_eq!(code, Some(1), "{err}");
        assert!(err.starts_with(&format!("error: {told}")), "{told}\n{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
}

#[test]
fn more_devices_than_connections_are_told() {
    let settings = "limits.max_connections = 3\n[[device]]\nname = \"l\"\ncount = 2\n[[device]]\nname = \"m\"\ncount = COUNT\n";
    for (count, is_told) in [("1", false), ("2", true)] {
        let text = settings.replace("COUNT", count);
        let name = format!("check_crowd_{count}");
        let (code, _, err) = with_files(&name, &["check", "-c", "b.toml"], &[("b.toml", &text)]);
        assert_eq!(code, Some(0), "{err}");
        let told = "the devices are 4 clients, and `limits.max_connections` = 3 lets in no more at once";
        assert_eq!(err.contains(told), is_told, "{err}");
    }
}

#[test]
fn the_recording_that_is_played_is_not_written_over() {
    let played = "{\"event\":\"recording\",\"version\":1}\n";
    for (flag, key) in [("--record", "journal.recording"), ("--journal", "journal.file")] {
        // By its own name, by a link, and by a second name.
        for name in ["./run.jsonl", "link.jsonl", "twin.jsonl"] {
            let args = [flag, name, "--upstream", "recording:run.jsonl"];
            for check in [false, true] {
                let args: Vec<&str> = if check {
                    vec!["check", "-c", "b.toml"]
                } else {
                    ["-p", "0"].into_iter().chain(args).collect()
                };
                let mut command = command(&format!("played{flag}{check}"), &args);
                let directory = command.get_current_dir().unwrap().to_owned();
                let file = directory.join("run.jsonl");
                fs::write(&file, played).unwrap();
                fs::write(
                    directory.join("b.toml"),
                    format!("{key} = \"{name}\"\nupstream.url = \"recording:run.jsonl\"\n"),
                )
                .unwrap();
                for other in ["link.jsonl", "twin.jsonl"] {
                    let _ = fs::remove_file(directory.join(other));
                }
                fs::hard_link(&file, directory.join("twin.jsonl")).unwrap();
                #[cfg(unix)]
                std::os::unix::fs::symlink("run.jsonl", directory.join("link.jsonl")).unwrap();
                #[cfg(not(unix))]
                fs::hard_link(&file, directory.join("link.jsonl")).unwrap();
                let (code, _, err) = said(&mut command);
                assert!(matches!(code, Some(1 | 2)), "{name}: {err}");
                assert!(
                    err.contains("the recording that `upstream.url` plays")
                        && err.contains(name.trim_start_matches("./")),
                    "{err}"
                );
                assert_eq!(fs::read_to_string(file).unwrap(), played, "{flag} {name}");
            }
        }
    }
}

#[test]
fn several_scripts_are_read_in_their_turn_and_each_mistake_is_told_of_a_device_too() {
    const LAMP: &str = "[[device]]\nname = \"lamp\"\ncount = 2\nclient_id = \"x\"\nreconnect_secs = 0\n\
        [[device.telemetry]]\ntopic = \"a/#\"\nevery_secs = 0\npayload = \"{{ nope }}\"\n\
        [[device]]\nname = \"door\"\nkeepalive = 1\nretain = true\nwill = { qos = 3 }\n";
    let files = [("r.toml", RULE), ("lamp.toml", LAMP)];
    let args = ["check", "--script", "r.toml", "--script", "lamp.toml"];
    let (code, out, err) = with_files("check_scripts", &args, &files);
    assert_eq!(code, Some(1), "{err}");
    let lines: Vec<&str> = err.lines().skip(1).map(str::trim_start).collect();
    let begins = [
        "lamp.toml:4: device \"lamp\": client_id: ",
        "lamp.toml:5: device \"lamp\": reconnect_secs: ",
        "lamp.toml:7: device \"lamp\": telemetry[0].topic: ",
        "lamp.toml:8: device \"lamp\": telemetry[0].every_secs: ",
        "lamp.toml:9: device \"lamp\": telemetry[0].payload: ",
        "lamp.toml:12: device \"door\": keepalive: there is no such key",
        "lamp.toml:13: device \"door\": retain: there is no such key",
        "lamp.toml:14: device \"door\": will.topic: ",
        "lamp.toml:14: device \"door\": will.qos: ",
    ];
    assert!(
        err.starts_with("error: 9 mistakes in rules, stubs and devices:"),
        "{err}"
    );
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{begin}\n{err}");
    }
    assert!(!out.contains("Read without a mistake"), "{out}");

    // A settings file may name one, or several.
    let stub = "[[stub]]\nname = \"s\"\nevery_secs = 9\npublish = { topic = \"a\" }\n";
    for script in ["\"r.toml\"", "[\"r.toml\"]", "[\"r.toml\", \"s.toml\"]"] {
        let settings = format!("script = {script}\n");
        let files = [("r.toml", RULE), ("s.toml", stub), ("b.toml", &settings)];
        let (code, out, err) = with_files("check_listed", &["check", "-c", "b.toml"], &files);
        assert_eq!(code, Some(0), "{err}");
        let stubs = u8::from(script.contains("s.toml"));
        assert!(out.contains(&format!("1 rule, {stubs} stub")), "{out}");
    }
}

#[test]
fn a_listener_that_does_not_exist_is_told_with_the_nearest() {
    let script = "[[fault]]\nname = \"off\"\nlistener = \"mian\"\ntype = \"down\"\n\
        [[device]]\nname = \"lamp\"\nlistener = \"mian\"\n";
    let args = ["check", "--script", "s.toml"];
    let (code, _, err) = with_files("check_listener", &args, &[("s.toml", script)]);
    assert_eq!(code, Some(1), "{err}");
    for line in ["s.toml:3: fault \"off\"", "s.toml:7: device \"lamp\""] {
        let told = format!("{line}: listener: there is no listener \"mian\" (did you mean \"main\"?)");
        assert!(err.contains(&told), "{told}\n{err}");
    }
}

#[cfg(unix)]
#[test]
fn a_script_is_a_plain_file() {
    let (code, _, err) = with_files("check_zero", &["check", "--script", "/dev/zero"], &[]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("/dev/zero") && err.contains("is not a plain file"),
        "{err}"
    );
}
