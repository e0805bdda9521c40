// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { present } from '../base/index.ts'
import { checkSources, type LicenseReport, type ScanDepth } from '../check/index.ts'
import { sourceMount } from '../recipe/index.ts'
import type { DistroRecipe } from './distro.ts'
import type { Services } from './services.ts'
import { openSourceFetcher } from './sources.ts'

/**
 * Fetches a recipe's sources and compares their licenses with those that the recipe declares; nothing is built.
 *
 * @throws MillraceError what fetching and unpacking throw
 */
export async function checkRecipeLicenses(
  f: Services,
  { name, expanded }: DistroRecipe,
  depth: ScanDepth,
  signal: AbortSignal,
): Promise<LicenseReport> {
  const files = await openSourceFetcher(f).fetch(expanded.sources, name, signal)
  const sources = await Promise.all(
    expanded.sources.map(async (source) => {
      const file = present(files.get(sourceMount(source) ?? ''), 'every source was fetched')
      return { source, file: await f.store.localPath(file) }
    }),
  )
  const workDirectory = join(f.dataDirectory, 'downloads')
  return checkSources(f, { recipe: expanded, sources, depth, texts: f.licenseTexts, workDirectory }, signal)
}
