// The broker as a WebAssembly module: numbers and bytes go in and out.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A compressed file of the site, unpacked. */
export async function unpacked(name) {
  const file = await fetch(new URL(`../${name}`, import.meta.url));
  if (!file.ok) throw new Error(`${name} of this page cannot be read: ${file.status}`);
  return new Response(file.body.pipeThrough(new DecompressionStream('gzip')));
}

async function load() {
  const { instance } = await WebAssembly.instantiate(await (await unpacked('broker.bin')).arrayBuffer(), {});
  return instance.exports;
}

const core = await load();

function put(bytes) {
  // The memory may move while room is made.
  const at = core.input(bytes.length);
  new Uint8Array(core.memory.buffer, at, bytes.length).set(bytes);
}
const got = length => new Uint8Array(core.memory.buffer, core.output(), length).slice();

/** A client connects: its handle. */
export function open(now, peer) {
  put(encoder.encode(peer));
  return core.open(now);
}

/** These bytes have come from a client, or were lost on the way. */
export function receive(now, handle, bytes, isLost) {
  put(bytes);
  core.receive(now, handle, isLost ? 1 : 0);
}

/** What sets out for a client now. */
export const unsent = handle => got(core.unsent(handle));
/** So many bytes have come to the client's end, or were lost: what the client gets. */
export const pass = (now, handle, length, isLost) => got(core.pass(now, handle, length, isLost ? 1 : 0));
/** What a rule kept back until now. */
export const take = (now, handle) => got(core.take(now, handle));
export const tick = now => core.tick(now);
const CHANGES = ['stopped', 'runs', 'moved'];
/** The clock, which shows `now`, was stopped, runs again, or is moved by so much: the journal tells it. */
export const clockChanged = (now, change, by = 0) => core.clock_changed(now, CHANGES.indexOf(change), by);
export const nextTimeout = () => core.next_timeout();
/** 1: once the client has all; 2: at once. */
export const wantsClose = handle => core.wants_close(handle);
export function close(now, handle, why) {
  put(encoder.encode(why));
  core.close(now, handle);
}
/** The number of the newest entry. */
export const newest = () => core.newest();

/** A request of the control API: its status, and the bytes of its answer. */
export function ask(now, request) {
  put(encoder.encode(JSON.stringify(request)));
  const bytes = got(core.ask(now));
  return { status: core.status(), bytes };
}

/** The same where the answer is JSON. */
export function askJson(now, request) {
  const { status, bytes } = ask(now, request);
  return { status, json: JSON.parse(decoder.decode(bytes)) };
}
