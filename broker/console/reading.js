// A payload beside the ladder: as what it seems to be, or as somebody wants to read it. Files that describe Protobuf are chosen or
// dropped here.

import { count, h } from './dom.js';
import { FORMS, guess, read } from './payload.js';
import { packing, unpack } from './unpack.js';

/** What is known of a message beside its bytes, and how its payload is read. */
class Reading {
  constructor(body, about, schemas) {
    Object.assign(this, { body, about, schemas });
    this.text = h('pre', { class: 'json', tabindex: 0 });
    this.note = h('span', {}, count(body.length, 'byte'));
    this.forms = h('select', { class: 'as', 'aria-label': 'Read the payload as', on: { change: () => this.show() } }, Object.keys(FORMS).map(form => h('option', {}, form)));
    this.said = h('p', { class: 'wrong', role: 'alert', hidden: true });
    this.more = h('div', { class: 'described', hidden: true });
    const drop = { dragover: event => event.preventDefault(), drop: event => { event.preventDefault(); this.take(event.dataTransfer.files); } };
    this.section = h('section', { class: 'isec', on: drop }, h('h3', {}, 'Payload', this.note, this.forms), this.text, this.more, this.said);
    this.guess();
    if (packing(body)) this.unpack();
  }

  get known() { return { ...this.about, described: this.schemas.of(this.about.topic) }; }

  guess() {
    this.forms.value = guess(this.body, this.known);
    this.show();
  }

  async unpack() {
    const found = await unpack(this.body);
    if (!found) return;
    const { how, bytes, isCut } = found;
    this.note.textContent = `${count(this.body.length, 'byte')}, ${how}, ${isCut ? 'the first ' : ''}${count(bytes.length, 'byte')} unpacked`;
    this.body = bytes;
    this.guess();
  }

  show() {
    const form = this.forms.value;
    this.text.textContent = read(this.body, form, this.known);
    this.more.hidden = form !== 'Protobuf';
    if (!this.more.hidden) this.more.replaceChildren(...this.description());
  }

  /** Protobuf says no names on the wire: the files that have them, and which message it is. */
  description() {
    const { schemas } = this;
    const files = h('label', { class: 'link' }, schemas.files.length ? 'Choose more files …' : 'Choose a .proto or a FileDescriptorSet …', h('input', { type: 'file', class: 'sr', multiple: true, on: { change: event => this.take(event.target.files) } }));
    if (!schemas.files.length) return [h('p', {}, 'By numbers: the names of fields are in no message. ', files)];
    const own = schemas.of(this.about.topic);
    const filter = h('input', { class: 'mono grow', 'aria-label': 'Topic filter', value: own?.filter ?? this.about.topic ?? '', spellcheck: 'false', autocomplete: 'off' });
    const message = h('select', { 'aria-label': 'Message type', on: { change: () => this.do(() => schemas.use(filter.value, message.value)) } }, h('option', { value: '' }, 'by numbers'), schemas.messages.map(name => h('option', {}, name)));
    message.value = own?.message ?? '';
    const names = schemas.files.map(file => file.name).join(', ');
    return [h('div', { class: 'line' }, filter, message), h('p', {}, h('span', { title: names }, `from ${count(schemas.files.length, 'file')}`), ' ', files, ' ', h('button', { class: 'link', type: 'button', on: { click: () => this.do(() => schemas.forget()) } }, 'Forget'))];
  }

  async take(files) {
    // A list of the page goes away with the field that it came from.
    const chosen = [...files];
    const read = await Promise.all(chosen.map(async file => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
    this.forms.value = 'Protobuf';
    this.do(() => {
      if (read.length) this.schemas.add(read);
      const { messages } = this.schemas;
      // Where there is but one, it is that one.
      if (messages.length === 1 && this.about.topic) this.schemas.use(this.about.topic, messages[0]);
    });
  }

  /** Does what was asked for, and says what was wrong with it. */
  do(act) {
    this.said.hidden = true;
    const hadFocus = this.more.contains(document.activeElement);
    try {
      act();
    } catch (error) {
      this.said.textContent = error.message;
      this.said.hidden = false;
    }
    this.show();
    if (hadFocus) this.more.querySelector('select, input')?.focus();
  }
}

/** The section about a payload. `about` has `topic`, `contentType` and `births`; `schemas` what was chosen for Protobuf. */
export const payload = (body, about, schemas) => new Reading(body, about, schemas).section;
