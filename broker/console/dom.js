// Small things that every part of the page uses. A text from the wire becomes a text node, never HTML.

export const $ = (selector, at = document) => at.querySelector(selector);

const SVG = 'http://www.w3.org/2000/svg';

function put(element, props, kids) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value == null || value === false) continue;
    if (name === 'on') for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (name === 'css') Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...kids.flat(9).filter(kid => kid != null && kid !== false));
  return element;
}

/** An element of HTML, with attributes, listeners under `on`, styles under `css`, and what is in it. */
export const h = (tag, props, ...kids) => put(document.createElement(tag), props, kids);
/** The same for SVG. */
export const g = (tag, props, ...kids) => put(document.createElementNS(SVG, tag), props, kids);

/** Changes a text only where it is another, so that the page is not laid out anew. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** `x` within a sentence stands out as code. Names of peers stand in ⟦ ⟧ until then, for they may hold anything. */
export function prose(text) {
  return text.split(/⟦|⟧/).map((part, i) => (i % 2 ? h('code', {}, part) : part));
}
/** A name that a peer chose, for `prose`. */
export const named = name => `⟦${String(name).replace(/[⟦⟧]/g, '')}⟧`;

const isForced = () => matchMedia('(forced-colors: active)').matches;
/** A colour of the system by its numbers: a canvas does not know whether the system is light or dark. */
function asNumbers(name) {
  if (!CSS.supports('color', name)) return name;
  const probe = h('i', { hidden: true, css: { color: name } });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

let colours = new Map();
/** The value of a design token. */
export function token(name) {
  let value = colours.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (isForced()) value = asNumbers(value);
    colours.set(name, value);
  }
  return value;
}
/** Tokens have other values from here on. */
export const forgetTokens = () => { colours = new Map(); };

export const isPhone = () => matchMedia('(max-width: 720px)').matches;

export const secs = at => at.toFixed(3);
/** The same in seven places: the longer the broker runs, the fewer are left behind the point. */
export const stamp = at => at.toFixed(Math.max(0, Math.min(3, 6 - Math.floor(at).toString().length)));

/** A length of time, as short as it can be read. */
export function span(s) {
  if (s < 0.0000005) return '0';
  if (s < 0.0009995) return `${Math.round(s * 1e6)} µs`;
  if (s < 0.9995) return `${s < 0.01 ? (s * 1e3).toFixed(1) : Math.round(s * 1e3)} ms`;
  if (s < 90) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  return s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}
export const signed = s => (Math.abs(s) < 5e-7 ? '0' : (s < 0 ? '−' : '+') + span(Math.abs(s)));
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
export const list = names => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

/** A name as it can be seen: without what turns text round, and in quotes where it is of blanks alone. */
function visible(name) {
  const plain = name.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '·');
  return plain && !plain.trim() ? `“${plain}”` : plain;
}

/** A name that is too long keeps its end, in which such names differ. */
export function squeeze(whole, most) {
  const name = visible(whole);
  if (name.length <= most) return name;
  // What is seen as one character stays whole.
  const marks = Array.from(new Intl.Segmenter().segment(name.slice(0, 4 * most) + name.slice(4 * most).slice(-4 * most)), ({ segment }) => segment);
  return marks.length > most ? [...marks.slice(0, Math.ceil(most / 2) - 1), '…', ...marks.slice(-Math.floor(most / 2))].join('') : marks.join('');
}

/** Base64 as bytes. */
export function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
/** Bytes as Base64. */
export function base64Of(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
export const hex2 = n => n.toString(16).padStart(2, '0');

let timer;
/** Says something for as long as it takes to read. */
export function toast(text) {
  const at = $('#toast');
  at.textContent = text;
  at.classList.add('show');
  clearTimeout(timer);
  timer = setTimeout(() => at.classList.remove('show'), Math.max(2200, text.length * 50));
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast('Copied');
  } catch {
    toast('The browser did not allow copying');
  }
}

/** Calls `act` at most once in so many milliseconds, and once more behind the last call. */
export function seldom(ms, act) {
  let due = 0;
  let waits = null;
  const run = () => { waits = null; due = performance.now() + ms; act(); };
  return () => {
    if (waits !== null) return;
    const left = due - performance.now();
    if (left <= 0) run();
    else waits = setTimeout(run, left);
  };
}
