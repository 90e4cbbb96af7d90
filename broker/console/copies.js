// A packet or event as something to type or to put into a test: in a shell, in Rust, in Python, in Node. Times, packet identifiers
// and DUP are left out, for they are others each time.

/** What of an entry a test would ask for. */
function essence(entry) {
  const json = jsonOf(entry.payload);
  return {
    isMessage: entry.packet === 'PUBLISH',
    event: entry.event,
    packet: entry.packet,
    isOut: entry.direction === 'out',
    client: entry.client_id,
    topic: entry.topic_name ?? entry.topic,
    qos: entry.qos,
    retain: entry.retain === true && entry.direction === 'in',
    json,
    text: json === undefined ? entry.payload : undefined,
    cause: entry.cause,
    filter: entry.topic_filters?.map(asked => asked.topic_filter ?? asked)[0],
  };
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

function sending(entry, to) {
  const properties = entry.properties ?? {};
  const words = ['mosquitto_pub', '-h', to.host, '-p', String(to.port)];
  if (entry.version === '5.0') words.push('-V', '5');
  if (entry.direction === 'in' && entry.client_id) words.push('-i', entry.client_id);
  words.push('-t', entry.topic_name);
  if (entry.qos) words.push('-q', String(entry.qos));
  if (entry.retain) words.push('-r');
  if (properties.response_topic) words.push('-D', 'publish', 'response-topic', properties.response_topic);
  if (properties.content_type) words.push('-D', 'publish', 'content-type', properties.content_type);
  for (const { name, value } of properties.user_property ?? []) words.push('-D', 'publish', 'user-property', name, value);
  if (entry.payload === undefined) return `printf %s ${shell(entry.payload_base64 ?? '')} | base64 -d | ${words.map(shell).join(' ')} -s`;
  words.push(...(entry.payload === '' ? ['-n'] : ['-m', entry.payload]));
  return words.map(shell).join(' ');
}

function asking(e, to) {
  const words = ['broker', 'ctl', '--url', to.url, 'expect', e.event ?? e.packet];
  if (e.client) words.push(`${e.event ? 'of' : e.isOut ? 'to' : 'from'}=${e.client}`);
  if (e.topic && (e.isMessage || e.event)) words.push(`topic=${e.topic}`);
  if (e.qos !== undefined) words.push(`qos=${e.qos}`);
  if (e.retain) words.push('retain=true');
  if (e.json !== undefined) words.push(`payload=${JSON.stringify({ json_subset: e.json })}`);
  else if (e.text !== undefined) words.push(`payload=${quoted(e.text)}`);
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
  if (e.cause) asks.push(`.field("cause", ${rusty(e.cause)})`);
  if (e.filter) asks.push(`.topic_filter(${rusty(e.filter)})`);
  return `use broker::Broker;\nuse broker::expect::*;\n${e.json === undefined ? '' : 'use serde_json::json;\n'}\nlet broker = Broker::start().await?;\nprogram_under_test(broker.url()).await?;\n\nbroker\n    .expect(\n        ${[own, ...asks].join('\n            ')},\n    )\n    .await;`;
}

function pytest(e) {
  const own = e.event ? `event(${quoted(e.event)})` : e.isMessage ? `publish(${quoted(e.topic)})` : `packet(${quoted(e.packet)})`;
  const asks = [];
  if (e.client) asks.push(e.event ? `.of(${quoted(e.client)})` : e.isOut ? `.to_client(${quoted(e.client)})` : `.from_client(${quoted(e.client)})`);
  if (e.qos !== undefined) asks.push(`.qos(${e.qos})`);
  if (e.retain) asks.push('.retain()');
  if (e.json !== undefined) asks.push(`.json_subset(${python(e.json)})`);
  else if (e.text !== undefined) asks.push(`.payload(${quoted(e.text)})`);
  if (e.cause) asks.push(`.where(cause=${quoted(e.cause)})`);
  if (e.filter) asks.push(`.topic_filter(${quoted(e.filter)})`);
  return `from citronella import event, packet, publish\n\n\ndef test_it(mqtt_broker):\n    program_under_test(mqtt_broker.url)\n    mqtt_broker.expect(\n        ${[own, ...asks].join('\n        ')}\n    )`;
}

function node(e) {
  const own = e.event ? `event(${quoted(e.event)})` : e.isMessage ? `publish(${quoted(e.topic)})` : `packet(${quoted(e.packet)})`;
  const asks = [];
  if (e.client) asks.push(e.event ? `.ofClient(${quoted(e.client)})` : e.isOut ? `.toClient(${quoted(e.client)})` : `.fromClient(${quoted(e.client)})`);
  if (e.qos !== undefined) asks.push(`.qos(${e.qos})`);
  if (e.retain) asks.push('.retain()');
  if (e.json !== undefined) asks.push(`.jsonSubset(${JSON.stringify(e.json)})`);
  else if (e.text !== undefined) asks.push(`.payload(${quoted(e.text)})`);
  if (e.cause) asks.push(`.field('cause', ${quoted(e.cause)})`);
  if (e.filter) asks.push(`.topicFilter(${quoted(e.filter)})`);
  return `import { test } from 'node:test'\nimport { event, packet, publish, withBroker } from 'citronella'\n\ntest(\n  'it',\n  withBroker(async (broker) => {\n    await programUnderTest(broker.getConnectionString())\n    await broker.expect(\n      ${[own, ...asks].join('\n        ')},\n    )\n  }),\n)`;
}

/** All that an entry can be copied as: name and text. `to` is where the broker is. */
export function copies(entry, to) {
  const e = essence(entry);
  const found = [['Rust', rust(e)], ['pytest', pytest(e)], ['Node', node(e)], ['shell', asking(e, to)]];
  if (e.isMessage) found.push(['mosquitto_pub', sending(entry, to)]);
  return found;
}
