// The short text of a row, made once when its entry comes.

import { bytesOf, count } from './dom.js';
import { REASONS } from './reasons.js';

const MOST = 160;
const cut = text => (text.length > MOST ? `${text.slice(0, MOST)}…` : text);
/** One line: ends of lines and other controls are shown, not done. */
const line = text => cut(text).replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, c => (c === '\n' ? '⏎' : '·'));
const code = entry => (entry.reason_code ? entry.reason ?? REASONS[entry.reason_code] ?? `0x${entry.reason_code.toString(16)}` : null);
const joined = parts => parts.filter(Boolean).join(', ');

/** The bytes of a payload, as far as the entry has them. */
export const bodyOf = entry => (entry.payload === undefined ? bytesOf(entry.payload_base64 ?? '') : new TextEncoder().encode(entry.payload));

/** How many bytes a text of Base64 means: the padding at its end means none. */
const lengthOf = base64 => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);

export function payloadOf(entry) {
  if (entry.payload !== undefined) return line(entry.payload);
  if (entry.payload_base64 !== undefined) return `${count(lengthOf(entry.payload_base64), 'byte')}, no text`;
  if (entry.payload_bytes !== undefined) return count(entry.payload_bytes, 'byte');
  return '';
}

const OF_PACKETS = {
  CONNECT: e => joined([`MQTT ${e.version}`, e.clean_start ? 'clean start' : 'keeps its session', e.will && 'with a will', e.user_name !== undefined && `as ${line(e.user_name)}`]),
  CONNACK: e => code(e) ?? (e.session_present ? 'session present' : 'new session'),
  PUBLISH: payloadOf,
  SUBSCRIBE: e => line(e.topic_filters.map(asked => asked.topic_filter).join(', ')),
  UNSUBSCRIBE: e => line(e.topic_filters.join(', ')),
  SUBACK: e => granted(e.reason_codes),
  UNSUBACK: e => (e.reason_codes?.some(one => one >= 0x80) ? 'refused' : ''),
  DISCONNECT: e => code(e) ?? 'goodbye',
  AUTH: e => e.reason ?? '',
};

function granted(codes) {
  const refused = codes.filter(one => one >= 0x80);
  if (refused.length) return `refused: ${REASONS[refused[0]] ?? 'failure'}`;
  return `granted QoS ${codes.join(', ')}`;
}

const words = text => String(text ?? '').replace(/_/g, ' ');
const OF_EVENTS = {
  disconnected: e => e.text,
  refused: e => `CONNECT: ${e.reason ?? REASONS[e.reason_code] ?? e.reason_code}`,
  handshake_failed: e => e.why,
  contested: e => `${e.takeovers} takeovers between ${e.other_peer} and ${e.peer}: give each client an identifier of its own`,
  held_off: e => `too many wrong passwords from ${e.peer}`,
  hash_only: e => `SCRAM as ${e.user}, of whom only a hash is known`,
  subscription_refused: e => `subscription to ${e.filter}: ${joined([e.reason ?? REASONS[e.reason_code], e.why])}`,
  publish_refused: e => joined([e.reason ?? REASONS[e.reason_code], e.why]),
  session_ended: e => (e.expired ? 'its session has expired' : 'its session was thrown away, and what waited for it'),
  will_published: () => 'published, for it left without DISCONNECT',
  dropped: e => `for ${e.client_id}: ${words(e.why)}`,
  upstream_unavailable: e => e.why,
  passed_through: e => `TLS from ${e.peer} is passed on unread`,
  engine_failed: e => `${e.part}: ${e.why}`,
  engine_renewed: e => e.part,
  not_recorded: e => e.came,
  fault: e => (e.why ? `${e.rule}: ${words(e.action)} was not possible: ${e.why}` : `${e.rule}: ${words(e.action)}, time ${e.nth}`),
  violation: e => e.text,
  stub_answered: e => `${e.stub} publishes ${e.messages === 1 ? 'a message' : `${e.messages} messages`}`,
  template_failed: e => e.why,
  bridge: e => joined([`${e.bridge} to ${e.address}: ${words(e.state)}`, e.why]),
  reset: () => 'every session ended, nothing is retained',
  restored: () => 'sessions, subscriptions and retained messages are those of then',
  clock: e => ({ stopped: 'stands still', moved: `is moved on by ${e.by_secs} s` }[e.change] ?? 'runs again'),
};

export function describe(entry) {
  if (entry.record === 'event') return line(String(OF_EVENTS[entry.event]?.(entry) ?? ''));
  if (entry.malformed) return line(entry.malformed);
  const text = OF_PACKETS[entry.packet]?.(entry);
  if (text !== undefined) return text;
  return entry.packet_identifier === undefined ? '' : joined([`id ${entry.packet_identifier}`, code(entry)]);
}
