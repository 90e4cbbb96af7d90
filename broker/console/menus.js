// The two menus at the top: the selected entry as a test, and the journal as a file.

import { $, copy, h, toast } from './dom.js';
import { send } from './api.js';
import { ask } from './ask.js';
import { copies } from './copies.js';
import { here } from './road.js';

const FORMS = [['jsonl', 'JSON lines', 'all that the broker keeps'], ['pcapng', 'Capture for Wireshark', 'every byte, also passwords'], ['otlp', 'Traces for OpenTelemetry', 'messages with a traceparent'], ['mermaid', 'Mermaid diagram', 'the latest 200 entries'], ['ladder', 'Ladder as text', 'the latest 200 entries'], ['snapshot', 'Snapshot', 'sessions and retained messages']];
const ENDINGS = { jsonl: 'jsonl', pcapng: 'pcapng', otlp: 'json', mermaid: 'mmd', ladder: 'txt', snapshot: 'json' };

export class Menus {
  /** `entry()` gives the selected entry, or nothing. */
  constructor(entry) {
    this.entry = entry;
    this.code = h('pre', { class: 'mono', tabindex: 0 });
    this.tabs = h('div', { class: 'seg', role: 'radiogroup', 'aria-label': 'Language' });
    this.body = h('div');
    this.dialog($('#copying'), 'Copy as test', this.body);
    this.dialog($('#exporting'), 'Export', h('ul', { class: 'forms' }, FORMS.map(([form, name, what]) => h('li', {}, h('button', { class: 'link', type: 'button', on: { click: () => this.save(form) } }, name), h('span', { class: 'mute' }, what))), h('li', {}, h('label', { class: 'link' }, 'Restore a snapshot …', h('input', { type: 'file', class: 'sr', accept: '.json', on: { change: event => this.restore(event.target) } })), h('span', { class: 'mute' }, 'in place of what there is'))));
    $('#copying button').addEventListener('click', () => this.toggle('#copying'));
    $('#exporting button').addEventListener('click', () => this.toggle('#exporting'));
    document.addEventListener('click', event => { if (!event.target.closest('.menu')) this.close(); });
  }

  dialog(menu, name, ...kids) { menu.append(h('div', { class: 'pop', role: 'dialog', 'aria-label': name, hidden: true }, kids)); }

  close() {
    for (const menu of document.querySelectorAll('.menu')) {
      menu.querySelector('.pop').hidden = true;
      menu.querySelector('button').setAttribute('aria-expanded', 'false');
    }
  }

  toggle(which) {
    const pop = $(`${which} .pop`);
    const wasHidden = pop.hidden;
    this.close();
    if (!wasHidden) return;
    pop.hidden = false;
    $(`${which} button`).setAttribute('aria-expanded', 'true');
    if (which === '#copying') this.write();
  }

  write() {
    const entry = this.entry();
    if (!entry) {
      this.body.replaceChildren(h('p', { class: 'mute' }, 'Select a packet first: it becomes a test that expects it, or a command that sends it.'));
      return;
    }
    const all = copies(entry, here);
    const show = name => {
      this.chosen = name;
      const [, text] = all.find(([one]) => one === name) ?? all[0];
      this.code.textContent = text;
      for (const button of this.tabs.children) button.setAttribute('aria-checked', String(button.textContent === name));
    };
    this.tabs.replaceChildren(...all.map(([name]) => h('button', { type: 'button', role: 'radio', on: { click: () => show(name) } }, name)));
    this.body.replaceChildren(this.tabs, this.code, h('div', { class: 'popfoot' }, h('span', { class: 'mute' }, `Times, identifiers of packets and DUP are left out${Object.keys(entry.properties ?? {}).length ? '. Tests do not ask for the properties' : ''}.`), h('button', { class: 'btn strong', type: 'button', on: { click: () => { copy(this.code.textContent); this.close(); } } }, 'Copy')));
    show(all.some(([name]) => name === this.chosen) ? this.chosen : all[0][0]);
    this.tabs.querySelector('[aria-checked=true]').focus();
  }

  /** Sessions and retained messages are those of the file from then on; connections are closed. */
  async restore(field) {
    this.close();
    try {
      if (!await ask('Restore this snapshot?', 'Sessions and retained messages are those of the file, what there is now is gone, and connections are closed.', 'Restore')) { field.value = ''; return; }
      await send('PUT', 'snapshot', { body: JSON.parse(await field.files[0].text()) });
      toast('The snapshot is in force');
    } catch (error) {
      toast(error.message);
    }
    field.value = '';
  }

  async save(form) {
    this.close();
    try {
      const file = await (await send('GET', form === 'snapshot' ? form : `export?format=${form}`, { accept: '*/*' })).blob();
      const url = URL.createObjectURL(file);
      h('a', { href: url, download: `citronella.${ENDINGS[form]}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      toast(error.message);
    }
  }
}
