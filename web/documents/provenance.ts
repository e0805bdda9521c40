// SPDX-License-Identifier: Apache-2.0
import { digestOfSet, type Fields, fieldsOf, listOf, readPurl, textOf } from './read.ts'

/** SLSA v1 provenance, as what people ask of it: who built this, from what, in what, and who signed that. */
export interface ProvenanceFacts {
  readonly subjects: readonly { readonly name: string; readonly digest: string }[]
  readonly buildType: string
  readonly builder: string
  readonly builderVersions: readonly NamedText[]
  readonly startedOn: string
  readonly finishedOn: string
  readonly invocation: string
  /** External and internal parameters, flattened to `a.b` and sorted. */
  readonly parameters: readonly NamedText[]
  /** What was fetched and verified, as against what the build ran in. */
  readonly sources: readonly { readonly uri: string; readonly digest: string }[]
  readonly environment: readonly EnvironmentPackage[]
  /** Key ids or hints of whoever signed; empty for an unsigned statement. */
  readonly signers: readonly string[]
}

export interface NamedText {
  readonly name: string
  readonly text: string
}

export interface EnvironmentPackage {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly from: 'seed' | 'distro'
}

/** Takes a sigstore bundle, a DSSE envelope or a bare in-toto statement; null for what holds no SLSA provenance. */
export function readProvenance(value: unknown): ProvenanceFacts | null {
  const outer = fieldsOf(value)
  const envelope = fieldsOf(outer['dsseEnvelope'] ?? outer)
  const statement = 'payload' in envelope ? parsePayload(textOf(envelope['payload'])) : outer
  if (!textOf(statement['predicateType']).startsWith('https://slsa.dev/provenance/')) return null
  const predicate = fieldsOf(statement['predicate'])
  const definition = fieldsOf(predicate['buildDefinition'])
  const run = fieldsOf(predicate['runDetails'])
  const builder = fieldsOf(run['builder'])
  const metadata = fieldsOf(run['metadata'])
  const inputs = listOf(definition['resolvedDependencies']).map(fieldsOf)
  return {
    subjects: listOf(statement['subject'])
      .map(fieldsOf)
      .map((one) => ({ name: textOf(one['name']), digest: digestOfSet(one['digest']) })),
    buildType: textOf(definition['buildType']),
    builder: textOf(builder['id']),
    builderVersions: flatten(builder['version'], ''),
    startedOn: textOf(metadata['startedOn']),
    finishedOn: textOf(metadata['finishedOn']),
    invocation: textOf(metadata['invocationId']),
    parameters: [
      ...flatten(definition['externalParameters'], ''),
      ...flatten(definition['internalParameters'], ''),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    sources: inputs.filter((one) => environmentPackage(one) === null).map(sourceOf),
    environment: inputs
      .map(environmentPackage)
      .filter((one) => one !== null)
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    signers: signersOf(outer, envelope),
  }
}

/** Installed packages are named by purl: `pkg:apk/…`, `pkg:deb/…`. Those of the seed say so in their namespace, or are no apk of ours. */
function environmentPackage(input: Fields): EnvironmentPackage | null {
  const purl = readPurl(textOf(input['uri']))
  if (purl === null || !['apk', 'deb'].includes(purl.type)) return null
  const marked = Object.values(fieldsOf(input['annotations'])).includes('seed')
  const seed = marked || purl.type === 'deb' || purl.namespace.split('/').includes('seed')
  const { name, version } = purl
  return { name, version, digest: digestOfSet(input['digest']), from: seed ? 'seed' : 'distro' }
}

function sourceOf(input: Fields): { uri: string; digest: string } {
  return { uri: textOf(input['uri']) || textOf(input['name']), digest: digestOfSet(input['digest']) }
}

function signersOf(bundle: Fields, envelope: Fields): string[] {
  const ids = listOf(envelope['signatures']).map((one) => textOf(fieldsOf(one)['keyid']))
  const material = fieldsOf(bundle['verificationMaterial'])
  const hint = textOf(fieldsOf(material['publicKey'])['hint'])
  return [...new Set([...ids, hint])].filter((id) => id !== '')
}

const MAX_DEPTH = 6

function flatten(value: unknown, name: string, depth = 0): NamedText[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') return [{ name, text: String(value) }]
  if (depth >= MAX_DEPTH || Array.isArray(value)) return [{ name, text: JSON.stringify(value) }]
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, name === '' ? key : `${name}.${key}`, depth + 1),
  )
}

function parsePayload(base64: string): Fields {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return fieldsOf(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return {}
  }
}
