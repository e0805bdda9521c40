// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type Digest, digestHex } from '../base/index.ts'
import { parseForm } from './invalid.ts'

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
export const PREDICATE_SLSA_PROVENANCE = 'https://slsa.dev/provenance/v1'
export const PREDICATE_SPDX = 'https://spdx.dev/Document'

const HEX_DIGITS: Readonly<Record<string, readonly number[]>> = {
  sha1: [40],
  sha256: [64],
  sha384: [96],
  sha512: [128],
  gitCommit: [40, 64],
}

/** in-toto attestation v1, "DigestSet". Algorithms beyond those that we know may stand beside them. */
const DigestSet = z
  .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), z.string().min(1).max(1024))
  .refine((digests) => Object.keys(digests).length > 0, 'expected at least one digest')
  .refine(
    (digests) =>
      Object.entries(digests).every(([algorithm, hex]) => {
        const digits = Object.hasOwn(HEX_DIGITS, algorithm) ? HEX_DIGITS[algorithm] : undefined
        return digits === undefined || (/^[0-9a-f]+$/.test(hex) && digits.includes(hex.length))
      }),
    'a digest is not lower-case hexadecimal of its algorithm’s length',
  )

/** in-toto attestation v1, "ResourceDescriptor". */
const Subject = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: DigestSet,
  content: z.string().optional(),
  downloadLocation: z.string().optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
})

/** in-toto attestation v1, "Statement": what the predicate says, it says of the subjects. */
export const Statement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(Subject).min(1),
  predicateType: z.url(),
  predicate: z.record(z.string(), z.unknown()),
})
export type Statement = z.infer<typeof Statement>

/** Any artefact that a predicate speaks of. At least one of `uri` and `digest` is there. */
export type ResourceDescriptor = {
  readonly name?: string
  readonly uri?: string
  readonly digest?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** @param what the act, for messages. @throws MillraceError ATTESTATION_INVALID */
export function parseStatement(text: string, what: string): Statement {
  return parseForm(Statement, text, what)
}

/** A subject by the digest of its bytes: of the whole file, of an image's manifest. */
export interface AttestedSubject {
  readonly name: string
  readonly digest: Digest
}

export function makeStatement(
  subjects: readonly AttestedSubject[],
  predicateType: string,
  predicate: Record<string, unknown>,
): Statement {
  const subject = subjects
    .map(({ name, digest }) => ({ name, digest: { sha256: digestHex(digest) } }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate }
}

/** Says that an SPDX document describes the subjects. @param document as JSON text */
export function spdxStatement(subjects: readonly AttestedSubject[], document: string): Statement {
  return makeStatement(subjects, PREDICATE_SPDX, JSON.parse(document) as Record<string, unknown>)
}
