//! The limits that are not about packets: passwords, and the journal.

use broker::QoS;
use broker::wire::Connect;
use tests::harness::{hello, message};

use super::ground::{Case, Ground, check};

/// More messages than the journal keeps: the client notices nothing, and who reads the journal is told what is missing.
fn forgets(ground: &Ground) -> String {
    let mut client = ground.client("client");
    let mark = ground.broker.journal().mark().wait().expect("the broker runs");
    let payload = "x".repeat(1000);
    for _ in 0..200 {
        client.publish(&message("a", &payload, QoS::AtMostOnce));
    }
    client.nothing_came();
    let seen = ground
        .broker
        .journal()
        .since(mark)
        .wait()
        .expect("the broker runs");
    assert!(seen.missed > 0, "{} entries", seen.entries.len());
    "nothing".to_owned()
}

pub const CASES: &[Case] = &[
    Case {
        setting: "journal.entries",
        small: |settings| settings.journal.entries = 100,
        meet: forgets,
    },
    Case {
        setting: "journal.bytes",
        small: |settings| settings.journal.bytes = 65_536,
        meet: forgets,
    },
    Case {
        setting: "auth.max_failed_logins_per_minute",
        small: |settings| {
            settings.auth.users = vec![broker::settings::User::new("alice", "secret")];
            settings.auth.max_failed_logins_per_minute = 1;
        },
        meet: |ground| {
            let guess = Connect {
                username: Some("alice"),
                password: Some(b"guess"),
                ..hello(ground.version, "client")
            };
            ground.refused(&guess);
            ground.refused(&guess)
        },
    },
];

#[test]
fn passwords_and_the_journal() {
    check(CASES);
}
