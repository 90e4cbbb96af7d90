// Keys, the theme, and the tabs of a phone.

import { $, forgetTokens, h, toast } from './dom.js';
import { here } from './road.js';

const KEYS = [['j  k', 'next, previous packet'], ['space', 'live or paused'], ['[  ]', 'within the exchange'], ['g  G', 'first, last packet'], ['{  }', 'trouble before, next'], ['f', 'freeze or run the clock'], ['/', 'filter'],
  ['p', 'publish'], ['1 … 6', 'hide a family'], ['s', 'subscribe'], ['Enter', 'read the packet'], ['x', 'disturb'], ['w', here.inTab ? 'faults' : 'stubs, devices and more'], ['e', 'expect'], ['r', 'replay from here'], ['<  >', 'replay slower, faster'], ['c', 'copy as test'], ['t', 'light, dark, automatic'], ['Esc', 'back to the ladder'], ['?', 'this list']];

export function keys(act) {
  $('#keys').replaceChildren(h('h2', { id: 'h-keys' }, 'Keyboard'), h('dl', { class: 'keymap' }, KEYS.flatMap(([names, text]) => [
    h('dt', {}, names.split('  ').flatMap((name, i) => (i ? [' ', h('kbd', {}, name)] : [h('kbd', {}, name)]))), h('dd', {}, text)])));
  $('#help').addEventListener('click', () => $('#keys').showModal());
  const map = {
    j: () => act.step(1), ArrowDown: () => act.step(1), k: () => act.step(-1), ArrowUp: () => act.step(-1),
    PageDown: () => act.step(20), PageUp: () => act.step(-20),
    ']': () => act.inExchange(1), '[': () => act.inExchange(-1), '}': () => act.trouble(1), '{': () => act.trouble(-1),
    g: () => act.end(-1), Home: () => act.end(-1), G: () => act.end(1), End: () => act.end(1), Enter: () => act.read(),
    '/': () => $('#q').select(), e: () => { act.bench('expect'); $('#exp-in').select(); }, p: () => { act.bench(); $('#pub-payload').select(); }, s: () => { act.bench('subscribe'); $('#sub-filter').select(); },
    r: () => act.replay(), '<': () => act.pace(1), '>': () => act.pace(-1),
    x: () => { act.bench('faults'); $('.sentence select').focus(); }, c: () => act.copy(), f: () => act.freeze(), t: nextTheme, w: () => act.work(), '?': () => $('#keys').showModal(), ' ': () => act.live(),
  };
  for (let i = 1; i <= 6; i++) map[i] = () => act.family(i - 1);
  addEventListener('keydown', event => {
    if (document.querySelector('dialog[open]')) return;
    const { target, key } = event;
    const isIn = selector => target.matches?.(selector);
    if (key === 'Escape') {
      act.back();
      $('#rows').focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isIn('input, textarea, select')) return;
    // A button, a link, a client: space and Enter are its own; the timeline has its arrows.
    if ((key === ' ' || key === 'Enter') && isIn('button, a, [role=treeitem], .client')) return;
    if (isIn('#scrub') && (key === 'ArrowLeft' || key === 'ArrowRight')) {
      event.preventDefault();
      act.step(key === 'ArrowLeft' ? -1 : 1);
      return;
    }
    const chosen = map[key];
    if (!chosen) return;
    event.preventDefault();
    chosen();
  });
}

const KEY = 'citronella-theme';
const isDark = matchMedia('(prefers-color-scheme: dark)');
let pick = localStorage.getItem(KEY) ?? 'automatic';
let changed = () => {};

function dress() {
  document.documentElement.dataset.theme = pick === 'automatic' ? (isDark.matches ? 'dark' : 'light') : pick;
  forgetTokens();
  changed();
}

function nextTheme() {
  const all = ['automatic', 'light', 'dark'];
  pick = all[(all.indexOf(pick) + 1) % all.length];
  localStorage.setItem(KEY, pick);
  dress();
  toast(`Theme: ${pick}`);
}

/** Light or dark, as the system has it or as it was chosen; `act` is called behind each change. */
export function theme(act) {
  $('#theme').addEventListener('click', nextTheme);
  isDark.addEventListener('change', dress);
  matchMedia('(forced-colors: active)').addEventListener('change', dress);
  dress();
  changed = act;
}

/** One view at a time, on a phone. */
export function tabs(act) {
  const show = view => {
    document.body.dataset.view = view;
    for (const button of $('#tabs').children) button.setAttribute('aria-pressed', String(button.dataset.view === view));
    act();
  };
  $('#tabs').addEventListener('click', event => { if (event.target.dataset.view) show(event.target.dataset.view); });
  // What there is no room for on a phone comes at a press.
  $('#all').addEventListener('click', event => event.currentTarget.setAttribute('aria-expanded', String(document.body.classList.toggle('all'))));
  return show;
}
