// SPDX-License-Identifier: Apache-2.0

/** Documents come from stores and from others: every field is looked at before it is believed. What is not there reads as empty. */
export type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `sha256:…` of an in-toto digest set, or of the first algorithm it has; empty where it has none. */
export function digestOfSet(value: unknown): string {
  const set = fieldsOf(value)
  const [algorithm] = typeof set['sha256'] === 'string' ? ['sha256'] : Object.keys(set).sort()
  return algorithm === undefined ? '' : `${algorithm}:${textOf(set[algorithm])}`
}

/** What a purl says that people look for; null for other text. The package URL specification, "A purl is a URL". */
export interface PurlParts {
  readonly type: string
  readonly namespace: string
  readonly name: string
  readonly version: string
}

export function readPurl(text: string): PurlParts | null {
  const match = /^pkg:\/{0,2}([A-Za-z0-9.+-]+)\/([^?#]+)/.exec(text)
  if (match === null) return null
  const [, type = '', path = ''] = match
  const at = path.lastIndexOf('@')
  const names = (at > 0 ? path.slice(0, at) : path)
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
  const name = names.pop()
  if (name === undefined) return null
  return {
    type: type.toLowerCase(),
    namespace: names.join('/'),
    name,
    version: at > 0 ? decoded(path.slice(at + 1)) : '',
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
