//! The exercises of lessons 1 to 3.

use super::{Desk, Exercise};

pub const EXERCISES: &[Exercise] = &[(1, first_message), (2, topics_and_wildcards), (3, qos)];

fn first_message(desk: &Desk) {
    let ear = desk.subscribed(1, "subscriber -i ear -t house/kitchen -v -C 1");
    desk.sh("publisher -i mouth -t house/kitchen -m hello");
    assert_eq!(ear.wait().stdout, ["house/kitchen hello"]);
}

fn topics_and_wildcards(desk: &Desk) {
    let panel = desk.subscribed(1, "subscriber -i panel -t house/+/temp -v -C 2");
    desk.sh("publisher -i sensor -t house/hall/light -m on
         publisher -i sensor -t house/kitchen/temp -m 21
         publisher -i sensor -t house/hall/temp -m 19");
    assert_eq!(
        panel.wait().stdout,
        ["house/kitchen/temp 21", "house/hall/temp 19"]
    );
}

fn qos(desk: &Desk) {
    let lamp = desk.subscribed(1, "subscriber -i lamp -c -t lamp/set -q 1 -v -C 2");
    desk.sh("publisher -i switch -t lamp/set -q 1 -m on");
    assert_eq!(lamp.wait().stdout, ["lamp/set on", "lamp/set on"]);
}
