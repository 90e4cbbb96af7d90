// How the page reaches its broker where that runs in the page: the same names as the console's own `road.js`, which this one replaces.

import { ask, clock, look, onChange, open } from './world.js';

export const here = { host: 'localhost', port: 1883, name: 'In this page', url: 'http://localhost:1883', mqtt: 'in this page', inTab: true };

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LONGEST_WAIT_SECS = 600;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const answer = (body, status = 200) => new Response(JSON.stringify(body), { status, headers: JSON_TYPE });
const wrong = detail => answer({ type: 'urn:citronella:problem:invalid', title: 'the request cannot be fulfilled as it is', status: 422, detail }, 422);

/** The parts of an address below `/api/v1/`. */
function parts(address) {
  const [path, query = ''] = address.split('?');
  return { path: path.split('/').map(decodeURIComponent).join('/'), query: [...new URLSearchParams(query)] };
}

export async function request(method, address, { body, signal } = {}) {
  const { path, query } = parts(address);
  if (path === 'clock' || path.startsWith('clock/')) return ofClock(path, body);
  if (path === 'events') return events(query, signal);
  if (path === 'expectations' && method === 'POST') return expectation(body, signal);
  if (path === 'settle') return answer({});
  if (path === 'reset') clock.resume();
  const { status, bytes } = ask({ method, path, query, body });
  return new Response(bytes, { status, headers: JSON_TYPE });
}

function ofClock(path, body = {}) {
  const act = { clock() {}, 'clock/freeze': clock.freeze, 'clock/resume': clock.resume, 'clock/advance': () => clock.advance(body.secs * 1000) }[path];
  if (!act) return answer({ title: 'this broker does not have it', status: 501, detail: `${path} needs a real broker: this one runs in the page` }, 501);
  if (path === 'clock/advance' && !(body.secs >= 0 && body.secs <= 1e9)) return wrong('`secs`: expected a number from 0 to 1000000000');
  act();
  return answer(clock.shown());
}

/** Packets and events as they happen, as the API streams them. */
function events(query, signal) {
  let after = Number(query.find(([name]) => name === 'after')?.[1] ?? 0);
  let stop = () => {};
  const rest = query.filter(([name]) => name !== 'after');
  const flush = to => {
    while (to.desiredSize > 0) {
      const { status, bytes } = ask({ method: 'GET', path: 'events', query: [...rest, ['after', String(after)]] });
      if (status !== 200 || !bytes.length) return;
      const seqs = decoder.decode(bytes).match(/^id: \d+/gm) ?? [];
      if (seqs.length) after = Number(seqs.at(-1).slice(4));
      to.enqueue(bytes);
    }
  };
  const body = new ReadableStream({
    start(to) {
      // A comment, so that the reader knows at once that it is there.
      to.enqueue(encoder.encode(':\n\n'));
      stop = onChange(() => flush(to));
      signal?.addEventListener('abort', () => { stop(); to.error(signal.reason); });
    },
    pull: to => flush(to),
    cancel() { stop(); },
  }, { highWaterMark: 8 });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

/** Waits until an expectation is decided, or its time is over. */
async function expectation(body, signal) {
  const begun = ask({ method: 'POST', path: 'expectations', query: [], body });
  if (begun.status !== 200) return new Response(begun.bytes, { status: begun.status, headers: JSON_TYPE });
  const { waits, limit } = JSON.parse(decoder.decode(begun.bytes));
  const stands = isOver => ask({ method: 'GET', path: `expectations/${waits}`, query: [['limit', String(limit)], ...(isOver ? [['is_over', '1']] : [])] });
  const wait = Math.min(LONGEST_WAIT_SECS, body.timeout_secs ?? 5) * 1000;
  const { status, bytes } = await new Promise(done => {
    const first = stands(wait === 0);
    if (first.status !== 202) { done(first); return; }
    const end = isOver => {
      const now = stands(isOver);
      if (now.status === 202) return;
      clearTimeout(timer);
      stop();
      done(now);
    };
    const timer = setTimeout(() => end(true), wait);
    const stop = onChange(() => end(false));
    signal?.addEventListener('abort', () => end(true));
  });
  return new Response(bytes, { status, headers: JSON_TYPE });
}

export function socket(name) {
  return open(name);
}

look();
