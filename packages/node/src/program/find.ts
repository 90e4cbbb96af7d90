import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { BrokerError } from '../errors.js'

/** The platforms that have a package. scripts/platforms.json says the same for the script that lays them out. */
import platforms from './platforms.json'

interface Platform {
  name: string
  os: string
  cpu: string
  libc?: string
}

/** Where the program is looked for. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  os: string
  cpu: string
  /** The folder of an installed package, if it is there. */
  installed(name: string): string | undefined
  /** `glibc` or `musl`. It is asked only where both would do. */
  libc(): string
}

export function surroundings(): Surroundings {
  return { env: process.env, os: process.platform, cpu: process.arch, installed, libc }
}

/** The path of the program. The error says where it was looked for, and what helps. */
export function findProgram(around: Surroundings = surroundings()): string {
  const named = around.env['CITRONELLA_BIN']
  if (named) {
    // Relative to this folder; without that, a name alone would be looked for on PATH.
    const path = resolve(named)
    const why = cannotRun(path)
    if (why) throw new BrokerError(`CITRONELLA_BIN names ${path}: ${why}`)
    return path
  }
  return ofPackage(around) ?? onPath(around.env['PATH']) ?? notFound(around)
}

function ofPackage(around: Surroundings): string | undefined {
  const here = fitting(around).flatMap((platform) => {
    const folder = around.installed(packageOf(platform))
    return folder === undefined ? [] : [{ libc: platform.libc, program: join(folder, 'bin', 'broker') }]
  })
  const of = here.length > 1 ? here.find(({ libc }) => libc === around.libc()) : undefined
  return (of ?? here[0])?.program
}

function fitting({ os, cpu }: Surroundings): Platform[] {
  return (platforms as Platform[]).filter((platform) => platform.os === os && platform.cpu === cpu)
}

function packageOf({ name }: Platform): string {
  return `@citronella/${name}`
}

/** `broker` on PATH, if it is this one. */
function onPath(path: string | undefined): string | undefined {
  for (const folder of (path ?? '').split(delimiter)) {
    const program = join(folder, 'broker')
    if (folder !== '' && cannotRun(program) === undefined && isCitronella(program)) return program
  }
  return undefined
}

function isCitronella(program: string): boolean {
  try {
    const said = execFileSync(program, ['--version'], { timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] })
    return said.toString().toLowerCase().includes('citronella')
  } catch {
    return false
  }
}

function cannotRun(path: string): string | undefined {
  if (!existsSync(path)) return 'there is no such file'
  if (!statSync(path).isFile()) return 'that is not a file'
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return 'it may not be run: chmod +x'
  }
}

function installed(name: string): string | undefined {
  try {
    return dirname(createRequire(__filename).resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}

function libc(): string {
  const report = process.report?.getReport() as unknown as { header?: { glibcVersionRuntime?: string } } | undefined
  return report?.header?.glibcVersionRuntime ? 'glibc' : 'musl'
}

function notFound(around: Surroundings): never {
  const wanted = fitting(around).map(packageOf)
  const other = (platforms as Platform[]).map(packageOf).find((name) => !wanted.includes(name) && around.installed(name))
  const here = `${around.os} ${around.cpu}`
  const lines = ['the program `broker` was not found. It was looked for in', '  - CITRONELLA_BIN: the variable is not set']
  if (wanted.length > 0) lines.push(`  - the package ${wanted.join(' or ')}: it is not installed`)
  else lines.push(`  - a package for ${here}: there is none`)
  lines.push('  - PATH: there is no `broker` whose --version says citronella', 'What helps:')
  if (other) {
    lines.push(`  - ${other} is installed, and this is ${here}: node_modules comes from another machine. Install anew here.`)
  }
  if (wanted.length > 0) {
    lines.push(
      '  - npm leaves the package out with --no-optional or --omit=optional, and where package-lock.json was written on another platform',
      '    (npm/cli#4828): remove node_modules and package-lock.json, and run `npm install`.',
    )
  }
  lines.push('  - build it from the sources, `cargo install --path broker`, or set CITRONELLA_BIN to a program that is there.')
  throw new BrokerError(lines.join('\n'))
}
