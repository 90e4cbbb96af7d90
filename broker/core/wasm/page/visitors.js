// The clients beside the broker, by their names, and what they are told to do: by a lesson, or by words that are typed.

import { request } from '../console/road.js';
import { OfLibrary } from './library.js';
import { Visitor, versionFor } from './visitor.js';
import { travel } from './world.js';

const MOST = 12;
const MOST_HEARD = 100;
/** So many messages one command sends at most. */
const MOST_TIMES = 100;

export class Visitors {
  constructor() {
    this.all = [];
    this.heard = [];
    this.changed = () => {};
    this.hasLibrary = false;
  }

  find(name) { return this.all.findLast(one => one.name === name); }
  present(name) { return this.all.findLast(one => one.name === name && one.state === 'there'); }

  /** One that is there, or that will come back. */
  staying(name) { return this.present(name) ?? this.all.findLast(one => one.name === name && (one.state === 'connecting' || one.isComing)); }

  add(name, ofLibrary = false) {
    if (ofLibrary && !this.hasLibrary) throw new Error('this page was made without MQTT.js');
    // Those that are gone make room.
    while (this.all.length >= MOST) {
      const at = this.all.findIndex(one => one.state === 'away');
      if (at < 0) throw new Error(`the page has ${MOST} clients at most`);
      this.all.splice(at, 1);
    }
    const Kind = ofLibrary ? OfLibrary : Visitor;
    const one = new Kind(name, { changed: () => this.changed(), message: (to, message) => this.hear(to, message) });
    this.all.push(one);
    return one;
  }

  hear(to, message) {
    this.heard.unshift({ to: to.name, ...message });
    this.heard.length = Math.min(this.heard.length, MOST_HEARD);
    this.changed();
    if (to.until && to.count >= to.until) setTimeout(() => to.disconnect());
  }

  async connect(name, { ofLibrary, until, ...said }) {
    const before = this.find(name);
    if (before?.state === 'away') this.all.splice(this.all.indexOf(before), 1);
    const one = this.add(name, ofLibrary);
    // A session goes on, and so do its messages.
    if (before?.kept && said.clean_start === false && !ofLibrary) Object.assign(one, { unacknowledged: before.unacknowledged, kept: before.kept, received: before.received });
    one.until = until;
    await one.connect(said);
    return one;
  }

  /** The client, connected: as it is, or anew where it speaks another version. */
  async there(name, said, more = {}) {
    const one = this.present(name);
    if (one && versionFor(said, one.version) === one.version) return one;
    one?.disconnect();
    // One that comes back goes after as many messages as before.
    return this.connect(name, { until: this.find(name)?.until, ...more, version: versionFor(said) });
  }

  /** Does a step of a lesson. A client that comes back by itself goes after as many messages as before. */
  async act({ action, client, method, path, body, until, ...said }) {
    if (action === 'request') {
      const answer = await request(method, path, { body });
      // That something does not come is an answer, too.
      if (answer.status === 417) this.hear({ name: 'expected' }, { topic: body.pattern?.packet ?? '', payload: 'it did not come' });
      else if (!answer.ok) throw new Error((await answer.json()).detail);
    } else if (action === 'connect') await this.connect(client, { ...said, until: until ?? this.find(client)?.until });
    else if (action === 'subscribe') await this.subscribe(client, said, until);
    else if (action === 'publish') await this.publish(client, said);
    else if (action === 'unsubscribe') await this.present(client)?.unsubscribe(said);
    else if (action === 'disconnect') this.staying(client)?.disconnect();
    else if (action === 'vanish') this.staying(client)?.vanish();
    else throw new Error(`the page's clients cannot ${action}`);
    travel.run();
  }

  /** It goes after so many messages more, as `subscriber -C` does. */
  async subscribe(name, said, until) {
    const one = await this.there(name, said);
    if (until) one.until = one.count + until;
    await one.subscribe(said);
  }

  /** One that is there says it; any other connects for it, and goes again, as `publisher` does. */
  async publish(name, said, connect = {}, times = 1) {
    const wasThere = this.present(name);
    const one = await this.there(name, said, connect);
    for (let n = 0; n < Math.min(times, MOST_TIMES); n++) await one.publish(said);
    if (one !== wasThere) one.disconnect();
  }

  /** All of them are gone. */
  clear() {
    for (const one of this.all) one.vanish();
    this.all = [];
    this.heard = [];
    this.changed();
  }
}
