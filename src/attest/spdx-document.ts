// SPDX-License-Identifier: Apache-2.0
import { assert, canonicalJson, digestHex, digestOf, isoTime, type Json } from '../base/index.ts'
import type { ExtractedLicense } from './spdx-license.ts'

/** SPDX 2.3, clause 7, with the fields that we fill. */
export type SpdxElement = {
  readonly SPDXID: string
  readonly name: string
  readonly versionInfo?: string
  readonly supplier: string
  readonly downloadLocation: string
  readonly filesAnalyzed: false
  readonly licenseConcluded: string
  readonly licenseDeclared: string
  readonly copyrightText: string
  readonly description?: string
  readonly primaryPackagePurpose: 'APPLICATION' | 'ARCHIVE' | 'CONTAINER' | 'SOURCE'
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[]
  readonly externalRefs?: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER'
    readonly referenceType: 'purl'
    readonly referenceLocator: string
  }[]
}

/** SPDX 2.3, clause 11: `[element, type, related element]`. */
export type SpdxRelation = readonly [string, 'CONTAINS' | 'DESCRIBES' | 'GENERATED_FROM', string]

export interface SpdxContent {
  /** The document's name. */
  readonly name: string
  /** Seconds since 1970. */
  readonly created: number
  readonly supplier: string
  /** Of Millrace. */
  readonly builderVersion: string
  /** What the document is about. */
  readonly root: SpdxElement
  /** Others; equal ones count once. */
  readonly elements: readonly SpdxElement[]
  readonly relations: readonly SpdxRelation[]
  readonly licenses: readonly ExtractedLicense[]
}

const DOCUMENT = 'SPDXRef-DOCUMENT'
const NAMESPACES = 'https://millrace.dev/spdx'

/** The document's bytes: canonical JSON, equal for equal content. Its namespace is the digest of all else, so that no two documents share one (SPDX 2.3, clause 6.5). */
export function formatSpdx(content: SpdxContent): string {
  const elements = uniqueById([content.root, ...content.elements])
  const relations: SpdxRelation[] = [[DOCUMENT, 'DESCRIBES', content.root.SPDXID], ...content.relations]
  const ids = new Set([DOCUMENT, ...elements.map(({ SPDXID }) => SPDXID)])
  for (const [from, type, to] of relations)
    assert(ids.has(from) && ids.has(to), `${from} ${type} ${to} has both its ends in the document`)

  const licenses = new Map(content.licenses.map((license) => [license.licenseId, license]))
  const document: { [key: string]: Json | undefined } = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: content.name,
    creationInfo: {
      created: isoTime(content.created),
      creators: [`Organization: ${content.supplier}`, `Tool: millrace-${content.builderVersion}`],
    },
    packages: elements,
    relationships: sortedRelations(relations),
    ...(licenses.size === 0
      ? {}
      : { hasExtractedLicensingInfos: sortedBy([...licenses.values()], 'licenseId') }),
  }
  const digest = digestHex(digestOf(canonicalJson(document)))
  return canonicalJson({
    ...document,
    documentNamespace: `${NAMESPACES}/${encodeURIComponent(content.name)}/${digest}`,
  })
}

/** What every element has, most of it unsaid. */
export function spdxElement(
  given: Pick<SpdxElement, 'SPDXID' | 'name' | 'primaryPackagePurpose'> & Partial<SpdxElement>,
): SpdxElement {
  return {
    supplier: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...given,
  }
}

/**
 * SPDX 2.3, clause 7.2: letters, digits, dots and hyphens.
 *
 * @param mark tells apart names that are equal once they are made safe; by default a part of the name's digest where anything had to be changed.
 */
export function spdxId(kind: string, name: string, mark?: string): string {
  const safe = name.replace(/[^A-Za-z0-9.-]+/g, '-')
  const told = mark ?? (safe === name ? '' : shortDigest(name))
  return `SPDXRef-${kind}-${safe}${told === '' ? '' : `-${told}`}`
}

export function shortDigest(text: string): string {
  return digestHex(digestOf(text)).slice(0, 12)
}

export function purlReference(locator: string): NonNullable<SpdxElement['externalRefs']> {
  return [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: locator }]
}

/** @param digest `sha256:…` */
export function sha256Checksum(digest: string): NonNullable<SpdxElement['checksums']> {
  return [{ algorithm: 'SHA256', checksumValue: digest.replace(/^sha256:/, '') }]
}

function uniqueById(elements: readonly SpdxElement[]): readonly SpdxElement[] {
  const found = new Map<string, SpdxElement>()
  for (const element of elements) {
    const same = found.get(element.SPDXID) ?? element
    assert(canonicalJson(same) === canonicalJson(element), `${element.SPDXID} names one element`)
    found.set(element.SPDXID, element)
  }
  return sortedBy([...found.values()], 'SPDXID')
}

function sortedRelations(relations: readonly SpdxRelation[]) {
  const listed = relations.map(([spdxElementId, relationshipType, relatedSpdxElement]) => ({
    spdxElementId,
    relationshipType,
    relatedSpdxElement,
  }))
  const byText = new Map(listed.map((relation) => [canonicalJson(relation), relation]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, relation]) => relation)
}

function sortedBy<K extends string, T extends Readonly<Record<K, string>>>(items: readonly T[], key: K): T[] {
  return items.toSorted((a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0))
}
