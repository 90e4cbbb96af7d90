// A packet or event as something to type or to put into a test: in a shell, in Rust, in Python, in Node. Times, packet identifiers
// and DUP are left out, for they are others each time.

import { base64Of, bytesOf, hex2 } from './dom.js';

/** Longer payloads that are no text are no part of a test that is read. */
const MOST_BYTES = 64;

/** Client identifiers that are others each time: the broker's choice, and those of this page. */
const CHANCE = /^(?:auto-[0-9a-f]{16}|console-[a-z0-9]{4}(?:-listens)?)$/;

/** What of an entry a test would ask for. */
function essence(entry) {
  const json = jsonOf(entry.payload);
  return {
    isMessage: entry.packet === 'PUBLISH',
    event: entry.event,
    packet: entry.packet,
    isOut: entry.direction === 'out',
    client: CHANCE.test(entry.client_id) ? undefined : entry.client_id,
    topic: entry.topic_name ?? entry.topic,
    qos: entry.qos,
    retain: entry.retain === true && entry.direction === 'in',
    json,
    text: json === undefined ? entry.payload : undefined,
    bytes: bytesIn(entry),
    cause: entry.cause,
    filter: entry.topic_filters?.map(asked => asked.topic_filter ?? asked)[0],
  };
}

/** A short payload that is no text. */
function bytesIn({ payload_base64: base64 }) {
  const bytes = base64 ? bytesOf(base64) : [];
  return bytes.length && bytes.length <= MOST_BYTES ? bytes : undefined;
}

/** An object or a list; a bare number or word is a text. */
function jsonOf(payload) {
  if (!/^\s*[[{]/.test(payload ?? '')) return undefined;
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

const shell = word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);
const quoted = text => JSON.stringify(text);
/** As Rust writes a text: what JSON escapes with \\u has braces there. */
const rusty = text => quoted(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}').replace(/\\([bf])/g, (_, c) => (c === 'b' ? '\\u{8}' : '\\u{c}'));
function python(value) {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null) return 'None';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([key, one]) => `${quoted(key)}: ${python(one)}`).join(', ')}}`;
  return quoted(value);
}

/** The properties of a PUBLISH that mosquitto_pub can send: as the journal has them, and as it calls them. */
const PROPERTIES = [['payload_format_indicator', 'payload-format-indicator'], ['message_expiry_interval', 'message-expiry-interval'], ['content_type', 'content-type'], ['response_topic', 'response-topic'], ['correlation_data', 'correlation-data']];

/** The message again, from another client: under the same identifier it would take the sender's place. */
function sending(entry, to) {
  const properties = entry.properties ?? {};
  const words = ['mosquitto_pub', '-h', to.host, '-p', String(to.port)];
  if (entry.version === '5.0') words.push('-V', 'mqttv5');
  words.push('-t', entry.topic_name);
  if (entry.qos) words.push('-q', String(entry.qos));
  if (entry.retain) words.push('-r');
  for (const [own, its] of PROPERTIES) if (typeof properties[own] === 'string' || typeof properties[own] === 'number') words.push('-D', 'publish', its, String(properties[own]));
  for (const { name, value } of properties.user_property ?? []) words.push('-D', 'publish', 'user-property', name, value);
  const left = Object.keys(properties).some(name => name.startsWith('correlation_data') && name !== 'correlation_data') || typeof properties.correlation_data === 'object' ? '# Without its correlation data: they are no text.\n' : '';
  const line = words.map(shell).join(' ');
  if (entry.payload === '') return `${left}${line} -n`;
  // A word of a shell holds no NUL, and mosquitto_pub takes bytes from a pipe only.
  if (entry.payload === undefined || entry.payload.includes('\0')) return `${left}printf %s ${shell(entry.payload_base64 ?? base64Of(new TextEncoder().encode(entry.payload)))} | base64 -d | ${line} -s`;
  return `${left}${line} -m ${shell(entry.payload)}`;
}

function asking(e, to) {
  const words = ['broker', 'ctl', '--url', to.url, 'expect', e.event ?? e.packet];
  if (e.client) words.push(`${e.event ? 'of' : e.isOut ? 'to' : 'from'}=${e.client}`);
  if (e.topic && (e.isMessage || e.event)) words.push(`topic=${e.topic}`);
  if (e.qos !== undefined) words.push(`qos=${e.qos}`);
  if (e.retain) words.push('retain=true');
  if (e.json !== undefined) words.push(`payload=${JSON.stringify({ json_subset: e.json })}`);
  else if (e.text !== undefined) words.push(`payload=${quoted(e.text)}`);
  else if (e.bytes) words.push(`payload=${quoted({ base64: base64Of(e.bytes) })}`);
  if (e.cause) words.push(`cause=${e.cause}`);
  return words.map(shell).join(' ');
}

function rust(e) {
  const own = e.event ? `event(${rusty(e.event)})` : e.isMessage ? `publish(${rusty(e.topic)})` : `${e.packet.toLowerCase()}()`;
  const asks = [];
  if (e.client) asks.push(e.event ? `.of(${rusty(e.client)})` : e.isOut ? `.to(${rusty(e.client)})` : `.from(${rusty(e.client)})`);
  if (e.qos !== undefined) asks.push(`.qos(${e.qos})`);
  if (e.retain) asks.push('.retain(true)');
  if (e.json !== undefined) asks.push(`.json_subset(json!(${JSON.stringify(e.json)}))`);
  else if (e.text !== undefined) asks.push(`.text(${rusty(e.text)})`);
  else if (e.bytes) asks.push(`.bytes([${Array.from(e.bytes, one => `0x${hex2(one)}`).join(', ')}])`);
  if (e.cause) asks.push(`.field("cause", ${rusty(e.cause)})`);
  if (e.filter) asks.push(`.topic_filter(${rusty(e.filter)})`);
  return `use broker::Broker;\nuse broker::expect::*;\n${e.json === undefined ? '' : 'use serde_json::json;\n'}\nlet broker = Broker::start().await?;\nprogram_under_test(broker.url()).await?;\n\nbroker\n    .expect(\n        ${[own, ...asks].join('\n            ')},\n    )\n    .await;`;
}

const needs = e => (e.event ? 'event' : e.isMessage ? 'publish' : 'packet');

function pytest(e) {
  const own = e.event ? `event(${quoted(e.event)})` : e.isMessage ? `publish(${quoted(e.topic)})` : `packet(${quoted(e.packet)})`;
  const asks = [];
  if (e.client) asks.push(e.event ? `.of(${quoted(e.client)})` : e.isOut ? `.to_client(${quoted(e.client)})` : `.from_client(${quoted(e.client)})`);
  if (e.qos !== undefined) asks.push(`.qos(${e.qos})`);
  if (e.retain) asks.push('.retain()');
  if (e.json !== undefined) asks.push(`.json_subset(${python(e.json)})`);
  else if (e.text !== undefined) asks.push(`.payload(${quoted(e.text)})`);
  else if (e.bytes) asks.push(`.payload(bytes.fromhex("${Array.from(e.bytes, hex2).join(' ')}"))`);
  if (e.cause) asks.push(`.where(cause=${quoted(e.cause)})`);
  if (e.filter) asks.push(`.topic_filter(${quoted(e.filter)})`);
  return `from citronella import ${needs(e)}\n\n\ndef test_it(mqtt_broker):\n    program_under_test(mqtt_broker.url)\n    mqtt_broker.expect(\n        ${[own, ...asks].join('\n        ')}\n    )`;
}

function node(e) {
  const own = e.event ? `event(${quoted(e.event)})` : e.isMessage ? `publish(${quoted(e.topic)})` : `packet(${quoted(e.packet)})`;
  const asks = [];
  if (e.client) asks.push(e.event ? `.ofClient(${quoted(e.client)})` : e.isOut ? `.toClient(${quoted(e.client)})` : `.fromClient(${quoted(e.client)})`);
  if (e.qos !== undefined) asks.push(`.qos(${e.qos})`);
  if (e.retain) asks.push('.retain()');
  if (e.json !== undefined) asks.push(`.jsonSubset(${JSON.stringify(e.json)})`);
  else if (e.text !== undefined) asks.push(`.payload(${quoted(e.text)})`);
  else if (e.bytes) asks.push(`.payload(Uint8Array.of(${Array.from(e.bytes, one => `0x${hex2(one)}`).join(', ')}))`);
  if (e.cause) asks.push(`.field('cause', ${quoted(e.cause)})`);
  if (e.filter) asks.push(`.topicFilter(${quoted(e.filter)})`);
  return `import { test } from 'node:test'\nimport { ${needs(e)}, withBroker } from 'citronella'\n\ntest(\n  'it',\n  withBroker(async (broker) => {\n    await programUnderTest(broker.getConnectionString())\n    await broker.expect(\n      ${[own, ...asks].join('\n        ')},\n    )\n  }),\n)`;
}

/** All that an entry can be copied as: name and text. `to` is where the broker is. */
export function copies(entry, to) {
  const e = essence(entry);
  const found = [['Rust', rust(e)], ['pytest', pytest(e)], ['Node', node(e)], ['shell', asking(e, to)]];
  if (e.isMessage) found.push(['mosquitto_pub', sending(entry, to)]);
  return found;
}
