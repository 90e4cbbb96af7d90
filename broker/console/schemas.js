// The descriptions of Protobuf that somebody chose: files, and which message type the payloads of which topics have. They stay in
// the browser, for this address, until they are forgotten.

import { base64Of, bytesOf } from './dom.js';
import { utf8 } from './bytes.js';
import { readDescriptor } from './descriptor.js';
import { readSource } from './proto.js';
import { typesOf } from './types.js';
import { fits } from './query.js';

const KEY = 'citronella-protobuf';
const MOST_BYTES = 1_000_000;
const MOST_FILES = 100;
const MOST_RULES = 200;
const MOST_FILTER = 400;

const isFilter = filter => filter !== '' && filter.length <= MOST_FILTER && filter.split('/').every((level, i, all) => level === '+' || (level === '#' && i === all.length - 1) || !/[+#\0]/.test(level));

function parsed({ name, bytes }) {
  try {
    if (/\.proto$/i.test(name)) return [readSource(utf8(bytes), name)];
    return readDescriptor(bytes).map(file => ({ ...file, name: `${name}: ${file.name}` }));
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

/** `storage` keeps a text: `localStorage`, or a Map. */
export class Schemas {
  constructor(storage) {
    this.storage = storage;
    this.forget(false);
    try {
      const { files, rules } = JSON.parse(this.kept ?? '{"files":[],"rules":[]}');
      this.take(files.map(({ name, base64 }) => ({ name, bytes: bytesOf(base64) })));
      for (const [filter, message] of rules) this.use(filter, message);
    } catch {
      // It is of another version, or damaged.
      this.forget();
    }
  }

  get kept() { return this.storage.getItem ? this.storage.getItem(KEY) : this.storage.get(KEY); }

  keep() {
    const text = JSON.stringify({ files: this.files.map(({ name, bytes }) => ({ name, base64: base64Of(bytes) })), rules: [...this.rules] });
    try {
      if (this.storage.setItem) this.storage.setItem(KEY, text);
      else this.storage.set(KEY, text);
    } catch {
      // The browser keeps nothing for this page: it holds until the page is closed.
    }
  }

  /** Takes files with `name` and `bytes`; one of the same name is replaced. An error says what is wrong, and then all stays as it was. */
  add(files) {
    const names = new Set(files.map(file => file.name));
    this.take([...this.files.filter(file => !names.has(file.name)), ...files]);
    for (const [filter, message] of this.rules) if (!this.types.messages.has(message)) this.rules.delete(filter);
    this.keep();
  }

  take(files) {
    const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const [last] = files.slice(-1);
    if (size > MOST_BYTES) throw new Error(`${last.name}: it has ${last.bytes.length.toLocaleString('en')} bytes, and the page keeps ${MOST_BYTES.toLocaleString('en')} of all files together`);
    if (files.length > MOST_FILES) throw new Error(`${last.name}: the page keeps ${MOST_FILES} files; a FileDescriptorSet has all in one`);
    const read = files.flatMap(parsed);
    const empty = read.find(file => !file.messages.length && !file.enums.length && !file.imports?.length);
    if (empty) throw new Error(`${empty.name}: it has no message`);
    this.types = typesOf(read);
    this.files = files;
  }

  /** The full names of all messages that were chosen. */
  get messages() {
    return this.files.length ? [...this.types.messages.values()].filter(one => !one.isMap && !one.name.startsWith('google.protobuf.')).map(one => one.name).sort() : [];
  }

  /** Payloads of these topics are this message from here on; with no message they are none again. */
  use(filter, message) {
    if (!isFilter(filter)) throw new Error(`${filter || 'nothing'} is no topic filter: + stands for a level, # for all that follow, at the end`);
    if (!message) this.rules.delete(filter);
    else {
      if (!this.types.messages.has(message)) throw new Error(`there is no message ${message} in what was chosen`);
      // The latest one is asked first, so that it counts where several fit.
      this.rules.delete(filter);
      if (this.rules.size >= MOST_RULES) throw new Error(`the page keeps ${MOST_RULES} topic filters`);
      this.rules.set(filter, message);
    }
    this.keep();
  }

  /** What the payloads of a topic are: its filter, the name of the message, all types. */
  of(topic) {
    const [filter, message] = [...this.rules].reverse().find(([one]) => fits(one, topic ?? '')) ?? [];
    return message === undefined ? undefined : { filter, message, types: this.types };
  }

  forget(isKept = true) {
    this.files = [];
    this.rules = new Map();
    this.types = { messages: new Map(), enums: new Map() };
    if (isKept) this.keep();
  }
}
