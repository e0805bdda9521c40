// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../../base/index.ts'
import { WORKSPACE } from '../../../recipe/index.ts'
import type { LintPlace, OpenLint } from '../lint.ts'
import { TextFinder } from './text-finder.ts'

/** Where a loader looks for libraries; what is below counts too. */
const LIBRARY_DIRECTORIES = [
  '/lib',
  '/lib64',
  '/usr/lib',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/local/lib',
  '/opt',
]

/** No file holds the path of the directory that it was built in, and no search path of a binary leads there or to where no libraries are: elsewhere the path is another or missing, and a build in another directory gives other bytes. */
export const buildDir: OpenLint = () => {
  const places: LintPlace[] = []
  return {
    entry: ({ path, type, linkTarget }) => {
      if (linkTarget.startsWith(WORKSPACE) && type === 'symlink')
        places.push({ path, note: `leads to ${linkTarget}` })
      if (type !== 'file') return undefined
      const finder = new TextFinder(WORKSPACE)
      return {
        chunk: (bytes) => finder.chunk(bytes),
        end: () => {
          if (finder.offset !== undefined)
            places.push({ path, note: `${WORKSPACE} at byte ${finder.offset}` })
        },
      }
    },
    binary: ({ entry: { path }, elf }) => {
      for (const directory of [...(elf?.rpath ?? []), ...(elf?.runpath ?? [])])
        if (isAstray(directory))
          places.push({ path, note: `looks for libraries in ${JSON.stringify(directory)}` })
    },
    finish: () =>
      places.length === 0
        ? undefined
        : {
            what: `has ${formatCount(new Set(places.map(({ path }) => path)).size, 'file', 'files')} with traces of where it was built`,
            places,
            details: { files: places.map(({ path, note = '' }) => ({ path, trace: note })) },
          },
  }
}

/** What is relative or empty is the concern of `hardening`. */
function isAstray(directory: string): boolean {
  if (!directory.startsWith('/') || directory === WORKSPACE || directory.startsWith(`${WORKSPACE}/`))
    return false
  return !LIBRARY_DIRECTORIES.some((one) => directory === one || directory.startsWith(`${one}/`))
}
