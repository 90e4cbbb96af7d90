// Payloads, read in the ways that devices write them, and a guess at which way it is.

import { base64Of, hex2 } from './dom.js';
import { Bytes, big, utf8 } from './bytes.js';
import { cbor } from './cbor.js';
import { messagePack } from './messagepack.js';
import { byName, byNumber } from './protobuf.js';
import { sparkplug, sparkplugTopic } from './sparkplug.js';

/** Longer ones are not taken apart; and so much is shown of one. */
const MOST_BYTES = 1_000_000;
const MOST_SHOWN = 200_000;

const lines = value => JSON.stringify(value, big, 2);

function whole(read) {
  return body => {
    if (body.length > MOST_BYTES) throw new Error(`it has ${body.length.toLocaleString('en')} bytes, and the page takes apart ${MOST_BYTES.toLocaleString('en')}`);
    const bytes = new Bytes(body);
    const value = read(bytes);
    if (!bytes.isAtEnd) throw new Error(`${bytes.left} bytes are left over, from byte ${bytes.at}`);
    return lines(value);
  };
}

/**
 * Every way to read a payload; each gives a text, or throws. What is known beside the bytes: the `topic`, its `contentType`,
 * the `births` of Sparkplug B, and `described`: the types of Protobuf and the name of the message, where they are known.
 */
export const FORMS = {
  JSON: body => lines(JSON.parse(utf8(body))),
  text: body => new TextDecoder().decode(body.subarray(0, 4 * MOST_SHOWN)),
  hex: body => Array.from(body.subarray(0, MOST_SHOWN / 3 + 1), hex2).join(' '),
  Base64: body => base64Of(body.subarray(0, MOST_SHOWN)),
  CBOR: whole(cbor),
  MessagePack: whole(messagePack),
  Protobuf: (body, { described } = {}) => whole(b => (described ? byName(b, described.types, described.message) : byNumber(b)))(body),
  'Sparkplug B': (body, { topic, births } = {}) => lines(sparkplug(body, topic, births)),
};

/** Reads a payload so: a text, which is shown as it is. */
export function read(body, form, about = {}) {
  let text;
  try {
    text = FORMS[form](body, about);
  } catch (error) {
    return `It is no ${form}: ${error.message}`;
  }
  const left = form === 'hex' ? body.length * 3 - 1 - text.length : text.length - MOST_SHOWN;
  return left > 0 ? `${text.slice(0, MOST_SHOWN)}\n… and more: ${body.length.toLocaleString('en')} bytes in all` : text;
}

/** Of a Content Type that MQTT 5 gave along. */
const BY_TYPE = [[/\bjson\b/, 'JSON'], [/\bcbor\b/, 'CBOR'], [/\b(?:vnd\.|x-)?msgpack\b/, 'MessagePack'], [/\b(?:x-|vnd\.google\.)?protobuf\b/, 'Protobuf'], [/^text\//, 'text']];

/** A map or a list at the beginning, all of which reads well, is hardly chance. */
const BY_START = [['CBOR', first => first >= 0x80 && first <= 0xbf], ['MessagePack', first => (first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf)]];

function readsAs(form, body, about) {
  try {
    FORMS[form](body, about);
    return true;
  } catch {
    return false;
  }
}

/** The form that fits at first sight. */
export function guess(body, about = {}) {
  if (sparkplugTopic(about.topic) && readsAs('Sparkplug B', body, about)) return 'Sparkplug B';
  if (about.described && readsAs('Protobuf', body, about)) return 'Protobuf';
  const told = BY_TYPE.find(([type]) => type.test(about.contentType ?? ''))?.[1];
  if (told && readsAs(told, body, about)) return told;
  if (isText(body)) return /^\s*[[{]/.test(new TextDecoder().decode(body.subarray(0, 64))) && readsAs('JSON', body) ? 'JSON' : 'text';
  return BY_START.find(([form, isStart]) => isStart(body[0]) && readsAs(form, body))?.[0] ?? 'hex';
}

function isText(body) {
  try {
    return !/[\u0000-\u0008\u000e-\u001f]/.test(utf8(body));
  } catch {
    return false;
  }
}
