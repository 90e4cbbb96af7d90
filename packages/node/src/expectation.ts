import { type Duration, secondsOf, WAIT_SECS } from './duration.js'
import type { Place } from './errors.js'
import type { Count, Entry, Expected, Met, PatternObject } from './generated/api.js'
import { type PatternLike, plain } from './pattern.js'

/** How often something is to come: so many times, or within bounds. */
export type Times = number | { min?: number; max?: number }

/** An expectation that is met. */
export interface MetBy<E extends Entry> extends Met {
  /** The first of what it was met by; at most 100. */
  packets: E[]
}

/** How an expectation is sent and answered. */
export type Ask = (expected: Expected, waitSecs: number | undefined) => Promise<Met>

/**
 * What clients are to do. It is sent at the end of the running turn, so that `times`, `within` and the others say more about it first:
 *
 *     await broker.expect(publish('lamp/+')).times(2).within({ seconds: 1 })
 *
 * It is a promise: resolved once it is met, rejected with a report (`NotMet`) once it cannot be met any more.
 */
export class Expectation<E extends Entry = Entry> extends Promise<MetBy<E>> {
  readonly #wanted: Wanted
  #isSent = false

  /** What `then` and the like give is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  private constructor(wanted: Wanted, ask: Ask, place: Place) {
    let resolve: (met: MetBy<E>) => void = () => {}
    let reject: (error: unknown) => void = () => {}
    super((met, notMet) => {
      resolve = met
      reject = notMet
    })
    this.#wanted = wanted
    // Not queueMicrotask, which fake timers hold back.
    void Promise.resolve().then(async () => {
      this.#isSent = true
      try {
        resolve((await ask(wanted.expected, wanted.waitSecs)) as MetBy<E>)
      } catch (error) {
        reject(place.mark(error))
      }
    })
  }

  /** That something comes. */
  static of<E extends Entry>(pattern: PatternLike<E>, ask: Ask, place: Place): Expectation<E> {
    return new Expectation(new Wanted(pattern, false), ask, place)
  }

  /** That something does not come. */
  static never<E extends Entry>(pattern: PatternLike<E>, ask: Ask, place: Place): Expectation<E> {
    return new Expectation(new Wanted(pattern, true), ask, place)
  }

  /** How often it is to come; at least once where nothing is said. Behind `followedBy` it is about that step. */
  times(times: Times): this {
    return this.#say('times', () => this.#wanted.times(times))
  }

  /** What is to come behind it. */
  followedBy(pattern: PatternLike): this {
    return this.#say('followedBy', () => this.#wanted.step(pattern))
  }

  /** How long to wait at most; 4 seconds where nothing is said. */
  within(duration: Duration): this {
    return this.#say('within', () => {
      this.#wanted.waitSecs = secondsOf(duration, 'within')
    })
  }

  /** Only what comes behind this entry counts: `seq` of one, or what `mark()` gave. Without it, what came since the last `mark()`. */
  after(seq: number): this {
    return this.#say('after', () => {
      this.#wanted.after = seq
    })
  }

  /** Where time is up and more may be on its way, what came by then counts. */
  unprovenIsEnough(): this {
    return this.#say('unprovenIsEnough', () => {
      this.#wanted.unprovenIsEnough = true
    })
  }

  #say(name: string, change: () => void): this {
    if (this.#isSent) throw new Error(`${name}() comes too late: say it right behind expect(), before the next await`)
    try {
      change()
    } catch (error) {
      // Thrown in the middle of a chain, so that nobody may hold this promise: Node is not to end because of it.
      this.catch(() => {})
      throw error
    }
    return this
  }
}

interface Step {
  pattern: PatternObject
  times?: Count
}

/** What was said of it so far. */
class Wanted {
  readonly #steps: Step[]
  readonly #isNever: boolean
  waitSecs: number | undefined = WAIT_SECS
  after: number | undefined
  unprovenIsEnough = false

  constructor(pattern: PatternLike, isNever: boolean) {
    this.#steps = [stepOf(pattern)]
    this.#isNever = isNever
  }

  times(times: Times): void {
    if (this.#isNever) throw new TypeError('what is never to come is not counted: expectNever() takes no times()')
    const last = this.#steps.at(-1)
    if (last) last.times = times
  }

  step(pattern: PatternLike): void {
    if (this.#isNever) throw new TypeError('nothing follows what is never to come: expectNever() takes no followedBy()')
    this.#steps.push(stepOf(pattern))
  }

  get expected(): Expected {
    const [first, ...more] = this.#steps
    const common: Expected = {}
    if (this.after !== undefined) common.after = this.after
    if (this.waitSecs !== undefined) common.timeout_secs = this.waitSecs
    if (this.unprovenIsEnough) common.unproven_is_enough = true
    if (more.length > 0) return { ...common, steps: this.#steps }
    return this.#isNever ? { ...common, never: first?.pattern ?? null } : { ...common, ...first }
  }
}

function stepOf(pattern: PatternLike): Step {
  const object = plain(pattern)
  if (typeof object !== 'object' || object === null) {
    throw new TypeError("expected a pattern, such as publish('sensors/+/temp') or {packet: 'CONNECT'}")
  }
  return { pattern: object }
}
