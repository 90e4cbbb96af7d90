// A field for JSON: what the broker finds wrong in it is said beside it, and the place is selected.

import { h } from './dom.js';

/** Where a path such as `when.qos` or `steps[0].pattern` leads in a text of JSON: the key, or nothing. */
function spot(text, path) {
  let at = 0;
  let found = null;
  for (const key of path.split(/[.[\]]+/).filter(part => part && !/^\d+$/.test(part))) {
    const next = text.indexOf(JSON.stringify(key), at);
    if (next < 0) break;
    found = [next, next + key.length + 2];
    at = found[1];
  }
  return found;
}

/** The word that the broker's sentence quotes, behind the place that its path leads to. */
function blamed(text, path, sentence) {
  const from = spot(text, path)?.[1] ?? 0;
  for (const [, word] of sentence.matchAll(/["`“]([^"`”]+)["`”]/g)) {
    const at = text.indexOf(JSON.stringify(word), from);
    if (at >= 0) return [at, at + JSON.stringify(word).length];
  }
  return null;
}

/** Where `JSON.parse` stopped. */
function stopped(text, message) {
  const [, position] = message.match(/at position (\d+)/) ?? [];
  const at = Math.min(position === undefined ? text.length : Number(position), text.length);
  return [Math.max(0, at - 1), Math.min(text.length, at + 1)];
}

export class Editor {
  constructor(id, label) {
    this.wrong = h('div', { class: 'wrong', id: `${id}-wrong`, role: 'alert', hidden: true });
    this.field = h('textarea', { class: 'mono', id, rows: 12, 'aria-label': label, 'aria-describedby': `${id}-wrong`, spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
    this.field.addEventListener('input', () => this.good());
    this.element = h('div', { class: 'editor' }, this.field, this.wrong);
  }

  set(value) {
    this.field.value = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    this.good();
  }

  good() {
    this.wrong.hidden = true;
    this.field.removeAttribute('aria-invalid');
  }

  /** Gives what is typed to `act`, and says what is wrong with it. A promise of whether it went well. */
  async give(act) {
    const text = this.field.value;
    let value;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return this.bad([`This is no JSON: ${error.message}`], stopped(text, error.message));
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return this.bad(['This is one object: { … }'], [0, text.length]);
    try {
      await act(value);
      this.good();
      return true;
    } catch (error) {
      const { path, errors = [] } = error.body ?? {};
      const said = errors.length > 1 ? errors.map(one => one.detail) : [error.message];
      return this.bad(said, path && (blamed(text, path, error.message) ?? spot(text, path)));
    }
  }

  bad(sentences, place) {
    this.wrong.replaceChildren(...sentences.map(sentence => h('p', {}, sentence)));
    this.wrong.hidden = false;
    this.field.setAttribute('aria-invalid', 'true');
    this.field.focus();
    if (place) this.field.setSelectionRange(...place);
    return false;
  }
}
