//! The text of every error: where, what was given, what would be right.

use crate::common::{directory, file, said_of_file, said_of_flag, said_of_variable, text};
use settings::{BrokerSettings, Loader, Origin, ProblemKind, User};

#[test]
fn an_unknown_key_names_file_line_and_the_nearest_key() {
    let said = said_of_file("unknown.toml", "port = 1\n\n[limits]\nmax_conections = 5\n");
    assert_eq!(
        said,
        "unknown.toml:4: unknown key `limits.max_conections`; did you mean `limits.max_connections`?"
    );
}

#[test]
fn a_key_of_another_section_is_told_where_it_belongs() {
    assert_eq!(
        said_of_file("no_section.toml", "max_sessions = 5\n"),
        "no_section.toml:1: unknown key `max_sessions`; did you mean `limits.max_sessions`? It belongs under \
         [limits]"
    );
    assert_eq!(
        said_of_file("two_sections.toml", "max_connections = 5\n"),
        "two_sections.toml:1: unknown key `max_connections`; did you mean `http.max_connections` or \
         `limits.max_connections` or `rumqttd.max_connections`?"
    );
    assert_eq!(
        said_of_file("under_section.toml", "[limits]\nbind = \"::1\"\n"),
        "under_section.toml:2: unknown key `limits.bind`; did you mean `bind`? It belongs at the top of the \
         file, before the first [section]"
    );
}

#[test]
fn an_unknown_key_like_no_other_is_answered_with_those_there_are() {
    assert_eq!(
        said_of_file("unlike.toml", "[log]\ncolour = true\n"),
        "unlike.toml:2: unknown key `log.colour`; the keys of [log] are verbosity, json, quiet, destinations, types, timestamp, \
         timestamp_format, connection_messages, facility"
    );
    assert_eq!(
        said_of_file("unlike_top.toml", "colour = true\n"),
        "unlike_top.toml:1: unknown key `colour`; the keys at the top of the file are port, listen, bind, ready_file, pid_file, user, \
         state_dir, durability, listener, bridge, acl, script"
    );
}

#[test]
fn two_keys_equally_near_are_both_named() {
    assert_eq!(
        said_of_file(
            "tie.toml",
            "[capabilities]\nwildcard_subscriptions_available = true\nsubscription_available = true\n"
        ),
        "2 problems in the settings:\n  \
         tie.toml:2: unknown key `capabilities.wildcard_subscriptions_available`; did you mean \
         `capabilities.wildcard_subscription_available`?\n  \
         tie.toml:3: unknown key `capabilities.subscription_available`; the keys of [capabilities] are \
         maximum_qos, retain_available, wildcard_subscription_available, subscription_identifiers_available, \
         shared_subscription_available, response_information"
    );
    assert_eq!(
        said_of_flag("session.max_queued", 1),
        "flag --flag: unknown key `session.max_queued`; `broker --print-config` shows all keys"
    );
    assert_eq!(
        said_of_flag("limits.max_retained_bytesages", 1),
        "flag --flag: unknown key `limits.max_retained_bytesages`; did you mean `limits.max_retained_messages` \
         or `limits.max_retained_bytes`?"
    );
}

#[test]
fn an_unknown_section_names_the_nearest() {
    assert_eq!(
        said_of_file("section.toml", "[limit]\nmax_connections = 5\nmax_sessions = 5\n"),
        "section.toml:1: unknown key `[limit]`; did you mean `[limits]`?"
    );
    assert_eq!(
        said_of_file("no_such_section.toml", "[colours]\npath = 5\n"),
        "no_such_section.toml:1: unknown key `[colours]`; the sections are [tls], [websocket], [http], [limits], \
         [session], [capabilities], [shared], [auth], [access], [redirect], [sys], [log], [journal], [faults], [profile], [contracts], [engine], [upstream], [rumqttd]"
    );
}

#[test]
fn an_unknown_variable_names_the_nearest_variable() {
    assert_eq!(
        said_of_variable("CITRONELLA_PROT", "1"),
        "environment CITRONELLA_PROT: unknown key `prot`; did you mean `CITRONELLA_PORT`?"
    );
    assert_eq!(
        said_of_variable("CITRONELLA_LIMITS_MAX_CONNECTIONS", "1"),
        "environment CITRONELLA_LIMITS_MAX_CONNECTIONS: unknown key `limits_max_connections`; did you mean \
         `CITRONELLA_LIMITS__MAX_CONNECTIONS`?"
    );
    assert_eq!(
        said_of_variable("CITRONELLA_COLOUR", "1"),
        "environment CITRONELLA_COLOUR: unknown key `colour`; `broker --print-config` shows all keys"
    );
}

#[test]
fn a_wrong_type_says_what_was_given_and_expected() {
    let text = "port = \"abc\"\nbind = 5\nready_file = true\n[session]\nqueue_qos0 = \"x\"\nmax_inflight = 1.5\n\
                [limits]\nmax_sessions = [1]\nmax_connections = 1979-05-27\n[access]\ndeny_publish = 7\n[auth]\nusers = \"alice\"\n";
    assert_eq!(
        said_of_file("types_wrong.toml", text),
        "9 problems in the settings:\n  \
         types_wrong.toml:1: `port` is \"abc\"; expected an integer from 0 to 65535\n  \
         types_wrong.toml:2: `bind` is 5; expected a list of IP addresses, such as [\"127.0.0.1\", \"::1\"]\n  \
         types_wrong.toml:3: `ready_file` is true; expected a text\n  \
         types_wrong.toml:5: `session.queue_qos0` is \"x\"; expected true or false\n  \
         types_wrong.toml:6: `session.max_inflight` is 1.5; expected an integer from 1 to 65535 (messages)\n  \
         types_wrong.toml:8: `limits.max_sessions` is a list; expected an integer from 1 to 100000000 (sessions)\n  \
         types_wrong.toml:9: `limits.max_connections` is 1979-05-27; expected an integer from 1 to 10000000 \
         (connections)\n  \
         types_wrong.toml:11: `access.deny_publish` is 7; expected a list of topic filters, such as \
         [\"secret/#\"]\n  \
         types_wrong.toml:13: `auth.users` is a text; expected a list of users, such as \
         [{ name = \"alice\", password = \"secret\" }]"
    );
}

#[test]
fn quotes_too_many_are_pointed_out() {
    assert_eq!(
        said_of_file("quoted.toml", "port = \"1883\"\nlog.json = \"true\""),
        "2 problems in the settings:\n  \
         quoted.toml:1: `port` is \"1883\"; expected an integer from 0 to 65535, without quotes\n  \
         quoted.toml:2: `log.json` is \"true\"; expected true or false, without quotes"
    );
}

#[test]
fn a_section_and_a_key_are_not_taken_for_each_other() {
    assert_eq!(
        said_of_file("scalar.toml", "limits = 5\n[port]\nnumber = 1\n"),
        "2 problems in the settings:\n  \
         scalar.toml:1: `limits` is 5; expected a section: [limits], with its keys on the lines below\n  \
         scalar.toml:2: `port` is a table; expected an integer from 0 to 65535"
    );
}

#[test]
fn out_of_range_says_the_range_and_the_unit() {
    assert_eq!(
        said_of_variable("CITRONELLA_LIMITS__MAX_PACKET_SIZE_BYTES", "127"),
        "environment CITRONELLA_LIMITS__MAX_PACKET_SIZE_BYTES: `limits.max_packet_size_bytes` is \"127\", which \
         is not allowed; expected an integer from 128 to 268435460 (bytes)"
    );
    assert_eq!(
        said_of_flag("session.max_inflight", 0),
        "flag --flag: `session.max_inflight` is 0, which is not allowed; expected an integer from 1 to 65535 \
         (messages)"
    );
    assert_eq!(
        said_of_file(
            "range.toml",
            "port = -1\nengine.seed = 99999999999999999999999999999999999999999\n"
        ),
        "2 problems in the settings:\n  \
         range.toml:1: `port` is -1, which is not allowed; expected an integer from 0 to 65535\n  \
         range.toml:2: `engine.seed` is 99999999999999999999999999999999999999999; expected an integer from 0 \
         to 9223372036854775807"
    );
    assert_eq!(
        said_of_flag("shared.strategy", "round-robin"),
        "flag --flag: `shared.strategy` is \"round-robin\", which is not allowed; expected \"round_robin\", \
         \"random\", \"sticky\" or \"least_inflight\""
    );
    assert_eq!(
        said_of_file("mechanism.toml", "auth.mechanisms = [\"PLAIN\"]\n"),
        "mechanism.toml:1: `auth.mechanisms[0]` is \"PLAIN\", which is not allowed; expected \"SCRAM-SHA-1\", \
         \"SCRAM-SHA-256\" or \"SCRAM-SHA-512\""
    );
    assert!(
        said_of_flag("capabilities.response_information", "x".repeat(70_000))
            .ends_with("xxx\"…, which is not allowed; expected a text of at most 65535 bytes without U+0000")
    );
}

#[test]
fn both_ends_of_every_range_are_allowed_and_the_next_are_not() {
    let mut s = BrokerSettings::default();
    for doc in settings::keys() {
        let settings::Expect::Integer { min, max } = doc.expect else {
            continue;
        };
        settings::set(&mut s, doc.key, min).unwrap();
        settings::set(&mut s, doc.key, max).unwrap();
        settings::set(&mut s, doc.key, max + 1).unwrap_err();
        settings::set(&mut s, doc.key, i64::try_from(min).unwrap() - 1).unwrap_err();
    }
}

#[test]
fn an_element_of_a_list_is_named_with_its_own_line() {
    let text = "bind = [\n  \"127.0.0.1\",\n  \"nowhere\",\n  5,\n]\n";
    assert_eq!(
        said_of_file("bind.toml", text),
        "2 problems in the settings:\n  \
         bind.toml:3: `bind[1]` is \"nowhere\", which is not allowed; expected an IP address such as \
         \"127.0.0.1\", \"::1\" or \"0.0.0.0\", or \"localhost\"\n  \
         bind.toml:4: `bind[2]` is 5; expected an IP address such as \"127.0.0.1\", \"::1\" or \"0.0.0.0\", or \
         \"localhost\""
    );
    assert_eq!(
        said_of_variable("CITRONELLA_BIND", ""),
        "environment CITRONELLA_BIND: `bind` is \"\", which is not allowed; expected at least one IP address"
    );
}

#[test]
fn a_topic_filter_is_checked() {
    let said = |filter: &str| said_of_flag("access.deny_publish", vec![filter]);
    let wrong = |filter: &str, rule: &str| {
        format!(
            "flag --flag: `access.deny_publish[0]` is {filter:?}, which is not allowed; expected a topic filter: {rule}"
        )
    };
    assert_eq!(said(""), wrong("", "not empty"));
    for filter in ["a#", "#/a", "a/#b"] {
        assert_eq!(
            said(filter),
            wrong(filter, "`#` only alone and in the last level")
        );
    }
    assert_eq!(said("a/b+"), wrong("a/b+", "`+` only alone in its level"));
    assert_eq!(said("a\0"), wrong("a\0", "at most 65535 bytes without U+0000"));
}

#[test]
fn users_are_checked_and_no_password_is_shown() {
    let text = "[[auth.users]]\nname = \"alice\"\npassword = 777\n\n[[auth.users]]\nname = \"bob\"\n\n\
                [[auth.users]]\nname = \"carol\"\npassword = \"p\"\npasword = \"q\"\n";
    assert_eq!(
        said_of_file("users.toml", text),
        "3 problems in the settings:\n  \
         users.toml:3: `auth.users[0].password` is an integer; expected a text\n  \
         users.toml:5: `auth.users[1]` has no password; expected { name = \"…\", password = \"…\" }\n  \
         users.toml:11: unknown key `auth.users[2].pasword`; did you mean `password`?"
    );
    assert_eq!(
        said_of_flag("auth.users", "alice;secret"),
        "flag --flag: `auth.users[0]` is a text; expected NAME:PASSWORD"
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let absent = directory().join("absent.toml");
    assert_eq!(
        text(Loader::new().file(absent).load()),
        "absent.toml: there is no such file"
    );

    let said = text(Loader::new().file("absent/relative.toml").load());
    let looked_for = std::env::current_dir().unwrap().join("absent/relative.toml");
    assert_eq!(
        said,
        format!(
            "absent/relative.toml: there is no such file; looked for {}",
            looked_for.display()
        )
    );

    assert!(text(Loader::new().file(directory()).load()).contains(": cannot be read: "));

    let binary = directory().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    assert_eq!(
        text(Loader::new().file(binary).load()),
        "binary.toml: cannot be read: it is not UTF-8 text, in line 1"
    );

    let variable = [("CITRONELLA_CONFIG", directory().join("named_absent.toml"))];
    assert_eq!(
        text(Loader::new().env_from(variable).load()),
        "named_absent.toml: there is no such file"
    );
}

#[test]
fn a_fault_in_the_syntax_has_line_and_column() {
    let path = file("syntax.toml", "port = 1\nbind = [\"ä\" 5]\nport = 2\n");
    let error = Loader::new().file(&path).load().unwrap_err();
    let [first, second] = error.problems() else {
        panic!("two problems: {error}")
    };
    assert_eq!(
        first.origin,
        Origin::File {
            path: path.clone(),
            line: Some(2)
        }
    );
    assert!(
        matches!(first.kind, ProblemKind::Syntax { column: Some(13), .. }),
        "{first:?}"
    );
    assert_eq!(second.origin, Origin::File { path, line: Some(3) });
    assert!(
        second
            .to_string()
            .ends_with("syntax.toml:3:1: not valid TOML: duplicate key"),
        "{second}"
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_told_so() {
    use std::os::unix::ffi::OsStrExt;
    let value = std::ffi::OsStr::from_bytes(&[0xff]);
    assert_eq!(
        text(Loader::new().env_from([("CITRONELLA_READY_FILE", value)]).load()),
        "environment CITRONELLA_READY_FILE: the value of `ready_file` is not UTF-8 text"
    );
}

#[test]
fn all_layers_are_checked_and_told_of_at_once_even_where_overridden() {
    let path = file("all.toml", "port = 70000\nprot = 1\n");
    let said = text(
        Loader::new()
            .flag("--port", "port", 1)
            .flag("--x", "x", 1)
            .env_from([("CITRONELLA_PORT", "p")])
            .file(path)
            .load(),
    );
    assert_eq!(
        said,
        "4 problems in the settings:\n  \
         all.toml:1: `port` is 70000, which is not allowed; expected an integer from 0 to 65535\n  \
         all.toml:2: unknown key `prot`; did you mean `port`?\n  \
         environment CITRONELLA_PORT: `port` is \"p\"; expected an integer from 0 to 65535\n  \
         flag --x: unknown key `x`; `broker --print-config` shows all keys"
    );
}

#[test]
fn keys_are_held_against_each_other() {
    let users = "[auth]\nusers = [\n { name = \"a\", password = \"1\" },\n { name = \"a\", password = \"2\" },\n \
                 { name = \"\", password = \"***\" },\n]\n[redirect]\npermanent = true\n[log]\nverbosity = 1\n[journal]\n\
                 entries = 0\n";
    assert_eq!(
        said_of_file("together.toml", users),
        "5 problems in the settings:\n  \
         together.toml:2: `auth.users` has the user \"a\" twice; expected each name once\n  \
         together.toml:2: `auth.users` has a user without a name, at [2]\n  \
         together.toml:2: `auth.users` has \"***\" as the password of \"\": that is what --print-config shows in \
         place of a password; write the real one\n  \
         together.toml:10: `log.verbosity` is above 0, but packets are shown from the journal, which \
         `journal.entries = 0` turns off\n  \
         together.toml:8: `redirect.permanent` is true, but there is nowhere to redirect to; set \
         `redirect.server_reference`, too"
    );
}

#[test]
fn fields_that_a_program_set_are_checked() {
    let mut s = BrokerSettings::default();
    s.limits.max_packet_size_bytes = 5;
    s.engine.seed = u64::MAX;
    s.bind.clear();
    s.auth.users = vec![User::new("a", "1"), User::new("a", "1")];
    assert_eq!(
        s.check().unwrap_err().to_string(),
        "4 problems in the settings:\n  \
         the program: `bind` is an empty list, which is not allowed; expected at least one IP address\n  \
         the program: `limits.max_packet_size_bytes` is 5, which is not allowed; expected an integer from 128 to \
         268435460 (bytes)\n  \
         the program: `engine.seed` is 18446744073709551615, which is not allowed; expected an integer from 0 to \
         9223372036854775807\n  \
         the program: `auth.users` has the user \"a\" twice; expected each name once"
    );
}

#[test]
fn setting_by_name_fails_without_a_change() {
    let mut s = BrokerSettings::default();
    let error = settings::set(&mut s, "limits.max_conections", 5)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the program: unknown key `limits.max_conections`; did you mean `limits.max_connections`?"
    );
    let error = settings::set(&mut s, "port", 65_536).unwrap_err();
    assert_eq!(error.problems()[0].key, "port");
    settings::set(&mut s, "limits", 5).unwrap_err();
    assert_eq!(s, BrokerSettings::default());
}
