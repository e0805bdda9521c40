// SPDX-License-Identifier: Apache-2.0
import type { LicenseOpinion } from '../../build/index.ts'
import { checkLicenses, type DeclaredLicense, wantedBy } from './check-licenses.ts'
import { licenseFilesIn } from './license-file.ts'
import { reportLines } from './report.ts'
import type { LicenseTexts } from './texts.ts'

/** What a build is given to compare a recipe's licenses with what its steps unpacked. */
export function judgeWorkspace(
  texts: LicenseTexts,
  declared: readonly DeclaredLicense[],
): (workspace: string) => Promise<LicenseOpinion> {
  return async (workspace) => {
    const files = await licenseFilesIn(workspace, wantedBy(declared))
    const report = await checkLicenses(texts, declared, files)
    return { lines: reportLines(report), concluded: report.concluded }
  }
}
