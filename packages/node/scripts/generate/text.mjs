// What the generators share.

/** The first lines of a generated file. */
export function head(from) {
  return `// Generated from ${from}; \`npm run generate\` writes it anew.\n`
}

/** A comment before what it is about. */
export function comment(text, indent = '') {
  if (!text) return ''
  const lines = text.replaceAll('*/', '* /').split('\n')
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

/** A union of texts. */
export function union(words) {
  return [...new Set(words)].map((word) => JSON.stringify(word)).join(' | ')
}

/** A name as it stands before a colon. */
export function key(name) {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
}
