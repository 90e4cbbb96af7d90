//! Our broker in place of Debian's mosquitto: the same files, the same clients, and what they see. The set-ups are data; see
//! [`tests::stand_in`].

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use tests::harness::binaries::workspace;
use tests::harness::source::read;
use tests::stand_in::{Broker, Kind, compare, laid_out, reasons, setups};

/// A test for each set-up, by its name in `tests/data/mosquitto/`.
macro_rules! set_ups {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            compare(stringify!($name));
        })*

        #[test]
        fn every_set_up_has_a_test() {
            let tests = [$(stringify!($name)),*].map(str::to_owned);
            assert_eq!(setups().into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(tests));
        }
    };
}

set_ups! {
    auth_acl
    ci
    client_ids
    dynamic_security
    guests_acl
    home_assistant
    include_dir
    limits
    minimal
    mtls
    no_listener
    no_listener_passwords
    no_retain
    per_listener
    reload
    tls
    unix_socket
    websockets
    websockets_passwords
    zigbee2mqtt
}

#[test]
fn every_difference_is_explained_on_the_page_about_access() {
    let page = read(&workspace().join("docs/ACCESS.md"));
    let (_, part) = page
        .split_once("## What is different from mosquitto")
        .expect("a part about differences");
    let rows = part
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let explained: BTreeSet<_> = rows.skip(1).map(str::to_owned).collect();
    assert_eq!(
        reasons(),
        explained,
        "left: named in tests/data/mosquitto/, right: in docs/ACCESS.md"
    );
}

#[test]
fn what_mosquitto_kept_is_named_and_left_alone() {
    let place = laid_out("home_assistant");
    let Some(theirs) = Broker::start(Kind::Mosquitto, || Arc::clone(&place)) else {
        return;
    };
    let mut theirs = theirs.expect("mosquitto starts");
    let publish = "mosquitto_pub -p 1883 -u addons -P other-secret -t kept/1 -m precious -r -q 1";
    let status = place.shell(publish).status().expect("there is a shell");
    assert!(status.success() && theirs.stop().success(), "{}", theirs.said());
    let database = place.file("data/mosquitto.db");
    let kept = fs::read(&database).expect("mosquitto writes its state when it ends");
    assert!(kept.windows(8).any(|bytes| bytes == b"precious"));

    let mut ours = Broker::start(Kind::Ours, || Arc::clone(&place))
        .expect("our broker is there")
        .expect("our broker starts");
    let status = place.shell(publish).status().expect("there is a shell");
    assert!(status.success() && ours.stop().success(), "{}", ours.said());
    assert!(ours.said().contains("mosquitto.db"), "{}", ours.said());
    assert_eq!(fs::read(&database).expect("it is still there"), kept);
}
