//! The exercises of lessons 9 to 14.

use super::{Desk, Exercise};

pub const EXERCISES: &[Exercise] = &[
    (9, properties),
    (10, shared_subscriptions_and_expiry),
    (11, flow_control_and_aliases),
    (12, security),
    (13, testing_a_client),
    (14, from_here_to_a_cluster),
];

fn properties(desk: &Desk) {
    let ear = desk.subscribed(1, "subscriber -V 5 -t answers/door -C 1 -F '%p %C %D'");
    desk.sh("publisher -V 5 -i door -t service/name -m who \
             -D publish response-topic answers/door -D publish correlation-data q-2
         publisher -V 5 -i bell -t answers/door -m '{\"name\":\"ann\"}' \
             -D publish correlation-data q-2 -D publish content-type application/json");
    assert_eq!(ear.wait().stdout, [r#"{"name":"ann"} application/json q-2"#]);
}

fn shared_subscriptions_and_expiry(desk: &Desk) {
    let cleaner = |name| {
        let command = format!("subscriber -V 5 -i {name} -t '$share/cleaners/floor/dirt' -C 1 -F '%p %E'");
        desk.subscribed(1, &command)
    };
    let (red, blue) = (cleaner("red"), cleaner("blue"));
    desk.sh(
        "for n in 1 2; do publisher -V 5 -i house -t floor/dirt -m $n -D publish message-expiry-interval 10; done",
    );
    assert_eq!(red.wait().stdout.len(), 1);
    assert_eq!(blue.wait().stdout.len(), 1);
}

fn flow_control_and_aliases(desk: &Desk) {
    desk.sh(
        "for job in 1 2 3; do publisher -i foo2 -t jobs/$job -m dust -q 2 -r; done
         subscriber -V 5 -i press -t 'jobs/#' -q 2 -C 3 -D connect receive-maximum 2
         publisher -V 5 -i meter -t house/garden/humidity -m 40 --repeat 3 -D publish topic-alias 7",
    );
}

fn security(desk: &Desk) {
    desk.sh("CA=$(mktemp)
         broker ctl certificates ca > $CA
         publisher -V 5 -i hand --cafile $CA -u ann -P pencil -t home/door -m open -q 1
         subscriber -V 5 -i spy --cafile $CA -u lamp -P bright -t home/door -C 1
         rm $CA");
}

fn testing_a_client(desk: &Desk) {
    desk.sh(
        r#"broker ctl fault add name=unlucky 'when={"packet":"PUBLISH","direction":"out","client_id":"ear"}' first=1 action=drop
         for run in 1 2; do
             subscriber -i ear --expect bell/state -q 0 --within 1s -- publisher -i bell -t bell/state -m ding
         done"#,
    );
}

fn from_here_to_a_cluster(desk: &Desk) {
    // The relay ends once lamp has subscribed, and lamp is killed: it would try for ever.
    desk.sh("broker --port 0 --quiet --upstream $MQTT_URL -- \
             subscriber -V 5 -i lamp -c -x 3600 -t jobs/today -q 1 -- sh -c 'kill -9 $PPID'
         broker ctl expect disconnected from=lamp --timeout 60s
         publisher -i office -t jobs/today -m start -q 1");
    let lamp = desk.sh("subscriber -V 5 -i lamp -c -x 3600 -t jobs/today -q 1 -C 1");
    assert_eq!(lamp.stdout, ["start"]);
}
