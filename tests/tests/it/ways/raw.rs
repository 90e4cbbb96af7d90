//! The client of the harness over each way, in each version, with frames cut in every fashion.

use broker::QoS;
use tests::harness::raw::text;
use tests::harness::way::{Frames, Reachable};
use tests::harness::{Client, Way, message, versions};

use super::{all_went_well, said_goodbye};

const FRAMES: [Frames; 4] = [
    Frames::EachWrite,
    Frames::Of(1),
    Frames::Of(1_000),
    Frames::Fragments(7),
];

#[test]
fn every_version_over_every_way() {
    let broker = Reachable::start();
    for version in versions() {
        for way in Way::ALL {
            // Where there are no frames, one fashion is enough.
            for frames in &FRAMES[..if way.has_web_socket() { FRAMES.len() } else { 1 }] {
                let client_id = format!("{version}-{way}-{frames:?}");
                let mut client = Client::new(broker.door(*way).frames(*frames), version, &client_id);
                client.subscribe("talk", QoS::ExactlyOnce);
                let payload = "x".repeat(3_000);
                for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    client.publish(&message("talk", &payload, qos));
                    assert_eq!(text(&client.receive()), payload, "{client_id}");
                }
                // The end is said in the words of each layer, or reading it fails.
                client.disconnect();
                said_goodbye(&broker, &client_id, &way.to_string());
            }
        }
    }
    all_went_well(&broker);
}
