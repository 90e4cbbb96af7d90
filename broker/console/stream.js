// What happens, as it happens: the events of the API, read by hand, so that a token can go along, and so that a busy page takes
// breath. A connection that ends is made again, behind the last entry that was seen. A tab that nobody sees gives its connection
// back, for a browser has six for a host; once it is seen again, it reads what came meanwhile from the journal.

import { get, send } from './api.js';

/** Both sides of a rule: the default leaves out what a rule kept from a client. */
const BOTH_SIDES = encodeURIComponent('{"one_of":[null,"client","engine"]}');
/** So long entries are read in one go, before a frame is drawn. */
const BREATH_MS = 7;
const RETRY_MS = [250, 500, 1000, 2000, 4000];

export class Stream {
  /**
   * `to` hears: `entry(entry)`, `missed(count)`, `anew()` where it is another broker by now, `state(word, detail)` with
   * `live`, `rests` or `away`.
   */
  constructor(to) {
    this.to = to;
    this.last = 0;
    this.at = 0;
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.ends?.abort(); });
  }

  async run() {
    for (let failures = 0; ;) {
      if (document.hidden) await this.rest();
      try {
        await this.follow(() => { failures = 0; });
        if (document.hidden) continue;
        this.say('away', 'the broker ended the connection');
      } catch (error) {
        if (document.hidden) continue;
        // A browser says in its own words that nobody answered.
        this.say('away', error instanceof TypeError ? 'nothing listens there now; the page tries again' : error.message);
      }
      await pause(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    }
  }

  /** Until somebody looks. */
  rest() {
    this.say('rests');
    return new Promise(done => {
      const look = () => {
        if (document.hidden) return;
        document.removeEventListener('visibilitychange', look);
        done();
      };
      document.addEventListener('visibilitychange', look);
    });
  }

  say(state, why) {
    this.state = state;
    this.to.state(state, why);
  }

  async follow(began) {
    const clock = await get('clock');
    // A clock that shows less than the last entry is another broker's.
    if (clock.now_secs + 0.001 < this.at) {
      this.last = 0;
      this.at = 0;
      this.to.anew();
    }
    this.ends = new AbortController();
    const { signal } = this.ends;
    const answer = await send('GET', `events?after=${this.last}&side=${BOTH_SIDES}`, { accept: 'text/event-stream', signal });
    began();
    this.say('live');
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      rest = await this.take(rest);
      if (signal.aborted) return;
    }
  }

  /** Reads whole events, and gives back what is left. */
  async take(text) {
    let from = 0;
    let began = performance.now();
    for (let end; (end = text.indexOf('\n\n', from)) >= 0; from = end + 2) {
      this.event(text, from, end);
      if (performance.now() - began > BREATH_MS) {
        await nextTurn();
        began = performance.now();
      }
    }
    return text.slice(from);
  }

  event(text, from, end) {
    if (text.startsWith(':', from)) return;
    const data = text.indexOf('data: ', from);
    if (data < 0 || data > end) return;
    const said = JSON.parse(text.slice(data + 6, end));
    if (text.startsWith('event: missed', from)) {
      this.to.missed(said.entries);
      this.isTold = true;
      return;
    }
    // Numbers go on without a gap, but where somebody emptied the journal.
    if (this.last && said.seq > this.last + 1 && !this.isTold && said.event !== 'reset') this.to.missed(said.seq - this.last - 1);
    this.isTold = false;
    this.last = said.seq;
    this.at = said.at_secs;
    this.to.entry(said);
  }
}

const pause = ms => new Promise(done => setTimeout(done, ms));
/** Others have their turn: a frame, a key, a click. */
const channel = new MessageChannel();
const turns = [];
channel.port1.onmessage = () => turns.shift()?.();
const nextTurn = () => new Promise(done => {
  turns.push(done);
  channel.port2.postMessage(0);
});
