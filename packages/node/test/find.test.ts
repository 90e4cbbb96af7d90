import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { findProgram, type Surroundings } from '../dist/program/find.js'

const folder = mkdtempSync(join(tmpdir(), 'citronella-find-'))

function program(name: string, text = '#!/bin/sh\necho citronella 0.1.0\n'): string {
  const home = join(folder, name, 'bin')
  mkdirSync(home, { recursive: true })
  const path = join(home, 'broker')
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

function around(more: Partial<Surroundings>, packages: string[] = []): Surroundings {
  const installed = (name: string): string | undefined => (packages.includes(name) ? join(folder, name) : undefined)
  return { env: { PATH: '' }, os: 'linux', cpu: 'x64', installed, libc: () => 'glibc', ...more }
}

const glibc = '@citronella/linux-x64'
const musl = '@citronella/linux-x64-musl'

test('CITRONELLA_BIN comes first', () => {
  const named = program('named')
  program(glibc)
  assert.equal(findProgram(around({ env: { CITRONELLA_BIN: named } }, [glibc])), named)
  assert.equal(findProgram(around({ env: { CITRONELLA_BIN: relative('.', named) } })), named)
})

test('CITRONELLA_BIN that names nothing is an error, and nothing else is taken', () => {
  program(glibc)
  const gone = around({ env: { CITRONELLA_BIN: '/nowhere/broker' } }, [glibc])
  assert.throws(() => findProgram(gone), /CITRONELLA_BIN names \/nowhere\/broker: there is no such file/)
  const plain = program('plain')
  chmodSync(plain, 0o644)
  assert.throws(() => findProgram(around({ env: { CITRONELLA_BIN: plain } })), /may not be run: chmod \+x/)
})

test('the package of this platform is taken; of two, the one for its libc', () => {
  const [one, other] = [program(glibc), program(musl)]
  assert.equal(findProgram(around({}, [glibc])), one)
  assert.equal(findProgram(around({}, [musl])), other)
  assert.equal(findProgram(around({}, [glibc, musl])), one)
  assert.equal(findProgram(around({ libc: () => 'musl' }, [glibc, musl])), other)
})

test('a broker on PATH is taken if it says citronella', () => {
  const other = program('other', '#!/bin/sh\necho mosquitto 2.1\n')
  const ours = program('ours')
  const path = [other, ours].map((one) => join(one, '..')).join(':')
  assert.equal(findProgram(around({ env: { PATH: path } })), ours)
})

test('where there is none, the error says where it was looked for and what helps', () => {
  const message = (surroundings: Surroundings): string => {
    try {
      return findProgram(surroundings)
    } catch (error) {
      return (error as Error).message
    }
  }
  const none = message(around({}))
  for (const words of ['CITRONELLA_BIN', glibc, musl, 'PATH', '--omit=optional', 'package-lock.json', 'cargo install']) {
    assert.ok(none.includes(words), none)
  }
  const foreign = message(around({ os: 'darwin', cpu: 'arm64' }, [glibc]))
  assert.match(foreign, /@citronella\/linux-x64 is installed, and this is darwin arm64/)
  assert.match(message(around({ os: 'win32' })), /a package for win32 x64: there is none/)
})
