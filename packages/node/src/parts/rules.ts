import type { Device, DeviceInFull, Fault, Scenario, Stub } from '../generated/api.js'
import type { DeviceSpec, FaultSpec, StubSpec } from '../generated/rules.js'
import { type Api, part } from '../http.js'
import { unlessAbsent } from './pages.js'

/** Things that have a name, are described by `Spec`, and stand as `Standing` says. */
class Named<Spec extends { name: string }, Standing, InFull = Standing> {
  protected readonly api: Api
  readonly #kind: string

  constructor(api: Api, kind: string) {
    this.api = api
    this.#kind = kind
  }

  /** Adds one. One that is wrong changes nothing: the error says where, and what would be right. */
  add(spec: Spec): Promise<Standing> {
    return this.api.json('POST', this.#kind, { body: spec })
  }

  /** All of them, each with how it stands. */
  async list(): Promise<Standing[]> {
    const answer = await this.api.json<Record<string, Standing[]>>('GET', this.#kind)
    return answer[this.#kind] ?? []
  }

  /** One of them, if it is there. */
  get(name: string): Promise<InFull | undefined> {
    return unlessAbsent(this.api.json('GET', this.path(name)))
  }

  /** Puts one in the place of the one with its name. */
  replace(spec: Spec): Promise<Standing> {
    return this.api.json('PUT', this.path(spec.name), { body: spec })
  }

  async remove(name: string): Promise<void> {
    await this.api.json('DELETE', this.path(name))
  }

  /** Removes all, also those of the settings. */
  async clear(): Promise<void> {
    await this.api.json('DELETE', this.#kind)
  }

  protected path(name: string): string {
    return `${this.#kind}/${part(name)}`
  }
}

/** Rules that disturb what passes between clients and the broker. docs/FAULTS.md has every key. */
export class Faults extends Named<FaultSpec, Fault> {
  constructor(api: Api) {
    super(api, 'faults')
  }

  /** Switches a rule off, or on again. One that is off keeps its place and its counts, and does nothing. */
  setEnabled(name: string, enabled: boolean): Promise<Fault> {
    return this.api.json('PUT', `${this.path(name)}/enabled`, { body: { enabled } })
  }

  /** Lets the counts and the window of time of a rule begin anew. */
  reset(name: string): Promise<Fault> {
    return this.api.json('POST', `${this.path(name)}/reset`)
  }

  /** Lets go what a rule keeps back. */
  release(name: string): Promise<Fault> {
    return this.api.json('POST', `${this.path(name)}/release`)
  }
}

/** Answers without code. docs/STUBS.md has every key. `files` of a spec are what its templates read. */
export class Stubs extends Named<StubSpec & WithFiles, Stub> {
  constructor(api: Api) {
    super(api, 'stubs')
  }
}

/** Simulated devices. docs/DEVICES.md has every key. */
export class Devices extends Named<DeviceSpec & WithFiles, Device, DeviceInFull> {
  constructor(api: Api) {
    super(api, 'devices')
  }
}

/** The files that templates read: their names and what they hold. The broker reads no file of its machine for a request. */
export interface WithFiles {
  files?: Record<string, string | { base64: string }>
}

/** States with names, which rules and stubs share. */
export class Scenarios {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  async list(): Promise<Scenario[]> {
    return (await this.#api.json<{ scenarios: Scenario[] }>('GET', 'scenarios')).scenarios
  }

  get(name: string): Promise<Scenario | undefined> {
    return unlessAbsent(this.#api.json('GET', `scenarios/${part(name)}`))
  }

  setState(name: string, state: string): Promise<Scenario> {
    return this.#api.json('PUT', `scenarios/${part(name)}/state`, { body: { state } })
  }

  /** Puts all into the state that they begin in. */
  async reset(): Promise<void> {
    await this.#api.json('POST', 'scenarios/reset')
  }
}
