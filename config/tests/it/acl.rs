//! What is said of lines of `[[acl]]`.

use crate::common::said_of_file;

#[test]
fn lines_of_an_acl_are_checked() {
    let deep = "a/".repeat(200);
    let text = format!(
        "[[acl]]\ntopic = \"a/#/b\"\n[[acl]]\ntopic = \"home/%u/#\"\n[[acl]]\ntopic = \"home/%u/#\"\nuser = \"\"\n\
         [[acl]]\ntopic = \"{deep}\"\n"
    );
    let said = said_of_file("acl.toml", &text);
    for part in [
        "3 problems",
        "acl.toml:2: `acl[0].topic` is \"a/#/b\", which is not allowed; expected a topic filter: `#` only alone",
        "`acl[2].topic` has %u, but the line is for clients without a user name",
        "`acl[3].topic` has more than 200 levels",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
}
