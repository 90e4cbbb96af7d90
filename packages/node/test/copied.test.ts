// The tests that the console copies, as they are: each passes. A test of the console holds that it copies these.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

test('a message, a packet and an event that are copied as tests pass', () => {
  const files = ['message', 'packet', 'event'].map((name) => {
    // Beside this file it finds the package.
    const own = join(__dirname, `copied-${name}.mjs`)
    copyFileSync(join(__dirname, `../../../tests/data/copied/${name}.test.mjs`), own)
    return own
  })
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const words = ['--require', join(__dirname, 'under-test.js'), '--test', '--test-reporter=tap', ...files]
  const said = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
  assert.match(said.stdout, /^# pass 3$/m, said.stdout + said.stderr)
  assert.equal(said.status, 0, said.stdout)
})
