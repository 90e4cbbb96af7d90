//! docs/DEVICES.md does what it says: each file of its TOML is a script for a broker, whose devices live for a while. (Its Rust is
//! a documentation test.)

use std::time::Duration;

use broker::Broker;
use broker::settings::User;
use tests::harness::binaries::target_dir;
use tests::harness::page::{Block, blocks};

#[test]
fn every_device_of_the_page_lives() {
    let folder = target_dir().join("tmp").join("devices_page");
    std::fs::create_dir_all(&folder).expect("target/ can be written");
    let mut devices = 0;
    let all = blocks("docs/DEVICES.md");
    for Block { text, .. } in all.iter().filter(|block| block.language == "csv") {
        std::fs::write(folder.join("air.csv"), text).expect("target/ can be written");
    }
    for Block { text, .. } in all.iter().filter(|block| block.language == "toml") {
        let script = folder.join("devices.toml");
        std::fs::write(&script, text).expect("target/ can be written");
        let mut broker = Broker::builder()
            .configure(|settings| settings.auth.users = vec![User::new("lamp", "pencil")])
            .script(&script)
            .start()
            .wait()
            .unwrap_or_else(|error| panic!("{text}\n{error}"));
        broker.set_deadline(Duration::from_secs(60));
        broker.clock().freeze().wait().expect("it is ours");
        broker
            .clock()
            .advance(Duration::from_secs(70))
            .wait()
            .expect("it is ours");
        let clients = broker.devices().list().wait().expect("it is ours");
        assert!(!clients.is_empty(), "{text}");
        for client in clients {
            let lives = client.connected && client.published > 0 && client.failed == 0;
            assert!(lives, "{client:?}\n{text}");
        }
        devices += 1;
    }
    assert!(devices >= 4, "only {devices} are on the page");
}
