use super::*;

fn stubs(lines: &[&str]) -> Stubs {
    Recording::read(lines.join("\n").as_bytes()).unwrap().stubs()
}

#[test]
fn a_request_and_its_answer_are_a_stub_that_replies() {
    let made = stubs(&[
        r#"{"at_secs":1,"client_id":"app","topic":"lamp/ask","payload":"how","properties":{"response_topic":"app/in","correlation_data_base64":"AQ=="}}"#,
        r#"{"at_secs":1.1,"client_id":"app","topic":"lamp/ask","payload":"who","properties":{"response_topic":"app/in","correlation_data_base64":"Ag=="}}"#,
        r#"{"at_secs":1.2,"client_id":"lamp","topic":"app/in","payload":"a lamp","qos":1,"properties":{"correlation_data_base64":"Ag=="}}"#,
        r#"{"at_secs":1.5,"client_id":"lamp","topic":"app/in","payload":"well","properties":{"correlation_data_base64":"AQ==","content_type":"text/plain"}}"#,
    ]);
    assert_eq!(made.count, 2);
    let expected = r#"
[[stub]]
name = "lamp: lamp/ask"
when = { packet = "PUBLISH", topic = "lamp/ask", payload = "who" }
publish = { reply = true, payload = "a lamp", qos = 1, delay = 100 }

[[stub]]
name = "lamp: lamp/ask (2)"
when = { packet = "PUBLISH", topic = "lamp/ask", payload = "how" }
publish = { reply = true, payload = "well", properties = { content_type = "text/plain" }, delay = 500 }
"#;
    assert!(made.toml.ends_with(expected), "{}", made.toml);
    assert_eq!(made.notes, [""; 0]);
}

#[test]
fn a_command_that_a_client_got_and_what_it_did_then_are_a_stub() {
    let made = stubs(&[
        r#"{"at_secs":1,"event":"message","client_id":"app","topic":"cmd/lamp","payload":"on"}"#,
        r#"{"at_secs":1,"event":"delivery","client_id":"lamp","topic":"cmd/lamp","payload":"on"}"#,
        r#"{"at_secs":1.02,"event":"message","client_id":"lamp","topic":"state/lamp","payload":"{{ on }}","retain":true}"#,
        r#"{"at_secs":60,"event":"message","client_id":"lamp","topic":"much/later","payload":""}"#,
    ]);
    let expected = r#"
[[stub]]
name = "lamp: cmd/lamp"
when = { packet = "PUBLISH", topic = "cmd/lamp" }
publish = { topic = "state/lamp", base64 = "e3sgb24gfX0=", retain = true, delay = 20 }
"#;
    assert!(made.toml.ends_with(expected), "{}", made.toml);
    assert_eq!((made.count, made.notes.len()), (1, 1), "{:?}", made.notes);
}

#[test]
fn telemetry_becomes_a_timer() {
    let lines: Vec<String> = (0..4)
        .map(|n| {
            format!(
                r#"{{"at_secs":{},"client_id":"lamp","topic":"temp","payload":"{}"}}"#,
                n * 5,
                20 + n
            )
        })
        .collect();
    let made = Recording::read(lines.join("\n").as_bytes())
        .unwrap()
        .stubs_of(&["la*"]);
    let expected = r#"
[[stub]]
name = "lamp: temp"
every_secs = 5
cycle = true
publish = [
  { topic = "temp", payload = "20" },
  { topic = "temp", payload = "21" },
  { topic = "temp", payload = "22" },
  { topic = "temp", payload = "23" },
]
"#;
    assert!(made.toml.ends_with(expected), "{}", made.toml);
    let others = Recording::read(lines.join("\n").as_bytes())
        .unwrap()
        .stubs_of(&["other"]);
    assert_eq!((others.count, others.notes.len()), (0, 0));
}
