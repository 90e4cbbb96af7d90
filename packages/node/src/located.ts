import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { URL } from 'node:url'
import type { Info, Listener } from './generated/api.js'
import type { Api } from './http.js'

/** What a broker that runs is made of. */
export interface Origin {
  info: Info
  api: Api
  /** Where clients connect, if that is not where the broker says. */
  address?: { host: string; port: number }
  stop(): Promise<void>
}

/** Where a broker is, and how clients trust it. */
export class Located {
  readonly #origin: Origin
  #ca: Promise<string> | undefined
  #caFolder: string | undefined

  constructor(origin: Origin) {
    this.#origin = origin
  }

  /** Its name, version, seed and listeners. */
  get info(): Info {
    return this.#origin.info
  }

  getHost(): string {
    return this.#origin.address?.host ?? bare(new URL(this.info.url).hostname)
  }

  getPort(): number {
    return this.#origin.address?.port ?? Number(new URL(this.info.url).port)
  }

  /** Such as `mqtt://127.0.0.1:40123`. */
  getConnectionString(): string {
    return this.#url('tcp')
  }

  /** The same over TLS: `mqtts://…`. Clients have to trust `getCa()`. */
  getTlsConnectionString(): string {
    return this.#url('tls')
  }

  /** The same over WebSocket: `ws://…/mqtt`. */
  getWsConnectionString(): string {
    return this.#url('ws')
  }

  /** The same over WebSocket inside TLS: `wss://…/mqtt`. */
  getWssConnectionString(): string {
    return this.#url('wss')
  }

  get host(): string {
    return this.getHost()
  }

  get port(): number {
    return this.getPort()
  }

  get url(): string {
    return this.getConnectionString()
  }

  /** Its control API: `http://…/api/v1`. */
  get api(): string {
    return this.#origin.api.url
  }

  /** The certificate of the CA that vouches for the broker, in PEM. */
  getCa(): Promise<string> {
    this.#ca ??= this.#origin.api.text('GET', 'certificates/ca')
    return this.#ca
  }

  /** The path of a file with it, for programs that take no other. It is there until the broker stops. */
  async getCaFile(): Promise<string> {
    const ca = await this.getCa()
    this.#caFolder ??= mkdtempSync(join(tmpdir(), 'citronella-'))
    const path = join(this.#caFolder, 'ca.pem')
    writeFileSync(path, ca)
    return path
  }

  protected removeCaFile(): void {
    if (this.#caFolder) rmSync(this.#caFolder, { recursive: true, force: true })
    this.#caFolder = undefined
  }

  #url(way: string): string {
    const with_ = this.info.listeners.find((listener) => listener.urls[way])
    if (!with_) throw new Error(`this broker has no listener for ${way}`)
    return this.#seenFromHere(with_, with_.urls[way] as string)
  }

  /** A broker in a container says where it is in there. */
  #seenFromHere(listener: Listener, said: string): string {
    const { address } = this.#origin
    if (!address || listener.name !== 'main') return said
    return said.replace(/:\/\/.*:\d+/, `://${address.host}:${address.port}`)
  }
}

/** An IPv6 address without its brackets. */
export function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
