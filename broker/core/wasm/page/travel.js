// The port that is not a network: packets travel between a client and the broker, at once, slowly, or step by step, and may be
// lost by hand. Each way of each connection keeps its order.

/** How packets travel: `at once`; `slowly`, each for so long; `by step`, each when it is let go. */
export const PACES = { once: 0, slow: 1500, step: Infinity };
/** So many packets of one way are on their way at a time. */
export const MOST = 200;

export class Travel {
  constructor() {
    this.pace = 'once';
    this.ways = new Set();
    this.number = 0;
    this.heard = new Set();
    this.isBusy = false;
    this.timer = null;
  }

  /** A way from one end to the other: `arrive(bytes, isLost)` is called for each packet. */
  way(connection, direction, arrive) {
    const way = { connection, direction, arrive, packets: [] };
    this.ways.add(way);
    return way;
  }

  close(way) {
    this.ways.delete(way);
    way.packets.length = 0;
    this.say();
  }

  send(way, bytes) {
    way.packets.push({ number: ++this.number, way, bytes, began: performance.now(), isLost: false, mayArrive: false });
    this.say();
  }

  get all() { return [...this.ways].flatMap(way => way.packets); }
  find(number) { return this.all.find(one => one.number === number); }

  /** Whether a packet waits until somebody lets it go. */
  get isWaited() { return this.pace === 'step' && [...this.ways].some(way => way.packets.length > 0); }

  /** How far a packet is, from 0 to 1. By step, it waits in the middle. */
  progress(packet) {
    const takes = PACES[this.pace];
    if (takes === 0 || packet.mayArrive) return 1;
    const gone = (performance.now() - packet.began) / (takes === Infinity ? PACES.slow : takes);
    return Math.min(takes === Infinity ? 0.5 : 1, gone);
  }

  setPace(pace) {
    this.pace = pace;
    for (const packet of this.all) packet.began = performance.now();
    this.run();
  }

  /** Lets the oldest packet go that is on its way; by step, this is the step. */
  step() {
    const [next] = this.all.sort((a, b) => a.number - b.number);
    if (next) next.mayArrive = true;
    this.run();
    return Boolean(next);
  }

  /** A packet is lost, here and now. */
  lose(packet) {
    packet.isLost = true;
    packet.mayArrive = true;
    this.run();
  }

  /** Lets arrive what has come through, in order; what that leads to, too. */
  run() {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const way of this.ways) {
        const [first] = way.packets;
        if (!first || this.progress(first) < 1) continue;
        way.packets.shift();
        way.arrive(first.bytes, first.isLost);
        isMore = true;
      }
    }
    this.isBusy = false;
    this.say();
  }

  /** Something has changed: those who look are told, and the next arrival is waited for. */
  say() {
    for (const hear of this.heard) hear();
    clearTimeout(this.timer);
    const takes = PACES[this.pace];
    const next = Math.min(...[...this.ways].filter(way => way.packets.length).map(({ packets: [first] }) => first.began + takes));
    if (!this.isBusy && Number.isFinite(next)) this.timer = setTimeout(() => this.run(), Math.max(0, next - performance.now()) + 1);
  }
}
