// Kinds of rows: the types of packets by their number in the standard, and behind them the events of the journal.

export const PACKETS = ['', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK',
  'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'];
export const KIND = Object.fromEntries(PACKETS.map((name, number) => [name, number]).slice(1));

/** Word of an event, the word of its row, its family. */
const EVENTS = [
  ['disconnected', '', 'conn'], ['refused', 'REFUSED', 'fault'], ['handshake_failed', 'NO MQTT', 'fault'],
  ['contested', 'CONTESTED', 'fault'], ['held_off', 'HELD OFF', 'fault'], ['hash_only', 'NO LOGIN', 'fault'],
  ['subscription_refused', 'REFUSED', 'fault'], ['publish_refused', 'REFUSED', 'fault'], ['session_ended', 'EXPIRED', 'conn'],
  ['will_published', 'WILL', 'publish'], ['dropped', 'DROPPED', 'fault'], ['upstream_unavailable', 'UPSTREAM', 'fault'],
  ['passed_through', 'TLS', 'conn'], ['engine_failed', 'ENGINE', 'fault'], ['engine_renewed', 'ENGINE', 'fault'],
  ['not_recorded', 'UNKNOWN', 'fault'], ['fault', 'FAULT', 'fault'], ['stub_answered', 'STUB', 'publish'],
  ['violation', 'VIOLATION', 'fault'],
  ['template_failed', 'TEMPLATE', 'fault'], ['reset', 'RESET', 'conn'], ['restored', 'RESTORED', 'conn'],
  ['clock', 'CLOCK', 'conn'], ['bridge', 'BRIDGE', 'conn'], ['store', 'STORE', 'conn'],
  // Of this the journal has no entry: the page makes it.
  ['gap', 'GAP', 'fault'],
];
const FIRST_EVENT = 16;
export const EVENT = Object.fromEntries(EVENTS.map(([word], i) => [word, FIRST_EVENT + i]));
export const isEvent = kind => kind >= FIRST_EVENT;
export const wordOf = kind => EVENTS[kind - FIRST_EVENT]?.[0] ?? '';
/** What a kind is called in a row. */
export const title = kind => (isEvent(kind) ? EVENTS[kind - FIRST_EVENT][1] : PACKETS[kind] || 'MALFORMED');

/** Families in the order of the legend: each has a colour, a line and a head of its own. */
export const FAMILIES = [['publish', 'Messages'], ['ack', 'Acks'], ['sub', 'Subscribe'], ['conn', 'Connect'], ['ping', 'Ping'], ['fault', 'Trouble']];
export const FAULT = 5;
const OF_PACKETS = [5, 3, 3, 0, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 3, 3];
const NUMBER = Object.fromEntries(FAMILIES.map(([name], i) => [name, i]));
/** Number of the family of a kind. */
export const familyOf = kind => (isEvent(kind) ? NUMBER[EVENTS[kind - FIRST_EVENT][2]] : OF_PACKETS[kind]);

/** Why a connection ended, in the word of its row, and whether that is trouble. */
const CAUSES = {
  client_disconnect: ['LEFT', false], administrative: ['CUT OFF', false], shutting_down: ['STOPPED', false], taken_over: ['TAKEN OVER', true],
  connection_lost: ['LOST', true], keep_alive_timeout: ['TIMED OUT', true], malformed_packet: ['MALFORMED', true], refused: ['REFUSED', true], protocol_violation: ['VIOLATION', true],
};
/** Words of rows that are not those of the journal. */
export const SHOWN = ['HELD', 'SESSION', ...EVENTS.map(([, word]) => word).filter(Boolean), ...Object.values(CAUSES).map(([word]) => word)];
export const causeOf = cause => CAUSES[cause] ?? [String(cause).replace(/_/g, ' ').toUpperCase(), true];
