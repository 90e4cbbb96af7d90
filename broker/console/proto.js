// The source of Protobuf: what a .proto file says of messages and enums. Options, services and extensions are passed over.

import { SCALARS } from './protobuf.js';

const MOST_DEPTH = 32;
const TOKEN = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')|([A-Za-z_][\w]*)|(\d[\w.+-]*|\.\d[\w+-]*)|([{}[\]()<>=;,.:+-])/y;

class Source {
  constructor(text) {
    this.text = text;
    this.tokens = [];
    TOKEN.lastIndex = 0;
    for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
      const found = TOKEN.exec(text);
      if (!found) {
        this.at = at;
        throw this.wrong(at, `nothing of Protobuf begins with ${JSON.stringify(text.slice(at, at + 1))}`);
      }
      const [, string, name, number, sign] = found;
      const token = string ?? name ?? number ?? sign;
      if (token !== undefined) this.tokens.push({ at, token, isName: name !== undefined, isText: string !== undefined, isNumber: number !== undefined });
    }
    this.n = 0;
  }

  wrong(at, what) {
    const before = this.text.slice(0, at).split('\n');
    return new Error(`line ${before.length}, column ${before.at(-1).length + 1}: ${what}`);
  }

  get peek() { return this.tokens[this.n] ?? { at: this.text.length, token: '' }; }
  get isAtEnd() { return this.n >= this.tokens.length; }
  next() { const one = this.peek; this.n++; return one; }
  is(token) {
    const { peek } = this;
    if (peek.token !== token || peek.isText) return false;
    this.n++;
    return true;
  }

  expected(what, one = this.peek) {
    return this.wrong(one.at, `${what} should stand here, not ${one.token === '' ? 'the end of the file' : one.token.slice(0, 40)}`);
  }

  need(token) { if (!this.is(token)) throw this.expected(`"${token}"`); }
  name(what) {
    if (!this.peek.isName) throw this.expected(what);
    return this.next().token;
  }

  /** A name with dots, which may begin with one. */
  path(what) {
    let path = this.is('.') ? '.' : '';
    path += this.name(what);
    while (this.is('.')) path += `.${this.name(what)}`;
    return path;
  }

  integer(what) {
    const sign = this.is('-') ? -1 : 1;
    const one = this.next();
    const value = /^0[0-7]+$/.test(one.token) ? parseInt(one.token, 8) : Number(one.token);
    if (!one.isNumber || !Number.isInteger(value)) throw this.expected(what, one);
    return sign * value;
  }

  string(what) {
    if (!this.peek.isText) throw this.expected(what);
    let text = '';
    while (this.peek.isText) text += this.next().token.slice(1, -1);
    return text;
  }

  /** Passes over a statement: to its semicolon, or to the end of its block. */
  skip() {
    for (let depth = 0; ;) {
      const one = this.next();
      if (one.token === '') throw this.expected('";" or "}"', one);
      if (one.isText) continue;
      if ('{[('.includes(one.token)) depth++;
      else if ('}])'.includes(one.token)) {
        depth--;
        if (depth < 0) throw this.expected('";"', one);
        if (depth === 0 && one.token === '}') return void this.is(';');
      } else if (one.token === ';' && depth === 0) return;
    }
  }

  /** Options of a field or a value, in brackets. */
  options() {
    if (this.peek.token !== '[' || this.peek.isText) return;
    for (let depth = 0; ;) {
      const one = this.next();
      if (one.token === '') throw this.expected('"]"', one);
      if (one.isText) continue;
      if ('{['.includes(one.token)) depth++;
      else if ('}]'.includes(one.token) && --depth === 0) return;
    }
  }
}

function field(s, message, label, oneof) {
  const { at } = s.peek;
  if (s.peek.token === 'map' && s.tokens[s.n + 1]?.token === '<') {
    s.n += 2;
    return mapField(s, message, at);
  }
  if (s.is('group')) return groupField(s, message, label, oneof);
  const type = s.path('the type of a field');
  const name = s.name('the name of a field');
  s.need('=');
  put(s, message, { name, type: isScalar(type) ? type : undefined, typeName: type, isRepeated: label === 'repeated', oneof, at });
  s.options();
  s.need(';');
}

function put(s, message, one) {
  const { at } = s.peek;
  const number = s.integer('the number of a field');
  if (number < 1 || number > 0x1fffffff) throw s.wrong(at, `a field has a number from 1 to 536870911, not ${number}`);
  for (const same of [number, one.name]) {
    if (message.taken.has(same)) throw s.wrong(at, `there is a field ${same} in ${message.name} already`);
    message.taken.add(same);
  }
  message.fields.push({ ...one, number });
}

const isScalar = name => Object.hasOwn(SCALARS, name);

function mapField(s, message, at) {
  const key = s.name('the type of a key');
  if (!isScalar(key) || ['double', 'float', 'bytes'].includes(key)) throw s.wrong(at, `a key of a map is a whole number, a bool or a string, not ${key}`);
  s.need(',');
  const of = s.peek.at;
  const type = s.path('the type of a value');
  s.need('>');
  const name = s.name('the name of a field');
  s.need('=');
  const pair = `${name} pair`;
  put(s, message, { name, type: 'message', typeName: pair, isRepeated: true, at });
  message.messages.push({ name: pair, isMap: true, messages: [], enums: [], fields: [
    { name: 'key', number: 1, type: key, isRepeated: false }, { name: 'value', number: 2, type: isScalar(type) ? type : undefined, typeName: type, isRepeated: false, at: of }] });
  s.options();
  s.need(';');
}

function groupField(s, message, label, oneof) {
  const { at } = s.peek;
  const name = s.name('the name of a group');
  s.need('=');
  put(s, message, { name: name.toLowerCase(), type: 'group', typeName: name, isRepeated: label === 'repeated', oneof, at });
  s.options();
  message.messages.push(body(s, name, 1));
}

function enumeration(s) {
  const one = { name: s.name('the name of an enum'), values: [] };
  s.need('{');
  while (!s.is('}')) {
    if (s.is(';')) continue;
    const name = s.name('the name of a value');
    if ((name === 'option' || name === 'reserved') && s.peek.token !== '=') { s.skip(); continue; }
    s.need('=');
    one.values.push([s.integer('the number of a value'), name]);
    s.options();
    s.need(';');
  }
  return one;
}

function body(s, name, depth) {
  if (depth > MOST_DEPTH) throw s.wrong(s.peek.at, `messages lie more than ${MOST_DEPTH} deep`);
  const one = { name, isMap: false, fields: [], messages: [], enums: [], taken: new Set() };
  let oneofs = 0;
  s.need('{');
  while (!s.is('}')) {
    if (s.is(';')) continue;
    const word = s.peek.token;
    const isWord = s.tokens[s.n + 1]?.isName;
    if (word === 'message' && isWord && s.next()) one.messages.push(body(s, s.name('the name of a message'), depth + 1));
    else if (word === 'enum' && isWord && s.tokens[s.n + 2]?.token === '{' && s.next()) one.enums.push(enumeration(s));
    else if (word === 'oneof' && isWord && s.tokens[s.n + 2]?.token === '{') {
      s.n += 3;
      while (!s.is('}')) {
        if (s.is(';')) continue;
        if (s.peek.token === 'option') s.skip();
        else field(s, one, '', oneofs);
      }
      oneofs++;
    } else if (['option', 'reserved', 'extensions', 'extend'].includes(word) && s.tokens[s.n + 1]?.token !== '.') s.skip();
    else field(s, one, ['optional', 'required', 'repeated'].includes(word) && (isWord || s.tokens[s.n + 1]?.token === '.') && s.next().token);
  }
  return one;
}

/** A file, for `typesOf`. An error says in which line and column. */
export function readSource(text, name) {
  const s = new Source(text);
  const file = { name, package: '', imports: [], messages: [], enums: [], placeOf: at => s.wrong(at, '').message };
  while (!s.isAtEnd) {
    if (s.is(';')) continue;
    const one = s.peek;
    if (s.is('message')) file.messages.push(body(s, s.name('the name of a message'), 1));
    else if (s.is('enum')) file.enums.push(enumeration(s));
    else if (s.is('package')) { file.package = s.path('a package'); s.need(';'); }
    else if (s.is('import')) { if (!s.is('public')) s.is('weak'); file.imports.push(s.string('the name of a file')); s.need(';'); }
    else if (s.is('syntax') || s.is('edition')) { s.need('='); s.string('"proto3"'); s.need(';'); }
    else if (['option', 'service', 'extend'].includes(one.token)) s.skip();
    else throw s.expected('"message", "enum", "import" or another beginning', one);
  }
  return file;
}
