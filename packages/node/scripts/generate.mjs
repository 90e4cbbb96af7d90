// Writes src/generated: the words and shapes of the control API as types, from docs/openapi.json and from the tables of the pages that
// are made from the code. A word that the broker does not know is then a type error.
//
//     node scripts/generate.mjs            writes them
//     node scripts/generate.mjs --check    says whether they are as they would be written

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schemas } from './generate/schemas.mjs'
import { settings } from './generate/settings.mjs'
import { tables } from './generate/tables.mjs'

const package_ = join(dirname(fileURLToPath(import.meta.url)), '..')
const docs = join(package_, '..', '..', 'docs')
const read = (name) => readFileSync(join(docs, name), 'utf8')

const files = {
  'api.ts': schemas(JSON.parse(read('openapi.json'))),
  'settings.ts': settings(read('CONFIG.md')),
  'rules.ts': tables(read('FAULTS.md'), read('STUBS.md'), read('DEVICES.md')),
}

const stale = []
for (const [name, text] of Object.entries(files)) {
  const path = join(package_, 'src', 'generated', name)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale.push(name)
  if (!process.argv.includes('--check')) writeFileSync(path, text)
}
if (stale.length > 0 && process.argv.includes('--check')) {
  console.error(`src/generated is stale (${stale.join(', ')}): run \`npm run generate\` in packages/node`)
  process.exit(1)
}
