// From the schemas of OpenAPI to types: what goes in and comes out of the API.

import { comment, head, key } from './text.mjs'

/** Patterns have rules of their own, below. */
const PATTERN = 'Pattern'

export function schemas(document) {
  const all = document.components.schemas
  let text = head('docs/openapi.json')
  text += words(all[PATTERN])
  text += pattern(all[PATTERN])
  for (const [name, schema] of Object.entries(all)) {
    if (name === PATTERN) continue
    text += name === 'Entry' ? entries(schema) : declaration(name, schema)
  }
  return text
}

function declaration(name, schema) {
  const { description, ...shape } = schema
  const said = `\n${comment(description)}`
  if (isRecord(shape)) return `${said}export interface ${name} ${type(shape)}\n`
  return `${said}export type ${name} = ${type(shape)}\n`
}

function isRecord(schema) {
  return schema.properties !== undefined && !schema.allOf && !schema.anyOf && !schema.oneOf
}

/** The names of packets and events, and other words that patterns have. */
function words(schema) {
  const of = (name) => schema.properties[name].anyOf[0].enum
  const named = [
    ['PacketType', 'The types of packets.', of('packet')],
    ['EventName', 'The events of the journal.', of('event')],
    ['Cause', 'Why a connection ended.', of('cause')],
  ]
  return named
    .map(([name, said, all]) => `\n${comment(said)}export type ${name} = ${all.map((one) => JSON.stringify(one)).join(' | ')}\n`)
    .join('')
}

/** An entry is a packet or an event; each is a type of its own. */
function entries(schema) {
  const [packet, event] = schema.anyOf
  return `${declaration('PacketEntry', packet)}${declaration('EventEntry', event)}
${comment(schema.description ?? 'An entry of the journal.')}export type Entry = PacketEntry | EventEntry\n`
}

const COMPARISONS = `
/** What a field is to be, where it is not one certain value. All that are there have to fit. docs/PATTERNS.md explains them. */
export interface Comparison<T = unknown> {
  all?: Asked<T>[]
  one_of?: Asked<T>[]
  not?: Asked<T>
  present?: boolean
  from?: number
  to?: number
  contains?: string
  matches?: string
  base64?: string
  len_bytes?: number | Comparison<number>
  sha256?: string
  json?: unknown
  json_subset?: unknown
  json_at?: Record<string, unknown>
}

/** A value, a comparison, or \`null\` where the field is to be absent. */
export type Asked<T> = T | Comparison<T> | null
`

function pattern(schema) {
  const said = comment('Which packets and events are meant: each field with the value that it is to have.')
  let text = `${COMPARISONS}\n${said}export interface PatternObject {\n`
  for (const [name, { description, ...field }] of Object.entries(schema.properties)) {
    text += comment(description, '  ')
    text += `  ${key(name)}?: ${asked(name, field)}\n`
  }
  return `${text}  /** A part of a field, such as \`will.topic\`. */\n  [part: \`\${string}.\${string}\`]: unknown\n}\n`
}

function asked(name, field) {
  if (['packet', 'event', 'record', 'direction'].includes(name)) return type(field)
  // A topic filter: the document does not say that it is a text.
  if (name === 'topic' || name === 'why') return 'Asked<string>'
  const scalar = field.anyOf?.find((one) => !Array.isArray(one.type))
  return scalar ? `Asked<${type(scalar)}>` : 'unknown'
}

/** The type that a schema describes. */
function type(schema, indent = '') {
  if (schema === true || Object.keys(schema).length === 0) return 'unknown'
  if (schema === false) return 'never'
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)
    return name === PATTERN ? 'PatternObject' : name
  }
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  const any = schema.anyOf ?? schema.oneOf
  if (any) return [...new Set(any.map((one) => type(one, indent)))].join(' | ')
  if (schema.allOf) return schema.allOf.map((one) => type(one, indent)).join(' & ')
  const types = [schema.type].flat()
  return [...new Set(types.map((one) => simple(one, schema, indent)))].join(' | ')
}

function simple(name, schema, indent) {
  switch (name) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return name
    case 'array':
      return list(schema, indent)
    case 'object':
      return object(schema, indent)
    default:
      return 'unknown'
  }
}

function list(schema, indent) {
  if (schema.prefixItems) return `[${schema.prefixItems.map((one) => type(one, indent)).join(', ')}]`
  const of = type(schema.items ?? true, indent)
  return / [|&] /.test(of) && !of.startsWith('{') ? `(${of})[]` : `${of}[]`
}

function object(schema, indent) {
  if (!schema.properties) {
    const of = typeof schema.additionalProperties === 'object' ? type(schema.additionalProperties, indent) : 'unknown'
    return `Record<string, ${of}>`
  }
  const inner = `${indent}  `
  let text = '{\n'
  for (const [name, { description, ...member }] of Object.entries(schema.properties)) {
    const optional = schema.required?.includes(name) ? '' : '?'
    text += comment(description, inner)
    text += `${inner}${key(name)}${optional}: ${type(member, inner)}\n`
  }
  return `${text}${indent}}`
}
