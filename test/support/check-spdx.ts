// SPDX-License-Identifier: Apache-2.0
import parseExpression from 'spdx-expression-parse'
import { z } from 'zod'

/** The rules of SPDX 2.3 for documents without files and snippets, clause by clause. */

const SpdxId = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/)
const Agent = z.string().regex(/^(NOASSERTION|(Organization|Person): \S.*)$/)
const CHECKSUM_DIGITS: Readonly<Record<string, number>> = { SHA1: 40, SHA256: 64, SHA512: 128 }
const DOWNLOAD =
  /^(NONE|NOASSERTION|(https?|ftp):\/\/[^\s@/]+(\/\S*)?|(git|hg|svn|bzr)\+(https?|ssh|git):\/\/[^\s@]+(@[^\s@#]+)?(#\S+)?)$/

const SpdxPackage = z.strictObject({
  SPDXID: SpdxId,
  name: z.string().min(1),
  versionInfo: z.string().min(1).optional(),
  supplier: Agent,
  downloadLocation: z.string().regex(DOWNLOAD),
  filesAnalyzed: z.literal(false),
  licenseConcluded: z.string(),
  licenseDeclared: z.string(),
  copyrightText: z.string().min(1),
  description: z.string().min(1).optional(),
  primaryPackagePurpose: z.enum(['APPLICATION', 'ARCHIVE', 'CONTAINER', 'SOURCE']),
  checksums: z
    .array(
      z
        .strictObject({ algorithm: z.string(), checksumValue: z.string().regex(/^[0-9a-f]+$/) })
        .refine(({ algorithm, checksumValue }) => CHECKSUM_DIGITS[algorithm] === checksumValue.length),
    )
    .min(1)
    .optional(),
  externalRefs: z
    .array(
      z.strictObject({
        referenceCategory: z.literal('PACKAGE-MANAGER'),
        referenceType: z.literal('purl'),
        referenceLocator: z.string().regex(/^pkg:[a-z]+\/[^\s]+$/),
      }),
    )
    .optional(),
})

export const SpdxDocument = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string().min(1),
  // Clause 6.5: a URI without a fragment.
  documentNamespace: z.url().regex(/^[^#]+$/),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    creators: z.array(z.string().regex(/^(Organization|Person|Tool): \S.*$/)).min(1),
  }),
  packages: z.array(SpdxPackage).min(1),
  relationships: z.array(
    z.strictObject({
      spdxElementId: SpdxId,
      relationshipType: z.enum(['CONTAINS', 'DESCRIBES', 'GENERATED_FROM']),
      relatedSpdxElement: SpdxId,
    }),
  ),
  hasExtractedLicensingInfos: z
    .array(
      z.strictObject({
        licenseId: z.string().regex(/^LicenseRef-[A-Za-z0-9.-]+$/),
        name: z.string().min(1),
        extractedText: z.string().min(1),
      }),
    )
    .min(1)
    .optional(),
})
export type SpdxDocument = z.infer<typeof SpdxDocument>

/** The document, when it keeps every rule. @throws Error that names the first rule that it breaks. */
export function checkSpdx(text: string): SpdxDocument {
  const document = SpdxDocument.parse(JSON.parse(text))
  const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => SPDXID)]
  const must = (condition: boolean, rule: string) => {
    if (!condition) throw new Error(rule)
  }
  must(new Set(ids).size === ids.length, 'each SPDXID names one element')
  const related = new Set<string>()
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    must(ids.includes(spdxElementId), `${spdxElementId} is an element`)
    must(ids.includes(relatedSpdxElement), `${relatedSpdxElement} is an element`)
    related.add(spdxElementId).add(relatedSpdxElement)
  }
  must(related.size === ids.length, 'every element is related to another')
  const described = document.relationships.filter(({ relationshipType }) => relationshipType === 'DESCRIBES')
  must(described.length === 1, 'the document describes one element')

  const stated = document.packages.map(({ licenseDeclared }) => licenseDeclared)
  for (const expression of stated)
    if (!['NONE', 'NOASSERTION'].includes(expression)) parseExpression(expression)
  const used = new Set(stated.flatMap((expression) => expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []))
  const defined = (document.hasExtractedLicensingInfos ?? []).map(({ licenseId }) => licenseId)
  must(
    JSON.stringify([...used].sort()) === JSON.stringify(defined.toSorted()),
    'each LicenseRef is used and defined',
  )
  return document
}
