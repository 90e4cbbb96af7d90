// From docs/CONFIG.md to the type of the settings.

import { comment, head, key, union } from './text.mjs'

/** Rules, stubs and devices stand beside the settings. */
const TABLES = `  /** Rules that disturb, from the start and after each reset. */
  fault?: FaultSpec[]
  /** Stubs, from the start and after each reset. */
  stub?: StubSpec[]
  /** Simulated devices, from the start and after each reset. */
  device?: DeviceSpec[]
`

export function settings(page) {
  const sections = new Map([['', []]])
  for (const part of page.split(/^### /m).slice(1)) {
    const name = part.match(/^`([^`]+)`/)[1]
    const [section, last] = name.includes('.') ? name.split('.') : ['', name]
    const said = part.split('\n\n')[1].replaceAll('\n', ' ').trim()
    const [, fallback] = part.match(/^- default: `(.*)`$/m) ?? []
    const takes = part.match(/^- takes: (.*)$/m)[1]
    const members = [...part.matchAll(/^ {2}- `([^`]+)`: (.*)$/gm)].map(([, member, rest]) => ({ member, rest }))
    if (!sections.has(section)) sections.set(section, [])
    sections.get(section).push({ name: last, said, fallback, takes, members })
  }
  let text = head('docs/CONFIG.md')
  text += `import type { DeviceSpec, FaultSpec, StubSpec } from './rules.js'\n`
  const said = 'The settings of a broker, as its settings file has them. docs/CONFIG.md explains each.'
  text += `\n${comment(said)}export interface Settings {\n`
  for (const [section, keys] of sections) {
    if (section === '') {
      text += keys.map((one) => written(one, '  ')).join('')
    } else {
      text += `  ${section}?: {\n${keys.map((one) => written(one, '    ')).join('')}  }\n`
    }
  }
  return `${text}${TABLES}}\n`
}

function written({ name, said, fallback, takes, members }, indent) {
  const told = fallback === undefined ? said : `${said} Default: \`${fallback}\`.`
  if (members.length > 0) {
    const inner = `${indent}  `
    const all = members.map(({ member, rest }) => `${comment(rest, inner)}${inner}${key(member)}?: ${type(rest)}\n`)
    return `${comment(told, indent)}${indent}${key(name)}?: {\n${all.join('')}${indent}}[]\n`
  }
  return `${comment(told, indent)}${indent}${key(name)}?: ${type(takes)}\n`
}

function type(takes) {
  if (takes.startsWith('an integer')) return 'number'
  if (takes.startsWith('a text')) return 'string'
  if (takes.startsWith('true or false')) return 'boolean'
  if (takes.startsWith('a list of "')) return `(${quoted(takes)})[]`
  if (takes.startsWith('a list of IP addresses')) return 'string | string[]'
  if (takes.startsWith('a list of')) return 'string[]'
  if (takes.startsWith('"')) return quoted(takes)
  throw new Error(`docs/CONFIG.md has a kind of value that scripts/generate/settings.mjs does not know: ${takes}`)
}

/** The words of `"a", "b" or "c"`. What follows the last of them is an explanation. */
function quoted(takes) {
  const list = takes.match(/"[^"]*"(?:(?:, | or )"[^"]*")*/)[0]
  return union([...list.matchAll(/"([^"]*)"/g)].map(([, word]) => word))
}
