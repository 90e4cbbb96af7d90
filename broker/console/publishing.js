// What the bench's two lines have no room for: how a payload is typed, the properties of MQTT 5.0, the options of a subscription.

import { h } from './dom.js';
import { TYPED, pairs } from './properties.js';
import { attempt, refusal } from './ask.js';

const MOST_FILE = 8 * 1024 * 1024 - 100_000;
const field = (name, element, hint) => h('label', { class: 'field' }, h('span', {}, name), element, hint && h('small', { class: 'mute' }, hint));
const input = (id, props = {}) => h('input', { class: 'mono', id, spellcheck: 'false', autocomplete: 'off', ...props });
const number = value => (value === '' ? undefined : Number(value));
const select = (id, options) => h('select', { id }, options.map(([value, text]) => h('option', { value }, text)));

function dialog(id, title, body, verb, act) {
  const wrong = refusal(`${id}-wrong`);
  const box = h('dialog', { class: 'tray', 'aria-labelledby': `h-${id}` });
  const send = async event => { event.preventDefault(); if (await attempt(wrong, act)) box.close(); };
  box.append(h('h2', { id: `h-${id}` }, title), h('form', { on: { submit: send } }, body, wrong,
    h('div', { class: 'popfoot' }, h('button', { class: 'btn', type: 'button', on: { click: () => box.close() } }, 'Close'), h('button', { class: 'btn strong', id: `${id}-send` }, verb))));
  document.body.append(box);
  return box;
}

/** How the next message is made. `payload` is the bench's field; `send()` sends it, and throws where it cannot. */
export class Publishing {
  constructor(payload, send) {
    this.payload = payload;
    this.form = select('pub-form', Object.keys(TYPED).map(name => [name, name]));
    this.file = h('input', { type: 'file', id: 'pub-file' });
    this.expiry = input('pub-expiry', { type: 'number', min: 0, step: 1, placeholder: 'never' });
    this.content = input('pub-content', { placeholder: 'application/json' });
    this.response = input('pub-response', { placeholder: 'answer/me' });
    this.correlation = input('pub-correlation', { placeholder: 'text, or 0x and hex' });
    this.user = h('textarea', { class: 'mono', id: 'pub-user', rows: 3, spellcheck: 'false', placeholder: 'name=value, one a line' });
    this.summary = h('button', { class: 'link', type: 'button', id: 'pub-more', on: { click: () => this.open() } }, 'More …');
    this.box = dialog('pub-props', 'The next message', [
      field('Payload is', this.form, 'how the payload in the bench is read'), field('or a file', this.file, 'its bytes, as they are'),
      field('Expires after', this.expiry, 'seconds'), field('Content type', this.content), field('Response topic', this.response),
      field('Correlation data', this.correlation), field('User properties', this.user),
      h('button', { class: 'link', type: 'button', on: { click: () => this.clear() } }, 'Leave all of this out')], 'Send', send);
    this.box.addEventListener('close', () => this.say());
  }

  open() { this.box.showModal(); }

  clear() {
    this.form.value = 'text';
    for (const one of [this.file, this.expiry, this.content, this.response, this.correlation, this.user]) one.value = '';
    this.say();
  }

  /** Says at the line that the next message is no plain text. */
  say() {
    const given = [this.expiry, this.content, this.response, this.correlation, this.user].filter(one => one.value.trim()).length;
    const parts = [this.file.files.length ? 'a file' : this.form.value === 'text' ? '' : this.form.value, given ? `${given} ${given === 1 ? 'property' : 'properties'}` : ''].filter(Boolean);
    this.summary.textContent = parts.length ? `${parts.join(', ')} …` : 'More …';
  }

  async bytes() {
    const [file] = this.file.files;
    if (!file) return TYPED[this.form.value](this.payload.value);
    if (file.size > MOST_FILE) throw new Error(`the file has ${file.size.toLocaleString('en')} bytes, and the page sends ${MOST_FILE.toLocaleString('en')} at most`);
    return new Uint8Array(await file.arrayBuffer());
  }

  properties() {
    const correlation = this.correlation.value;
    return {
      message_expiry_interval: number(this.expiry.value),
      content_type: this.content.value || undefined,
      response_topic: this.response.value || undefined,
      correlation_data: correlation === '' ? undefined : /^0x/i.test(correlation) ? TYPED.hex(correlation) : TYPED.text(correlation),
      user_property: pairs(this.user.value),
    };
  }
}

/** How the next subscription is made. */
export class Subscribing {
  constructor(send) {
    this.qos = select('sub-qos', [['2', '2'], ['1', '1'], ['0', '0']]);
    this.noLocal = h('input', { type: 'checkbox', id: 'sub-no-local' });
    this.asPublished = h('input', { type: 'checkbox', id: 'sub-as-published' });
    this.handling = select('sub-handling', [['0', 'are sent'], ['1', 'are sent if the subscription is new'], ['2', 'are not sent']]);
    this.identifier = input('sub-identifier', { type: 'number', min: 1, step: 1, placeholder: 'none' });
    this.more = h('button', { class: 'link', type: 'button', id: 'sub-more', on: { click: () => this.box.showModal() } }, 'More …');
    this.box = dialog('sub-options', 'The next subscription', [
      field('Maximum QoS', this.qos), field('Retained messages', this.handling), field('Identifier', this.identifier, 'comes back with each message'),
      h('label', { class: 'check' }, this.noLocal, ' No Local: nothing that this client published itself'),
      h('label', { class: 'check' }, this.asPublished, ' Retain As Published: keep the mark of the publisher')], 'Subscribe', send);
  }

  options() {
    return { qos: Number(this.qos.value), noLocal: this.noLocal.checked, retainAsPublished: this.asPublished.checked, retainHandling: Number(this.handling.value), identifier: number(this.identifier.value) };
  }
}
