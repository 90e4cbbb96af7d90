// The course in the page: what to do, done with a press; and what to do alone, checked by what really happened.

import { attempt, refusal } from '../console/ask.js';
import { $, h, toast } from '../console/dom.js';
import { request } from '../console/road.js';
import { run } from './commands.js';
import { blocks } from './prose.js';

const KEY = 'citronella-lesson';

/** The body of an expectation that says at once whether a point is met. */
function expectation({ expect, times, never, then = [] }) {
  const first = { pattern: expect, ...(times ? { times } : {}) };
  const asked = never ? { never: expect } : then.length ? { steps: [first, ...then.map(pattern => ({ pattern }))] } : first;
  return { ...asked, after: 0, timeout_secs: 0, unproven_is_enough: true };
}

/** What came nearest, and how it differs. */
function nearest({ failure } = {}) {
  const [near] = failure?.nearest ?? [];
  if (!near) return '';
  const differs = near.differences.map(one => `${one.field} is ${one.found}, not ${one.wanted}`).join('; ');
  return `nearest: #${near.entry.seq} of ${near.entry.client_id || 'nobody'}: ${differs}. `;
}

export class Lessons {
  /** `anew()` is called where nothing that was before is to be shown any more. */
  constructor(all, visitors, anew) {
    Object.assign(this, { all, visitors, anew, number: 0 });
    this.box = $('#lesson');
    this.choose = h('select', { 'aria-label': 'Lesson', id: 'lesson-choice', on: { change: () => this.open(Number(this.choose.value)) } }, h('option', { value: 0 }, 'Choose a lesson'), all.map(one => h('option', { value: one.number }, `${one.number}. ${one.title}`)));
    this.body = h('div', { class: 'lbody' });
    this.said = h('input', { class: 'mono grow', id: 'command', 'aria-label': 'Command', placeholder: 'publisher -i foo2 -t test/topic -m bar', spellcheck: 'false', autocomplete: 'off' });
    this.wrong = refusal('command-wrong');
    this.heard = h('ul', { class: 'heard', id: 'visitors-heard', 'aria-live': 'polite', 'aria-label': 'What the clients of the page heard', 'data-empty': 'What clients hear is shown here.' });
    this.box.replaceChildren(h('h2', {}, 'Course ', this.choose), this.body,
      h('form', { class: 'line', on: { submit: event => { event.preventDefault(); this.type(); } } }, h('span', { class: 'mono mute' }, '$'), this.said, h('button', { class: 'btn', id: 'command-run' }, 'Run')), this.wrong, this.heard);
    visitors.changed = () => this.showHeard();
    this.show();
  }

  showHeard() {
    this.heard.replaceChildren(...this.visitors.heard.slice(0, 30).map(({ to, topic, payload }) => h('li', {}, h('span', { class: 'tp' }, `${to} ◂ ${topic}`), h('span', { class: 'pl' }, payload || '(empty)'))));
  }

  async type() {
    const line = this.said.value.trim();
    if (!line) return;
    this.said.value = '';
    // A command that is refused can be mended.
    if (!await attempt(this.wrong, () => run(line, this.visitors)) && !this.said.value) this.said.value = line;
  }

  /** The broker as new, and prepared; as `broker lesson N` does it. */
  async open(number) {
    this.number = number;
    this.choose.value = number;
    localStorage.setItem(KEY, number);
    this.done = new Set();
    this.points = null;
    this.visitors.clear();
    await request('POST', 'reset');
    const lesson = this.lesson;
    if (lesson?.needs === 'tab') for (const { method, path, body } of lesson.prepare ?? []) await request(method, path, { body });
    this.anew();
    this.show();
  }

  get lesson() { return this.all.find(one => one.number === this.number); }

  show() {
    const { lesson } = this;
    document.body.classList.toggle('in-lesson', Boolean(lesson));
    if (!lesson) {
      const last = Number(localStorage.getItem(KEY));
      this.body.replaceChildren(h('p', {}, 'Here is a broker, and clients beside it, all in this page. Nothing leaves it. Each lesson does its steps with you; you see each packet, byte by byte.'),
        h('button', { class: 'btn strong', id: 'begin', on: { click: () => this.open(last || 1) } }, last > 1 ? `Go on with lesson ${last}` : 'Begin with lesson 1'));
      return;
    }
    const { sections } = lesson;
    const part = name => blocks(sections[name] ?? []);
    const isHere = lesson.needs === 'tab';
    this.body.replaceChildren(h('div', {}, h('p', { class: 'mute' }, `${lesson.goal} About ${lesson.minutes} minutes.`),
      isHere ? null : h('p', { class: 'real' }, `This lesson needs a real broker. ${lesson.why_broker} Install it, and type `, h('code', {}, `broker lesson ${lesson.number}`), '.'),
      h('details', { open: true }, h('summary', {}, 'What you will see'), part('What you will see')),
      isHere ? h('section', {}, h('h3', {}, 'Steps'), h('ol', { class: 'lsteps' }, lesson.step.map((step, i) => this.step(step, i)))) : null,
      h('details', {}, h('summary', {}, 'What it means'), part('What it means')),
      h('details', {}, h('summary', {}, 'A question'), part('A question')),
      isHere ? this.exercise(lesson) : null,
      h('p', { class: 'mute' }, isHere ? 'Beside this page, with programs of your own: ' : '', isHere ? h('code', {}, `broker lesson ${lesson.number}`) : '', isHere ? ' needs a real broker.' : '')));
    this.body.scrollTop = 0;
  }

  step(step, i) {
    const act = async event => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        const version = /-V 5\b/.test(step.command ?? '') ? '5.0' : undefined;
        const until = Number(step.command?.match(/^subscriber .*?-C (\d+)/)?.[1]) || undefined;
        await this.visitors.act({ ...(version ? { version } : {}), ...step, until });
        this.done.add(i);
      } catch (error) {
        toast(error.message);
      }
      button.disabled = false;
      button.textContent = this.done.has(i) ? 'Again' : 'Do it';
    };
    return h('li', {}, h('p', {}, blocks([{ kind: 'spans', text: step.say.replace(/^Terminal \d: /, '') }])), step.command ? h('pre', { class: 'mono' }, step.command) : null,
      h('button', { class: 'btn lstep', type: 'button', on: { click: act } }, this.done.has(i) ? 'Again' : 'Do it'));
  }

  exercise(lesson) {
    const list = h('ul', { class: 'points', id: 'points', 'aria-live': 'polite' });
    const check = async () => {
      const points = await Promise.all(lesson.check.map(async point => {
        const answer = await request('POST', 'expectations', { body: expectation(point) });
        return { ...point, isMet: answer.ok, near: answer.ok ? '' : nearest(await answer.json()) };
      }));
      list.replaceChildren(...points.map(({ say, hint, isMet, near }) => h('li', { class: isMet ? 'met' : 'missed' }, h('span', { 'aria-hidden': 'true' }, isMet ? '✓' : '✗'), h('div', {}, blocks([{ kind: 'spans', text: say }]), isMet ? null : h('small', {}, near, near ? h('br') : null, `hint: ${hint}`)))));
      list.previousElementSibling.scrollIntoView();
      if (points.every(point => point.isMet)) toast(`Lesson ${lesson.number} is done`);
    };
    return h('section', {}, h('h3', {}, 'Exercise'), h('p', {}, blocks([{ kind: 'spans', text: lesson.exercise }])), h('p', { class: 'mute' }, 'Type commands below. ', h('code', {}, 'kill CLIENT'), ' ends one without a goodbye.'),
      h('div', { class: 'line' }, h('button', { class: 'btn strong', id: 'check', type: 'button', on: { click: check } }, 'Check'), h('button', { class: 'btn', type: 'button', on: { click: () => this.open(lesson.number) } }, 'Begin again')), list);
  }
}
