// SPDX-License-Identifier: Apache-2.0
import { type Findings, isPlainName } from './findings.ts'
import type { ScanEntry, ScanTree } from './tree.ts'

interface Language {
  /** A directory that holds modules of one version of the interpreter. */
  readonly modules: RegExp
  readonly type: 'directory' | 'any'
  /** Of the directories of several versions, the one that counts: by path, the first (below usr, if there is one) or the last. */
  readonly counts: 'first' | 'last'
  /** The package to depend on, in terms of the modules' directory. */
  readonly package: string
  /** Declared dependencies that say it already, as they are spelt. */
  readonly declared: RegExp
}

const LANGUAGES: readonly Language[] = [
  {
    modules: /(?:^|\/)python([^/]+)\/site-packages$/,
    ...{ type: 'directory', counts: 'last', package: 'python-$1-base' },
    declared: /^python/,
  },
  {
    modules: /^(?:usr\/)?lib\/ruby\/gems\/(\d[^/]*\.\d[^/]*)\.[0.9][^/]*\/gems$/,
    ...{ type: 'any', counts: 'first', package: 'ruby-$1' },
    declared: /^ruby(?:-|$)/,
  },
  {
    modules: /^(?:usr\/)?lib\/perl(\d[^/]*)\/[^/]*_perl$/,
    ...{ type: 'any', counts: 'first', package: 'perl~$1' },
    declared: /^perl$/,
  },
]

/** Interpreters that a package's modules are for, by version. */
export function scanLanguages({ entries }: ScanTree, declared: readonly string[]): Findings {
  const depends = LANGUAGES.filter((language) => !declared.some((one) => language.declared.test(one)))
    .map((language) => ({ language, version: versionAmong(entries, language) }))
    .filter(({ version }) => isPlainName(version))
    .map(({ language, version }) => language.package.replace('$1', () => version))
  return { depends, provides: [], vendored: [] }
}

/** '' when there are no modules. */
function versionAmong(entries: readonly ScanEntry[], { modules, type, counts }: Language): string {
  const found = entries
    .filter((entry) => (type === 'any' || entry.type === 'directory') && modules.test(entry.path))
    .map(({ path }) => path)
    .sort()
  const path = counts === 'last' ? found.at(-1) : (found.find((one) => one.startsWith('usr/')) ?? found[0])
  return modules.exec(path ?? '')?.[1] ?? ''
}
