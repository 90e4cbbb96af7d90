//! `mosquitto_ctrl dynsec`, the client of the plugin.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Command;

use super::Secured;

/// `mosquitto_ctrl`, if it is installed: what it said, without its warning about passwords.
fn ctrl(to: SocketAddr, args: &[&str]) -> Option<String> {
    let (host, port) = (to.ip().to_string(), to.port().to_string());
    let mut command = Command::new("mosquitto_ctrl");
    command.args(["-h", &host, "-p", &port, "-u", "admin", "-P", "pencil", "dynsec"]);
    match command.args(args).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            let lines = said
                .lines()
                .filter(|line| !line.contains("encryption") && !line.starts_with("This means"));
            Some(
                lines
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
        }
        Err(error) if error.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
            eprintln!("skipped: there is no mosquitto_ctrl");
            None
        }
        Err(error) => panic!("mosquitto_ctrl: {error}"),
    }
}

#[test]
fn mosquitto_ctrl_manages_users_as_with_the_plugin() {
    let secured = Secured::new("ctrl");
    // Each as mosquitto 2.0.11 answers it.
    for (args, said) in [
        (&["createClient", "bob", "-p", "quill"][..], ""),
        (&["createRole", "r1"], ""),
        (
            &["addRoleACL", "r1", "publishClientSend", "b/#", "allow", "5"],
            "",
        ),
        (&["addClientRole", "bob", "r1", "3"], ""),
        (&["createGroup", "g"], ""),
        (&["addGroupRole", "g", "user", "2"], ""),
        (&["addGroupClient", "g", "bob", "4"], ""),
        (
            &["getClient", "bob"],
            "Username: bob\nClientid:\nRoles:    r1 (priority: 3)\nGroups:   g (priority: 4)",
        ),
        (&["listClients"], "admin\nann\nbob"),
        (
            &["getRole", "r1"],
            "Rolename: r1\nACLs:     publishClientSend    : allow : b/# (priority: 5)",
        ),
        (
            &["getGroup", "g"],
            "Groupname: g\nRoles:     user (priority: 2)\nClients:   bob",
        ),
        (
            &["getDefaultACLAccess"],
            "publishClientSend    : deny\npublishClientReceive : allow\nsubscribe            : deny\nunsubscribe          : allow",
        ),
        (&["setAnonymousGroup", "g"], ""),
        (&["getAnonymousGroup"], "g"),
        (&["getClient", "nobody"], "getClient: Error: Client not found"),
        (
            &["createClient", "bob", "-p", "x"],
            "createClient: Error: Client already exists",
        ),
        (&["disableClient", "bob"], ""),
    ] {
        let Some(answer) = ctrl(secured.addr(), args) else {
            return;
        };
        assert_eq!(answer, said, "{args:?}");
    }
    assert_eq!(secured.refused("bob", "quill"), 4);
    ctrl(secured.addr(), &["enableClient", "bob"]);
    assert_eq!(secured.refused("bob", "quill"), 0);
}
