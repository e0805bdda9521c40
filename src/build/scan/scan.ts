// SPDX-License-Identifier: Apache-2.0
import type { PlannedOutput } from '../../plan/index.ts'
import { scanCommands } from './commands.ts'
import { type Findings, joinFindings, nameOf } from './findings.ts'
import { scanLanguages } from './languages.ts'
import { mapLibraries, scanLibraries } from './libraries.ts'
import { scanPkgConfig } from './pkg-config.ts'
import { type ReadTree, readTree, type ScanTree } from './tree.ts'

/** What .PKGINFO says of a package's relations: declared and found, sorted. */
export interface Relations {
  readonly depends: readonly string[]
  readonly provides: readonly string[]
  readonly vendored: readonly string[]
}

export type ScannedOutput = Pick<PlannedOutput, 'name' | 'dependencies' | 'options'>

/**
 * Finds what packages of one recipe provide and need by looking at what they hold (melange.md §11).
 *
 * @param trees by the order of `packages`: a link in one may lead to a library in another.
 * @throws what reading the trees throws
 */
export async function scanPackages(
  packages: readonly ScannedOutput[],
  trees: readonly ScanTree[],
  fullVersion: string,
): Promise<Relations[]> {
  const read: ReadTree[] = []
  for (const tree of trees) read.push(await readTree(tree))
  const libraries = await mapLibraries(read)
  const relations: Relations[] = []
  for (const [index, tree] of read.entries()) {
    const output = packages[index]
    if (output === undefined) throw new Error('every tree belongs to a package')
    const found = joinFindings([
      scanLibraries(tree, libraries, fullVersion),
      scanCommands(tree, fullVersion),
      await scanPkgConfig(tree, fullVersion),
      scanLanguages(tree, read, output.dependencies.runtime),
    ])
    relations.push(relationsOf(output, found))
  }
  return relations
}

/** Declared and found together, as far as the recipe's options want the latter, without what the package gives itself. */
export function relationsOf({ dependencies, options }: ScannedOutput, found: Findings): Relations {
  const isWanted = (name: string) => !(options['no-commands'] && name.startsWith('cmd:'))
  const foundProvides = options['no-provides'] ? [] : found.provides.filter(isWanted)
  const foundDepends = options['no-depends'] ? [] : found.depends.filter(isWanted)
  const provides = [...dependencies.provides, ...foundProvides]
  const vendored = new Set(found.vendored.map(nameOf))
  const own = new Set(provides.map(nameOf))
  const depends = [
    ...dependencies.runtime,
    ...foundDepends.filter((one) => !vendored.has(nameOf(one))),
  ].filter((one) => !own.has(nameOf(one)))
  return { depends: sorted(depends), provides: sorted(provides), vendored: sorted(found.vendored) }
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort()
