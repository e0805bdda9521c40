// SPDX-License-Identifier: Apache-2.0
import { type Exec, makeTempDirectory } from '../../base/index.ts'
import type { ExpandedRecipe, ExpandedSource } from '../../recipe/index.ts'
import { checkLicenses, type LicenseReport, wantedBy } from './check-licenses.ts'
import type { ScanDepth } from './file-names.ts'
import { type LicenseFile, licenseFilesOf } from './license-file.ts'
import { openGitTar, openSourceTar, type SourceWork } from './source-tar.ts'
import type { LicenseTexts } from './texts.ts'

export interface SourceCheck {
  readonly recipe: Pick<ExpandedRecipe, 'name' | 'copyright'>
  readonly sources: readonly { readonly source: ExpandedSource; readonly file: string }[]
  readonly depth: ScanDepth
  readonly texts: LicenseTexts
  /** For archives while they are read; nothing of it stays. */
  readonly workDirectory: string
}

/**
 * Checks the licenses of a recipe against its sources as they were fetched, without building: archives are read as a stream, and only what may be a license is kept.
 *
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_TOO_LARGE, TOOL_MISSING, TOOL_FAILED, CANCELLED
 */
export async function checkSources(
  f: { readonly exec: Exec },
  { recipe, sources, depth, texts, workDirectory }: SourceCheck,
  signal: AbortSignal,
): Promise<LicenseReport> {
  const wanted = wantedBy(recipe.copyright, depth)
  const files: LicenseFile[] = []
  for (const { source, file } of sources) {
    await using directory = await makeTempDirectory(workDirectory, 'licenses')
    const what = `looking for the licenses of ${recipe.name} in ${source.kind === 'git' ? source.repository : source.uri}`
    const work: SourceWork = { exec: f.exec, directory: directory.path, what, signal }
    const tar =
      source.kind === 'git' ? await openGitTar(work, file, source.commit) : await openSourceTar(work, file)
    if (tar !== null) files.push(...(await licenseFilesOf(tar, wanted, what)))
  }
  return checkLicenses(texts, recipe.copyright, files)
}
