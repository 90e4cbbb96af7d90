//! Payloads that libraries wrote, as the page reads them; payloads and descriptions of chance; and a description that is chosen in the
//! page.

use std::path::Path;
use std::process::Command;

use rumqttc::mqttbytes::QoS;
use tests::harness::binaries::workspace;
use tests::harness::folder::Folder;
use tests::harness::peers::{node, or_skip, payload_writers};
use tests::harness::tab::Tab;

use super::{client, console, is_well, open, shows};

/// The console's modules, as Node takes them.
fn modules() -> Folder {
    let folder = Folder::new();
    folder.write("package.json", r#"{"type":"module"}"#);
    for entry in std::fs::read_dir(workspace().join("broker/console")).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.extension().is_some_and(|ending| ending == "js") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            folder.write(&name, &std::fs::read_to_string(&path).expect("it can be read"));
        }
    }
    folder
}

fn passes(node: &Path, script: &str, folders: &[&Path]) {
    let said = Command::new(node)
        .arg(workspace().join("tests/data/console").join(script))
        .args(folders)
        .output()
        .expect("node runs");
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{script}: {words}");
}

#[test]
fn what_libraries_write_is_read_as_they_mean_it() {
    let Some((node, home)) = or_skip(payload_writers()) else {
        return;
    };
    passes(&node, "compare.mjs", &[&home, modules().path()]);
}

#[test]
fn whatever_bytes_come_are_read_within_bounds() {
    let Some(node) = or_skip(node()) else { return };
    passes(&node, "hostile.mjs", &[modules().path()]);
}

/// Chooses files in the page, as somebody does in the dialog of the browser.
fn choose(tab: &mut Tab, files: &[(&str, &[u8])]) {
    let files: Vec<String> = files
        .iter()
        .map(|(name, bytes)| format!("new File([Uint8Array.from({bytes:?})], {name:?})"))
        .collect();
    let choose = format!(
        "(() => {{ const all = new DataTransfer(); for (const file of [{}]) all.items.add(file); const field = \
         document.querySelector('.described input[type=file]'); field.files = all.files; field.dispatchEvent(new Event('change')); }})()",
        files.join(", ")
    );
    tab.value(&choose);
}

fn pick(tab: &mut Tab, selector: &str, value: &str) {
    let pick = format!(
        "(() => {{ const one = document.querySelector({selector:?}); one.value = {value:?}; one.dispatchEvent(new Event('change')); }})()"
    );
    tab.value(&pick);
}

#[test]
fn a_chosen_description_names_the_fields_also_after_a_reload() {
    let Some((broker, mut tab)) = open() else { return };
    let (meter, _) = client(&broker, "meter");
    let send = |topic: &str, payload: &[u8]| {
        meter
            .publish(topic, QoS::AtMostOnce, false, payload)
            .expect("it publishes");
        broker.settle().wait().expect("all is done");
    };
    // Field 3 is -1, field 14 a text, field 16 an enum.
    let payload = b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x72\x03abc\x80\x01\x01";
    send("plant/1/reading", payload);
    shows(&mut tab, ".row .tp", "plant/1/reading");
    tab.click(".row:has(.k.publish)");
    shows(&mut tab, "#inspect .json", "ff ff");
    pick(&mut tab, "#inspect select.as", "Protobuf");
    shows(&mut tab, "#inspect .json", r#""14": "abc""#);
    choose(&mut tab, &[("bad.proto", b"message A {\n  int32 a 1;\n}")]);
    shows(
        &mut tab,
        "#inspect .wrong",
        "bad.proto: line 2, column 11: \"=\" should stand here, not 1",
    );
    let file =
        |name: &str| std::fs::read(workspace().join("tests/data/console").join(name)).expect("it is there");
    choose(&mut tab, &[("reading.pb", &file("reading.pb"))]);
    shows(&mut tab, "#inspect .described option", "demo.v1.Reading");
    tab.until("no fault", "document.querySelector('#inspect .wrong').hidden");
    tab.value("document.querySelector('.described input.mono').value = 'plant/+/reading'");
    pick(&mut tab, ".described select", "demo.v1.Reading");
    for said in [r#""a_int32": -1"#, r#""a_string": "abc""#, r#""unit": "CELSIUS""#] {
        shows(&mut tab, "#inspect .json", said);
    }
    // It holds for the topics that fit, in this browser, until it is forgotten.
    tab.go("about:blank#");
    tab.go(&console(&broker));
    send("plant/2/reading", payload);
    shows(&mut tab, ".row .tp", "plant/2/reading");
    tab.click(".row:has(.k.publish)");
    shows(&mut tab, "#inspect .json", r#""unit": "CELSIUS""#);
    tab.click(".described button");
    shows(&mut tab, "#inspect .json", r#""14": "abc""#);
    is_well(&mut tab);
}

#[test]
fn an_alias_of_sparkplug_gets_the_name_of_its_birth_and_packed_payloads_are_unpacked() {
    let Some((broker, mut tab)) = open() else { return };
    let (edge, _) = client(&broker, "edge");
    let mut last = |topic: &str, payload: &[u8]| {
        edge.publish(topic, QoS::AtMostOnce, false, payload)
            .expect("it publishes");
        broker.settle().wait().expect("all is done");
        shows(&mut tab, ".row .tp", topic);
        let select = format!(
            "(() => {{ const {{ store, view, ladder }} = citronella; const n = view.at(view.length - 1); if (store.topic(n) !== {topic:?}) return \
             false; ladder.select(n, 'key'); return true; }})()"
        );
        tab.until(topic, &select);
        shows(&mut tab, "#inspect .say", topic);
        tab.until("its payload", "document.querySelector('#inspect .json') !== null");
    };
    // A metric with name, alias 7, datatype Double and 20; then alias 7 alone with 0.5.
    last(
        "spBv1.0/plant/NBIRTH/line-1",
        b"\x12\x13\x0a\x04Temp\x10\x07\x20\x0a\x69\0\0\0\0\0\0\x34\x40\x18\0",
    );
    last(
        "spBv1.0/plant/NDATA/line-1",
        b"\x12\x0b\x10\x07\x69\0\0\0\0\0\0\xe0\x3f\x18\x01",
    );
    shows(&mut tab, "#inspect .json", r#""name": "Temp""#);
    shows(&mut tab, "#inspect .json", r#""datatype": "Double""#);
    shows(&mut tab, "#inspect .json", r#""value": 0.5"#);
    edge.publish(
        "packed",
        QoS::AtMostOnce,
        false,
        *include_bytes!("../../../data/console/packed.gz"),
    )
    .expect("it publishes");
    shows(&mut tab, ".row .tp", "packed");
    tab.press("G");
    shows(&mut tab, "#inspect h3", "gzip, 22 bytes unpacked");
    shows(&mut tab, "#inspect .json", r#""packed": true"#);
    is_well(&mut tab);
}
