import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { BrokerError } from '../errors.js'
import { findProgram } from './find.js'

/** A program that runs: it begins brokers when its control API is asked to. */
export interface Program {
  /** Its control API. */
  readonly api: string
  readonly pid: number
  /** How it ended, if it has. */
  ended: string | undefined
  /** Resolves once it has ended. */
  readonly end: Promise<void>
  /** Ends it. */
  stop(): void
}

/** The first line that it prints. */
interface Listening {
  event: string
  url: string
}

/**
 * One program for the process. Jest gives each test file its own copy of every module; the functions of Node itself they have in
 * common, so it is kept there.
 */
const KEY = Symbol.for('citronella.program')
const shared = EventEmitter as unknown as { [KEY]?: Promise<Program> | undefined }

/** The program of this process; it is started the first time, and again where it has ended. */
export async function program(): Promise<Program> {
  const before = shared[KEY]
  if (before) {
    const running = await before.catch(() => undefined)
    if (running && running.ended === undefined) return running
    // Of several callers that see it ended, one starts it again.
    if (shared[KEY] !== before) return program()
  }
  shared[KEY] = start()
  return shared[KEY]
}

/** Starts a program. It ends with this process, however that ends. */
export function start(): Promise<Program> {
  const path = findProgram()
  const flags = ['-p', '0', '--bind', '127.0.0.1', '--json', '--quiet', '--parent-pid', String(process.pid)]
  // No settings but these: neither of a file in this folder nor of the environment.
  const settings = ['--no-config', '--set', 'http.max_brokers=10000']
  const child = spawn(path, [...flags, ...settings], { stdio: ['ignore', 'pipe', 'pipe'], env: withoutSettings(process.env) })
  return new Promise((resolve, reject) => {
    let out = ''
    let errors = ''
    const failed = (why: string): void => {
      reject(new BrokerError(`${path} does not start: ${why}${errors === '' ? '' : `\n${errors.trimEnd()}`}`))
    }
    child.on('error', (error) => failed(error.message))
    child.on('close', (code, signal) => failed(`it ended with ${signal ?? `exit code ${code}`}`))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const end = out.indexOf('\n')
      if (end < 0) return
      try {
        const listening = JSON.parse(out.slice(0, end)) as Listening
        resolve(settled(child, listening))
      } catch {
        failed(`its first line is ${JSON.stringify(out.slice(0, end))}`)
        child.kill()
      }
    })
  })
}

/** From now on the program keeps nothing waiting, and what it says on stderr goes to this process's. */
function settled(child: ChildProcess, listening: Listening): Program {
  const running: Program = {
    api: `${listening.url.replace(/^mqtt:/, 'http:')}/api/v1`,
    pid: child.pid ?? 0,
    ended: undefined,
    end: new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        running.ended = signal ?? `exit code ${code}`
        process.removeListener('exit', running.stop)
        resolve()
      })
    }),
    stop: () => child.kill(),
  }
  // Taken now: runners take the globals of a test file away at its end.
  const { stderr } = process
  child.removeAllListeners('close')
  child.stdout?.destroy()
  child.stderr?.removeAllListeners('data').on('data', (text: string) => stderr.write(text))
  process.once('exit', running.stop)
  child.unref()
  // A pipe is a socket.
  ;(child.stderr as unknown as { unref?(): void } | null)?.unref?.()
  return running
}

/** Variables of Citronella are settings of a broker, or are for this package. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CITRONELLA_')))
}
