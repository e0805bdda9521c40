// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type Digest, isDigest, type Locate, readYaml } from '../../base/index.ts'
import type { BuildPlan } from '../plan.ts'

const DigestText = z
  .string()
  .refine((text): text is Digest => isDigest(text), 'a digest: sha256: and 64 hex digits')

/** What a recipe's environment and sources were once, by digest. Written beside the recipe as `NAME.lock.json`. */
export const RecipeLock = z.strictObject({
  kind: z.literal('https://millrace.dev/recipe-lock/v1'),
  arch: z.string().min(1),
  recipe: z.strictObject({ name: z.string().min(1), version: z.string().min(1) }),
  /** In install order. `repository` says where the package came from. */
  environment: z.array(
    z.strictObject({
      name: z.string().min(1),
      version: z.string().min(1),
      datahash: DigestText,
      repository: z.enum(['distro', 'seed']),
    }),
  ),
  /** The bytes that each source had, in the recipe's order. */
  sources: z.array(z.strictObject({ uri: z.string().min(1), digest: DigestText })),
})
export type RecipeLock = z.infer<typeof RecipeLock>

/** A lock that was read, and where everything in it stands. */
export interface LocatedLock {
  readonly file: string
  readonly content: RecipeLock
  readonly locate: Locate
}

/**
 * The lock of a plan.
 *
 * @param sources place of each source below `/var/cache/melange` → its bytes.
 */
export function lockPlan(plan: BuildPlan, sources: ReadonlyMap<string, Digest>): RecipeLock {
  const { arch, recipe, environment } = plan
  return {
    kind: 'https://millrace.dev/recipe-lock/v1',
    arch,
    recipe: { name: recipe.name, version: recipe.fullVersion },
    environment: environment.map(({ name, version, datahash, from }) => ({
      ...{ name, version, datahash },
      repository: from,
    })),
    sources: plan.sources.flatMap(({ uri, place }) => {
      const digest = sources.get(place)
      return digest === undefined ? [] : [{ uri, digest }]
    }),
  }
}

/** JSON with sorted keys, each entry in lines of its own, so that a difference names what differs. */
export function formatLock(lock: RecipeLock): string {
  return `${JSON.stringify(lock, (_, value: unknown) => (isPlain(value) ? sorted(value) : value), 2)}\n`
}

/** @param file how messages name it. @throws MillraceError LOCK_INVALID with line and column */
export function parseLock(text: string, file: string): LocatedLock {
  const dialect = { noun: 'a lock', code: 'LOCK_INVALID', scalars: 'typed' } as const
  return { file, ...readYaml(text, file, dialect, RecipeLock) }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
