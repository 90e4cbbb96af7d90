// What a packet means, and why the broker did what it did: one sentence each.

import { EVENT, KIND, isEvent } from './kinds.js';
import { BIT } from './store.js';
import { list, named, secs, span } from './dom.js';
import { CUT, OPEN } from './exchanges.js';
import { fits } from './query.js';
import { REASONS } from './reasons.js';
import { detail, heldRow, word } from './words.js';

const reason = entry => entry.reason ?? REASONS[entry.reason_code] ?? '';
const HANDSHAKE = new Set([KIND.PUBACK, KIND.PUBREC, KIND.PUBREL, KIND.PUBCOMP]);
const isBad = entry => (entry.reason_code ?? 0) >= 0x80;

const MEANINGS = {
  CONNECT: (e, c) => `${c} asks to be let in, ${e.clean_start ? 'with a new session' : 'and to find its old session again'}${e.will ? `. Should it vanish, the broker is to publish ${named(e.will.payload ?? 'its will')} on ${named(e.will.topic)}` : ''}.`,
  CONNACK: (e, c) => (isBad(e) ? `${c} is not let in: ${reason(e)}.` : e.session_present ? `${c} is let in, and its session goes on, with its subscriptions and what was on its way.` : `${c} is let in, with a new session.`),
  PUBLISH: published,
  PUBACK: (e, c) => (isBad(e) ? `Message ${e.packet_identifier} was not taken: ${reason(e)}.` : `${e.direction === 'in' ? `${c} has` : 'The broker has'} message ${e.packet_identifier}: the exchange is over.`),
  PUBREC: (e, c) => (isBad(e) ? `Message ${e.packet_identifier} was not taken: ${reason(e)}.` : `${e.direction === 'in' ? `${c} has` : 'The broker has'} message ${e.packet_identifier}, and will not take it twice.`),
  PUBREL: (e, c) => `${e.direction === 'in' ? `${c} knows that the broker has` : `The broker knows that ${c} has`} message ${e.packet_identifier}; its number may be forgotten.`,
  PUBCOMP: e => `Message ${e.packet_identifier} was delivered once, and its number is free again.`,
  SUBSCRIBE: (e, c) => `${c} wants every message that fits ${list(e.topic_filters.map(asked => `${named(asked.topic_filter)} at QoS ${asked.qos} or less`))}.`,
  SUBACK: (e, c) => (e.reason_codes.some(code => code >= 0x80) ? `Not all that ${c} asked for is granted.` : `What ${c} subscribed to is in force.`),
  UNSUBSCRIBE: (e, c) => `${c} wants no more of ${list(e.topic_filters.map(named))}.`,
  UNSUBACK: (e, c) => `What ${c} gave up is over.`,
  PINGREQ: (e, c) => `${c} shows that it is there, and asks whether the broker is.`,
  PINGRESP: () => 'The broker is there.',
  DISCONNECT: (e, c) => (e.direction === 'out' ? `The broker ends the connection of ${c}: ${reason(e)}.` : e.reason_code ? `${c} ends the connection: ${reason(e)}.` : `${c} says goodbye. Its will is not published.`),
  AUTH: (e, c) => `${e.direction === 'in' ? `${c} goes on` : 'The broker goes on'} with the login: ${reason(e)}.`,
};

function published(e, c, at) {
  const topic = named(e.topic_name);
  if (e.direction === 'out') {
    if (e.dup) return `The broker sends ${topic} to ${c} again: it had no answer. DUP says that this may be a repetition.`;
    const root = at.store.root(at.n);
    if (e.retain && root >= 0) return `${c} has subscribed, and gets the retained message of ${topic}, ${span(Math.max(0, e.at_secs - at.store.at(root)))} old.`;
    if (e.retain) return `${c} gets the retained message of ${topic}.`;
    return `The broker passes the message on to ${c}, at QoS ${e.qos}.`;
  }
  if (e.dup) return `${c} sends ${topic} again: it had no answer. DUP says that this may be a repetition.`;
  const wish = ['; there is no answer at QoS 0', ', and wants to know that it arrived', ', and wants it delivered exactly once'][e.qos];
  const answer = e.properties?.response_topic;
  return `${c} publishes on ${topic}${wish}.${answer ? ` It waits for an answer on ${named(answer)}.` : ''}`;
}

/** What the packet or event of this row means. */
export function meaning(entry, at) {
  const c = named(at.people.name(at.store.client(at.n)) || 'the client');
  if (entry?.malformed) return `${c} sent bytes that are no packet: ${entry.malformed}.`;
  if (isEvent(at.store.kind(at.n))) return happened(entry, at, c);
  // What the other side did not hear ends nothing.
  if (HANDSHAKE.has(at.store.kind(at.n)) && at.store.is(at.n, BIT.LOST)) return `${entry?.direction === 'in' ? c : 'The broker'} says ${entry?.packet ?? 'it'} for message ${at.store.id(at.n)}, and ${entry?.direction === 'in' ? 'the broker' : c} does not hear it.`;
  return MEANINGS[entry?.packet]?.(entry, c, at) ?? '';
}

function happened(entry, at, c) {
  const { store, n } = at;
  const { topic, more } = detail(store, n);
  const held = heldRow(store, n);
  if (held !== null) return `A rule holds a packet of ${c} back.`;
  switch (store.kind(n)) {
    case EVENT.disconnected: return `The connection of ${c} is over: ${more}.`;
    case EVENT.will_published: return `The broker publishes the will of ${c} on ${named(topic)}.`;
    case EVENT.dropped: return `A message on ${named(topic)} does not reach ${c}: ${DROPS[entry?.why] ?? String(entry?.why ?? '').replace(/_/g, ' ')}.`;
    case EVENT.fault: return `A rule disturbs ${c}: ${more}.`;
    case EVENT.stub_answered: return `A stub answers ${c}: ${more}.`;
    case EVENT.clock: return `The clock of the broker ${more}. What waits for a time goes by this clock: keep alive, expiry, delays.`;
    case EVENT.gap: return `${more}. It keeps as much as journal.entries and journal.bytes allow.`;
    case EVENT.reset: return 'The broker was reset: all sessions and connections ended, nothing is retained, and rules and stubs are those of the start. What the journal had before is gone.';
    case EVENT.session_ended: return entry?.expired === false ? `The session of ${c} was to outlast its connection, and was thrown away: somebody connected under its identifier and asked for a new one, or it was ended on request. Its subscriptions went with it, and the messages that waited.` : `The session of ${c} was kept while it was away, for as long as its CONNECT asked; that time is over. Its subscriptions went with it, and the messages that waited.`;
    case EVENT.restored: return 'A snapshot was restored: sessions, subscriptions and retained messages are those of then. Clients that were connected are disconnected.';
    default: return `${word(store, n)}: ${more}.`;
  }
}

const DROPS = {
  away: 'it is away, and QoS 0 waits for nobody', queue_full: 'its queue is full (session.max_queued_messages)', outbox_full: 'it reads too slowly (limits.max_outbox_bytes)',
  memory_full: 'the broker holds as much as it may (limits.max_memory_bytes)', too_large: 'it is larger than the client takes', expired: 'it has expired', session_ended: 'its session has ended', may_not_read: 'it may not read the topic',
};

/** `drop by NAME`, as a clause. */
function ruled(note) {
  const [action, name] = String(note).split(' by ');
  const did = { drop: 'lost it', answer: 'answered in its place', refuse: 'refused it', disconnect: 'cut the connection', replace: 'sent another in its place' }[action] ?? action;
  return `rule ${named(name ?? '')} ${did}`;
}

/** Why: sentences, the last of which may say what to do. */
export function why(entry, at) {
  const { store, n, subscriptions } = at;
  const kind = store.kind(n);
  const said = [];
  const note = store.text(n).split('\n')[1];
  if (store.is(n, BIT.LOST)) said.push(store.is(n, BIT.OUT) ? `It never arrived: ${ruled(note)}.` : `It never reached the broker: ${ruled(note)}.`);
  if (store.is(n, BIT.HELD) && store.has(store.root(n))) said.push(`A rule held it for ${span(store.at(n) - store.at(store.root(n)))}.`);
  if (kind === KIND.PUBLISH && !store.is(n, BIT.OUT)) said.push(...decided(entry, at));
  else if (kind === KIND.PUBLISH) {
    const root = store.root(n);
    const filter = subscriptions(at.people.name(store.client(n))).find(one => fits(one.topic_filter, entry?.topic_name ?? ''));
    if (filter) said.push(`Its filter ${named(filter.topic_filter)} fits.`);
    if (root >= 0 && store.has(root) && !store.is(n, BIT.HELD)) said.push(`It came in as #${store.seq(root)} from ${named(at.people.name(store.client(root)))} at ${secs(store.at(root))} s.`);
  }
  const exchange = at.exchanges.of(n);
  if (exchange?.state === CUT) said.push(`Nothing came behind #${store.seq(exchange.last)}, and the session ended: this exchange never did.`);
  else if (exchange?.state === OPEN && store.at(store.next - 1) - store.at(exchange.last) > 1) {
    said.push(`Nothing has come behind #${store.seq(exchange.last)}: this exchange is not over. It goes on once ${exchange.way === 0 ? 'the client' : 'the broker'} sends it again, after a new connection at the latest.`);
  }
  return said;
}

function decided(entry, at) {
  const { store, n, subscriptions } = at;
  const said = [];
  const decisions = entry?.decisions ?? [];
  const first = at.exchanges.of(n)?.first;
  for (const one of decisions.slice(0, 40)) {
    const c = named(one.client_id ?? '');
    if (one.decision === 'retained') said.push(`It is the retained message of ${named(entry.topic_name)} now: later subscribers get it at once.`);
    else if (one.decision === 'retained_removed') said.push(`An empty payload: the topic has no retained message any more.`);
    else if (one.decision === 'duplicate') said.push(`Message ${entry.packet_identifier} is known${first !== undefined && first !== n && store.has(first) ? ` since #${store.seq(first)}, ${span(store.at(n) - store.at(first))} earlier` : ''}, and not released yet. So it goes to nobody a second time, and PUBREC is said again: that makes it exactly once.`);
    else if (one.decision === 'refused') said.push(`It was refused: ${reason(one)}${one.because ? `, ${one.because}` : ''}.`);
    else if (one.decision === 'mounted') said.push(`Its listener has a mount point: the whole topic is ${named(one.topic)}.`);
    else if (one.decision === 'queued') said.push(`It waits for ${c}: for its connection, or for room in its window.`);
    else if (one.decision === 'dropped') said.push(`${c} does not get it: ${DROPS[one.why] ?? one.why}.`);
    else {
      const filter = subscriptions(one.client_id).find(asked => fits(asked.topic_filter, entry.topic_name));
      said.push(filter ? `Sent to ${c}: its filter ${named(filter.topic_filter)} fits; QoS ${Math.min(filter.qos, entry.qos)} is the lower of ${entry.qos} and ${filter.qos}.` : `Sent to ${c}.`);
    }
  }
  if (decisions.length > 40) said.push(`And ${decisions.length - 40} more.`);
  if (store.is(n, BIT.NOBODY)) said.push('It went to nobody: no subscription fitted at that moment.');
  return said;
}

