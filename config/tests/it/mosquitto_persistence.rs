//! What mosquitto would keep in a file, and where that is kept here.

use crate::common::directory;
use crate::mosquitto::{conf, remarks};

#[test]
fn a_database_of_mosquitto_is_named_and_left_alone() {
    let at = directory().join("data");
    std::fs::create_dir_all(&at).unwrap();
    std::fs::write(at.join("mosquitto.db"), [7; 10]).unwrap();
    let text = format!(
        "listener 1883\nallow_anonymous true\npersistence true\npersistence_location {}\n",
        at.display()
    );
    let said = remarks(&conf("database.conf", &text)).join("\n");
    assert!(
        said.ends_with("mosquitto.db (10 bytes) is there, is not read, and stays as it is"),
        "{said}"
    );
    assert_eq!(std::fs::read(at.join("mosquitto.db")).unwrap(), [7; 10]);
}

#[test]
fn what_mosquitto_would_keep_is_kept_beside_its_database() {
    let at = directory().join("kept");
    std::fs::create_dir_all(&at).unwrap();
    let kept = at.join("citronella").display().to_string();
    for (lines, state_dir) in [
        (
            format!("persistence true\npersistence_location {}\n", at.display()),
            &*kept,
        ),
        (
            format!("persistence true\npersistence_location {}/\n", at.display()),
            &*kept,
        ),
        (
            format!(
                "retained_persistence 1\nautosave_interval 60\npersistence_location {}\n",
                at.display()
            ),
            &*kept,
        ),
        (
            format!("persistence false\npersistence_location {}\n", at.display()),
            "",
        ),
    ] {
        let loaded = conf(
            "kept.conf",
            &format!("listener 1883\nallow_anonymous true\n{lines}"),
        );
        assert_eq!(remarks(&loaded), [""; 0], "{lines}");
        assert_eq!(loaded.settings.state_dir, state_dir, "{lines}");
    }
    assert_eq!(std::fs::read_dir(&at).unwrap().count(), 0); // looked at only
}
