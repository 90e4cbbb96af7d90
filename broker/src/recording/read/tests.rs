use super::*;

fn notes(text: &str) -> Vec<String> {
    let recording = Recording::read(text.as_bytes()).unwrap();
    recording.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    for (line, words) in [
        ("{", "no JSON object"),
        ("7", "no JSON object"),
        ("{}", "`topic`"),
        (r#"{"event":7}"#, "`event` is not a text"),
        (r#"{"topic":"a/#"}"#, "`topic` is \"a/#\""),
        (r#"{"topic":"a","qos":3}"#, "it is 0, 1 or 2"),
        (
            r#"{"topic":"a","payload":"x","payload_base64":"eA=="}"#,
            "give one",
        ),
        (r#"{"topic":"a","payload_base64":"%"}"#, "payload_base64"),
        (r#"{"topic":"a","at_secs":-1}"#, "0 or more"),
        (r#"{"event":"connect","mqtt_version":"4"}"#, "3.1, 3.1.1 or 5.0"),
        (r#"{"event":"missed","entries":9}"#, "9 entries are missing"),
    ] {
        let text = format!("{line}\n{{\"topic\":\"b\"}}\n");
        let recording = Recording::read(text.as_bytes()).unwrap();
        let [note] = &recording.notes[..] else {
            panic!("{line}: {:?}", recording.notes)
        };
        assert!(
            note.line == 1 && note.is_loss && note.text.contains(words),
            "{line}: {note}"
        );
        assert_eq!(recording.steps.len(), 1, "{line}");
    }
}

#[test]
fn a_newer_format_is_read_as_far_as_it_can_be() {
    let text = "{\"event\":\"recording\",\"version\":2}\n\
        {\"event\":\"message\",\"topic\":\"a\",\"colour\":\"red\"}\n\
        {\"event\":\"teleport\",\"to\":\"mars\"}\n{\"event\":\"teleport\"}\n";
    let recording = Recording::read(text.as_bytes()).unwrap();
    assert_eq!((recording.steps.len(), recording.is_whole()), (1, false));
    assert_eq!(
        notes(text).len(),
        2,
        "each unknown event is told once: {:?}",
        notes(text)
    );

    let text = "{\"event\":\"recording\",\"version\":1,\"minor\":9}\n{\"topic\":\"a\",\"colour\":\"red\"}\n";
    let recording = Recording::read(text.as_bytes()).unwrap();
    assert_eq!((recording.steps.len(), recording.is_whole()), (1, true));
    assert!(notes(text)[0].contains("1.9"), "{:?}", notes(text));
}

#[test]
fn huge_lines_and_huge_files_are_bounded() {
    let long = format!(
        "{{\"topic\":\"a\",\"payload\":\"{}\"}}\n{{\"topic\":\"b\"}}\n",
        "x".repeat(10_000)
    );
    let recording = Recording::read_bounded(long.as_bytes(), 1_000, 1 << 20).unwrap();
    assert_eq!((recording.steps.len(), recording.notes.len()), (1, 1));
    assert!(recording.notes[0].text.contains("more than 1000 bytes"));
    let recording = Recording::read_bounded(long.as_bytes(), 1 << 20, 5_000).unwrap();
    assert_eq!((recording.steps.len(), recording.notes.len()), (0, 1));
    // Not every bad line is told of.
    let bad = "{\n".repeat(1_000);
    assert_eq!(notes(&bad).len(), MAX_NOTES + 1);
    assert_eq!(
        notes(&bad)[MAX_NOTES],
        "line 11 and 989 more are passed over, too"
    );
}

#[test]
fn a_cut_at_any_byte_loses_the_last_line_alone() {
    let text = "{\"event\":\"recording\",\"version\":1}\n{\"topic\":\"a\",\"payload\":\"ö\"}\n{\"topic\":\"b\",\"payload\":\"ü\"}\n";
    let second = text.find("{\"topic\":\"b").unwrap();
    for cut in second..text.len() - 1 {
        let recording = Recording::read(&text.as_bytes()[..cut]).unwrap();
        assert_eq!(recording.steps.len(), 1, "{cut}");
        assert_eq!(
            recording.is_whole(),
            cut == second,
            "{cut}: {:?}",
            recording.notes
        );
    }
    // The line feed alone is missing.
    assert_eq!(notes(text.trim_end()), Vec::<String>::new());
}
