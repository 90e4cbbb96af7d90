// The packets that a client of the page sends, for MQTT 3.1.1 and 5.0.

import { four, two, varint } from '../console/properties.js';

const encoder = new TextEncoder();
const bytesOf = value => encoder.encode(String(value ?? ''));
const text = value => { const bytes = bytesOf(value); return [...two(bytes.length), ...bytes]; };

/** MQTT5-2.2.2.2: the number of each property, and how it is written. */
const PROPERTIES = {
  payload_format_indicator: [1, n => [n]], message_expiry_interval: [2, four], content_type: [3, text], response_topic: [8, text], correlation_data: [9, text],
  subscription_identifier: [11, varint], session_expiry_interval: [17, four], will_delay_interval: [24, four], receive_maximum: [33, two], topic_alias_maximum: [34, two], topic_alias: [35, two],
  maximum_packet_size: [39, four],
};
const USER_PROPERTY = 38;

function properties(version, said = {}) {
  if (version !== '5.0') return [];
  const all = Object.entries(said).flatMap(([name, value]) => {
    if (name === 'user_property') return value.flatMap(one => [USER_PROPERTY, ...text(one.name), ...text(one.value)]);
    if (!PROPERTIES[name]) throw new Error(`the page's clients have no property ${name}`);
    const [number, write] = PROPERTIES[name];
    return [number, ...write(value)];
  });
  return [...varint(all.length), ...all];
}

function packet(first, ...parts) {
  const body = parts.flat();
  return Uint8Array.from([first, ...varint(body.length), ...body]);
}

export function connect(version, name, { clean_start = true, keep_alive = 60, will, username, password, properties: more = {}, ...rest }) {
  const own = Object.fromEntries(Object.entries(rest).filter(([key]) => PROPERTIES[key]));
  const flags = (clean_start ? 2 : 0) | (will ? 4 | ((will.qos ?? 0) << 3) | (will.retain ? 32 : 0) : 0) | (username !== undefined ? 128 : 0) | (password !== undefined ? 64 : 0);
  const last = will ? [...properties(version, will.properties), ...text(will.topic), ...text(will.payload)] : [];
  return packet(0x10, text('MQTT'), version === '5.0' ? 5 : 4, flags, two(keep_alive), properties(version, { ...own, ...more }), text(name), last, username !== undefined ? text(username) : [], password !== undefined ? text(password) : []);
}

export function publish(version, id, { topic, payload, qos = 0, retain = false, properties: said }, dup = false) {
  return packet(0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), text(topic), qos ? two(id) : [], properties(version, said), [...bytesOf(payload)]);
}

export function subscribe(version, id, { topic_filter, qos = 0, no_local = false, retain_as_published = false, retain_handling = 0, subscription_identifier, properties: said }) {
  const more = subscription_identifier ? { subscription_identifier, ...said } : said;
  return packet(0x82, two(id), properties(version, more), text(topic_filter), qos | (no_local ? 4 : 0) | (retain_as_published ? 8 : 0) | (retain_handling << 4));
}

export const unsubscribe = (version, id, filter) => packet(0xa2, two(id), properties(version), text(filter));
/** PUBACK, PUBREC, PUBREL or PUBCOMP. */
export const answer = (type, id) => packet((type << 4) | (type === 6 ? 2 : 0), two(id));
export const PINGREQ = packet(0xc0);
export const DISCONNECT = packet(0xe0);
