//! Examples of AsyncAPI documents, published by the broker in the place of the application.

use broker::wire::{Publish, PublishProperties, Version};
use broker::{Broker, QoS};
use tests::harness::folder::Folder;
use tests::harness::raw::{Client, message, text};

const HUB: &str = "\
asyncapi: 3.0.0
defaultContentType: application/json
channels:
  set:
    address: lamps/{lampId}/set
    parameters: {lampId: {examples: [hall]}}
    messages: {command: {payload: {type: object}, examples: [{payload: {lit: true}}, {payload: {say: '{{ now }} {% x'}}]}}
  ask:
    address: hub/{room}/ask
    parameters: {room: {}}
    messages: {question: {payload: {type: string}}}
  told:
    address: hub/{room}/told
    parameters: {room: {default: attic}}
    messages: {answer: {contentType: text/plain, payload: {type: string}, examples: [{payload: twelve}]}}
operations:
  switchLamp:
    action: send
    channel: {$ref: '#/channels/set'}
    bindings: {mqtt: {qos: 1, retain: false}}
  hearQuestion:
    action: receive
    channel: {$ref: '#/channels/ask'}
    reply: {channel: {$ref: '#/channels/told'}}
";

const OLD_HUB: &str = "\
asyncapi: 2.6.0
defaultContentType: application/json
channels:
  lamps/{lampId}/set:
    parameters: {lampId: {schema: {type: string, enum: [hall]}}}
    subscribe: {message: {payload: {type: integer, examples: [7]}}}
  hub/ask:
    publish: {message: {payload: {type: integer, examples: [8]}}}
";

fn begun(document: &str) -> Result<Broker, String> {
    let folder = Folder::new();
    let path = folder.path().join("hub.yaml");
    std::fs::write(&path, document).unwrap();
    Broker::builder()
        .configure(|settings| {
            settings.contracts.asyncapi = vec![path.display().to_string()];
            settings.contracts.examples = true;
        })
        .start()
        .wait()
        .map_err(|error| error.to_string())
}

#[test]
fn what_the_application_sends_comes_to_who_subscribes_to_its_topic() {
    let broker = begun(HUB).unwrap();
    for filter in ["lamps/+/set", "lamps/hall/set", "#"] {
        let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
        lamp.subscribe(filter, QoS::AtLeastOnce);
        let first = lamp.receive();
        assert_eq!(
            (first.topic, text(&first), first.qos),
            ("lamps/hall/set", r#"{"lit":true}"#, QoS::AtLeastOnce)
        );
        // What looks like a template is a text.
        assert_eq!(text(&lamp.receive()), r#"{"say":"{{ now }} {% x"}"#);
        lamp.nothing_came();
    }
    let mut other = Client::new(broker.addr(), Version::V5, "other");
    other.subscribe("lamps/cellar/set", QoS::AtLeastOnce);
    other.subscribe("hub/#", QoS::AtLeastOnce);
    other.nothing_came();
}

#[test]
fn a_request_is_answered_with_the_example_of_its_answer() {
    let broker = begun(HUB).unwrap();
    let mut asks = Client::new(broker.addr(), Version::V5, "asks");
    asks.subscribe("answers/asks", QoS::AtLeastOnce);
    asks.subscribe("hub/attic/told", QoS::AtLeastOnce);
    let properties = PublishProperties {
        response_topic: Some("answers/asks"),
        correlation_data: Some(b"7"),
        ..PublishProperties::default()
    };
    let question = Publish {
        properties,
        ..message("hub/attic/ask", "\"how late\"", QoS::AtLeastOnce)
    };
    asks.publish(&question);
    let answer = asks.receive();
    assert_eq!((answer.topic, text(&answer)), ("answers/asks", "twelve"));
    assert_eq!(answer.properties.correlation_data, Some(&b"7"[..]));
    // Who names no topic is answered on that of the document.
    asks.publish(&message("hub/attic/ask", "\"how late\"", QoS::AtLeastOnce));
    let answer = asks.receive();
    assert_eq!((answer.topic, text(&answer)), ("hub/attic/told", "twelve"));
}

#[test]
fn in_version_2_subscribe_is_what_the_application_sends() {
    let broker = begun(OLD_HUB).unwrap();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.subscribe("#", QoS::AtMostOnce);
    let came = lamp.receive();
    assert_eq!((came.topic, text(&came)), ("lamps/hall/set", "7"));
    lamp.nothing_came();
}

#[test]
fn an_example_that_breaks_its_own_schema_is_refused_with_its_line() {
    let said = begun(&OLD_HUB.replace("[7]", "[off]")).unwrap_err();
    assert!(
        said.contains("hub.yaml:6: the example breaks its schema"),
        "{said}"
    );
}
