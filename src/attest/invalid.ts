// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { MillraceError } from '../base/index.ts'

const MAX_DEPTH = 100

export function attestationInvalid(what: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError('ATTESTATION_INVALID', {
    what,
    why,
    fix: 'get the attestation again from where the artefact comes; these bytes are damaged or of another kind',
    cause,
  })
}

/** JSON that nobody vouches for, checked against its form. @throws MillraceError ATTESTATION_INVALID */
export function parseForm<T>(form: z.ZodType<T>, text: string, what: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw attestationInvalid(what, `it is not JSON: ${(cause as Error).message}`, cause)
  }
  if (isDeeperThan(value, MAX_DEPTH))
    throw attestationInvalid(what, `its values are nested more than ${MAX_DEPTH} deep`)
  const { data, error } = form.safeParse(value)
  if (error === undefined) return data
  const problems = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`)
  throw attestationInvalid(what, problems.join('; '), error)
}

/** Without recursion: the depth is what is in question. */
function isDeeperThan(value: unknown, most: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
