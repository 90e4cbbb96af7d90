import { AssertionError } from 'node:assert'
import type { Failure } from './generated/api.js'

/** How many calls there may be between a test and the answer, more or less. */
const FRAMES_OF_THIS_PACKAGE = 10

/** What the control API says of a request without a result (RFC 9457). */
export interface ProblemBody {
  type: string
  title: string
  status: number
  /** What was wrong, where, and what would be right. */
  detail: string
  /** The member of the request that is wrong. */
  path?: string
  failure?: Failure
  [more: string]: unknown
}

/** The program cannot be found, does not start, or cannot be reached. */
export class BrokerError extends Error {
  override readonly name: string = 'BrokerError'
}

/** The broker cannot do what it was asked. The message says what was wrong, where, and what would be right. */
export class Problem extends BrokerError {
  override readonly name = 'Problem'
  readonly status: number
  readonly type: string
  /** The member of the request that is wrong, such as `pattern.qos`. */
  readonly path: string | undefined
  readonly #body: ProblemBody

  constructor(body: ProblemBody) {
    super(body.detail)
    this.status = body.status
    this.type = body.type
    this.path = body.path
    this.#body = body
  }

  /** The whole answer. */
  get body(): ProblemBody {
    return this.#body
  }
}

/**
 * What was expected or waited for did not come. The message is a report: what was expected, what came nearest and how it differs, and
 * the packets around it.
 */
export class NotMet extends AssertionError {
  // Private, so that runners that print the members of an error do not print the report twice.
  readonly #body: ProblemBody

  constructor(body: ProblemBody) {
    // The operator by which runners know that there is nothing to compare.
    super({ message: body.detail, operator: 'fail' })
    this.#body = body
  }

  /** The report as data. Waits for other things than messages have none. */
  get failure(): Failure | undefined {
    return this.#body.failure
  }

  /** The whole answer. */
  get body(): ProblemBody {
    return this.#body
  }
}

/** The error for an answer. Its stack begins in the test: of this package there is nothing to see. */
export function errorOf(body: ProblemBody): Problem | NotMet {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = stackTraceLimit + FRAMES_OF_THIS_PACKAGE
  try {
    const error = body.status === 417 ? new NotMet(body) : new Problem(body)
    const isOurs = (line: string): boolean => /^ +at /.test(line) && (line.includes(__dirname) || /\(node:internal/.test(line))
    error.stack = error.stack
      ?.split('\n')
      .filter((line) => !isOurs(line))
      .join('\n')
    return error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Where in the test a call was made: those frames of an error that lie above `callee`. */
export class Place {
  readonly #frames: string

  // biome-ignore lint/complexity/noBannedTypes: it is only compared with functions of the stack.
  constructor(callee: Function) {
    const holder = { stack: '' }
    Error.captureStackTrace(holder, callee)
    this.#frames = holder.stack.replace(/^.*\n/, '')
  }

  /** Has an error say that it came from here. */
  mark(error: unknown): unknown {
    // `instanceof Error` does not hold in Jest, whose tests have an Error of their own.
    const said = error as Partial<NotMet> | undefined
    if (typeof said?.stack === 'string' && this.#frames !== '') {
      const code = said.code === undefined ? '' : ` [${said.code}]`
      said.stack = `${said.name}${code}: ${said.message}\n${this.#frames}`
    }
    return error
  }
}
