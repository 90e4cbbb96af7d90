//! The page's reading of packets: every byte belongs to one field, of every packet that there is, whole or broken.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tests::harness::binaries::workspace;

use super::open;

/// The packets that the decoder is fuzzed with, as `[name, version, Base64]`; each whole and cut short.
fn corpus() -> Vec<Value> {
    let folder = workspace().join("broker/core/fuzz/corpus/decode");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("it is there") {
        let path = entry.expect("it is there").path();
        let bytes = std::fs::read(&path).expect("it can be read");
        let Some((choice, packet)) = bytes.split_first().filter(|(_, packet)| !packet.is_empty()) else {
            continue;
        };
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        for end in [packet.len(), packet.len().div_ceil(2), packet.len() - 1] {
            let packet = BASE64_STANDARD.encode(&packet[..end.max(1)]);
            found.push(json!([name, choice % 3 == 2, packet]));
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

#[test]
fn every_byte_belongs_to_one_field() {
    let Some((_broker, mut tab)) = open() else { return };
    let wrong = tab.value(&format!(
        "import('/console/packet.js').then(({{ decode }}) => {}.map(([name, isV5, base64]) => {{
            try {{
                const {{ bytes, fields }} = decode(base64, isV5);
                let at = 0;
                for (const field of fields) {{
                    if (field.from !== at || field.to <= field.from) return `${{name}} ${{base64}}: ${{field.name}} at ${{field.from}}, not ${{at}}`;
                    at = field.to;
                }}
                return at === bytes.length ? null : `${{name}} ${{base64}}: ends at ${{at}} of ${{bytes.length}}`;
            }} catch (error) {{
                return `${{name}} ${{base64}}: ${{error}}`;
            }}
        }}).filter(Boolean))",
        Value::from(corpus())
    ));
    assert_eq!(wrong, json!([]));
    // And a field has the standard's name: nothing of a whole packet is left over.
    let left = tab.value(&format!(
        "import('/console/packet.js').then(({{ decode }}) => {}.filter((_, i) => i % 3 === 0).flatMap(([name, isV5, base64]) => decode(base64, isV5)\
         .fields.map(field => `${{name}}: ${{field.name}}`)).filter(name => /what is left|^reserved|property 0x/.test(name)))",
        Value::from(corpus())
    ));
    assert_eq!(left, json!([]));
}

#[test]
fn payloads_are_read_in_the_ways_that_devices_write_them() {
    let Some((_broker, mut tab)) = open() else { return };
    // Form, bytes in hex, what they say; null where they are none of that form.
    for (form, hex, says) in [
        ("CBOR", "1903e8", json!(1000)),
        ("CBOR", "3903e7", json!(-1000)),
        ("CBOR", "f93e00", json!(1.5)),
        ("CBOR", "fa47c35000", json!(100_000.0)),
        ("CBOR", "a26161016162820203", json!({"a": 1, "b": [2, 3]})),
        (
            "CBOR",
            "bf6346756ef563416d7421ff",
            json!({"Fun": true, "Amt": -2}),
        ),
        ("CBOR", "4401020304", json!("0x01020304")),
        ("CBOR", "a2", Value::Null),
        ("CBOR", "0000", Value::Null),
        ("CBOR", "9b00ffffffffffffff", Value::Null),
        (
            "MessagePack",
            "82a7636f6d70616374c3a6736368656d6100",
            json!({"compact": true, "schema": 0}),
        ),
        ("MessagePack", "93ffd1fe0cca3fc00000", json!([-1, -500, 1.5])),
        ("MessagePack", "dc0002c0a0", json!([null, ""])),
        ("MessagePack", "c1", Value::Null),
        ("MessagePack", "a561", Value::Null),
        (
            "Protobuf",
            "08960112074a657373696361",
            json!({"1": 150, "2": "Jessica"}),
        ),
        (
            "Protobuf",
            "0a04080110020a0408031004",
            json!({"1": [{"1": 1, "2": 2}, {"1": 3, "2": 4}]}),
        ),
        ("Protobuf", "0f", Value::Null),
        ("JSON", "7b7d", json!({})),
        ("JSON", "7b", Value::Null),
    ] {
        let said = tab.value(&format!(
            "import('/console/payload.js').then(({{ read }}) => {{ const text = read(Uint8Array.from('{hex}'.match(/../g), x => parseInt(x, 16)), \
             '{form}'); return text.startsWith('It is no ') ? null : JSON.parse(text); }})"
        ));
        assert!(
            says == said || says.as_f64().is_some_and(|number| said.as_f64() == Some(number)),
            "{form} {hex}: {said}"
        );
    }
    for (hex, form) in [
        ("7b7d", "JSON"),
        ("6f6e", "text"),
        ("a16161f5", "CBOR"),
        ("81a161c3", "MessagePack"),
        ("ff00", "hex"),
    ] {
        let guess = tab.value(&format!(
            "import('/console/payload.js').then(({{ guess }}) => guess(Uint8Array.from('{hex}'.match(/../g), x => parseInt(x, 16))))"
        ));
        assert_eq!(guess, json!(form), "{hex}");
    }
}
