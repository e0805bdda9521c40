// SPDX-License-Identifier: Apache-2.0
import { fieldsOf, listOf, readPurl, textOf } from './read.ts'

/** An SPDX 2.3 document as a table. */
export interface SbomTable {
  readonly name: string
  readonly namespace: string
  readonly created: string
  readonly creators: readonly string[]
  /** What the document describes first, then by name. */
  readonly rows: readonly SbomRow[]
  /** How many packages declare each licence expression, most first. */
  readonly licences: readonly { readonly licence: string; readonly count: number }[]
}

export interface SbomRow {
  readonly id: string
  readonly name: string
  readonly version: string
  /** As declared, else as concluded; empty where neither is known. */
  readonly licence: string
  readonly supplier: string
  readonly purl: string
  /** The purl's type, such as `apk`, `deb`, `golang`; empty without one. */
  readonly type: string
  readonly subject: boolean
}

/** Reads what it can; null for what is no SPDX document. */
export function readSbom(value: unknown): SbomTable | null {
  const document = fieldsOf(value)
  if (!textOf(document['spdxVersion']).startsWith('SPDX-')) return null
  const creation = fieldsOf(document['creationInfo'])
  const subjects = subjectsOf(document)
  const rows = listOf(document['packages'])
    .map((one) => rowOf(fieldsOf(one), subjects))
    .sort((a, b) => Number(b.subject) - Number(a.subject) || compare(a.name, b.name))
  return {
    name: textOf(document['name']),
    namespace: textOf(document['documentNamespace']),
    created: textOf(creation['created']),
    creators: listOf(creation['creators']).map(textOf),
    rows,
    licences: countLicences(rows),
  }
}

/** SPDX 2.3 §11: the document DESCRIBES its subjects; `documentDescribes` is the older form of the same. */
function subjectsOf(document: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const described = listOf(document['relationships'])
    .map(fieldsOf)
    .filter((one) => one['relationshipType'] === 'DESCRIBES')
    .map((one) => textOf(one['relatedSpdxElement']))
  return new Set([...described, ...listOf(document['documentDescribes']).map(textOf)])
}

function rowOf(one: Readonly<Record<string, unknown>>, subjects: ReadonlySet<string>): SbomRow {
  const id = textOf(one['SPDXID'])
  const purl = purlOf(one)
  return {
    id,
    name: textOf(one['name']),
    version: textOf(one['versionInfo']),
    licence: known(one['licenseDeclared']) || known(one['licenseConcluded']),
    supplier: (known(one['supplier']) || known(one['originator'])).replace(/^(Organization|Person): /, ''),
    purl,
    type: readPurl(purl)?.type ?? '',
    subject: subjects.has(id),
  }
}

function purlOf(one: Readonly<Record<string, unknown>>): string {
  const references = listOf(one['externalRefs']).map(fieldsOf)
  return textOf(references.find((reference) => reference['referenceType'] === 'purl')?.['referenceLocator'])
}

/** SPDX writes that it knows nothing in two words. */
function known(value: unknown): string {
  const text = textOf(value)
  return text === 'NOASSERTION' || text === 'NONE' ? '' : text
}

function countLicences(rows: readonly SbomRow[]): SbomTable['licences'] {
  const counts = Map.groupBy(rows, (row) => row.licence)
  return [...counts]
    .map(([licence, { length }]) => ({ licence, count: length }))
    .sort((a, b) => b.count - a.count || compare(a.licence, b.licence))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
