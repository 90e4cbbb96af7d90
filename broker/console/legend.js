// The legend, which is the filter by family; and the field for words.

import { $, g, h, say } from './dom.js';
import { FAMILIES } from './kinds.js';

const DASH = { sub: '4 2', ping: '1 2.5' };

function sign(name) {
  if (name === 'fault') return g('svg', { width: 9, height: 9, viewBox: '0 0 9 9', 'aria-hidden': 'true' }, g('path', { d: 'M1 1l7 7M8 1 1 8', stroke: 'var(--f-fault)', 'stroke-width': 1.75 }));
  const colour = `var(--f-${name})`;
  const head = name === 'ack'
    ? g('path', { d: 'M10 1l5 3.5L10 8M10 4.5h5', fill: 'none', stroke: colour, 'stroke-width': 1.4 })
    : g('path', { d: 'M9 1l6 3.5L9 8z', fill: colour });
  return g('svg', { width: 16, height: 9, viewBox: '0 0 16 9', 'aria-hidden': 'true' }, g('path', { d: 'M0 4.5H10', stroke: colour, 'stroke-width': name === 'publish' ? 2 : 1.5, 'stroke-dasharray': DASH[name] }), head);
}

export class Legend {
  constructor(filter, onChange) {
    Object.assign(this, { filter, onChange });
    this.buttons = FAMILIES.map(([name, text], i) => h('button', { title: `Press to hide, press twice for these alone, twice again for all (${i + 1})`, 'aria-label': text, on: { click: () => this.toggle(i), dblclick: () => this.only(i) } }, sign(name), h('span', {}, text)));
    $('#legend').replaceChildren(...this.buttons);
    this.show();
    const field = $('#q');
    field.addEventListener('input', () => this.find(field.value));
  }

  /** Asks for words, and says at the field which of them is none. */
  find(query) {
    this.filter.ask(query);
    const { wrong } = this.filter;
    $('#q').setAttribute('aria-invalid', String(!!wrong));
    say($('#q-wrong'), wrong);
    $('#q-wrong').hidden = !wrong;
    this.onChange();
  }

  toggle(i) {
    if (!this.filter.hidden.delete(i)) this.filter.hidden.add(i);
    this.show();
    this.onChange();
  }

  /** These alone; where they are alone already, all. */
  only(i) {
    const others = FAMILIES.map((_, k) => k).filter(k => k !== i);
    const { hidden } = this.filter;
    const isAlone = hidden.size === others.length && !hidden.has(i);
    this.filter.hidden = new Set(isAlone ? [] : others);
    this.show();
    this.onChange();
  }

  show() {
    this.buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(!this.filter.hidden.has(i))));
  }

  /** Asks for these words; asked again, for all. Says whether it asks for them now. */
  ask(words) {
    const query = this.filter.query === words ? '' : words;
    $('#q').value = query;
    this.find(query);
    return query !== '';
  }
}
