//! The exercises of lessons 4 to 8.

use super::{Desk, Exercise};

pub const EXERCISES: &[Exercise] = &[
    (4, retained),
    (5, wills),
    (6, sessions_and_queues),
    (7, client_ids_and_takeover),
    (8, keep_alive),
];

fn retained(desk: &Desk) {
    desk.sh("publisher -i door -t house/door -m open -r");
    desk.sh("publisher -i door -t house/door -m closed -r");
    let guest = desk.sh("subscriber -i guest -t house/door -v -C 1");
    assert_eq!(guest.stdout, ["house/door closed"]);
    desk.sh("publisher -i door -t house/door -n -r");
}

fn wills(desk: &Desk) {
    desk.sh(
        "subscriber -i pump -t test/topic --will-topic pump/state --will-payload lost --will-qos 1 --will-retain \
         -- sh -c 'kill -9 $PPID'; broker ctl wait retained pump/state",
    );
    let office = desk.sh("subscriber -i office -t pump/state -v -C 1");
    assert_eq!(office.stdout, ["pump/state lost"]);
}

fn sessions_and_queues(desk: &Desk) {
    let pump = "subscriber -i pump -V 5 -c -x 3600 -t pump/orders -q 1";
    desk.sh(&format!("{pump} -E"));
    desk.sh("publisher -i office -t pump/orders -m start -q 1");
    desk.sh("publisher -i office -t pump/orders -m stop -q 1");
    assert_eq!(desk.sh(&format!("{pump} -C 2")).stdout, ["start", "stop"]);
}

fn client_ids_and_takeover(desk: &Desk) {
    let lamp = desk.subscribed(1, "subscriber -i lamp -c -t test/lamp -q 1 -C 1");
    desk.sh("publisher -i lamp -c -t test/topic -m bar");
    desk.sh("publisher -i switch -t test/lamp -m on -q 1");
    assert_eq!(lamp.wait().stdout, ["on"]);
}

fn keep_alive(desk: &Desk) {
    let sensor = desk.subscribed(1, "subscriber -i sensor -t test/topic -k 2 -C 1");
    desk.sh("broker ctl expect PINGREQ in from=sensor --timeout 60s && broker ctl clock advance 4s");
    // It comes back by itself; a message then ends it.
    desk.sh(
        "broker ctl expect disconnected from=sensor then subscribed from=sensor --timeout 60s \
         && publisher -i foo2 -t test/topic -m bar",
    );
    assert_eq!(sensor.wait().stdout, ["bar"]);
}
