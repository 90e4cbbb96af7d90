//! What the page says to type: a shell takes it, the broker finds it met, and it reads as the language that it is in.

use std::process::Command;

use broker::Broker;
use rumqttc::mqttbytes::QoS;
use tests::harness::binaries::program;
use tests::harness::folder::Folder;
use tests::harness::tab::Tab;

use super::{client, open, shows};

/// What the selected packet is copied as, in this language.
pub(super) fn copied(tab: &mut Tab, language: &str) -> String {
    tab.press("Escape");
    tab.press("c");
    tab.until(language, "!document.querySelector('#copying .pop').hidden");
    let press = format!(
        "[...document.querySelectorAll('#copying .seg button')].find(one => one.textContent === {language:?}).click()"
    );
    tab.value(&press);
    let text = tab.value("document.querySelector('#copying pre').textContent");
    tab.press("Escape");
    text.as_str().expect("a text").to_owned()
}

/// Publishes this, and selects it in the page.
fn select(broker: &Broker, tab: &mut Tab, speaker: &rumqttc::Client, topic: &str, payload: &str) {
    speaker
        .publish(topic, QoS::AtLeastOnce, false, payload)
        .expect("it publishes");
    broker.settle().wait().expect("all is done");
    let select = format!(
        "(() => {{ const {{ store, view, ladder }} = citronella; const n = view.length && view.at(view.length - 2); if (!n || store.topic(n) \
         !== {topic:?}) return false; ladder.select(n, 'key'); return true; }})()"
    );
    tab.until(topic, &select);
    shows(tab, "#inspect .say", topic);
}

#[test]
fn a_command_of_the_page_is_met_by_the_packet_that_it_was_copied_from() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "it's me");
    let ctl = program("broker");
    let ctl = ctl.get_program().to_string_lossy().into_owned();
    for (topic, payload) in [
        ("plain", "on"),
        ("number", "21"),
        ("json", r#"{"on": true, "name": "it's \"x\""}"#),
        ("odd/$HOME `id`", "it's \"$HOME\" `id` \\ * é"),
        ("lines", "one\ntwo"),
    ] {
        select(&broker, &mut tab, &speaker, topic, payload);
        let command = copied(&mut tab, "shell");
        let rest = command.strip_prefix("broker ").expect("our program");
        let said = Command::new("sh")
            .args(["-c", &format!("{ctl} {rest} --timeout 5s")])
            .output()
            .expect("there is a shell");
        assert!(
            said.status.success(),
            "{command}\n{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
}

#[test]
fn tests_of_the_page_read_as_their_language() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    select(
        &broker,
        &mut tab,
        &speaker,
        "power/hall",
        r#"{"watt": 5, "on": true, "by": null, "of": ["a\u00e9"]}"#,
    );
    let rust = copied(&mut tab, "Rust");
    let within = rust.replacen("let broker", "async fn it() {\nlet broker", 1) + "\n}";
    syn::parse_file(&within).unwrap_or_else(|error| panic!("{error}: {rust}"));
    assert!(
        rust.contains("publish(\"power/hall\")\n            .from(\"meter\")\n            .qos(1)"),
        "{rust}"
    );
    let folder = Folder::new();
    for (language, file, check) in [
        ("pytest", "test_it.py", &["python3", "-m", "py_compile"][..]),
        ("Node", "it.test.mjs", &["node", "--check"][..]),
    ] {
        let text = copied(&mut tab, language);
        let path = folder.write(file, &text);
        // Without the language nothing is shown of it.
        let Ok(said) = Command::new(check[0]).args(&check[1..]).arg(&path).output() else {
            continue;
        };
        assert!(
            said.status.success(),
            "{text}\n{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
}
