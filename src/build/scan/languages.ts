// SPDX-License-Identifier: Apache-2.0
import { type Findings, isPlainName } from './findings.ts'
import type { ReadTree } from './tree.ts'

interface Language {
  /** A directory that holds modules of one version of the interpreter. */
  readonly modules: RegExp
  /** The package to depend on, in terms of the modules' directory. */
  readonly package: string
  /** Declared dependencies that say it already. */
  readonly declared: RegExp
  /** Programs of a recipe that makes the interpreter itself, and so knows what its parts need. */
  readonly interpreter: RegExp
}

const LANGUAGES: readonly Language[] = [
  {
    modules: /(?:^|\/)python(\d+\.\d+)\/site-packages$/,
    package: 'python-$1-base',
    declared: /^python/,
    interpreter: /^usr\/bin\/python\d+\.\d+$/,
  },
  {
    modules: /^(?:usr\/)?lib\/ruby\/gems\/(\d+\.\d+)[^/]*\/gems$/,
    package: 'ruby-$1',
    declared: /^ruby(?:-\d|$)/,
    interpreter: /^usr\/bin\/ruby$/,
  },
  {
    modules: /^(?:usr\/)?lib\/perl(\d[\w.]*)\/\w*_perl$/,
    package: 'perl~$1',
    declared: /^perl$/,
    interpreter: /^usr\/bin\/perl$/,
  },
]

/** Interpreters that a package's modules are for, by version. */
export function scanLanguages(
  tree: ReadTree,
  recipe: readonly ReadTree[],
  declared: readonly string[],
): Findings {
  const paths = recipe.flatMap(({ entries }) => entries.map(({ path }) => path))
  const names = declared.map((one) => one.split(/[=<>~]/, 1)[0] ?? '')
  const depends = LANGUAGES.filter((language) => {
    return (
      !names.some((name) => language.declared.test(name)) &&
      !paths.some((path) => language.interpreter.test(path))
    )
  }).flatMap((language) =>
    tree.entries
      .filter(({ path, type }) => type === 'directory' && language.modules.test(path))
      .map(({ path }) => language.modules.exec(path)?.[1] ?? '')
      .filter(isPlainName)
      .map((version) => language.package.replace('$1', version)),
  )
  return { depends, provides: [], vendored: [] }
}
