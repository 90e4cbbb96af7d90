// Reads sequence diagrams as mermaid does. Arguments: the folder where mermaid is installed, files. Prints one line a file:
// JSON with what is wrong, or with the names of the participants and the texts of arrows and notes as they will be shown.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [home, ...files] = process.argv.slice(2)
const entry = join(home, 'node_modules/mermaid/dist/mermaid.core.mjs')
const { default: mermaid } = await import(pathToFileURL(entry))

// What mermaid makes of `#35;` while it parses, and takes back when it draws.
const shown = (text) =>
  text.replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(code)).replace(/ﬂ°(\w+)¶ß/g, '&$1;')

for (const file of files) {
  try {
    const text = readFileSync(file, 'utf8')
    const { diagramType } = await mermaid.parse(text)
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text)
    const actors = [...db.getActors().values()].map((actor) => shown(actor.description))
    const texts = db.getMessages().map(({ message }) => shown(message))
    console.log(JSON.stringify({ diagramType, actors, texts }))
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }))
  }
}
