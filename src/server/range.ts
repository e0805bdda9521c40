// SPDX-License-Identifier: Apache-2.0
import type { ByteRange } from '../store/index.ts'
import { isSameVersion, type Validators } from './preconditions.ts'

/**
 * The part a GET asks for; undefined: the whole. That is the answer too to several ranges at once and to what is no range of bytes, as RFC 9110 §14.2 lets a server do:
 * nobody can make it send the same bytes many times over.
 */
export function askedRange(
  request: Request,
  content: Validators & { readonly sizeBytes: number },
): ByteRange | 'unsatisfiable' | undefined {
  const header = request.headers.get('range')
  if (request.method !== 'GET' || header === null || !isSameVersion(request, content)) return undefined
  return parseRange(header, content.sizeBytes)
}

/** One `int-range` or `suffix-range` (RFC 9110 §14.1.1, §14.1.2), against a size. */
export function parseRange(header: string, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header) ?? []
  if (first === '') return last === '' ? undefined : suffix(Number(last), sizeBytes)
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= sizeBytes) return 'unsatisfiable'
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) }
}

function suffix(length: number, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  if (length === 0) return 'unsatisfiable'
  // The end of nothing is nothing, and no Content-Range can say that.
  return sizeBytes === 0 ? undefined : { start: Math.max(0, sizeBytes - length), end: sizeBytes }
}
