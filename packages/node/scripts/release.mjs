// Publishes all packages, those of the platforms first.
//
//     npm run release -- --dry-run
//     npm run release -- --program linux-x64=PATH --program linux-arm64=PATH …
//
// Without --dry-run every platform has to have its program.

import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { platforms, programsOf, stage } from './stage.mjs'

const { values } = parseArgs({
  options: { program: { type: 'string', multiple: true }, 'dry-run': { type: 'boolean', default: false } },
})
const dryRun = values['dry-run']
const programs = programsOf(values.program)
const missing = platforms.filter(({ name }) => !programs.has(name))
if (missing.length > 0) {
  const said = missing.map(
    ({ name, target }) => `  --program ${name}=PATH   (cargo build --release -p broker --target ${target})`,
  )
  console.error(`these platforms have no program yet:\n${said.join('\n')}`)
  if (!dryRun) process.exit(1)
}
for (const folder of stage(programs)) {
  const flags = ['publish', folder, '--access', 'public', ...(dryRun ? ['--dry-run'] : [])]
  console.log(`npm ${flags.join(' ')}`)
  execFileSync('npm', flags, { stdio: 'inherit' })
}
