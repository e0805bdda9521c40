// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../base/index.ts'
import type { BuildDetail } from '../api.ts'
import type { StoredText } from '../catalog.ts'
import type { FactsContext } from './context.ts'
import { storedText } from './documents.ts'
import { imageAttempt } from './image-attempts.ts'

/** An image's plan as a build: its environment is the packages it is made of. */
export async function imageBuild(f: FactsContext, key: string): Promise<BuildDetail | null> {
  const [image, attempts] = await Promise.all([
    f.database
      .selectFrom('image')
      .select(['name', 'arch', 'facts', 'built_at'])
      .where('key', '=', key as Digest)
      .executeTakeFirst(),
    attemptsAt(f, key),
  ])
  const oldest = attempts.at(-1)
  const known = image ?? oldest
  if (known === undefined) return null
  const plannedAt = oldest?.startedAt ?? image?.built_at
  return {
    ...{ key, recipe: known.name, version: attempts[0]?.version ?? '', arch: known.arch },
    plannedAt: (plannedAt ?? new Date(0)).toISOString(),
    attempts: attempts.map(imageAttempt),
    packages: [],
    sources: [],
    environment: (image?.facts.packages ?? [])
      .map(({ name, version }) => ({ name, version, from: 'distro' as const }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** The log of a test; of what has no log of its own, why it failed. */
export async function imageLog(
  f: FactsContext,
  key: string,
  attempt: number | null,
): Promise<StoredText | null> {
  const attempts = await attemptsAt(f, key)
  const one = attempt === null ? attempts[0] : attempts.find(({ id }) => id === attempt)
  if (one === undefined) return null
  if (one.log !== null) return storedText(f.store, one.log, 'text/plain')
  const bytes = Buffer.from(`${one.report.why ?? 'the image was built; there is nothing to tell of it'}\n`)
  return { mediaType: 'text/plain', sizeBytes: bytes.length, body: ReadableStream.from([bytes]) }
}

/** Newest first. */
async function attemptsAt({ database }: FactsContext, key: string) {
  const rows = await database
    .selectFrom('image_attempt')
    .selectAll()
    .where('key', '=', key as Digest)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(({ started_at, duration_ms, log_digest, ...row }) => ({
    ...row,
    startedAt: started_at,
    durationMs: duration_ms,
    log: log_digest,
  }))
}
