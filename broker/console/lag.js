// How far the page is behind the broker, while it reads what it has not read yet.

/** Less is the way from the broker, and the page's own clock. */
const LEAST_SECS = 1;
/** One that has only begun to read is no later than it can be. */
const GRACE_MS = 700;
/** No entry for so long: all has been read. */
const QUIET_MS = 600;

export class Lag {
  constructor() { Object.assign(this, { secs: 0, since: 0, at: -QUIET_MS }); }

  /** An entry was read, so long after it happened. */
  hear(secs) {
    const time = performance.now();
    if (secs < LEAST_SECS || time - this.at > QUIET_MS) this.since = time;
    this.secs = secs;
    this.at = time;
  }

  get isBehind() { return this.secs >= LEAST_SECS && performance.now() - this.at < QUIET_MS && this.at - this.since > GRACE_MS; }

  said() { return this.isBehind ? `Live, ${Math.round(this.secs)} s behind` : 'Live'; }
}
