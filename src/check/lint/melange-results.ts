// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Json, MillraceError, writeFileAtomic } from '../../base/index.ts'
import type { LintedApk, PackageFinding } from './lint-package.ts'

/**
 * Writes what lints found in a package as melange's `--persist-lint-results` does: `DIRECTORY/ARCH/lint-NAME-VERSION-rN.json`, with its keys. Nothing is written where nothing was found.
 *
 * @returns the file's path; undefined when there is none.
 * @throws MillraceError APK_INVALID for a package whose name or version would lead out of the directory.
 */
export async function writeLintResults(directory: string, linted: LintedApk): Promise<string | undefined> {
  const { name, fullVersion, arch } = linted.package
  if (linted.findings.length === 0) return undefined
  for (const part of [name, fullVersion, arch])
    if (part === '' || part.includes('/') || part.includes('..'))
      throw new MillraceError('APK_INVALID', {
        what: `writing what was found in ${name}`,
        why: `${JSON.stringify(part)} cannot be a part of a file’s name`,
        fix: 'build the package again, with a name and a version that apk knows',
      })
  const path = join(directory, arch, `lint-${name}-${fullVersion}.json`)
  await mkdir(join(directory, arch), { recursive: true })
  await writeFileAtomic(path, `${JSON.stringify(resultsOf(linted), null, 2)}\n`)
  return path
}

function resultsOf({ package: { name, fullVersion }, findings }: LintedApk): Json {
  const sorted = findings.toSorted((a, b) => (a.lint.name < b.lint.name ? -1 : 1))
  return {
    package_name: `${name}-${fullVersion}`,
    findings: Object.fromEntries(sorted.map((finding) => [finding.lint.name, [findingOf(name, finding)]])),
  }
}

function findingOf(name: string, { what, places, details, lint }: PackageFinding): Json {
  const shown = details ?? (places.length === 0 ? undefined : { paths: places.map(({ path }) => path) })
  return {
    message: `${name} ${what}`,
    explain: lint.advice,
    ...(shown === undefined ? {} : { details: shown }),
  }
}
