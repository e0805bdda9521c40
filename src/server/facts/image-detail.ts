// SPDX-License-Identifier: Apache-2.0
import { openImageCatalog, type StoredAttempt } from '../../image/index.ts'
import type { ImageDetail, ImageTest } from '../api.ts'
import type { FactsContext } from './context.ts'
import { imageAttempt } from './image-attempts.ts'
import { surveyImages } from './images.ts'

const MAX_ATTEMPTS = 50

/** Everything that is known of an image; null where the distro defines none of that name and none was ever released. */
export async function readImage(f: FactsContext, name: string): Promise<ImageDetail | null> {
  const standing = (await surveyImages(f)).find(({ summary }) => summary.name === name)
  if (standing === undefined) return null
  const catalog = openImageCatalog(f)
  const [record, attempts] = await Promise.all([
    catalog.record(name, f.arch),
    catalog.attempts(name, MAX_ATTEMPTS),
  ])
  const test = record === undefined ? newestTest(attempts) : record.test
  return {
    ...standing.summary,
    arch: f.arch,
    config: record?.config ?? null,
    filling: record?.filling ?? [],
    contents: (record?.contents ?? [])
      .map(({ name, version, license, installedBytes }) => ({ name, version, license, installedBytes }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    sbom: record?.sbom ?? null,
    provenance: record?.provenance ?? null,
    test: test === null ? null : { ...test, at: test.at.toISOString() },
    history: (record?.history ?? []).map(({ tags, digest, builtAt }) => ({
      ...{ tags, digest },
      builtAt: builtAt.toISOString(),
    })),
    attempts: attempts.map(imageAttempt),
  }
}

/** Of an image that never passed, so that one sees why. */
function newestTest(
  attempts: readonly StoredAttempt[],
): (Omit<ImageTest, 'at'> & { readonly at: Date }) | null {
  const tried = attempts.find(({ report }) => report.test !== null)
  if (tried?.report.test == null) return null
  const { runtime, cases } = tried.report.test
  return { outcome: tried.outcome, at: tried.startedAt, runtime, cases }
}
