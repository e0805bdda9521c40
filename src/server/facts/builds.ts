// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestFromHex, MillraceError } from '../../base/index.ts'
import type { BuildDetail } from '../api.ts'
import type { StoredText } from '../catalog.ts'
import { listAttempts } from './attempts.ts'
import type { FactsContext } from './context.ts'
import { storedText } from './documents.ts'
import { imageBuild, imageLog } from './image-builds.ts'
import { type PlanText, readPlanText } from './plan-text.ts'

const MAX_ATTEMPTS = 200

/** A plan and what came of it; images have plans too. @throws MillraceError USAGE when the digits begin more than one key. */
export async function readBuild(f: FactsContext, named: string): Promise<BuildDetail | null> {
  const found = await findKey(f, named)
  if (found === null) return null
  if (found.of === 'image') return imageBuild(f, found.key)
  const row = await f.database
    .selectFrom('plan')
    .selectAll()
    .where('key', '=', found.key)
    .executeTakeFirstOrThrow()
  const [text, attempts] = await Promise.all([
    readPlanText(f.store, row.plan_digest),
    listAttempts(f.database, { planKey: row.key }, MAX_ATTEMPTS),
  ])
  return {
    ...{ key: row.key, recipe: row.recipe, version: row.version, arch: row.arch },
    plannedAt: row.planned_at.toISOString(),
    attempts,
    packages: (text?.packages ?? []).map(({ name }) => name),
    sources: await namedSources(f, text?.sources ?? []),
    environment: (text?.environment ?? [])
      .map(({ name, version, from }) => ({ name, version, from }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** The log of an attempt at a plan. @param attempt null means the newest. @throws MillraceError USAGE as readBuild does. */
export async function readLog(
  f: FactsContext,
  named: string,
  attempt: number | null,
): Promise<StoredText | null> {
  const found = await findKey(f, named)
  if (found === null) return null
  if (found.of === 'image') return imageLog(f, found.key, attempt)
  const row = await f.database
    .selectFrom('attempt')
    .select('log_digest')
    .where('plan_key', '=', found.key)
    .$if(attempt !== null, (query) => query.where('id', '=', attempt ?? 0))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : storedText(f.store, row.log_digest, 'text/plain')
}

interface FoundKey {
  readonly key: string
  readonly of: 'recipe' | 'image'
}

async function findKey({ database }: FactsContext, named: string): Promise<FoundKey | null> {
  const [, digits] = /^(?:sha256:)?([0-9a-f]{12,64})$/.exec(named) ?? []
  if (digits === undefined) return null
  const form = `sha256:${digits}%` as Digest
  const [plans, images, tried] = await Promise.all([
    database.selectFrom('plan').select('key').where('key', 'like', form).limit(2).execute(),
    database.selectFrom('image').select('key').where('key', 'like', form).limit(2).execute(),
    database
      .selectFrom('image_attempt')
      .select('key')
      .distinct()
      .where('key', 'like', form)
      .limit(2)
      .execute(),
  ])
  const imageKeys = new Set([...images, ...tried].flatMap(({ key }) => key ?? []))
  const found: FoundKey[] = [
    ...plans.map(({ key }) => ({ key, of: 'recipe' as const })),
    ...[...imageKeys].map((key) => ({ key, of: 'image' as const })),
  ]
  if (found.length > 1)
    throw new MillraceError('USAGE', {
      what: `looking for the build ${digits}`,
      why: 'more than one build begins with these digits',
      fix: 'give more digits of the build key',
    })
  return found[0] ?? null
}

/** A source that its recipe names by another digest is known by its sha256 once it was fetched; '' where nothing names its bytes, as for a git tag. */
async function namedSources({ database }: FactsContext, sources: PlanText['sources']) {
  const sha512s = sources.flatMap(({ sha256, sha512 }) => (sha256 === '' && sha512 !== '' ? [sha512] : []))
  const rows =
    sha512s.length === 0
      ? []
      : await database
          .selectFrom('source')
          .select(['sha512', 'digest'])
          .where('sha512', '=', ({ fn, val }) => fn('any', [val(sha512s)]))
          .execute()
  const bySha512 = new Map(rows.map(({ sha512, digest }) => [sha512, digest]))
  return sources.map(({ uri, sha256, sha512 }) => ({
    uri,
    digest: /^[0-9a-f]{64}$/i.test(sha256) ? digestFromHex(sha256) : (bySha512.get(sha512) ?? ''),
  }))
}
