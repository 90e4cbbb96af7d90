// The broker in this page, its connections, and its timers.

import * as machine from './machine.js';
import * as time from './time.js';
import { Frames } from './frames.js';
import { MOST, Travel } from './travel.js';
import { Socket } from './socket.js';

/** A timer of a browser goes no further. */
const LONGEST_MS = 2 ** 31 - 1;
/** So many steps one move of the clock has at most. */
const MOST_STEPS = 100_000;

export const travel = new Travel();
export const connections = new Set();
const heard = new Set();
let timer = null;
let told = 0;
let isLooking = false;
let again = false;

/** Calls this when the journal may have grown. The answer ends that. */
export function onChange(hear) {
  heard.add(hear);
  return () => heard.delete(hear);
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.name = socket.name;
    this.handle = machine.open(time.now(), 'this page');
    this.fromClient = new Frames();
    this.toClient = new Frames();
    this.in = travel.way(this, 'in', (bytes, isLost) => { machine.receive(time.now(), this.handle, bytes, isLost); look(); });
    this.out = travel.way(this, 'out', (bytes, isLost) => {
      socket.deliver(machine.pass(time.now(), this.handle, bytes.length, isLost));
      look();
    });
    connections.add(this);
  }

  /** The client sends. */
  send(bytes) {
    for (const packet of this.fromClient.push(bytes)) travel.send(this.in, packet);
    if (this.in.packets.length > MOST * 10) { this.cut('it sends more than can be on its way'); return; }
    travel.run();
  }

  /** The client has closed. */
  end() {
    this.isEnding = true;
    look();
  }

  /** The connection breaks: what is on its way is lost. */
  cut(why = 'the connection was cut') { this.over(why, false); }

  over(why, wasClean) {
    if (!connections.delete(this)) return;
    machine.close(time.now(), this.handle, why);
    travel.close(this.in);
    travel.close(this.out);
    this.socket.closed(wasClean);
    look();
  }

  /** What the broker has for it sets out; and it ends, if it is to. */
  look() {
    const late = machine.take(time.now(), this.handle);
    this.socket.deliver(late);
    if (this.out.packets.length < MOST) for (const packet of this.toClient.push(machine.unsent(this.handle))) travel.send(this.out, packet);
    const wanted = machine.wantsClose(this.handle);
    if (wanted === 2) this.over('', false);
    else if (wanted === 1 && !this.out.packets.length) this.over('', true);
    else if (this.isEnding && !this.in.packets.length) this.over('the client closed the connection', true);
  }
}

// Who reads a packet that waits is in no hurry: no time of the broker's runs out meanwhile.
travel.heard.add(() => {
  if (time.isHeld() === travel.isWaited) return;
  time.hold(travel.isWaited);
  arm();
  tell();
});

/** Looks at everything that may have changed, until nothing has. */
export function look() {
  again = true;
  if (isLooking) return;
  isLooking = true;
  while (again) {
    again = false;
    for (const connection of connections) connection.look();
    travel.run();
  }
  isLooking = false;
  arm();
  const newest = machine.newest();
  if (newest === told) return;
  told = newest;
  for (const hear of heard) hear();
}

/** Waits for what is due next, while the clock goes. */
function arm() {
  clearTimeout(timer);
  const next = machine.nextTimeout();
  if (time.isFrozen() || time.isHeld() || !Number.isFinite(next)) return;
  timer = setTimeout(() => { machine.tick(time.now()); look(); }, Math.min(LONGEST_MS, Math.max(1, next - time.now())));
}

export const open = name => new Socket(name, socket => new Connection(socket));

/** Those that show the clock, told once it was stopped or moved. */
export const watchers = new Set();
const tell = () => { for (const see of watchers) see(); };

export const clock = {
  shown: () => ({ now_secs: time.now() / 1000, frozen: time.isFrozen() || time.isHeld() }),
  freeze() {
    if (!time.isFrozen()) { time.freeze(); machine.clockChanged(time.now(), 'stopped'); }
    look();
    tell();
  },
  resume() {
    if (time.isFrozen()) { machine.clockChanged(time.now(), 'runs'); time.resume(); }
    look();
    tell();
  },
  /** What is due on the way is done, each at its own instant. */
  advance(millis) {
    if (millis > 0) machine.clockChanged(time.now(), 'moved', millis);
    const until = time.now() + millis;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const next = machine.nextTimeout();
      if (next > until) break;
      time.moveTo(next);
      machine.tick(time.now());
      look();
    }
    time.moveTo(until);
    machine.tick(time.now());
    look();
    tell();
  },
};

/** A request of the control API that the module answers. */
export function ask(request) {
  const answer = machine.ask(time.now(), request);
  if (request.method !== 'GET') look();
  return answer;
}
