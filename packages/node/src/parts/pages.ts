import type { Api } from '../http.js'
import { type PatternLike, plain } from '../pattern.js'

/** As many as the API gives at once. */
const PAGE = 1_000

/** Which entries of the journal. */
export interface Search {
  /** Only those behind this number: `seq` of an entry, or what `mark()` gave. */
  after?: number
  /** At most so many; all, where nothing is said. */
  limit?: number
}

/** Page after page of a list that has cursors of text. */
export async function listed<T>(api: Api, path: string, name: string, query: Record<string, string> = {}): Promise<T[]> {
  const all: T[] = []
  let after: string | null | undefined
  do {
    const asked = { ...query, limit: PAGE, after: after ?? undefined }
    const page = await api.json<{ meta: { next?: string | null } }>('GET', path, { query: asked })
    all.push(...((page as unknown as Record<string, T[]>)[name] ?? []))
    after = page.meta.next
  } while (after !== null && after !== undefined)
  return all
}

/** Page after page of what the journal has. A text is a topic filter. */
export async function found<T>(
  api: Api,
  kind: 'messages' | 'packets',
  pattern: PatternLike | string | undefined,
  { after, limit = Number.POSITIVE_INFINITY }: Search = {},
): Promise<T[]> {
  const all: T[] = []
  let page: { meta: { next: number; more: boolean } } | undefined
  // A page is bounded in bytes, too: one that is not full need not be the last.
  while (all.length < limit && (page === undefined || page.meta.more)) {
    const body = { pattern: sought(pattern), after: page?.meta.next ?? after, limit: Math.min(PAGE, limit - all.length) }
    page = await api.json<{ meta: { next: number; more: boolean } }>('POST', `${kind}/find`, { body })
    all.push(...((page as unknown as Record<string, T[]>)[kind] ?? []))
  }
  return all
}

/** What a pattern, or a topic filter in its place, stands for in a body. */
export function sought(pattern: PatternLike | string | undefined) {
  return typeof pattern === 'string' ? { topic: pattern } : plain(pattern)
}

/** `undefined` in place of the error that there is nothing of this name. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}
