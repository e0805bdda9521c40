// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { isMillraceError } from '../../base/index.ts'
import { type Elf, readElf } from '../../elf/index.ts'

/** One name of a package's tree, as far as scanning looks. A hard link reads as the file it is. */
export interface ScanEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink'
  readonly mode: number
  readonly sizeBytes: number
  readonly linkTarget: string
  /** At most `lengthBytes` bytes: fewer only at the end. */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>
}

/** What a build made for one package. */
export interface ScanTree {
  readonly package: string
  readonly entries: readonly ScanEntry[]
}

/** A tree with what its files begin with. */
export interface ReadTree extends ScanTree {
  readonly files: readonly ReadFile[]
  readonly symlinks: readonly ScanEntry[]
  /** ELF files, also under the names of the symbolic links of this tree that lead to them: a loader follows these. */
  readonly binaries: readonly ReadFile[]
}

export interface ReadFile extends ScanEntry {
  readonly directory: string
  readonly name: string
  /** What stands behind `#!` in the first 80 bytes; '' when it is no script. */
  readonly interpreterLine: string
  readonly elf: Elf | undefined
}

const HEAD_BYTES = 80
const AT_ONCE = 16

/** Looks once into each file of a tree. */
export async function readTree(tree: ScanTree): Promise<ReadTree> {
  const regular = tree.entries.filter(({ type }) => type === 'file' || type === 'hardlink')
  const files: ReadFile[] = []
  for (let first = 0; first < regular.length; first += AT_ONCE)
    files.push(...(await Promise.all(regular.slice(first, first + AT_ONCE).map(readFile))))
  const symlinks = tree.entries.filter(({ type }) => type === 'symlink')
  return { ...tree, files, symlinks, binaries: withLinks(files, symlinks) }
}

async function readFile(entry: ScanEntry): Promise<ReadFile> {
  const head = Buffer.from(await entry.read(0, HEAD_BYTES))
  const [, interpreterLine = ''] = /^#!([^\n\0]*)/.exec(head.toString('latin1')) ?? []
  return {
    ...entry,
    ...namesOf(entry.path),
    interpreterLine,
    elf: head.subarray(0, 4).equals(ELF_MAGIC) ? await elfOf(entry) : undefined,
  }
}

const namesOf = (path: string) => ({ directory: posix.dirname(path), name: posix.basename(path) })

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1')

/** A broken ELF file is data, such as what other programs are tested with: it asks nothing of a loader. */
async function elfOf(entry: ScanEntry): Promise<Elf | undefined> {
  try {
    return await readElf(
      { sizeBytes: entry.sizeBytes, read: (offset, length) => entry.read(offset, length) },
      `scanning ${entry.path}`,
    )
  } catch (error) {
    if (isMillraceError(error, 'ELF_INVALID')) return undefined
    throw error
  }
}

/** Linux gives up at 40 links as well (path_resolution(7)). */
const MAX_LINKS = 40

function withLinks(files: readonly ReadFile[], symlinks: readonly ScanEntry[]): ReadFile[] {
  const binaries = new Map(files.filter(({ elf }) => elf !== undefined).map((file) => [file.path, file]))
  const links = new Map(symlinks.map((link) => [link.path, link]))
  const behind = (path: string): ReadFile | undefined => {
    for (let hops = 0; hops < MAX_LINKS; hops++) {
      const link = links.get(path)
      if (link === undefined) return binaries.get(path)
      if (link.linkTarget.startsWith('/')) return undefined
      path = posix.join(posix.dirname(path), link.linkTarget)
    }
    return undefined
  }
  const linked = symlinks.flatMap(({ path }) => {
    const file = behind(path)
    return file === undefined ? [] : [{ ...file, path, ...namesOf(path) }]
  })
  return [...binaries.values(), ...linked]
}
