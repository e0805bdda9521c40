// SPDX-License-Identifier: Apache-2.0
import type { MillraceError } from '../../base/index.ts'

/** The codes of the distribution-spec ("Error Codes") that reading can meet, with the status each has here. */
export const PROBLEMS = {
  BLOB_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  UNSUPPORTED: 405,
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** Why the registry does not give what it is asked for. */
export interface Problem {
  readonly code: ProblemCode
  readonly message: string
  /** Where it is not the code's own. */
  readonly status?: number
}

export function isProblem<T extends object>(value: T | Problem): value is Problem {
  return 'code' in value && 'message' in value
}

export function unknownName(name: string): Problem {
  return { code: 'NAME_UNKNOWN', message: `there is no repository ${name}` }
}

/** `UNSUPPORTED` says which methods are supported (RFC 9110 §15.5.6). */
export function answerProblem({ code, message, status = PROBLEMS[code] }: Problem): Response {
  return answerErrors(status, code, message, status === 405 ? { allow: 'GET, HEAD' } : {})
}

/** An error that the specification has no code for, in its shape. */
export function answerMillraceError({ code, what, why, fix, kind }: MillraceError): Response {
  const known = code === 'BLOB_MISSING' ? 'BLOB_UNKNOWN' : 'UNKNOWN'
  return answerErrors(kind.http, known, `${what}: ${why}; ${fix}`)
}

function answerErrors(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const answer = Response.json({ errors: [{ code, message }] }, { status, headers })
  answer.headers.set('cache-control', 'no-store')
  return answer
}
