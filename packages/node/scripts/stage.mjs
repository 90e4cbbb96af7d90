// Lays out what is published: `citronella`, and one package for each program that is there.
//
//     npm run stage -- [--program linux-x64=PATH]… [--out FOLDER]
//
// Without --program it takes CITRONELLA_BIN, else target/release/broker of this workspace, for this machine. The folders lie in build/npm.

import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const workspace = join(home, '..', '..')
const readJson = (...path) => JSON.parse(readFileSync(join(home, ...path), 'utf8'))
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)

/** The platforms that have a package. */
export const platforms = readJson('src', 'program', 'platforms.json')

/** Lays all out. Gives the folders in the order in which they are published: `citronella` last, since it needs the others. */
export function stage(programs, out = join(home, 'build', 'npm')) {
  const version = versionOfWorkspace()
  rmSync(out, { recursive: true, force: true })
  const folders = []
  for (const [name, program] of programs) folders.push(stagePlatform(name, program, version, out))
  folders.push(stageMain([...programs.keys()], version, out))
  return folders
}

/** The programs that the flags name: path by platform. */
export function programsOf(flags) {
  const programs = new Map()
  for (const flag of flags ?? []) {
    const [name, path] = [flag.slice(0, flag.indexOf('=')), flag.slice(flag.indexOf('=') + 1)]
    programs.set(name, path)
  }
  if (programs.size === 0) {
    const path = process.env.CITRONELLA_BIN || join(workspace, 'target', 'release', 'broker')
    programs.set(hostPlatform(), path)
  }
  for (const [name, path] of programs) {
    if (!platforms.some((platform) => platform.name === name)) {
      throw new Error(`--program ${name}: expected one of ${platforms.map((platform) => platform.name).join(', ')}`)
    }
    if (!existsSync(path)) throw new Error(`the program for ${name} is not there: ${path}`)
  }
  return programs
}

function hostPlatform() {
  const { glibcVersionRuntime } = process.report.getReport().header
  const libc = process.platform === 'linux' ? (glibcVersionRuntime ? 'glibc' : 'musl') : undefined
  const here = platforms.find((one) => one.os === process.platform && one.cpu === process.arch && one.libc === libc)
  if (!here) throw new Error(`there is no package for ${process.platform} ${process.arch}`)
  return here.name
}

function stagePlatform(name, program, version, out) {
  const { os, cpu, libc } = platforms.find((platform) => platform.name === name)
  const folder = join(out, name)
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const filled = (text) => text.replaceAll('PLATFORM', name).replaceAll('VERSION', version)
  const manifest = JSON.parse(filled(readFileSync(join(home, 'platform', 'package.json'), 'utf8')))
  writeJson(join(folder, 'package.json'), { ...manifest, os: [os], cpu: [cpu], libc: libc && [libc] })
  writeFileSync(join(folder, 'README.md'), filled(readFileSync(join(home, 'platform', 'README.md'), 'utf8')))
  cpSync(program, join(folder, 'bin', 'broker'), { dereference: true })
  chmodSync(join(folder, 'bin', 'broker'), 0o755)
  addLicences(folder)
  return folder
}

function stageMain(names, version, out) {
  const { private: _private, scripts: _scripts, devDependencies: _dev, ...manifest } = readJson('package.json')
  if (manifest.version !== version) {
    throw new Error(`package.json has version ${manifest.version}, Cargo.toml ${version}: make them one`)
  }
  if (!existsSync(join(home, 'dist', 'index.js'))) throw new Error('there is no dist: npm run build')
  const folder = join(out, 'citronella')
  mkdirSync(folder, { recursive: true })
  const optionalDependencies = Object.fromEntries(names.map((name) => [`@citronella/${name}`, version]))
  writeJson(join(folder, 'package.json'), { ...manifest, optionalDependencies })
  cpSync(join(home, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(home, 'README.md'), join(folder, 'README.md'))
  addLicences(folder)
  return folder
}

function addLicences(folder) {
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(join(workspace, name), join(folder, name))
}

function versionOfWorkspace() {
  return readFileSync(join(workspace, 'Cargo.toml'), 'utf8').match(/^version = "(.+)"$/m)[1]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { program: { type: 'string', multiple: true }, out: { type: 'string' } } })
  for (const folder of stage(programsOf(values.program), values.out)) console.log(folder)
}
