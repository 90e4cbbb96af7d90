// Values by chance, the same ones in each run.

export function random(seed) {
  let state = seed >>> 0
  // The generator mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low, high) => low + Math.floor(next() * (high - low + 1))
  const pick = (all) => all[whole(0, all.length - 1)]
  const text = () => Array.from({ length: whole(1, 12) }, () => pick([...'abcdefXYZ 09_äé温🦀'])).join('')
  const bytes = (length) => Uint8Array.from({ length }, () => whole(0, 255))
  const scalar = ({ isBig = true }) =>
    pick([null, true, false, 0, 1, 23, 24, 255, 256, 65535, 65536, -1, -24, -25, -129, -40000, -(2 ** 31) - 5, 2 ** 32, 2 ** 40 + 1, 0.5, -1.25, 1e300, NaN, -Infinity, text(), text().repeat(30), ...(isBig ? [2n ** 63n + 1n, -(2n ** 62n)] : [])])
  const value = (depth, options = {}) => {
    if (depth === 0 || next() < 0.4) return scalar(options)
    const length = pick([0, 1, 2, 5, 20])
    if (next() < 0.5) return Array.from({ length }, () => value(depth - 1, options))
    return Object.fromEntries(Array.from({ length }, () => [text(), value(depth - 1, options)]))
  }
  return { next, whole, pick, text, bytes, value }
}
