import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { URL } from 'node:url'
import { BrokerError, Problem } from './errors.js'
import type { Child, Info } from './generated/api.js'
import type { Settings } from './generated/settings.js'
import { Api } from './http.js'
import { bare, type Origin } from './located.js'
import { type Program, program } from './program/running.js'
import { StartedMqttBroker } from './started.js'

/** How a broker is to be. */
export interface MqttBrokerOptions {
  /** Settings of the broker, as its settings file has them. */
  settings?: Settings
  /** A broker that runs already, such as `mqtt://localhost:1883`: it is used and reset, and neither started nor stopped. */
  url?: string
  /** The token that this broker asks for. */
  token?: string
}

/**
 * A broker that is not started yet.
 *
 *     await using broker = await new MqttBroker().start()
 */
export class MqttBroker {
  #settings: Settings
  readonly #url: string | undefined
  readonly #token: string | undefined

  constructor({ settings = {}, url, token }: MqttBrokerOptions = {}) {
    this.#settings = settings
    this.#url = url ?? (process.env['MQTT_URL'] || undefined)
    this.#token = token
  }

  /** Settings beside those that were said before: sections are joined, all else is replaced. */
  withSettings(settings: Settings): this {
    this.#settings = joined(this.#settings, settings)
    return this
  }

  /** Starts it, on a free port. Clients can connect once this resolves. Each call starts another one. */
  async start(): Promise<StartedMqttBroker> {
    return new StartedMqttBroker(this.#url ? await this.#attach(this.#url) : await this.#begin())
  }

  /** A broker of its own in the program of this process, or in the one that `CITRONELLA_URL` names. */
  async #begin(again = true): Promise<Origin> {
    const named = process.env['CITRONELLA_URL']
    const running = named ? undefined : await program()
    const token = named ? this.#tokenOf() : undefined
    const parent = new Api(running?.api ?? apiOf(named as string, 'CITRONELLA_URL'), token)
    if (running) parent.ended = () => fate(running)
    // With the API on a port of its own it can be asked while the broker is away.
    const body = joined({ http: { listen: true } }, this.#settings)
    const child = await parent.json<Child>('POST', 'brokers', { body }).catch(async (error: unknown) => {
      // This request may be the first to notice that the program was killed: then there is a new one.
      if (again && running && !(error instanceof Problem) && (await hasEnded(running))) return undefined
      throw error
    })
    if (!child) return this.#begin(false)
    if (!child.api) throw new BrokerError('http.enabled = false: this package needs the control API of its broker')
    const api = new Api(child.api, token)
    api.ended = parent.ended
    const stop = async (): Promise<void> => {
      api.ended = () => 'this broker was stopped'
      await parent.json('DELETE', `brokers/${child.id}`).catch((error: unknown) => {
        // A program that has ended has taken its brokers along.
        if (error instanceof Problem) throw error
      })
    }
    return { info: child, api, stop }
  }

  async #attach(url: string): Promise<Origin> {
    if (Object.keys(this.#settings).length > 0) {
      throw new BrokerError(`the broker at ${url} runs already: it takes no settings`)
    }
    const at = new URL(apiOf(url, 'MQTT_URL'))
    const api = new Api(at.href, this.#tokenOf())
    const info = await api.json<Info>('GET', 'info').catch((error: unknown) => {
      if (error instanceof Problem) throw error
      const only = 'Only a broker of Citronella can be asked: another one has no control API.'
      throw new BrokerError(`${(error as Error).message}\n${only}`, { cause: error })
    })
    if (info.name !== 'citronella') throw new BrokerError(`what answers at ${url} is no Citronella`)
    await api.json('POST', 'reset')
    const address = { host: bare(at.hostname), port: Number(at.port) }
    const stop = async (): Promise<void> => {
      api.ended = () => 'this broker was stopped'
    }
    return { info, api, address, stop }
  }

  #tokenOf(): string | undefined {
    const path = process.env['CITRONELLA_TOKEN_FILE']
    return this.#token ?? (path ? readFileSync(path, 'utf8').split('\n')[0]?.trim() : undefined)
  }
}

/** The control API is on the port that takes MQTT. */
function apiOf(url: string, from: string): string {
  const [, host, port = '1883'] = url.match(/^(?:mqtt|http):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?(?:\/.*)?$/) ?? []
  if (host === undefined)
    throw new BrokerError(`${from}: expected a URL such as mqtt://localhost:1883, not ${JSON.stringify(url)}`)
  return `http://${host}:${port}/api/v1`
}

/** Whether it has ended. A connection that breaks may be the first sign of an end that is only just happening. */
async function hasEnded(running: Program): Promise<boolean> {
  await Promise.race([running.end, setTimeout(200)])
  return running.ended !== undefined
}

function fate(running: Program): string | undefined {
  return running.ended === undefined ? undefined : `the program of the broker has ended: ${running.ended}`
}

function joined(one: Settings, other: Settings): Settings {
  const all: Record<string, unknown> = { ...one }
  for (const [name, value] of Object.entries(other)) {
    const before = all[name]
    all[name] = isSection(before) && isSection(value) ? { ...before, ...value } : value
  }
  return all as Settings
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
