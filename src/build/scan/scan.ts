// SPDX-License-Identifier: Apache-2.0
import type { Exec } from '../../base/index.ts'
import type { PlannedOutput } from '../../plan/index.ts'
import { scanCommands } from './commands.ts'
import { type DocumentationReaders, scanDocumentation } from './documentation.ts'
import { type Findings, joinFindings, nameOf } from './findings.ts'
import { scanGoPrograms } from './go-programs.ts'
import { scanKernels } from './kernels.ts'
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
 * @param readers what shows documentation in the distribution.
 * @throws what reading the trees throws, and TOOL_MISSING for kernel modules that are compressed with a program which is not there
 */
export async function scanPackages(
  f: { readonly exec: Exec },
  packages: readonly ScannedOutput[],
  trees: readonly ScanTree[],
  fullVersion: string,
  readers: DocumentationReaders,
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
      scanGoPrograms(tree),
      scanCommands(tree, fullVersion),
      scanDocumentation(tree, readers),
      await scanPkgConfig(tree, fullVersion),
      scanLanguages(tree, output.dependencies.runtime),
      await scanKernels(tree, f.exec),
    ])
    relations.push(relationsOf(output, found))
  }
  return relations
}

/**
 * Declared and found together, as far as the recipe's options want the latter, without what the package gives itself. What is vendored serves only what was found:
 * a recipe that declares such a dependency means another package's. Declared names stand as they are spelt.
 */
function relationsOf({ name, dependencies, options }: ScannedOutput, found: Findings): Relations {
  const isWanted = (one: string) => !(options['no-commands'] && one.startsWith('cmd:'))
  const foundProvides = options['no-provides'] ? [] : found.provides.filter(isWanted)
  const foundDepends = options['no-depends'] ? [] : found.depends.filter(isWanted)
  const provides = [...dependencies.provides, ...foundProvides]
  const vendored = new Set(found.vendored.map(nameOf))
  const own = new Set([name, ...provides.map(nameOf)])
  const depends = [...dependencies.runtime, ...foundDepends.filter((one) => !vendored.has(one))].filter(
    (one) => !own.has(one),
  )
  return { depends: sorted(depends), provides: sorted(provides), vendored: sorted(found.vendored) }
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort()
