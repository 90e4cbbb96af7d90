// From the tables of FAULTS.md, STUBS.md and DEVICES.md to the types of rules, stubs and devices. The pages say which keys there are;
// their types are said here, and a key without one is an error.

import { comment, head, union } from './text.mjs'

const NUMBERS = 'number'
const TYPES = {
  fault: {
    name: 'string',
    priority: NUMBERS,
    client: 'Asked<string>',
    user: 'Asked<string>',
    listener: 'Asked<string>',
    enabled: 'boolean',
    toxicity: NUMBERS,
    scenario: 'string',
    required_state: 'string',
    new_state: 'string',
    from_secs: NUMBERS,
    to_secs: NUMBERS,
    when: 'PatternLike',
    action: 'ActionName | ({ type: ActionName } & Partial<Record<ActionAttribute, unknown>>)',
    nth: NUMBERS,
    every: NUMBERS,
    first: NUMBERS,
    after: NUMBERS,
    type: 'ToxicType',
    stream: "'upstream' | 'downstream' | 'both'",
    attributes: 'Partial<Record<ToxicAttribute, number | boolean>>',
  },
  stub: {
    name: 'string',
    priority: NUMBERS,
    when: 'PatternLike',
    every_secs: NUMBERS,
    after_secs: NUMBERS,
    nth: NUMBERS,
    every: NUMBERS,
    first: NUMBERS,
    after: NUMBERS,
    max_times: NUMBERS,
    scenario: 'string',
    required_state: 'string',
    new_state: 'string',
    continue: 'boolean',
    cycle: 'boolean',
    publish: 'Publication | Publication[]',
  },
  publication: {
    topic: 'string',
    reply: 'boolean',
    payload: 'string',
    json: 'unknown',
    base64: 'string',
    file: 'string',
    qos: '0 | 1 | 2',
    retain: 'boolean',
    properties: 'PublicationProperties',
    delay: NUMBERS,
    jitter: NUMBERS,
    delayDistribution: 'Record<string, unknown>',
  },
  properties: {
    payload_format_indicator: '0 | 1',
    message_expiry_interval: NUMBERS,
    content_type: 'string',
    response_topic: 'string',
    correlation_data: 'string',
    user_property: 'Record<string, string> | { name: string; value: string }[]',
  },
  device: {
    name: 'string',
    count: NUMBERS,
    client_id: 'string',
    listener: 'string',
    user: 'string',
    password: 'string',
    version: "'5.0' | '3.1.1' | '3.1'",
    keep_alive_secs: NUMBERS,
    clean_start: 'boolean',
    session_expiry_secs: NUMBERS,
    will: 'Record<string, unknown>',
    telemetry: 'Record<string, unknown> | Record<string, unknown>[]',
    answer: 'Record<string, unknown> | Record<string, unknown>[]',
    stages: 'Record<string, unknown>[]',
    reconnect: 'boolean',
    reconnect_secs: NUMBERS,
    reconnect_max_secs: NUMBERS,
  },
}

export function tables(faults, stubs, devices) {
  const actions = rows(between(faults, '<!-- table: actions -->', '<!-- end -->'))
  const toxics = rows(between(faults, '<!-- table: toxics -->', '<!-- end -->'))
  const attributes = (all) =>
    union(all.flatMap(({ cells }) => [...(cells[2] ?? '').matchAll(/(?:^|<br>)`([^`]+)`/g)].map(([, it]) => it)))
  let text = head('docs/FAULTS.md, docs/STUBS.md and docs/DEVICES.md')
  text += `import type { PatternLike } from '../pattern.js'\nimport type { Asked } from './api.js'\n`
  text += word('ActionName', 'What a rule does with a packet.', union(actions.flatMap(({ names }) => names)))
  text += word('ActionAttribute', 'How much of it.', attributes(actions))
  text += word(
    'ToxicType',
    'What a rule does with the bytes of a connection, in the words of Toxiproxy.',
    union(toxics.flatMap(({ names }) => names)),
  )
  text += word('ToxicAttribute', 'How much of it.', attributes(toxics))
  text += shape(
    'FaultSpec',
    'A rule that disturbs. docs/FAULTS.md explains it.',
    'fault',
    between(faults, '<!-- table: keys -->', '<!-- end -->'),
    ['name'],
  )
  text += shape(
    'StubSpec',
    'An answer without code. docs/STUBS.md explains it.',
    'stub',
    between(stubs, '## Keys of a stub', '\n## '),
    ['name', 'publish'],
  )
  text += shape(
    'Publication',
    'A message that a stub publishes.',
    'publication',
    between(stubs, '## Keys of a message, in `publish`', '\n## '),
  )
  text += shape(
    'PublicationProperties',
    'The properties of MQTT 5.0 of such a message.',
    'properties',
    between(stubs, '## Keys of `properties`', '\n## '),
  )
  text += shape(
    'DeviceSpec',
    'A simulated device. docs/DEVICES.md explains it.',
    'device',
    between(devices, '## The keys', '\nBounds:'),
    ['name'],
  )
  return text
}

function word(name, said, is) {
  return `\n${comment(said)}export type ${name} = ${is}\n`
}

function shape(name, said, kind, table, needed = []) {
  const left = { ...TYPES[kind] }
  let text = `\n${comment(said)}export interface ${name} {\n`
  for (const { names, cells } of rows(table)) {
    for (const one of names) {
      const type = left[one]
      if (type === undefined) throw new Error(`scripts/generate/tables.mjs has no type for ${one} of ${name}`)
      delete left[one]
      text += `${comment(cells.at(-1).replaceAll('<br>', '; '), '  ')}  ${one}${needed.includes(one) ? '' : '?'}: ${type}\n`
    }
  }
  const gone = Object.keys(left)
  if (gone.length > 0) throw new Error(`no page has these keys of ${name} any more: ${gone.join(', ')}`)
  return `${text}}\n`
}

function between(page, from, to) {
  const begin = page.indexOf(from)
  if (begin < 0) throw new Error(`a page has no ${JSON.stringify(from)} any more`)
  const end = page.indexOf(to, begin + from.length)
  return page.slice(begin + from.length, end < 0 ? undefined : end)
}

/** The rows of the first table: the names in the first cell, and all cells. */
function rows(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('| `'))
  return lines.map((line) => {
    const cells = line
      .slice(2, -2)
      .split(/ *(?<!\\)\| */)
      .map((cell) => cell.trim().replaceAll('\\|', '|'))
    return { names: [...cells[0].matchAll(/`([^`]+)`/g)].map(([, name]) => name), cells }
  })
}
