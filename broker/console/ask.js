// Before something is destroyed the page asks, or it can be undone. What went wrong is said where it was asked for.

import { $, h, toast } from './dom.js';

const UNDO_MS = 10_000;
let closing;

/** Asks in the page: a promise of whether it is to be done. The button that does nothing has the keyboard. */
export function ask(title, sentence, verb) {
  return new Promise(done => {
    const dialog = h('dialog', { class: 'asking', 'aria-labelledby': 'h-asking', 'aria-describedby': 'p-asking' });
    const end = is => { dialog.close(); dialog.remove(); done(is); };
    dialog.append(h('h2', { id: 'h-asking' }, title), h('p', { id: 'p-asking' }, sentence),
      h('div', { class: 'popfoot' }, h('button', { class: 'btn', type: 'button', autofocus: true, on: { click: () => end(false) } }, 'Cancel'), h('button', { class: 'btn danger', type: 'button', id: 'asking-yes', on: { click: () => end(true) } }, verb)));
    dialog.addEventListener('cancel', event => { event.preventDefault(); end(false); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Says what was done, with a button that brings it back. It stands in the dialog that is open, so that it can be reached. */
export function undoable(sentence, back) {
  $('#undo')?.remove();
  clearTimeout(closing);
  const bar = h('div', { class: 'undo', id: 'undo', role: 'status' }, h('span', {}, sentence), h('button', { class: 'link', type: 'button', on: { click: () => { bar.remove(); back().catch(error => toast(error.message)); } } }, 'Undo'));
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  (dialog ?? document.body).append(bar);
  dialog?.addEventListener('close', () => { if (bar.isConnected) document.body.append(bar); }, { once: true });
  closing = setTimeout(() => bar.remove(), UNDO_MS);
}

/** The place beside a button where the broker's sentence stands when it refuses. */
export const refusal = id => h('p', { class: 'wrong', id, role: 'alert', hidden: true });

/** Does it, and says at `place` why it was not done. A promise of whether it was. */
export async function attempt(place, act) {
  place.hidden = true;
  try {
    await act();
    return true;
  } catch (error) {
    place.textContent = error.message;
    place.hidden = false;
    return false;
  }
}
