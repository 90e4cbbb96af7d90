import { start } from './program/running.js'

/**
 * One program for all workers: Vitest's `globalSetup: ['citronella/global-setup']`, and Jest's
 * `globalSetup: 'citronella/global-setup'`. The workers find it by `CITRONELLA_URL`.
 */
export default async function setup(): Promise<() => void> {
  const running = await start()
  process.env['CITRONELLA_URL'] = running.api
  return () => {
    delete process.env['CITRONELLA_URL']
    running.stop()
  }
}
