//! A mosquitto.conf written in the manner of other formats.

use crate::common::said_of_file;
use crate::mosquitto_mistakes::{OPEN, remarked, said};

#[test]
fn quotes_and_equals_signs_of_other_formats() {
    let quoted = said("listener 1883\npassword_file \"users\"\n");
    assert!(
        quoted.ends_with(
            "; the quotes are part of the value in a mosquitto.conf; without them: `password_file users`"
        ),
        "{quoted}"
    );
    assert_eq!(
        said("listener 1883\nallow_anonymous \"true\"\n"),
        "m.conf:2: `allow_anonymous` is \"\\\"true\\\"\"; expected true or false; did you mean `true`?; the quotes are part of the value in a \
         mosquitto.conf; without them: `allow_anonymous true`"
    );
    assert_eq!(
        remarked(&format!("{OPEN}clientid_prefixes 'lamp'\n")),
        "m.conf:3: `clientid_prefixes`: the quotes are part of the value in a mosquitto.conf; without them: `clientid_prefixes lamp`"
    );
    let why = "the `=` makes this file one in TOML; in a mosquitto.conf a blank stands between an option and its value";
    let equals = said("# ours\nlistener = 1883\nallow_anonymous = true\n");
    assert!(
        equals.contains(&format!("  m.conf:2: {why}: `listener 1883`\n")),
        "{equals}"
    );
    assert!(!said_of_file("equals.toml", "listener = 1883\n").contains(why));
    assert!(!said("port = 1883\n[limits]\nmax_conections = 3\n").is_empty());
}
