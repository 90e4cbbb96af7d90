/** How long: all parts together. A `Temporal.Duration` will do, too. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/** How long is waited at most where nothing is said. Vitest and Jest give up a test after 5 seconds: the report has to come before that. */
export const WAIT_SECS = 4

const UNITS = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1, milliseconds: 0.001 }

/** So many seconds. `name` is what an error calls the duration. */
export function secondsOf(duration: Duration, name: string): number {
  const example = 'expected an object such as {seconds: 5} or {hours: 1}'
  if (typeof duration !== 'object' || duration === null) {
    throw new TypeError(`${name}: ${example}, not ${JSON.stringify(duration) ?? String(duration)}`)
  }
  const known = Object.keys(UNITS) as (keyof Duration)[]
  const unknown = Object.keys(duration).find((unit) => !(unit in UNITS))
  if (unknown !== undefined) {
    throw new TypeError(`${name}: there is no unit ${JSON.stringify(unknown)}; ${example}: ${known.join(', ')}`)
  }
  const said = known.filter((unit) => duration[unit] !== undefined)
  if (said.length === 0) throw new TypeError(`${name}: it is empty; ${example}`)
  let seconds = 0
  for (const unit of said) {
    const value: unknown = duration[unit]
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new TypeError(`${name}: ${unit} is to be a number from 0 on, not ${JSON.stringify(value)}`)
    }
    seconds += value * UNITS[unit]
  }
  return seconds
}
