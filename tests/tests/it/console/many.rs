//! Many messages: the page keeps up or says that it does not, and holds no more than it may.

use rumqttc::mqttbytes::QoS;
use serde_json::json;

use super::{client, open, shows};

const MESSAGES: usize = 6_000;

#[test]
fn many_messages_are_counted_all_and_shown_in_part() {
    let Some((broker, mut tab)) = open() else { return };
    let (listener, _came) = client(&broker, "listener");
    listener.subscribe("load/#", QoS::AtMostOnce).expect("it asks");
    broker
        .wait_subscribed("listener", "load/#")
        .wait()
        .expect("it subscribes");
    let (speaker, _) = client(&broker, "speaker");
    for n in 0..MESSAGES {
        let topic = format!("load/{}", n % 300);
        speaker
            .publish(topic, QoS::AtMostOnce, false, n.to_string())
            .expect("it publishes");
    }
    broker.settle().wait().expect("all is done");
    let last = broker.journal().mark().wait().expect("it is on").last();
    tab.until("the last one", &format!("citronella.stream.last + 3 >= {last}"));
    // Each came, and each that came has a row; in the document are those in sight.
    let rows = "citronella.store.size + citronella.store.missed";
    tab.until("all rows", &format!("{rows} >= {}", 2 * MESSAGES));
    assert_eq!(
        tab.value("document.querySelectorAll('.row').length < 90"),
        json!(true)
    );
    assert_eq!(
        tab.value("document.querySelectorAll('.topic').length <= 410"),
        json!(true)
    );
    shows(&mut tab, "#n-topics", "300");
    // A pause shows all of them, also where a part was shown before.
    tab.press(" ");
    tab.until(
        "a pause shows all",
        "citronella.view.length === citronella.store.size",
    );
    tab.press("/");
    tab.write("topic:load/7");
    tab.until(
        "one topic",
        &format!("citronella.view.length === {}", 2 * MESSAGES / 300),
    );
    assert_eq!(tab.faults(), [] as [String; 0]);
}
