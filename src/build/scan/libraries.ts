// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { type Findings, isPlainName } from './findings.ts'
import { isHostLibrary } from './host-libraries.ts'
import type { ReadFile, ReadTree } from './tree.ts'

const LIBRARY_DIRECTORIES = ['lib', 'usr/lib', 'lib64', 'usr/lib64']
const CONF_BYTES = 64 * 1024

/** What all packages of a recipe tell about where libraries are and what they are called. */
export interface LibraryMap {
  /** Exactly these: not what is below them. */
  readonly directories: ReadonlySet<string>
  /** File name in one of the directories → soname. */
  readonly sonames: ReadonlyMap<string, string>
}

/** Library directories are the loader's own, and those that any package of the recipe adds in /etc/ld.so.conf.d. */
export async function mapLibraries(trees: readonly ReadTree[]): Promise<LibraryMap> {
  const directories = new Set(LIBRARY_DIRECTORIES)
  for (const file of trees.flatMap(({ files }) => files)) {
    if (!file.path.startsWith('etc/ld.so.conf.d/') || !file.name.endsWith('.conf')) continue
    const text = Buffer.from(await file.read(0, CONF_BYTES)).toString('utf8')
    for (const [, path = ''] of text.matchAll(/^[ \t]*\/+(\S.*?)\/*\s*$/gm))
      directories.add(posix.normalize(path))
  }
  const sonames = new Map<string, string>()
  for (const { directory, name, elf } of trees.flatMap(({ binaries }) => binaries))
    if (elf?.soname !== undefined && directories.has(directory) && !sonames.has(name))
      sonames.set(name, elf.soname)
  return { directories, sonames }
}

/**
 * `so:` names: a library provides its soname where the loader looks for it; programs and libraries depend on what they need and on their loader; a link for the linker
 * (`libx.so`) depends on the library behind it. Modes do not matter: not every build system makes libraries executable.
 */
export function scanLibraries(tree: ReadTree, libraries: LibraryMap, fullVersion: string): Findings {
  const depends: string[] = []
  const provides: string[] = []
  const vendored: string[] = []
  for (const file of tree.binaries) {
    depends.push(...neededBy(file))
    const soname = sonameOf(file)
    if (soname === undefined) continue
    const names = [`so:${soname}=${sonameVersion(soname)}`, `so-ver:${soname}=${fullVersion}`]
    ;(libraries.directories.has(file.directory) ? provides : vendored).push(...names)
  }
  for (const { path, linkTarget } of tree.symlinks) {
    const soname = path.includes('.so') ? libraries.sonames.get(posix.basename(linkTarget)) : undefined
    if (soname !== undefined && isPlainName(soname) && !isHostLibrary(soname)) depends.push(`so:${soname}`)
  }
  return { depends, provides, vendored }
}

function neededBy({ elf }: ReadFile): string[] {
  if (elf === undefined || elf.isDebugOnly) return []
  const loader = elf.interpreter === undefined ? [] : [loaderName(posix.basename(elf.interpreter))]
  const needed = elf.needed.filter((name) => name.includes('.so.') && !isHostLibrary(name))
  return [...loader, ...needed].filter(isPlainName).map((name) => `so:${name}`)
}

/** musl's loader is its C library, under another name. */
const loaderName = (name: string) => name.replace(/^ld-musl/, 'libc.musl')

/** A plain program is no library, even when some linker gave it a soname. */
function sonameOf({ elf, name }: ReadFile): string | undefined {
  if (elf?.soname === undefined || !isPlainName(elf.soname) || isHostLibrary(elf.soname)) return undefined
  const isProgram = elf.interpreter !== undefined && !name.includes('.so.') && !name.endsWith('.so')
  return isProgram ? undefined : elf.soname
}

/** `libz.so.1` → `1`; `0` when what stands behind `.so.` is no version. */
function sonameVersion(soname: string): string {
  const version = soname.split('.so.')[1] ?? ''
  return /^\d+(?:\.\d+)*$/.test(version) ? version : '0'
}
