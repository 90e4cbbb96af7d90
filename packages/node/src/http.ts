import { Agent, type IncomingMessage, request } from 'node:http'
import { BrokerError, errorOf, type ProblemBody } from './errors.js'

/** A connection that is idle for so long is closed, before the broker closes it after 30 s. */
const IDLE_MILLIS = 20_000
/** The broker answers at the latest after the time that a request may wait; the client waits this much longer. */
const GRACE_SECS = 30
/** What the broker waits at most where nothing is said. */
const PATIENCE_SECS = 60

/** Idle connections of an agent do not keep Node alive. */
const agent = new Agent({ keepAlive: true, timeout: IDLE_MILLIS })

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Values for the address of a request; those that are undefined are left out, and a list is given value by value. */
export type Query = Record<string, string | number | boolean | undefined | readonly (string | number | boolean)[]>

interface RequestOptions {
  query?: Query | undefined
  /** An object becomes JSON; text and bytes go as they are. */
  body?: unknown
  /** How long the broker may take for it. */
  waitSecs?: number | undefined
}

/** The control API of one broker. Connections are kept for the next request. */
export class Api {
  /** Why nothing can be asked any more, once that is so: another broker may have the port by then. */
  ended: () => string | undefined = () => undefined
  readonly #authorization: Record<string, string>

  constructor(
    /** Such as `http://127.0.0.1:1883/api/v1`. */
    readonly url: string,
    token?: string,
  ) {
    this.#authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** The answer, read as JSON. */
  async json<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    return JSON.parse((await this.bytes(method, path, options)).toString()) as T
  }

  /** The answer as its type says: JSON is read, text is text, all else is bytes. */
  async any(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    const response = await this.open(method, path, options)
    const [type = ''] = (response.headers['content-type'] ?? '').split(';')
    const body = await whole(response)
    if (type === 'application/json' || type.endsWith('+json')) return JSON.parse(body.toString())
    return type.startsWith('text/') || /pem|ndjson/.test(type) ? body.toString() : body
  }

  /** The answer as text. */
  async text(method: Method, path: string, options: RequestOptions = {}): Promise<string> {
    return (await this.bytes(method, path, options)).toString()
  }

  /** The answer as it is. */
  async bytes(method: Method, path: string, options: RequestOptions = {}): Promise<Buffer> {
    return whole(await this.open(method, path, options))
  }

  /** The answer while it comes. An error of the API is thrown. */
  async open(method: Method, path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    const ended = this.ended()
    if (ended !== undefined) throw new BrokerError(ended)
    const response = await this.#send(method, path, options)
    if ((response.statusCode ?? 0) >= 400) throw errorOf(problem(response, await whole(response)))
    return response
  }

  #send(method: Method, path: string, options: RequestOptions, again = true): Promise<IncomingMessage> {
    const url = `${this.url}/${path}${addressed(options.query)}`
    const body = bytesOf(options.body)
    const seconds = (options.waitSecs ?? PATIENCE_SECS) + GRACE_SECS
    return new Promise((resolve, reject) => {
      const headers = { ...this.#authorization, ...(body && { 'content-length': body.length }) }
      const sent = request(url, { method, agent, headers }, (response) => {
        sent.setTimeout(0)
        resolve(response)
      })
      sent.setTimeout(seconds * 1_000, () => {
        sent.destroy(new BrokerError(`${method} ${url}: no answer within ${seconds} s`))
      })
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The broker closed an idle connection in the moment in which it was used again: it has not seen the request.
        if (again && sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
          resolve(this.#send(method, path, options, false))
        } else if (error instanceof BrokerError) {
          reject(error)
        } else {
          reject(new BrokerError(this.ended() ?? `no broker answers at ${this.url}: ${error.message}`, { cause: error }))
        }
      })
      sent.end(body)
    })
  }
}

/** `path` as a part of an address: a `/` in a name stays in the name. */
export function part(name: string): string {
  return encodeURIComponent(name)
}

function addressed(query: Query | undefined): string {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of value === undefined ? [] : [value].flat()) pairs.push(`${part(name)}=${part(String(one))}`)
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

async function whole(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer)
  } catch (error) {
    throw new BrokerError(`the answer of the broker broke off: ${(error as Error).message}`, { cause: error })
  }
  return Buffer.concat(chunks)
}

function problem(response: IncomingMessage, body: Buffer): ProblemBody {
  const status = response.statusCode ?? 0
  try {
    const read = JSON.parse(body.toString()) as ProblemBody
    if (typeof read.detail === 'string') return read
  } catch {
    // Something else answers there.
  }
  const detail = `something that is no control API answered with ${status}: ${body.toString().slice(0, 200)}`
  return { type: 'about:blank', title: response.statusMessage ?? '', status, detail }
}
