// Packs all packages and publishes them, those of the platforms first.
//
//     npm run release -- --dry-run [--out FOLDER]
//     npm run release -- --program linux-x64=PATH --program linux-arm64=PATH …
//
// Without --dry-run every platform has to have its program. The packed files lie in build/npm, or in FOLDER.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { home, platforms, programsOf, stage } from './stage.mjs'

const { values } = parseArgs({
  options: {
    program: { type: 'string', multiple: true },
    out: { type: 'string', default: join(home, 'build', 'npm') },
    'dry-run': { type: 'boolean', default: false },
  },
})
const { out, 'dry-run': dryRun } = values
const programs = programsOf(values.program)
const missing = platforms.filter(({ name }) => !programs.has(name))
if (missing.length > 0) {
  const said = missing.map(
    ({ name, target }) => `  --program ${name}=PATH   (cargo build --release -p broker --target ${target})`,
  )
  console.error(`these platforms have no program yet:\n${said.join('\n')}`)
  if (!dryRun) process.exit(1)
}
const npm = (...words) => execFileSync('npm', words, { stdio: ['ignore', 'pipe', 'inherit'] }).toString()
for (const folder of stage(programs, out)) {
  const [{ filename }] = JSON.parse(npm('pack', '--json', '--silent', '--pack-destination', out, folder))
  const words = ['publish', join(out, filename), '--access', 'public', ...(dryRun ? ['--dry-run', '--silent'] : [])]
  console.log(`npm ${words.join(' ')}`)
  npm(...words)
}
