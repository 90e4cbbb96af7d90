//! Mistakes that people make in a mosquitto.conf: where it is, what is wrong, and what would be right.

use settings::Loader;

use crate::common::{directory, file, said_of_file, text};

/// What loading a mosquitto.conf with this text says.
pub(crate) fn said(text: &str) -> String {
    // Each test has a file of its own, by what is wrong in it.
    let name: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(60)
        .collect();
    let said = said_of_file(&format!("{name}.conf"), text);
    said.replace(&format!("{name}.conf"), "m.conf")
}

/// What is remarked on it.
pub(crate) fn remarked(text: &str) -> String {
    let name: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(60)
        .collect();
    let loaded = Loader::new()
        .file(file(&format!("{name}.conf"), text))
        .load()
        .unwrap();
    let said: Vec<String> = loaded.remarks.iter().map(ToString::to_string).collect();
    let said = said
        .join("\n")
        .replace(&format!("{}/", directory().display()), "");
    said.replace(&format!("{name}.conf"), "m.conf")
}

/// The start of a file in which nothing is remarked.
pub(crate) const OPEN: &str = "listener 1883\nallow_anonymous true\n";

#[test]
fn marks_between_an_option_and_its_value() {
    for (line, mark) in [
        ("listener: 1883", ':'),
        ("listener = 1883", '='),
        ("listener=1883", '='),
        ("listener:1883", ':'),
    ] {
        assert_eq!(
            said(&format!("allow_anonymous true\n{line}\n")),
            format!(
                "m.conf:2: between an option and its value stands a blank, and no `{mark}`: write `listener 1883`"
            ),
        );
    }
    assert_eq!(
        said("allow_anonymous = true\n"),
        "m.conf:1: between an option and its value stands a blank, and no `=`: write `allow_anonymous true`",
    );
    let secret = said("connection a\nremote_password=hunter2\n");
    assert!(
        secret.contains("write `remote_password VALUE`") && !secret.contains("hunter2"),
        "{secret}"
    );
}

#[test]
fn unknown_options_and_the_nearest() {
    assert_eq!(
        said("lisener 1883\n"),
        "m.conf:1: unknown option `lisener`; did you mean `listener`?"
    );
    assert_eq!(
        said("Listener 1883\n"),
        "m.conf:1: unknown option `Listener`; did you mean `listener`?"
    );
    assert_eq!(
        said("quux_settings 7\n"),
        "m.conf:1: unknown option `quux_settings`; no mosquitto up to 2.1 has one of such a name"
    );
}

#[test]
fn truth_values_and_numbers() {
    assert_eq!(
        said("allow_anonymous yes\n"),
        "m.conf:1: `allow_anonymous` is \"yes\"; expected true or false; did you mean `true`?"
    );
    assert_eq!(
        said("allow_anonymous flase\n"),
        "m.conf:1: `allow_anonymous` is \"flase\"; expected true or false; did you mean `false`?"
    );
    assert_eq!(
        said("allow_anonymous\n"),
        "m.conf:1: `allow_anonymous` has no value; expected true or false"
    );
    assert_eq!(
        said("max_keepalive 70000\n"),
        "m.conf:1: `max_keepalive` is \"70000\"; expected an integer from 0 to 65535"
    );
    assert_eq!(
        said("max_packet_size 100MB\n"),
        "m.conf:1: `max_packet_size` is \"100MB\"; expected an integer from 20 to 2147483647"
    );
    assert_eq!(
        said("max_qos 3\n"),
        "m.conf:1: `max_qos` is \"3\"; expected an integer from 0 to 2"
    );
    assert_eq!(
        said("persistent_client_expiration 14\n"),
        "m.conf:1: `persistent_client_expiration` is \"14\"; expected a number with s, h, d, w, m or y, such as 14d"
    );
    assert_eq!(remarked(&format!("{OPEN}max_connections -1\n")), "");
    assert_eq!(remarked("listener 1883\nallow_anonymous 1 # all\n"), "");
}

#[test]
fn where_the_log_goes() {
    let expected = "expected none, stdout, stderr, syslog, topic or file PATH; one a line";
    assert_eq!(
        said("log_dest console\n"),
        format!("m.conf:1: `log_dest` is \"console\"; {expected}; did you mean `stdout`?")
    );
    assert_eq!(
        said("log_dest /var/log/m.log\n"),
        format!(
            "m.conf:1: `log_dest` is \"/var/log/m.log\"; {expected}; did you mean `log_dest file /var/log/m.log`?"
        )
    );
    assert_eq!(
        said("log_dest file\n"),
        "m.conf:1: `log_dest file` has no path; write `log_dest file PATH`"
    );
    let several = remarked(&format!("{OPEN}log_dest stdout stderr\n"));
    assert!(
        several.starts_with("m.conf:3: `log_dest` takes one word, \"stdout\": \"stderr\" is passed over, as mosquitto passes it over; give each a line of its own"),
        "{several}"
    );
    assert!(
        said("log_type warn\n").starts_with("m.conf:1: `log_type` is \"warn\"; expected error, warning,")
    );
}

#[test]
fn listeners() {
    assert_eq!(
        said("listener 127.0.0.1:1883\n"),
        "m.conf:1: `listener` has \"127.0.0.1:1883\" where a port from 1 to 65535 is expected, or 0 and the path of a Unix socket; write `listener 1883 127.0.0.1`"
    );
    assert!(said("listener 0.0.0.0 1883\n").ends_with("; the port comes first: `listener 1883 0.0.0.0`"));
    assert!(said("listener 70000\n").contains("\"70000\" where a port"));
    assert_eq!(
        said("listener 0\n"),
        "m.conf:1: `listener 0` needs the path of a Unix socket: `listener 0 /run/mqtt.sock`"
    );
    let twice = said(&format!("{OPEN}listener 1883\n"));
    assert!(
        twice.starts_with("m.conf:3: a second listener on 1883, as in ")
            && twice.contains("m.conf:1; give it another port"),
        "{twice}"
    );
    let overlapping = said(&format!("{OPEN}listener 1883 127.0.0.1\n"));
    assert!(
        overlapping.starts_with("m.conf:3: port 1883 is taken by the listener of ")
            && overlapping
                .ends_with("m.conf:1, on an address of this one; give it another port, or leave one out"),
        "{overlapping}"
    );
    assert!(said("listener 1883\nprotocol wss\n").starts_with(
        "m.conf:2: `protocol` is \"wss\"; expected mqtt or websockets; did you mean `websockets`?"
    ));
    assert!(said("listener 1883\nprotocol http_api\n").ends_with("that API is not there"));
}

#[test]
fn who_may_come_in() {
    assert_eq!(
        remarked("port 1883\nlistener 1884\n"),
        "m.conf:1: nobody can connect to 1883: there are no users, and `allow_anonymous` is false where nothing else is said; write \
         `password_file PATH`, or `allow_anonymous true` to let everybody in\n\
         m.conf:2: nobody can connect to 1884: there are no users, and `allow_anonymous` is false where nothing else is said; write \
         `password_file PATH`, or `allow_anonymous true` to let everybody in"
    );
    let closed = remarked("listener 1883\nallow_anonymous false\n");
    assert!(
        closed.contains("there are no users, and `allow_anonymous` is false in ")
            && closed.contains("m.conf:2; write"),
        "{closed}"
    );
    let closed = remarked("per_listener_settings true\nallow_anonymous false\nlistener 1883\n");
    assert!(
        closed.contains("`allow_anonymous` is false where no line below a listener says otherwise"),
        "{closed}"
    );
    let (wrong, remarks) = Loader::new()
        .file(file(
            "wrongly_closed.conf",
            "listener 1883\nallow_anonymous yes\n",
        ))
        .check();
    assert!(wrong.is_err() && remarks.is_empty(), "{remarks:?}");
    assert_eq!(
        said("per_listener_settings true\nallow_anonymous true\nlistener 1883\n"),
        "m.conf:2: `allow_anonymous` stands before the first `listener`; put it below the one that it is about"
    );
    let late = said("allow_anonymous true\nper_listener_settings true\nlistener 1883\n");
    assert!(late.starts_with("m.conf:2: `per_listener_settings` must stand before every option that it is about; the first of them is in "), "{late}");
    let users = file("only_users", "");
    let loaded = Loader::new()
        .file(file(
            "only_users.conf",
            &format!("password_file {}\n", users.display()),
        ))
        .load()
        .unwrap();
    let said: Vec<&str> = loaded.remarks.iter().map(|remark| &*remark.text).collect();
    assert!(
        said.contains(
            &"no `listener`: only programs on this machine can connect; `listener 1883` lets others in"
        ),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|said| said.starts_with("without a user name, too")),
        "{said:?}"
    );
}

#[test]
fn given_twice() {
    let twice = said("pid_file /a\npid_file /b\n");
    assert!(
        twice.starts_with("m.conf:2: `pid_file` is given twice, first in ")
            && twice.ends_with("m.conf:1; leave one of them out"),
        "{twice}"
    );
    let last = remarked(&format!("{OPEN}sys_interval 1\nsys_interval 2\n"));
    assert!(
        last.starts_with("m.conf:4: `sys_interval` is given twice") && last.contains("the last one counts"),
        "{last}"
    );
    assert_eq!(
        remarked(&format!("{OPEN}max_qos 1\nlistener 1884\nmax_qos 1\n"))
            .matches("twice")
            .count(),
        0
    );
}

#[test]
fn what_is_refused_and_why() {
    assert!(
        said("listener 1883\npsk_file /etc/psk\n")
            .starts_with("m.conf:2: `psk_file` is refused: the TLS library has no pre-shared keys")
    );
    let plugin = said("listener 1883\nauth_plugin /usr/lib/go-auth.so\nauth_opt_backends files\n");
    assert!(
        plugin.starts_with(
            "m.conf:2: `auth_plugin` /usr/lib/go-auth.so is refused: the broker loads no plugins"
        ),
        "{plugin}"
    );
    assert!(
        !plugin.contains('\n'),
        "its options are not complained about: {plugin}"
    );
    assert_eq!(
        said("plugin_opt_config_file /a\n"),
        "m.conf:1: `plugin_opt_config_file` stands below no `plugin`; put it below the one that it is about"
    );
    assert!(
        said("listener 1883\nplugin mosquitto_dynamic_security.so\n")
            .ends_with("this plugin needs its file: `plugin_opt_config_file PATH` on a line below it")
    );
}

#[test]
fn tls_by_half() {
    let pem = file("half.pem", "");
    let pem = pem.display();
    assert!(
        said(&format!("{OPEN}certfile {pem}\n"))
            .ends_with("`certfile` has no `keyfile` beside it; name the private key of the certificate, too")
    );
    assert!(
        said(&format!("{OPEN}require_certificate true\n")).ends_with("this listener would be without TLS")
    );
    assert!(
        remarked(&format!("{OPEN}tls_version tlsv1.2\n"))
            .ends_with("this listener has no `certfile`, and so no TLS")
    );
}

#[test]
fn bridges() {
    assert_eq!(
        said("topic a/# out\n"),
        "m.conf:1: `topic` is about a bridge, and stands below no `connection NAME`"
    );
    assert_eq!(
        said("connection a\naddress b\n"),
        "m.conf:1: the bridge \"a\" has no `topic PATTERN`"
    );
    assert_eq!(
        said("connection a\naddress b\ntopic # sideways\n"),
        "m.conf:3: `topic` has \"sideways\" behind its pattern; expected out, in or both"
    );
}

#[test]
fn paths_that_lead_nowhere() {
    let nowhere = said("listener 1883\npassword_file /no/such/file\n");
    assert_eq!(
        nowhere,
        "m.conf:2: `password_file` /no/such/file: there is no such file"
    );
    file("beside_it", "");
    let relative = said("listener 1883\npassword_file beside_it\n");
    assert!(
        relative.contains(
            "since paths are taken against the working directory, as mosquitto takes them. Beside "
        ),
        "{relative}"
    );
    assert!(relative.ends_with("beside_it"), "{relative}");
    let users = file("commented", "");
    let commented = said(&format!(
        "listener 1883\npassword_file {} # ours\n",
        users.display()
    ));
    assert!(
        commented
            .ends_with("a comment needs a line of its own, since the whole rest of this one is the path"),
        "{commented}"
    );
    assert!(
        said(&format!("{OPEN}include_dir /no/such/dir\n"))
            .contains("`include_dir` /no/such/dir: there is no such file")
    );
}

#[test]
fn lines_that_do_not_go_together() {
    let file = file("any.pem", "");
    let file = file.display();
    assert_eq!(
        said(&format!(
            "{OPEN}certfile {file}\nkeyfile {file}\nrequire_certificate true\n"
        )),
        "m.conf:5: `require_certificate` is true and the certificate is one of your own, but it is not said who vouches for clients; \
         set `cafile` or `capath`, too"
    );
}

#[test]
fn encodings_and_line_ends() {
    let utf16: Vec<u8> = "\u{feff}listener 1883\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let path = directory().join("utf16.conf");
    std::fs::write(&path, utf16).unwrap();
    let said = text(Loader::new().file(&path).load());
    assert!(
        said.starts_with(
            "utf16.conf: cannot be read: it is UTF-16 text, as PowerShell's `>` writes it; save it as UTF-8"
        ),
        "{said}"
    );
    assert_eq!(remarked("\u{feff}listener 1883\r\nallow_anonymous true\r\n"), "");
    assert_eq!(
        remarked("   listener\t1883\n  # a comment\n\tallow_anonymous   true  \n"),
        ""
    );
}
