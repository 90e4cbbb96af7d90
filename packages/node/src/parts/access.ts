import type { Settings } from '../generated/settings.js'
import { type Api, part } from '../http.js'

/** Who may come in, and what they may do. */
export class Access {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** The names of all users. */
  async users(): Promise<string[]> {
    return (await this.#api.json<{ users: string[] }>('GET', 'users')).users
  }

  /** Adds a user, or changes the password. */
  async setUser(name: string, password: string): Promise<void> {
    await this.#api.json('PUT', `users/${part(name)}`, { body: { password } })
  }

  /** Removes a user; its clients are disconnected. */
  async removeUser(name: string): Promise<void> {
    await this.#api.json('DELETE', `users/${part(name)}`)
  }

  /** Puts an access control list into force. */
  async setAcl(acl: NonNullable<Settings['acl']>): Promise<void> {
    await this.#api.json('PUT', 'acl', { body: { acl } })
  }

  /** Whether clients may come in without a user name. */
  async allowAnonymous(allow: boolean): Promise<void> {
    await this.#api.json('PUT', 'allow-anonymous', { body: { allow } })
  }
}
