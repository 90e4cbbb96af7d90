// The bytes of a property block of MQTT 5.0, and payloads that are typed as text, JSON, hex or Base64.

import { bytesOf } from './dom.js';

const encoder = new TextEncoder();
const MOST_TEXT = 65_535;
const MOST_U32 = 4_294_967_295;
const MOST_IDENTIFIER = 268_435_455;

export const two = n => [n >> 8, n & 255];
export const four = n => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

export function varint(n) {
  const bytes = [];
  do {
    bytes.push((n & 127) | (n > 127 ? 128 : 0));
    n = Math.floor(n / 128);
  } while (n > 0);
  return bytes;
}

function data(bytes, what = 'a text') {
  if (bytes.length > MOST_TEXT) throw new Error(`${what} has ${bytes.length} bytes, and at most ${MOST_TEXT} fit`);
  return [...two(bytes.length), ...bytes];
}
export const text = (value, what) => data(encoder.encode(value), what);

function whole(value, most, what) {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new Error(`${what} is a whole number from 0 to ${most}`);
  return value;
}

/** How each property is written, by the standard's names. */
const WRITE = {
  payload_format_indicator: value => [0x01, value ? 1 : 0],
  message_expiry_interval: value => [0x02, ...four(whole(value, MOST_U32, 'the expiry'))],
  content_type: value => [0x03, ...text(value, 'the content type')],
  response_topic: value => [0x08, ...text(value, 'the response topic')],
  correlation_data: bytes => [0x09, ...data(bytes, 'the correlation data')],
  subscription_identifier: value => {
    if (value === 0) throw new Error('the subscription identifier is a number from 1 on');
    return [0x0b, ...varint(whole(value, MOST_IDENTIFIER, 'the subscription identifier'))];
  },
  user_property: pairs => pairs.flatMap(({ name, value }) => [0x26, ...text(name, 'a name'), ...text(value, 'a value')]),
};

/** The block: its length, then each property that has a value. */
export function block(properties = {}) {
  const bytes = Object.entries(properties).flatMap(([name, value]) => (value === undefined ? [] : WRITE[name](value)));
  return [...varint(bytes.length), ...bytes];
}

function hex(typed) {
  const digits = typed.replace(/0x|[\s:,]/gi, '');
  const wrong = digits.match(/[^0-9a-f]/i);
  if (wrong) throw new Error(`“${wrong[0]}” is no hex digit`);
  if (digits.length % 2) throw new Error(`${digits.length} hex digits: each byte has two`);
  return Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16));
}

function base64(typed) {
  try {
    return bytesOf(typed.replace(/\s/g, '').replace(/-/g, '+').replace(/_/g, '/'));
  } catch {
    throw new Error('this is no Base64');
  }
}

function json(typed) {
  try {
    JSON.parse(typed);
  } catch (error) {
    throw new Error(`this is no JSON: ${error.message}`);
  }
  return encoder.encode(typed);
}

/** What a payload can be typed as, each with what makes bytes of it. */
export const TYPED = { text: typed => encoder.encode(typed), JSON: json, hex, Base64: base64 };

/** User Properties of lines `name=value`. */
export function pairs(lines) {
  const all = lines.split('\n').filter(line => line.trim() !== '').map((line, i) => {
    const at = line.indexOf('=');
    if (at < 1) throw new Error(`User Property ${i + 1}: write name=value`);
    return { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
  });
  return all.length ? all : undefined;
}
