// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './problem.ts'

/** One page of a sorted list, and where the next one is. */
export interface Page {
  readonly items: readonly string[]
  /** A `Link` header (RFC 8288); undefined at the end. */
  readonly link: string | undefined
}

const MAX_ITEMS = 1000

/** A list in the order of its bytes, behind `last`, at most `n` (distribution-spec, "Listing Tags"). */
export function pageOf(all: readonly string[], { pathname, searchParams }: URL): Page | Problem {
  const [n, last] = [searchParams.get('n'), searchParams.get('last')]
  if (n !== null && !/^\d+$/.test(n)) {
    const message = `n says how many are wanted: expected a number, found ${JSON.stringify(n.slice(0, 100))}`
    return { code: 'UNSUPPORTED', message, status: 400 }
  }
  const limit = Math.min(n === null ? MAX_ITEMS : Number(n), MAX_ITEMS)
  const sorted = all.filter((item) => last === null || item > last).sort(inBytes)
  const items = sorted.slice(0, limit)
  const end = items.at(-1)
  const isLast = end === undefined || items.length === sorted.length
  const next = isLast ? '' : new URLSearchParams({ n: String(limit), last: end }).toString()
  return { items, link: isLast ? undefined : `<${pathname}?${next}>; rel="next"` }
}

/** Names and tags are ASCII, so code units are bytes. */
const inBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
