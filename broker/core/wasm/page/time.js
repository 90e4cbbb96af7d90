// The broker's clock: it goes as the page's does, and can be stopped and moved.

let at = 0;
let since = performance.now();
let frozen = false;

/** Milliseconds since the broker began; never less than before. */
export function now() {
  if (!frozen) {
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

/** The clock shows this; it does not go back. */
export function moveTo(millis) {
  now();
  at = Math.max(at, millis);
}
