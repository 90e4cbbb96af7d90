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
