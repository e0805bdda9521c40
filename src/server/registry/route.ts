// SPDX-License-Identifier: Apache-2.0
import { type Digest, isDigest } from '../../base/index.ts'
import type { Problem } from './problem.ts'

/** What a path of the registry names. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob' | 'referrers'; readonly name: string; readonly digest: AnyDigest }

/** A digest by its grammar; null when it is one of an algorithm that nothing here is named by. */
export type AnyDigest = Digest | null

const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
/** Clients limit host and name together to this (distribution-spec, "Pulling manifests"). */
const MAX_NAME = 255

/** A name may hold the words of the paths itself (`tags/list`), so a path is read from its end. */
export function parseRoute(pathname: string): Route | Problem {
  const path = decoded(pathname)
  if (path === '/v2' || path === '/v2/') return { kind: 'base' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const [, name, kind, reference = ''] =
    /^\/v2\/(.+)\/(tags|manifests|blobs|referrers)\/([^/]+)$/.exec(path ?? '') ?? []
  if (name === undefined || (kind === 'tags' && reference !== 'list')) return unknownPath(pathname)
  if (name.length > MAX_NAME || !NAME.test(name))
    return { code: 'NAME_INVALID', message: `${quoted(name)} is not the name of a repository` }
  if (kind === 'tags') return { kind, name }
  if (kind === 'manifests') return parseReference(name, reference)
  const digest = parseAnyDigest(reference)
  if (digest === undefined) return invalidDigest(reference)
  return { kind: kind === 'blobs' ? 'blob' : 'referrers', name, digest }
}

function parseReference(name: string, reference: string): Route | Problem {
  if (isDigest(reference) || TAG.test(reference)) return { kind: 'manifest', name, reference }
  if (reference.includes(':') && parseAnyDigest(reference) === undefined) return invalidDigest(reference)
  return noManifest(name, reference)
}

export function noManifest(name: string, reference: string): Problem {
  return { code: 'MANIFEST_UNKNOWN', message: `${name} has no manifest ${quoted(reference)}` }
}

/** Image-spec, descriptor.md "Digests": of the registered algorithms the form is known, of others only the grammar. */
function parseAnyDigest(text: string): AnyDigest | undefined {
  if (isDigest(text)) return text
  const [, algorithm, encoded = ''] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(text) ?? []
  if (algorithm === undefined || algorithm === 'sha256') return undefined
  return algorithm === 'sha512' && !/^[0-9a-f]{128}$/.test(encoded) ? undefined : null
}

function invalidDigest(text: string): Problem {
  const expected = 'expected sha256: and 64 lower-case hexadecimal digits'
  return { code: 'DIGEST_INVALID', message: `${quoted(text)} is not a digest: ${expected}` }
}

function unknownPath(pathname: string): Problem {
  const message = `nothing of the distribution specification is at ${quoted(pathname)}`
  return { code: 'UNSUPPORTED', message, status: 404 }
}

function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 200))
