//! The documents of these tests, and what is asked about them.

use broker_contract::{Application, Contracts, Document, Publication, Told};

pub const LAMPS_2: &str = "\
asyncapi: 2.6.0
info: {title: Lamps, version: 1.0.0}
defaultContentType: application/json
servers:
  local:
    url: localhost
    protocol: mqtt
    bindings:
      mqtt:
        clientId: hub
        cleanSession: false
        keepAlive: 60
        lastWill: {topic: hub/state, qos: 1, message: gone, retain: true}
  log: {url: kafka, protocol: kafka}
channels:
  lamps/{lampId}/state:
    parameters:
      lampId: {schema: {type: string, pattern: '^[a-z]+[0-9]+$'}}
    publish:
      operationId: lampSays
      traits: [{$ref: '#/components/operationTraits/sure'}]
      message:
        oneOf:
          - $ref: '#/components/messages/switched'
          - $ref: 'more.json#/dimmed'
  lamps/{lampId}/set:
    parameters: {lampId: {}}
    subscribe:
      bindings: {mqtt: {qos: 0, retain: false, messageExpiryInterval: {type: integer, maximum: 60}}}
      message:
        contentType: text/plain
        headers: {type: object}
        payload: {type: string, enum: ['on', 'off']}
  audit: {servers: [log], publish: {message: {payload: {}}}}
components:
  operationTraits:
    sure: {bindings: {mqtt: {qos: 1, bindingVersion: 0.2.0}}}
  messages:
    switched:
      payload:
        type: object
        required: [on]
        properties:
          on: {type: boolean}
          at: {type: string, format: date-time}
        additionalProperties: false
";
const MORE: &str = r#"{
  "dimmed": {
    "contentType": "application/json",
    "payload": {
      "type": "object",
      "required": ["level"],
      "properties": {
        "level": {"type": "integer", "maximum": 100}
      }
    }
  }
}"#;

pub fn lamps_3() -> String {
    "\
asyncapi: 3.0.0
info: {title: Lamps, version: 1.0.0}
channels:
  state:
    address: lamps/{lampId}/state
    parameters: {lampId: {enum: [a1, b2]}}
    messages:
      switched: {$ref: '#/components/messages/switched'}
      dimmed: {payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {}}}
  nowhere: {address: null}
operations:
  lampSays:
    action: receive
    channel: {$ref: '#/channels/state'}
    bindings: {mqtt: {qos: 1}}
    messages: [{$ref: '#/channels/state/messages/switched'}]
    reply: {}
components:
  messages:
    switched:
      bindings: {mqtt: {payloadFormatIndicator: 1, responseTopic: answers}}
      payload: {type: object, required: [on]}
"
    .to_owned()
}

pub fn read(text: &str) -> Result<Document, Vec<Told>> {
    Document::read("lamps.yaml", &mut |name| match name {
        "lamps.yaml" => Ok(text.to_owned()),
        "more.json" => Ok(MORE.to_owned()),
        other => Err(format!("there is no {other}")),
    })
}

pub fn contracts(text: &str, application: &[&str]) -> Contracts {
    let application = application.iter().map(|id| (*id).to_owned()).collect();
    let mut contracts = Contracts::new(Application(application));
    contracts.add(read(text).unwrap());
    contracts
}

pub fn said(contracts: &mut Contracts, seen: &Publication<'_>) -> Vec<String> {
    let found = contracts.publication(seen);
    found
        .iter()
        .map(|one| format!("{}: {one}", one.rule.name()))
        .collect()
}

pub const STATE: Publication<'_> = Publication {
    client_id: "lamp",
    topic: "lamps/a1/state",
    payload: b"{\"on\": true}",
    qos: 1,
    retain: false,
    is_will: false,
    has_properties: false,
    is_utf8: false,
    content_type: None,
    expiry_secs: None,
    response_topic: None,
    correlation_data: None,
};
