//! The keys of the control API, held against each other.

use crate::common::said_of_file;

#[test]
fn a_place_for_the_control_api_alone_needs_the_control_api() {
    assert_eq!(
        said_of_file(
            "no_api.toml",
            "[http]\nenabled = false\nlisten = true\n\n[[listener]]\nport = 1\naccepts = [\"http\"]\n"
        ),
        "2 problems in the settings:\n  \
         no_api.toml:3: `http.listen` is true, and `http.enabled` is false; leave one of them out\n  \
         no_api.toml:7: `listener[0].accepts` is for the control API alone, and `http.enabled` is false; leave one of them out"
    );
}
