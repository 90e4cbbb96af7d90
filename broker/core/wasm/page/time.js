// The broker's clock: it goes as the page's does, and can be stopped and moved.

let at = 0;
let since = performance.now();
let frozen = false;
/** A packet waits to be let go: the clock waits with it, though nobody stopped it. */
let held = false;

/** Milliseconds since the broker began; never less than before. */
export function now() {
  if (!frozen && !held) {
    const then = performance.now();
    at += then - since;
    since = then;
  }
  return at;
}

export const isFrozen = () => frozen;

export function freeze() {
  now();
  frozen = true;
}

export function resume() {
  if (!frozen) return;
  frozen = false;
  since = performance.now();
}

export const isHeld = () => held;

export function hold(is) {
  if (is === held) return;
  now();
  held = is;
  since = performance.now();
}

/** The clock shows this; it does not go back. */
export function moveTo(millis) {
  now();
  at = Math.max(at, millis);
}
